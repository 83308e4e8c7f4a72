/** Changes to production tables other than issuing: they go through the writer's transactions. */
import type { OperatorChange } from './operator-change.ts';
import type { ApiKey, Owner } from './port.ts';

/** Makes a partner known, and its units; whatever is there already stays. */
export interface PartnerChange {
  readonly kind: 'upsert_partner';
  readonly partnerId: string;
  readonly units: readonly string[];
}

/**
 * Stores a path document and makes it the live version of its `path_id`. A version that is there
 * already must be the same document; a new one must be higher than all before it.
 */
export interface PathChange {
  readonly kind: 'apply_path';
  readonly environment: string;
  /** The document as JSON text; stored in canonical form. */
  readonly documentText: string;
}

/** Makes an earlier version of a path the live one again. */
export interface PathRestoration {
  readonly kind: 'restore_path';
  readonly owner: Owner;
  readonly pathId: string;
  readonly version: number;
}

/** Leaves a path without a live version: every check of it is a reject from then on. */
export interface PathSuspension {
  readonly kind: 'suspend_path';
  readonly owner: Owner;
  readonly pathId: string;
}

/** Makes an API key known; key id and key must both be new, the partner known. */
export interface ApiKeyInsertion {
  readonly kind: 'insert_api_key';
  readonly key: Omit<ApiKey, 'revokedAtMs'>;
  /** SHA-256 of the whole key text, lower-case hex. */
  readonly keySha256: string;
  /**
   * Refused while a key of kind `ops` with the scope `admin` is in force, judged in this very
   * transaction: the door for the first operator closes behind it.
   */
  readonly onlyWithoutOperator?: true;
}

/** Effective for every entry after it; revoking twice keeps the first time. */
export interface ApiKeyRevocation {
  readonly kind: 'revoke_api_key';
  readonly keyId: string;
}

/** Notes that a key was used now; stores may write it once a minute. No snapshot changes by it. */
export interface ApiKeyTouch {
  readonly kind: 'touch_api_key';
  readonly keyId: string;
}

export const AUDIT_ACTIONS = [
  'partner_added',
  'path_applied',
  'path_restored',
  'path_suspended',
  'api_key_issued',
  'api_key_revoked',
  'person_signed_in',
  'person_erased',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * Who changed what: a row in the transaction of the change itself, with the time of that. Rows are
 * numbered from 1 without a gap, in the order of their commits, and never changed or deleted.
 * No snapshot changes by it.
 */
export interface AuditEvent {
  readonly kind: 'audit_event';
  /** Id of the person or the key that asked for it, or `start` for what a server did at its start. */
  readonly actor: string;
  readonly action: AuditAction;
  /** Canonical JSON of an object: ids, names and digests; never a secret, never a caller's text. */
  readonly subjectText: string;
}

/** Deletes the opening alone: signature, sequence, leaf and completeness stay verifiable. */
export interface OpeningErasure {
  readonly kind: 'erase_opening';
  readonly owner: Owner;
  readonly requestId: string;
}

export type LedgerChange =
  | PartnerChange
  | PathChange
  | PathRestoration
  | PathSuspension
  | ApiKeyInsertion
  | ApiKeyRevocation
  | ApiKeyTouch
  | AuditEvent
  | OpeningErasure
  | OperatorChange;

/**
 * Whether writers must read paths and keys again: what they keep in memory is older than this change.
 */
export function changesSnapshot({ kind }: LedgerChange): boolean {
  return !SNAPSHOT_STAYS.has(kind);
}

const SNAPSHOT_STAYS: ReadonlySet<LedgerChange['kind']> = new Set<LedgerChange['kind']>([
  'touch_api_key',
  'audit_event',
  'append_record',
  'expect',
  'upsert_person',
  'put_session',
  'end_session',
  'move_cursor',
  'link_record',
]);
