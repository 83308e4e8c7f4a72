/** What both engines store in the same form, read back. */
import { loadPath, parsePathDocument } from '@craton/policy';
import {
  CratonError,
  type Digest,
  isDigest,
  RECEIPT_TYPES,
  type ReceiptType,
  utf8,
} from '@craton/protocol';
import { nodeSha256 } from './node-sha256.ts';
import { API_KEY_KINDS, type ApiKey, SCOPES } from './port.ts';
import { integerOf, optionalIntegerOf, optionalTextOf, type Row, textOf } from './row.ts';

/** Loads a document that was checked when it was stored. */
export function loadStoredPath(document: string) {
  return loadPath(parsePathDocument(utf8(document)), nodeSha256);
}

/** A digest that we stored; throws `ERR_INTERNAL` if it is none. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text as Digest;
  throw new CratonError('ERR_INTERNAL', 'A stored digest does not have its form.');
}

/** Reads a row that has all columns of `ApiKey`. */
export function readApiKey(row: Row): ApiKey {
  const kind = API_KEY_KINDS.find((known) => known === row['kind']);
  if (kind === undefined) throw new CratonError('ERR_INTERNAL', 'An API key has no known kind.');
  const scopes = textOf(row, 'scopes').split(' ');
  const partnerId = optionalTextOf(row, 'partner_id');
  const revokedAtMs = optionalIntegerOf(row, 'revoked_at_ms');
  return {
    keyId: textOf(row, 'key_id'),
    kind,
    environment: textOf(row, 'environment'),
    ...(partnerId !== undefined && { partnerId }),
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    expiresAtMs: integerOf(row, 'expires_at_ms'),
    ...(revokedAtMs !== undefined && { revokedAtMs }),
  };
}

/** A receipt type that we stored; throws `ERR_INTERNAL` if it is none. */
export function parseReceiptType(text: string): ReceiptType {
  const known = RECEIPT_TYPES.find((type) => type === text);
  if (known !== undefined) return known;
  throw new CratonError('ERR_INTERNAL', 'A stored receipt has no known type.');
}
