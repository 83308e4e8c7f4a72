/** Rows of the log, read back the same way on both engines. */
import { bytesOf, integerOf, optionalIntegerOf, type Row, textOf } from '../ledger/row.ts';
import type { LogLag, LogState, StoredCheckpoint, StoredKeyEvent } from './port.ts';

/** The newest checkpoints of one log; `kind` says which rows a kind takes. */
export const CHECKPOINT_COLUMNS =
  'tree_size, root, note, signed_at_ms, CAST(published AS integer) AS published, CAST(cosigned AS integer) AS cosigned';

/** A row of `log_checkpoints`. */
export function readCheckpoint(row: Row): StoredCheckpoint {
  return {
    treeSize: integerOf(row, 'tree_size'),
    root: new Uint8Array(bytesOf(row, 'root')),
    note: textOf(row, 'note'),
    signedAtMs: integerOf(row, 'signed_at_ms'),
    isPublished: integerOf(row, 'published') === 1,
    isCosigned: integerOf(row, 'cosigned') === 1,
  };
}

/** A row of `key_events` with the index of its entry. */
export function readKeyEventRow(row: Row): StoredKeyEvent {
  const logIndex = optionalIntegerOf(row, 'log_index');
  return {
    statementText: textOf(row, 'statement'),
    ...(logIndex !== undefined && { logIndex }),
  };
}

/** The newest row of each kind, where there is one. */
export interface NewestRows {
  readonly signed: Row | undefined;
  readonly published: Row | undefined;
  readonly cosigned: Row | undefined;
}

/** The state of a log whose row may not be there yet. */
export function readLogState(log: Row | undefined, newest: NewestRows): LogState {
  const { signed, published, cosigned } = newest;
  return {
    treeSize: log === undefined ? 0 : integerOf(log, 'tree_size'),
    ...(signed && { signed: readCheckpoint(signed) }),
    ...(published && { published: readCheckpoint(published) }),
    ...(cosigned && { cosigned: readCheckpoint(cosigned) }),
  };
}

/** What waits, and the receipt that waits longest: of an index, or of a checkpoint over it. */
export function readLogLag(waiting: Row | undefined, oldest: readonly (Row | undefined)[]): LogLag {
  const times = oldest.flatMap((row) =>
    row === undefined ? [] : [integerOf(row, 'issued_at_ms')],
  );
  return {
    waiting: waiting === undefined ? 0 : integerOf(waiting, 'waiting'),
    ...(times.length > 0 && { oldestIssuedAtMs: Math.min(...times) }),
  };
}
