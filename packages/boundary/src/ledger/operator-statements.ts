/**
 * Changes of `operator-change.ts` as SQL for both engines, inside the writer's transaction. They are
 * rare and each engine runs them in its own way, so they are written once, as generators: a
 * statement goes out, its rows come back.
 */
import {
  canonicalize,
  CratonError,
  decodeHex,
  formatTime,
  parseStrict,
  taggedDigest,
  utf8,
} from '@craton/protocol';
import { nodeSha256 } from './node-sha256.ts';
import type {
  Expectation,
  OperatorChange,
  PersonChange,
  RecordAppending,
  RecordLink,
  SessionChange,
} from './operator-change.ts';
import { integerOf, type Row, textOf } from './row.ts';

/** A value in a statement. */
export type SqlValue = string | number | Uint8Array | null;

/** One statement; `?` stands for each value. */
export interface SqlStatement {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Statements one after the other, each answered by its rows. */
export type SqlSteps<Result = void> = Generator<SqlStatement, Result, readonly Row[]>;

/** Members of a body are at most this deep. */
export const RECORD_DEPTH_MAX = 12;

/** Throws `ERR_RECORD_CONFLICT` or `ERR_LEDGER_CHANGE` if the change does not fit. */
export function operatorSteps(change: OperatorChange, nowMs: number): SqlSteps {
  switch (change.kind) {
    case 'append_record':
      return appendRecord(change, nowMs);
    case 'expect':
      return expectState(change, nowMs);
    case 'upsert_person':
      return upsertPerson(change, nowMs);
    case 'erase_person':
      return erasePerson(change.actId, nowMs);
    case 'put_session':
      return putSession(change);
    case 'end_session':
      return endSession(change.sessionSha256, nowMs);
    case 'move_cursor':
      return moveCursor(change.receiver, change.recordId);
    case 'link_record':
      return linkRecord(change);
  }
}

/** What a record's digest covers; `spec/rollout.md` says the same. */
export interface RecordSubject {
  readonly chain: string;
  readonly seq: number;
  /** In the protocol's spelling. */
  readonly at: string;
  readonly actor: string;
  readonly kind: string;
  readonly body: unknown;
  /** Digest of the record before it; absent for the first. */
  readonly previous?: string;
}

function* appendRecord(change: RecordAppending, nowMs: number): SqlSteps {
  const { chain, afterSeq, actor, recordKind: kind, bodyText } = change;
  const [head] = yield headOf(chain);
  const last = head === undefined ? 0 : integerOf(head, 'seq');
  if (afterSeq !== undefined && afterSeq !== last) throw conflict(chain);
  // Never before the record that it follows.
  const atMs = Math.max(nowMs, head === undefined ? 0 : integerOf(head, 'at_ms'));
  const subject: RecordSubject = {
    chain,
    seq: last + 1,
    at: formatTime(atMs),
    actor,
    kind,
    body: parseStrict(utf8(bodyText), { numbers: 'safe', depthMax: RECORD_DEPTH_MAX }),
    ...(head !== undefined && { previous: textOf(head, 'digest') }),
  };
  yield {
    text: `INSERT INTO operator_records
           SELECT coalesce(max(record_id), 0) + 1, ?, CAST(? AS bigint), CAST(? AS bigint), ?, ?, ?, ?
           FROM operator_records`,
    values: [
      chain,
      subject.seq,
      atMs,
      actor,
      kind,
      canonicalize(subject.body),
      taggedDigest('craton.operator_record.v1', subject, nodeSha256),
    ],
  };
}

function headOf(chain: string): SqlStatement {
  return {
    text: `SELECT seq, at_ms, digest FROM operator_records WHERE chain = ?
           ORDER BY seq DESC LIMIT 1`,
    values: [chain],
  };
}

function* expectState({ heads = {}, beforeMs }: Expectation, nowMs: number): SqlSteps {
  if (beforeMs !== undefined && nowMs >= beforeMs) {
    const message = 'What this was decided on is too old by now; look again and start over.';
    throw new CratonError('ERR_RECORD_CONFLICT', message, { field: 'time' });
  }
  for (const [chain, seq] of Object.entries(heads)) {
    const [head] = yield headOf(chain);
    if ((head === undefined ? 0 : integerOf(head, 'seq')) !== seq) throw conflict(chain);
  }
}

function* upsertPerson(change: PersonChange, nowMs: number): SqlSteps {
  const { actId, issuer, subject, name = null, email = null } = change;
  const [known] = yield {
    text: 'SELECT act_id FROM people WHERE issuer = ? AND subject = ?',
    values: [issuer, subject],
  };
  if (known !== undefined && textOf(known, 'act_id') !== actId) {
    throw refused('subject', 'is another person here already');
  }
  const [stored] = yield {
    text: `INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, NULL)
           ON CONFLICT (act_id) DO UPDATE SET name = excluded.name, email = excluded.email
             WHERE people.issuer = excluded.issuer AND people.subject = excluded.subject
           RETURNING act_id`,
    values: [actId, issuer, subject, name, email, nowMs],
  };
  if (stored === undefined) throw refused('act_id', 'belongs to another person');
}

function* erasePerson(actId: string, nowMs: number): SqlSteps {
  const [erased] = yield {
    text: `UPDATE people SET issuer = NULL, subject = NULL, name = NULL, email = NULL,
             erased_at_ms = coalesce(erased_at_ms, ?) WHERE act_id = ? RETURNING act_id`,
    values: [nowMs, actId],
  };
  if (erased === undefined) throw refused('act_id', 'is not known');
  yield {
    text: 'UPDATE sessions SET ended_at_ms = coalesce(ended_at_ms, ?) WHERE act_id = ?',
    values: [nowMs, actId],
  };
  yield {
    text: 'UPDATE api_keys SET revoked_at_ms = coalesce(revoked_at_ms, ?) WHERE act_id = ?',
    values: [nowMs, actId],
  };
}

/** Throws `ERR_LEDGER_CHANGE` for somebody who is not known, or was erased. */
export function* demandPerson(actId: string): SqlSteps {
  const [person] = yield {
    text: 'SELECT act_id FROM people WHERE act_id = ? AND erased_at_ms IS NULL',
    values: [actId],
  };
  if (person === undefined) throw refused('act_id', 'is not known');
}

function* putSession(change: SessionChange): SqlSteps {
  const { sessionSha256, actId, authenticatedAtMs, expiresAtMs } = change;
  yield* demandPerson(actId);
  const [stored] = yield {
    text: `INSERT INTO sessions VALUES (?, ?, ?, ?, NULL)
           ON CONFLICT (session_hash) DO UPDATE
             SET authenticated_at_ms = excluded.authenticated_at_ms,
               expires_at_ms = excluded.expires_at_ms
             WHERE sessions.act_id = excluded.act_id AND sessions.ended_at_ms IS NULL
           RETURNING act_id`,
    values: [decodeHex(sessionSha256), actId, authenticatedAtMs, expiresAtMs],
  };
  if (stored === undefined) throw refused('session', 'has ended or is of somebody else');
}

function* endSession(sessionSha256: string, nowMs: number): SqlSteps {
  yield {
    text: 'UPDATE sessions SET ended_at_ms = coalesce(ended_at_ms, ?) WHERE session_hash = ?',
    values: [nowMs, decodeHex(sessionSha256)],
  };
}

function* moveCursor(receiver: string, recordId: number): SqlSteps {
  yield {
    text: `INSERT INTO notification_cursors VALUES (?, ?)
           ON CONFLICT (receiver) DO UPDATE SET record_id = excluded.record_id
             WHERE excluded.record_id > notification_cursors.record_id`,
    values: [receiver, recordId],
  };
}

function* linkRecord({ decisionRequestId, position }: RecordLink): SqlSteps {
  const { stream, epoch, seq } = position;
  yield {
    text: `INSERT INTO linked_receipts
           SELECT decision.receipt_id, record.receipt_id, 'deployment_record'
           FROM receipts AS decision, receipts AS record
           WHERE decision.request_id = ? AND record.epoch = ? AND record.seq = ?
             AND record.stream_id = (SELECT stream_id FROM streams WHERE stream = ?)`,
    values: [decisionRequestId, epoch, seq, stream],
  };
}

function conflict(chain: string): CratonError {
  const message = 'Somebody changed this since it was read; read it again and start over.';
  return new CratonError('ERR_RECORD_CONFLICT', message, { field: chain });
}

function refused(field: string, problem: string): CratonError {
  return new CratonError('ERR_LEDGER_CHANGE', `${field} ${problem}.`, { field });
}
