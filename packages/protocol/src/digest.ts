/** Domain-separated digests: SHA-256 over `<tag>\n` and the canonical form (PROTOCOL section 1). */
import { encodeHex, utf8 } from './bytes.ts';
import { canonicalize } from './json/canonical.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';

/** What each digest is of. A tag never serves two kinds of thing. */
export type DigestTag =
  | 'craton.request.v1'
  | 'craton.claim.v1'
  | 'craton.confirm.v1'
  | 'craton.action.v1'
  | 'craton.path.v1'
  | 'craton.stream.v1'
  | 'craton.packet.v1'
  | 'craton.scope.v1'
  | 'craton.store.identity.v1'
  | 'craton.database.role.v1'
  | 'craton.rollout_gates.v1'
  | 'craton.gate_policy.v1'
  | 'craton.operator_record.v1'
  | 'craton.evidence.v1'
  | 'craton.reason.v1'
  | 'craton.deployment.record.v1'
  | 'craton.smoke.run.v1'
  | 'craton.leak.search.v1'
  | 'craton.readiness.snapshot.v1'
  | 'craton.boundary.commitment.v1';

/** `sha256:` and lower-case hex. */
export type Digest = `sha256:${string}`;

/** Digest of bytes as they are: payloads and evidence. */
export function digestBytes(bytes: Uint8Array, sha256: Sha256 = ownSha256): Digest {
  return `sha256:${sha256.encoded?.(bytes, 'hex') ?? encodeHex(sha256(bytes))}`;
}

/** Raw SHA-256 (32 bytes) of the tag, a line feed, and the canonical form of `value`. */
export function taggedHash(tag: DigestTag, value: unknown, sha256: Sha256 = ownSha256): Uint8Array {
  return sha256(utf8(taggedText(tag, canonicalize(value))));
}

/** What is hashed of a canonical text that is at hand. */
export function taggedText(tag: DigestTag, text: string): string {
  return `${tag}\n${text}`;
}

/** The same as `taggedHash`, as the text `sha256:` and 64 hex digits. PROTOCOL section 1. */
export function taggedDigest(tag: DigestTag, value: unknown, sha256: Sha256 = ownSha256): Digest {
  const text = taggedText(tag, canonicalize(value));
  return `sha256:${sha256.encoded?.(text, 'hex') ?? encodeHex(sha256(utf8(text)))}`;
}
