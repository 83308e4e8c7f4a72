/** What the readiness page says whatever was measured. */

interface CardLink {
  readonly title: string;
  readonly text: string;
  readonly path: string;
  readonly more: readonly (readonly [name: string, path: string])[];
}

export const READINESS_LINKS: readonly CardLink[] = [
  { title: 'Start', text: 'Continue the path.', path: '/self-service', more: [] },
  {
    title: 'Rollout gates',
    text: 'View heavier deployment checks.',
    path: '/self-service/activation',
    more: [],
  },
  {
    title: 'Protocol / verify',
    text: 'Public receipt protocol, schema, keys, and verification tools.',
    path: '/protocol',
    more: [
      ['Schema', '/protocol/v1/schema'],
      ['Public keys', '/protocol/v1/jwks.json'],
      ['Verify', '/verify'],
      ['Verifier as a file', '/verify.html'],
      ['Offline keys', '/self-service/verify-keys/offline-bundle'],
    ],
  },
];

export const BOUNDARY_POSTURE = {
  summary: 'Sensitive context stays with the host.',
  text: 'Craton does not need the full business payload to fix a boundary. The host sends the minimum boundary fields, receives a machine-verifiable result, and keeps sensitive context inside its own system.',
  points: [
    {
      title: 'Minimum boundary fields',
      text: 'Partner, gate, system scope, authority context, and external reference are enough for the boundary check.',
    },
    {
      title: 'No payload custody',
      text: 'Send only the fields needed for the boundary check. Craton does not need your full business payload. Do not send full transaction files, contract bodies, medical records, credentials, private keys, or your datasets.',
    },
    {
      title: 'Machine-verifiable receipt',
      text: 'The host and downstream systems verify the signed receipt and commitment ID without exposing the original case payload.',
    },
  ],
} as const;

export const READINESS_STEPS = [
  {
    title: '1. Scope',
    text: 'Map one production-bound boundary path and receive a draft boundary object plus API access context.',
  },
  {
    title: '2. Review',
    text: 'Request deployment review. This stores intent only and does not touch production boundary runtime.',
  },
  {
    title: '3. Deploy',
    text: 'Production rollout happens only after environment, owner, SLA, rollback, and security review are confirmed.',
  },
  {
    title: '4. Continue',
    text: 'After the initial scope is completed, continue current coverage or expand from the current path.',
  },
] as const;
