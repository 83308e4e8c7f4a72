/** The reason that a person gives: its text for people, its digest for signed records. */
import { type Digest, taggedDigest } from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';

export interface GivenReason {
  readonly reason: string;
  /** Digest of `craton.reason.v1\n` and the text as a JSON string. */
  readonly reason_digest: Digest;
}

/** Of a text that is not blank. */
export function reasonOf(text: string): GivenReason {
  return { reason: text, reason_digest: taggedDigest('craton.reason.v1', text, nodeSha256) };
}
