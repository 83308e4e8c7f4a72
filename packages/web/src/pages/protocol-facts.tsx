/** The lists of the page `/protocol`. */
import type { ComponentChildren } from 'preact';

/** Address and meaning of what is served and stays. */
export const RESOURCES = [
  { path: '/protocol/v1/spec', meaning: 'The protocol for machines: encodings, members, codes' },
  { path: '/protocol/v1/schema', meaning: 'JSON Schema of the receipt and its payloads' },
  { path: '/protocol/v1/jwks.json', meaning: 'The public signing keys, retired ones too' },
  {
    path: '/self-service/verify-keys/offline-bundle',
    meaning: 'Keys and the root’s attestations in one file, to check without this server',
  },
  { path: '/openapi.json', meaning: 'All routes, requests and answers as OpenAPI' },
  { path: '/protocol/v1/errors', meaning: 'All error codes, and who can fix them' },
  { path: '/verify', meaning: 'The verifier, which runs in your browser' },
  { path: '/verify.html', meaning: 'The same verifier as one file to keep' },
] as const;

/** What a verifier does, in order. */
export const VERIFICATION_RULE: readonly ComponentChildren[] = [
  <>
    Take the trust policy from a file of your own. It names the roots, and for which issuer and
    environments each may speak. Nothing in a bundle is a source of trust.
  </>,
  <>
    Decode <code>payload_b64</code> as standard padded base64. Parse strictly: a duplicate key, an
    invalid character or a number beyond 2<sup>53</sup> − 1 is refused. The bytes must be the
    canonical form of what they say.
  </>,
  <>
    Find the key by <code>kid</code>, recompute the id as the RFC 7638 thumbprint, and make the key
    from <code>x</code> alone. Two keys with one id: refused.
  </>,
  <>
    Refuse keys and signatures that no honest signer makes: points of small order, encodings that
    are not canonical, a scalar beyond the group order. Then verify the signature over the decoded
    bytes, never over JSON that was written anew.
  </>,
  <>
    Verify the root’s signature over the attestation. Key, key id, fingerprint, use, issuer and
    environment must all fit the receipt.
  </>,
  <>
    <code>issued_at</code> must lie within the attested window. If the window has ended, or the key
    is named as compromised, only a place in the log from before the limit counts.
  </>,
  <>
    Look at <code>expires_at</code>, <code>audience</code>, <code>enforcement</code> and{' '}
    <code>crit</code>: an expired or observed decision is a record and permits nothing.
  </>,
  <>
    If you are about to run an action, compute its digest and compare it with{' '}
    <code>action_digest</code>.
  </>,
  <>
    With the opening: recompute <code>commitment_id</code>. With the path document: recompute its
    digest, then the verdict, the reasons and the obligations.
  </>,
  <>
    With a log proof: follow it to the root of a checkpoint signed by a log of your policy, and
    count the witnesses of your policy that cosigned it.
  </>,
];

/** Member and meaning, for a `boundary_decision`. */
export const PAYLOAD_MEMBERS: readonly (readonly [string, ComponentChildren])[] = [
  ['action_digest', 'The digest of the action that was asked about, if the host sent one'],
  ['audience', 'Who may use the decision, if it is limited'],
  ['boundary_snapshot', 'Path, version, gate, system, and the digest of the path document'],
  ['commitment_id', 'Hash of the opening: binds what was evaluated and hides it'],
  ['crit', 'Members that a verifier must know, or refuse'],
  [
    'enforcement',
    <>
      <code>enforce</code>, or <code>observe</code>: recorded only, permits nothing
    </>,
  ],
  ['environment, issuer', 'Where the receipt was issued, and by whom'],
  ['epoch, seq, stream', 'The receipt’s place in its stream: numbers without gaps, from 1'],
  [
    'evaluated_at, issued_at, expires_at',
    'UTC with milliseconds; usable while now is before expires_at',
  ],
  ['log', 'Which log will hold the receipt, and until when'],
  ['max_uses', 'Always 1'],
  ['obligations', 'What must be met when the verdict is constrain'],
  [
    'protocol, receipt_type',
    <>
      <code>craton.receipt.protocol.v1</code>, <code>boundary_decision</code>
    </>,
  ],
  ['reasons', 'Codes, sorted'],
  ['request_id', 'Id of the request, with its time inside (UUIDv7)'],
  [
    'verdict',
    <>
      <code>allow</code>, <code>constrain</code> or <code>reject</code>
    </>,
  ],
];
