/** The log on PostgreSQL: several nodes, of which the one with the lease writes. */
import type { ClientBase } from 'pg';
import { CratonError } from '@craton/protocol';
import { arrayOf } from '../ledger/postgres/column-packer.ts';
import {
  type ConnectionPool,
  send,
  sendAll,
  type Statement,
} from '../ledger/postgres/connection.ts';
import { KEY_EVENTS_LOCK } from '../ledger/postgres/locks.ts';
import { PostgresFailure } from '../ledger/postgres/postgres-error.ts';
import { bytesOf, integerOf, type Row, textOf } from '../ledger/row.ts';
import { inconsistent, otherOrigin } from './inconsistent.ts';
import {
  type CheckpointQuery,
  type Growth,
  LeaseLost,
  type LogLag,
  type LogName,
  type LogState,
  type LogStore,
  type NewKeyEvent,
  type Publication,
  type StoredCheckpoint,
  type StoredKeyEvent,
  WAITING_COUNT_MAX,
  type WaitingLeaf,
} from './port.ts';
import {
  CHECKPOINT_COLUMNS,
  readCheckpoint,
  readKeyEventRow,
  readLogLag,
  readLogState,
} from './stored-log.ts';

const OF_LOG = 'log_id = (SELECT log_id FROM logs WHERE environment = $1)';
const newest = (condition: string) =>
  `SELECT ${CHECKPOINT_COLUMNS} FROM log_checkpoints WHERE ${OF_LOG}${condition}
   ORDER BY tree_size DESC LIMIT 1`;
const first = (condition: string) =>
  `SELECT ${CHECKPOINT_COLUMNS} FROM log_checkpoints
   WHERE ${OF_LOG} AND tree_size >= $2 AND ${condition} ORDER BY tree_size LIMIT 1`;
const WAITING_RECEIPTS = `
  FROM log_leaves JOIN streams USING (stream_id) JOIN ledgers USING (ledger_id)
  WHERE environment = $1 ORDER BY receipt_id LIMIT $2`;
const HAS_NO_INDEX = 'NOT EXISTS (SELECT 1 FROM log_entries WHERE receipt_id = -event_id)';
/** One statement, so that no receipt is seen without the event that was stored before it. */
const WAITING = `
  SELECT leaf_id, entry FROM (
    (SELECT 0 AS is_receipt, event_id AS place, -event_id AS leaf_id, entry FROM key_events
     WHERE environment = $1 AND ${HAS_NO_INDEX} ORDER BY event_id LIMIT $2)
    UNION ALL
    (SELECT 1, receipt_id, receipt_id, entry ${WAITING_RECEIPTS})) AS leaves
  ORDER BY is_receipt, place LIMIT $2`;
const OLDEST_WAITING = `
  SELECT issued_at_ms FROM receipts WHERE receipt_id = (SELECT receipt_id ${WAITING_RECEIPTS})`;
const OLDEST_EVENT = `
  SELECT stored_at_ms AS issued_at_ms FROM key_events
  WHERE environment = $1 AND ${HAS_NO_INDEX} ORDER BY event_id LIMIT 1`;
const COUNT_WAITING = `
  SELECT count(*) AS waiting FROM (
    SELECT 1 FROM log_leaves UNION ALL SELECT 1 FROM key_events WHERE ${HAS_NO_INDEX}
    LIMIT $1) AS counted`;
const ISSUED_AT = `
  SELECT coalesce(issued_at_ms, stored_at_ms) AS issued_at_ms
  FROM log_entries LEFT JOIN receipts USING (receipt_id)
    LEFT JOIN key_events ON event_id = -log_entries.receipt_id
  WHERE ${OF_LOG} AND log_index = $2`;
const KEY_EVENTS = `
  SELECT statement, log_index FROM key_events LEFT JOIN log_entries ON receipt_id = -event_id
  WHERE environment = $1 ORDER BY event_id`;
const TILE = `SELECT hashes FROM log_tiles WHERE ${OF_LOG} AND level = $2 AND tile_index = $3`;
const ENTRIES = `
  SELECT entry FROM log_entries WHERE ${OF_LOG} AND log_index >= $2 AND log_index < $3
  ORDER BY log_index`;

const ADD_LOG = 'INSERT INTO logs (environment, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING';
const LOCK_LOG = 'SELECT * FROM logs WHERE environment = $1 AND origin = $2 FOR UPDATE';
/** The server's clock: those of the nodes may differ. */
const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
const ACQUIRE = `
  UPDATE logs SET lease_token = lease_token + CASE WHEN lease_holder = $2::text THEN 0 ELSE 1 END,
    lease_holder = $2::text, lease_until_ms = ${NOW_MS} + $3::bigint
  WHERE environment = $1 AND origin = $4
    AND (lease_holder IS NOT DISTINCT FROM $2::text OR lease_until_ms <= ${NOW_MS})
  RETURNING lease_token`;
const ORIGIN = 'SELECT origin FROM logs WHERE environment = $1';
const MOVE = `
  WITH taken AS (
    DELETE FROM log_leaves WHERE receipt_id = ANY ($3::bigint[]) RETURNING receipt_id, entry),
  leaves AS (
    SELECT receipt_id, entry FROM taken
    UNION ALL SELECT -event_id, entry FROM key_events
    WHERE event_id IN (SELECT -id FROM unnest($3::bigint[]) AS id WHERE id < 0)),
  stored AS (
    INSERT INTO log_entries (log_id, log_index, receipt_id, entry)
    SELECT $1::bigint, $2::bigint + place - 1, receipt_id, entry
    FROM unnest($3::bigint[]) WITH ORDINALITY AS given (receipt_id, place)
      JOIN leaves USING (receipt_id)
    RETURNING 1)
  SELECT count(*) AS stored FROM stored`;
const STORE_KEY_EVENT = `
  INSERT INTO key_events (environment, digest, statement, entry, stored_at_ms)
  VALUES ($1, $2, $3, $4, ${NOW_MS}) ON CONFLICT DO NOTHING`;
const PUT_TILE = `
  INSERT INTO log_tiles VALUES ($1, $2, $3, $4)
  ON CONFLICT (log_id, level, tile_index) DO UPDATE SET hashes = excluded.hashes`;
const SIGN = `
  INSERT INTO log_checkpoints (log_id, tree_size, root, note, signed_at_ms)
  SELECT $1::bigint, $2::bigint, $3::bytea, $4::text, $5::bigint WHERE NOT EXISTS (
    SELECT 1 FROM log_checkpoints WHERE log_id = $1 AND tree_size >= $2)
  RETURNING tree_size`;
const PUBLISH = `
  UPDATE log_checkpoints SET note = $3, published = true, cosigned = cosigned OR $4
  WHERE log_id = $1 AND tree_size = $2 RETURNING tree_size`;

interface Log {
  readonly logId: number;
  readonly treeSize: number;
}

/** Every method throws `ERR_STORE_UNAVAILABLE` where the store does not answer. */
export class PostgresLogStore implements LogStore {
  readonly #name: LogName;
  readonly #readers: ConnectionPool;
  readonly #writers: ConnectionPool;

  /** The pools are ended by whoever opened them. */
  constructor(name: LogName, readers: ConnectionPool, writers: ConnectionPool) {
    this.#name = name;
    this.#readers = readers;
    this.#writers = writers;
  }

  async readState(): Promise<LogState> {
    const values = [this.#name.environment];
    // One transaction: the four rows belong together.
    const [, [log] = [], [signed] = [], [published] = [], [cosigned] = []] = await this.#read([
      { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ' },
      { text: 'SELECT tree_size FROM logs WHERE environment = $1', values },
      { text: newest(''), values },
      { text: newest(' AND published'), values },
      { text: newest(' AND cosigned'), values },
      { text: 'COMMIT' },
    ]);
    return readLogState(log, { signed, published, cosigned });
  }

  async readLag(coveredSize: number): Promise<LogLag> {
    const { environment } = this.#name;
    const [[count] = [], [waiting] = [], [event] = [], [indexed] = []] = await this.#read([
      { text: COUNT_WAITING, values: [WAITING_COUNT_MAX] },
      { text: OLDEST_WAITING, values: [environment, 1] },
      { text: OLDEST_EVENT, values: [environment] },
      { text: ISSUED_AT, values: [environment, coveredSize] },
    ]);
    return readLogLag(count, [waiting, event, indexed]);
  }

  async listWaiting(limit: number): Promise<readonly WaitingLeaf[]> {
    const values = [this.#name.environment, limit];
    const [rows = []] = await this.#read([{ text: WAITING, values }]);
    return rows.map((row) => ({
      leafId: integerOf(row, 'leaf_id'),
      entry: new Uint8Array(bytesOf(row, 'entry')),
    }));
  }

  async firstCheckpoint(query: CheckpointQuery): Promise<StoredCheckpoint | undefined> {
    const values = [this.#name.environment, query.sizeMin];
    const text = first(query.kind === 'cosigned' ? 'cosigned' : 'published');
    const [[row] = []] = await this.#read([{ text, values }]);
    return row && readCheckpoint(row);
  }

  async readTile(level: number, index: number): Promise<Uint8Array | undefined> {
    const values = [this.#name.environment, level, index];
    const [[row] = []] = await this.#read([{ text: TILE, values }]);
    return row && new Uint8Array(bytesOf(row, 'hashes'));
  }

  async listEntries(start: number, end: number): Promise<readonly Uint8Array[]> {
    const values = [this.#name.environment, start, end];
    const [rows = []] = await this.#read([{ text: ENTRIES, values }]);
    return rows.map((row) => new Uint8Array(bytesOf(row, 'entry')));
  }

  async listKeyEvents(): Promise<readonly StoredKeyEvent[]> {
    const values = [this.#name.environment];
    const [rows = []] = await this.#read([{ text: KEY_EVENTS, values }]);
    return rows.map(readKeyEventRow);
  }

  storeKeyEvents(events: readonly NewKeyEvent[]): Promise<void> {
    const { environment } = this.#name;
    const statements = events.map(({ digest, statementText, entry }) => ({
      text: STORE_KEY_EVENT,
      values: [environment, digest, statementText, Buffer.from(entry)],
    }));
    return this.#answered(() =>
      this.#writers.use(async (client) => {
        const begin = { text: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE' };
        const lock = { text: `SELECT pg_advisory_xact_lock(${KEY_EVENTS_LOCK})` };
        await sendAll(client, [begin, lock, ...statements, { text: 'COMMIT' }]);
      }),
    );
  }

  async acquire(holder: string, ttlMs: number): Promise<number | undefined> {
    const { environment, origin } = this.#name;
    return this.#answered(() =>
      this.#writers.use(async (client) => {
        await send(client, { text: ADD_LOG, values: [environment, origin] });
        const values = [environment, holder, ttlMs, origin];
        const [taken] = await send(client, { text: ACQUIRE, values });
        if (taken !== undefined) return integerOf(taken, 'lease_token');
        const [log = {}] = await send(client, { text: ORIGIN, values: [environment] });
        if (textOf(log, 'origin') !== origin) throw otherOrigin();
        return undefined;
      }),
    );
  }

  release(token: number): Promise<void> {
    return this.#write(token, async (client, { logId }) => {
      const text = 'UPDATE logs SET lease_until_ms = 0 WHERE log_id = $1';
      await send(client, { text, values: [logId] });
    });
  }

  grow(token: number, { treeSize, leafIds, tiles }: Growth): Promise<void> {
    return this.#write(token, async (client, log) => {
      if (log.treeSize !== treeSize) throw inconsistent('The tree has another size than it should');
      const { logId } = log;
      const size = treeSize + leafIds.length;
      const [[moved] = []] = await sendAll(client, [
        { name: 'log_move', text: MOVE, values: [logId, treeSize, arrayOf(leafIds)] },
        ...tiles.map(({ tile, bytes }) => ({
          name: 'log_tile',
          text: PUT_TILE,
          values: [logId, tile.level, tile.index, Buffer.from(bytes)],
        })),
        { text: 'UPDATE logs SET tree_size = $2 WHERE log_id = $1', values: [logId, size] },
      ]);
      if (moved === undefined || integerOf(moved, 'stored') !== leafIds.length) {
        throw inconsistent('A leaf that waited is gone');
      }
    });
  }

  storeSigned(token: number, checkpoint: StoredCheckpoint): Promise<void> {
    const { treeSize, root, note, signedAtMs } = checkpoint;
    return this.#write(token, async (client, log) => {
      if (treeSize > log.treeSize) throw inconsistent('A checkpoint is beyond the tree');
      const values = [log.logId, treeSize, Buffer.from(root), note, signedAtMs];
      const stored = await send(client, { text: SIGN, values });
      if (stored.length === 1) return;
      throw inconsistent('A checkpoint of this size or a larger one was signed');
    });
  }

  publish(token: number, { treeSize, note, isCosigned }: Publication): Promise<void> {
    return this.#write(token, async (client, { logId }) => {
      const values = [logId, treeSize, note, isCosigned];
      const updated = await send(client, { text: PUBLISH, values });
      if (updated.length !== 1) throw inconsistent('A checkpoint that was signed is gone');
    });
  }

  /** One transaction under the lock of the log's row, if the token is that of the newest lease. */
  #write(token: number, work: (client: ClientBase, log: Log) => Promise<void>): Promise<void> {
    const { environment, origin } = this.#name;
    return this.#answered(() =>
      this.#writers.use(async (client) => {
        const [, [row] = []] = await sendAll(client, [
          { text: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE' },
          { text: LOCK_LOG, values: [environment, origin] },
        ]);
        if (row === undefined) throw otherOrigin();
        if (integerOf(row, 'lease_token') !== token) throw new LeaseLost();
        await work(client, {
          logId: integerOf(row, 'log_id'),
          treeSize: integerOf(row, 'tree_size'),
        });
        await send(client, { text: 'COMMIT' });
      }),
    );
  }

  #read(statements: readonly Statement[]): Promise<readonly Row[][]> {
    return this.#answered(() => this.#readers.use((client) => sendAll(client, statements)));
  }

  async #answered<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      if (!(cause instanceof PostgresFailure)) throw cause;
      const message = 'The store does not answer; try again.';
      throw new CratonError('ERR_STORE_UNAVAILABLE', message, { cause });
    }
  }
}
