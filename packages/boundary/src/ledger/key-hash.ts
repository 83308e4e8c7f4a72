/** The hashes by which receipts are found again, so that no reference lies in an index in clear. */
import { canonicalize } from '@craton/protocol';
import type { HmacKey } from './hmac-key.ts';
import type { Owner } from './port.ts';

/** Bytes of a hash that are kept: enough that two never meet. */
const KEY_HASH_BYTES = 16;

/** What a hash stands for, besides commitments. */
export type KeyKind = 'reference' | 'idempotency';

/** Keyed by the store's index key, so that nobody guesses the text from the hash; 16 bytes. */
export function hashOfKey(
  indexKey: HmacKey,
  kind: KeyKind,
  { environment, partnerId }: Owner,
  text: string,
): Uint8Array {
  const named = canonicalize([environment, partnerId, text]);
  return indexKey.bytesOf(`craton.index.${kind}.v1\n${named}`).subarray(0, KEY_HASH_BYTES);
}

/** What names an approval, among those of all partners and environments. */
export interface ApprovalName {
  readonly issuer: string;
  readonly jti: string;
}

/** Keyed as the others; 16 bytes. */
export function approvalHash(indexKey: HmacKey, { issuer, jti }: ApprovalName): Uint8Array {
  const named = canonicalize([issuer, jti]);
  return indexKey.bytesOf(`craton.index.approval.v1\n${named}`).subarray(0, KEY_HASH_BYTES);
}

/** What a commitment is found by: the first 16 bytes of its hash. Its form was checked before. */
export function commitmentHash(commitmentId: string): Uint8Array {
  const hash = commitmentId.slice('bnd_'.length);
  return Buffer.from(hash, 'base64url').subarray(0, KEY_HASH_BYTES);
}
