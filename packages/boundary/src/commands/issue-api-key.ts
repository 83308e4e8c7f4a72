/** New API keys. The text of a key is answered once and is nowhere afterwards. */
import { randomBytes, randomUUID } from 'node:crypto';
import { CratonError, formatTime, type JsonObject } from '@craton/protocol';
import { API_KEY_RANDOM_BYTES, apiKeySha256, composeApiKey } from '../api-key.ts';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { ApiKeyInsertion, LedgerChange } from '../ledger/change.ts';
import type { ApiKey, Scope } from '../ledger/port.ts';
import { isServedHere, STAGING } from '../staging.ts';
import { auditEvent } from './audit.ts';
import type { OperatorPorts } from './operator.ts';

/** What the keys of each kind may do. Kinds that are missing here are not issued by operators. */
export const SCOPES_OF_KIND = {
  bnd: ['check', 'claim', 'confirm', 'read'],
  sts: ['check', 'claim', 'confirm', 'read'],
  ops: ['read', 'admin', 'review', 'deploy', 'audit'],
} as const satisfies Partial<Record<ApiKey['kind'], readonly Scope[]>>;
export type IssuedKind = keyof typeof SCOPES_OF_KIND;

/** How long a key is good unless somebody says otherwise, and at most. */
export const LIFETIME_DAYS_DEFAULT = 90;
export const LIFETIME_DAYS_MAX = 366;
/** Milliseconds. */
export const DAY_MS = 24 * 3_600_000;

export interface IssueApiKey {
  /** Public id of the operator's key. */
  readonly actor: string;
  readonly kind: IssuedKind;
  /** Of the kinds `bnd` and `sts` alone. */
  readonly partnerId?: string;
  /** Whose token it is; of the kind `ops` alone. */
  readonly actId?: string;
  readonly scopes: readonly Scope[];
  readonly lifetimeDays: number;
}

export interface NewApiKey {
  /** The only time that it is seen. */
  readonly text: string;
  readonly key: ApiKey;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
}

/**
 * Throws `ERR_LEDGER_CHANGE` if the partner or the person is not known, and `ERR_REQUEST_FIELD` for
 * a key of staging where staging is not served.
 */
export async function issueApiKey(
  ports: OperatorPorts,
  { actor, kind, partnerId, actId, scopes, lifetimeDays }: IssueApiKey,
): Promise<NewApiKey> {
  const { admin, nowMs } = ports;
  const environment = kind === 'sts' ? STAGING : ports.environment;
  assertServed({ kind, environment }, ports);
  const createdAtMs = nowMs();
  const text = composeApiKey(kind, environment, randomBytes(API_KEY_RANDOM_BYTES));
  const key = {
    keyId: newKeyId(),
    kind,
    environment,
    ...(partnerId !== undefined && { partnerId }),
    ...(actId !== undefined && { actId }),
    scopes,
    expiresAtMs: createdAtMs + lifetimeDays * DAY_MS,
  };
  await insertApiKey(admin, actor, { key, keySha256: apiKeySha256(text) });
  return { text, key, createdAtMs };
}

function assertServed(key: Pick<ApiKey, 'kind' | 'environment'>, ports: OperatorPorts): void {
  if (isServedHere(key, ports)) return;
  const message =
    'kind sts is for staging, which is not served here: set CRATON_STAGING_SIGNING_KEY first.';
  throw new CratonError('ERR_REQUEST_FIELD', message, { field: 'kind' });
}

/** A public id: random, so that it tells nothing about its key. */
export function newKeyId(): string {
  return `key_${randomUUID()}`;
}

/** Stores a key and the event of its issue. Throws `ERR_LEDGER_CHANGE` if it does not fit. */
export async function insertApiKey(
  admin: Pick<LedgerAdmin, 'apply'>,
  actor: string,
  insertion: Omit<ApiKeyInsertion, 'kind'>,
): Promise<void> {
  await admin.apply(...keyInsertion(actor, insertion));
}

function keyInsertion(actor: string, insertion: Omit<ApiKeyInsertion, 'kind'>): LedgerChange[] {
  return [
    { kind: 'insert_api_key', ...insertion },
    auditEvent(actor, 'api_key_issued', keySubject(insertion.key)),
  ];
}

function keySubject(key: Omit<ApiKey, 'revokedAtMs'>): JsonObject {
  const { keyId, kind, environment, partnerId, actId, scopes, expiresAtMs } = key;
  return {
    key_id: keyId,
    kind,
    environment,
    ...(partnerId !== undefined && { partner_id: partnerId }),
    ...(actId !== undefined && { act_id: actId }),
    scopes,
    expires_at: formatTime(expiresAtMs),
  };
}
