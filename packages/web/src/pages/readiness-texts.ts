/** What the readiness page says whatever was measured. */

import type { LinkCard } from '../parts/cards.tsx';

/** Spelled as part of an address: `1. Scope` is `1-scope`. */
export const anchorOf = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

export const READINESS_LINKS: readonly LinkCard[] = [
  { title: 'Start', text: 'Continue the path.', path: '/self-service' },
  {
    title: 'Rollout gates',
    text: 'View heavier deployment checks.',
    path: '/self-service/activation',
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
  text: 'A few fields are enough to fix a boundary. Your system sends those, gets an answer that a program can verify, and keeps everything else at home.',
  points: [
    {
      title: 'Minimum boundary fields',
      text: 'Five things carry a check: the partner, the gate, the system scope, what is known about the authority, and a reference of your own.',
    },
    {
      title: 'No payload custody',
      text: 'Send those and nothing more. Files of transactions, contract texts, medical records, credentials, private keys and data sets stay with you. A value that looks like a key, a token or a card number is refused and not kept.',
    },
    {
      title: 'Machine-verifiable receipt',
      text: 'You and the systems after you check the signed receipt and its commitment ID. Neither of them shows what the case was about.',
    },
  ],
} as const;

export const READINESS_STEPS = [
  {
    title: '1. Scope',
    text: 'Describe the one path that is meant for production. You get its boundary object as a draft, and instructions for calling the API.',
  },
  {
    title: '2. Review',
    text: 'Ask for a review of one saved version. The request is a note of what you intend; production is not touched.',
  },
  {
    title: '3. Deploy',
    text: 'An operator deploys, and only once the owner, the environment, the service level, the way back and the security review are each confirmed.',
  },
  {
    title: '4. Continue',
    text: 'Once the path is live, carry on with a new version of it, or extend from it with a draft of its own.',
  },
] as const;
