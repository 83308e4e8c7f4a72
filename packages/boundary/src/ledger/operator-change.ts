/** Changes to what operators keep: people, sessions, records. */
import type { StreamPosition } from '@craton/protocol';

/**
 * Appends to a chain of records; its time is the writer's. Refused with `ERR_RECORD_CONFLICT` if the
 * chain has moved on since its caller read it.
 */
export interface RecordAppending {
  readonly kind: 'append_record';
  /** Such as `rollout:<id>`. */
  readonly chain: string;
  /** Number of the last record that the caller has seen, 0 for a new chain; absent if any will do. */
  readonly afterSeq?: number;
  /** Public id of a person or a key, or `start`. */
  readonly actor: string;
  readonly recordKind: string;
  /** Canonical JSON of an object; never a secret. */
  readonly bodyText: string;
}

/** Makes nothing: refuses with `ERR_RECORD_CONFLICT` what was decided on an older state. */
export interface Expectation {
  readonly kind: 'expect';
  /** Chains by their last number as the caller has seen it, 0 for none. */
  readonly heads?: Readonly<Record<string, number>>;
  /** Milliseconds since 1970: the writer's clock is before it. */
  readonly beforeMs?: number;
}

/** Makes a person known, or their name another one. */
export interface PersonChange {
  readonly kind: 'upsert_person';
  readonly actId: string;
  /** Of the identity provider. */
  readonly issuer: string;
  readonly subject: string;
  readonly name?: string;
  readonly email?: string;
}

/** Forgets who a person is, and ends their sessions and tokens; records keep the act_id. */
export interface PersonErasure {
  readonly kind: 'erase_person';
  readonly actId: string;
}

/** Opens a session, or notes that its person has shown again who they are. */
export interface SessionChange {
  readonly kind: 'put_session';
  /** SHA-256 of the cookie's text, lower-case hex. */
  readonly sessionSha256: string;
  readonly actId: string;
  readonly authenticatedAtMs: number;
  readonly expiresAtMs: number;
}

export interface SessionEnd {
  readonly kind: 'end_session';
  readonly sessionSha256: string;
}

/** Notes that a receiver was told of all records up to this one; never moves backwards. */
export interface CursorChange {
  readonly kind: 'move_cursor';
  readonly receiver: string;
  readonly recordId: number;
}

/** Links the deployment record that this transaction issued to its decision. */
export interface RecordLink {
  readonly kind: 'link_record';
  readonly decisionRequestId: string;
  /** Where the record is. */
  readonly position: StreamPosition;
}

/** None of these changes what the writers keep in memory, but for `erase_person`. */
export type OperatorChange =
  | RecordAppending
  | Expectation
  | PersonChange
  | PersonErasure
  | SessionChange
  | SessionEnd
  | CursorChange
  | RecordLink;
