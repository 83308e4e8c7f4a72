/** What both engines store in the same form, read back. */
import { loadPath, parsePathDocument } from '@craton/policy';
import {
  CratonError,
  type Digest,
  isDigest,
  readPayload,
  RECEIPT_TYPES,
  type ReceiptType,
  sealReceipt,
  utf8,
} from '@craton/protocol';
import type { ApiKeyRecord, AuditRecord } from './administration.ts';
import { AUDIT_ACTIONS } from './change.ts';
import { nodeSha256 } from './node-sha256.ts';
import { API_KEY_KINDS, type ApiKey, SCOPES, type StoredReceipt } from './port.ts';
import { bytesOf, integerOf, optionalIntegerOf, optionalTextOf, type Row, textOf } from './row.ts';

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
  const actId = optionalTextOf(row, 'act_id');
  const revokedAtMs = optionalIntegerOf(row, 'revoked_at_ms');
  return {
    keyId: textOf(row, 'key_id'),
    kind,
    environment: textOf(row, 'environment'),
    ...(partnerId !== undefined && { partnerId }),
    ...(actId !== undefined && { actId }),
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

/** A row of a receipt, its stream and its opening. */
export function readStoredReceipt(row: Row, policyText: string | undefined): StoredReceipt {
  const requestId = optionalTextOf(row, 'request_id');
  const commitmentId = optionalTextOf(row, 'commitment_id');
  const openingText = optionalTextOf(row, 'opening');
  const logIndex = optionalIntegerOf(row, 'log_index');
  return {
    receipt: sealReceipt(bytesOf(row, 'payload'), bytesOf(row, 'signature'), textOf(row, 'kid')),
    receiptType: parseReceiptType(textOf(row, 'receipt_type')),
    epoch: integerOf(row, 'epoch'),
    seq: integerOf(row, 'seq'),
    ...(requestId !== undefined && { requestId }),
    ...(commitmentId !== undefined && { commitmentId }),
    ...(openingText !== undefined && { openingText }),
    ...(policyText !== undefined && { policyText }),
    ...(logIndex !== undefined && { logIndex }),
  };
}

/** Which path document a stored payload names; undefined if it names none. */
export function policyOf(
  payload: Uint8Array,
): { readonly pathId: string; readonly policyDigest: Digest } | undefined {
  const reading = readPayload(payload);
  if (!('payload' in reading) || !('boundary_snapshot' in reading.payload)) return undefined;
  const { boundary_snapshot: snapshot } = reading.payload;
  if (!('policy_digest' in snapshot)) return undefined;
  return { pathId: snapshot.path_id, policyDigest: snapshot.policy_digest };
}

/** A row that has all columns of `api_keys`. */
export function readApiKeyRecord(row: Row): ApiKeyRecord {
  const lastUsedAtMs = optionalIntegerOf(row, 'last_used_at_ms');
  return {
    ...readApiKey(row),
    createdAtMs: integerOf(row, 'created_at_ms'),
    ...(lastUsedAtMs !== undefined && { lastUsedAtMs }),
  };
}

/** A row of `audit_events`. */
export function readAuditRecord(row: Row): AuditRecord {
  const action = AUDIT_ACTIONS.find((known) => known === row['action']);
  if (action === undefined) {
    throw new CratonError('ERR_INTERNAL', 'A stored audit event has no known action.');
  }
  return {
    eventId: integerOf(row, 'event_id'),
    atMs: integerOf(row, 'at_ms'),
    actor: textOf(row, 'actor'),
    action,
    subjectText: textOf(row, 'subject'),
  };
}
