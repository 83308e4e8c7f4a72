/** The log's writes on SQLite, each in a transaction of its own on the writer's connection. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { TileContent } from '@craton/protocol';
import { integerOf } from '../ledger/row.ts';
import { inconsistent, otherOrigin } from './inconsistent.ts';
import type { LogWrite, LogWritten } from './log-write.ts';
import type { Growth, LogName, Publication, StoredCheckpoint } from './port.ts';

interface LogRow {
  readonly logId: number;
  readonly treeSize: number;
  readonly token: number;
  readonly holder: string | null;
  readonly untilMs: number;
}

/** Throws `ERR_LOG_INCONSISTENT`, or SQLite's error; nothing was written then. */
export function writeLog(database: DatabaseSync, write: LogWrite): LogWritten {
  database.exec('BEGIN IMMEDIATE');
  try {
    const written = perform(database, write);
    database.exec('COMMIT');
    return written;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function perform(database: DatabaseSync, write: LogWrite): LogWritten {
  if (write.kind === 'store_key_events') return storeKeyEvents(database, write);
  const log = demandLog(database, write);
  if (write.kind === 'acquire') return acquire(database, log, write);
  if (write.token !== log.token) return { kind: 'lost' };
  switch (write.kind) {
    case 'release':
      run(database, 'UPDATE logs SET lease_until_ms = 0 WHERE log_id = ?', log.logId);
      break;
    case 'grow':
      grow(database, log, write.growth);
      break;
    case 'sign':
      storeSigned(database, log, write.checkpoint);
      break;
    case 'publish':
      publish(database, log, write.publication);
      break;
  }
  return { kind: 'done' };
}

function demandLog(database: DatabaseSync, { environment, origin }: LogName): LogRow {
  run(
    database,
    'INSERT INTO logs (environment, origin) VALUES (?, ?) ON CONFLICT DO NOTHING',
    environment,
    origin,
  );
  const row = database
    .prepare('SELECT * FROM logs WHERE environment = ? AND origin = ?')
    .get(environment, origin);
  if (row === undefined) throw otherOrigin();
  return {
    logId: integerOf(row, 'log_id'),
    treeSize: integerOf(row, 'tree_size'),
    token: integerOf(row, 'lease_token'),
    holder: row['lease_holder'] === null ? null : String(row['lease_holder']),
    untilMs: integerOf(row, 'lease_until_ms'),
  };
}

function acquire(
  database: DatabaseSync,
  { logId, token, holder: current, untilMs }: LogRow,
  { holder, nowMs, ttlMs, isTakeover }: Extract<LogWrite, { readonly kind: 'acquire' }>,
): LogWritten {
  const isMine = current === holder;
  if (!isMine && !isTakeover && nowMs < untilMs) return { kind: 'held' };
  const newToken = isMine ? token : token + 1;
  run(
    database,
    'UPDATE logs SET lease_token = ?, lease_holder = ?, lease_until_ms = ? WHERE log_id = ?',
    newToken,
    holder,
    nowMs + ttlMs,
    logId,
  );
  return { kind: 'done', token: newToken };
}

/** What is there already stays as it is. */
function storeKeyEvents(
  database: DatabaseSync,
  { environment, events, nowMs }: Extract<LogWrite, { readonly kind: 'store_key_events' }>,
): LogWritten {
  for (const { digest, statementText, entry } of events) {
    run(
      database,
      `INSERT INTO key_events (environment, digest, statement, entry, stored_at_ms)
       VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      environment,
      digest,
      statementText,
      entry,
      nowMs,
    );
  }
  return { kind: 'done' };
}

function grow(database: DatabaseSync, log: LogRow, { treeSize, leafIds, tiles }: Growth): void {
  if (log.treeSize !== treeSize) throw inconsistent('The tree has another size than it should');
  const { logId } = log;
  const taken = JSON.stringify(leafIds);
  const stored = run(
    database,
    `INSERT INTO log_entries
     SELECT ?, ? + taken.key, taken.value, coalesce(log_leaves.entry, key_events.entry)
     FROM json_each(?) AS taken
       LEFT JOIN log_leaves ON log_leaves.receipt_id = taken.value
       LEFT JOIN key_events ON event_id = -taken.value
     WHERE coalesce(log_leaves.entry, key_events.entry) IS NOT NULL
     ORDER BY taken.key`,
    logId,
    treeSize,
    taken,
  );
  if (stored !== leafIds.length) throw inconsistent('A leaf that waited is gone');
  run(
    database,
    'DELETE FROM log_leaves WHERE receipt_id IN (SELECT value FROM json_each(?))',
    taken,
  );
  for (const tile of tiles) putTile(database, logId, tile);
  const size = treeSize + leafIds.length;
  run(database, 'UPDATE logs SET tree_size = ? WHERE log_id = ?', size, logId);
}

function putTile(database: DatabaseSync, logId: number, { tile, bytes }: TileContent): void {
  run(
    database,
    `INSERT INTO log_tiles VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET hashes = excluded.hashes`,
    logId,
    tile.level,
    tile.index,
    bytes,
  );
}

function storeSigned(
  database: DatabaseSync,
  { logId, treeSize }: LogRow,
  checkpoint: StoredCheckpoint,
): void {
  if (checkpoint.treeSize > treeSize) throw inconsistent('A checkpoint is beyond the tree');
  const stored = run(
    database,
    `INSERT INTO log_checkpoints (log_id, tree_size, root, note, signed_at_ms)
     SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
       SELECT 1 FROM log_checkpoints WHERE log_id = ?1 AND tree_size >= ?2)`,
    logId,
    checkpoint.treeSize,
    checkpoint.root,
    checkpoint.note,
    checkpoint.signedAtMs,
  );
  if (stored !== 1) throw inconsistent('A checkpoint of this size or a larger one was signed');
}

function publish(database: DatabaseSync, { logId }: LogRow, publication: Publication): void {
  const { treeSize, note, isCosigned } = publication;
  const updated = run(
    database,
    `UPDATE log_checkpoints SET note = ?, published = 1, cosigned = max(cosigned, ?)
     WHERE log_id = ? AND tree_size = ?`,
    note,
    Number(isCosigned),
    logId,
    treeSize,
  );
  if (updated !== 1) throw inconsistent('A checkpoint that was signed is gone');
}

/** How many rows a statement changed. */
function run(database: DatabaseSync, sql: string, ...values: SQLInputValue[]): number {
  return Number(database.prepare(sql).run(...values).changes);
}
