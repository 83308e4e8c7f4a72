/** The log on SQLite: reads on the reader's connection, writes through the writer's thread. */
import type { DatabaseSync } from 'node:sqlite';
import { bytesOf, integerOf } from '../ledger/row.ts';
import type { LogWrite, LogWritten } from './log-write.ts';
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

const OF_LOG = 'log_id = (SELECT log_id FROM logs WHERE environment = ?)';
const newest = (condition: string) =>
  `SELECT ${CHECKPOINT_COLUMNS} FROM log_checkpoints WHERE ${OF_LOG}${condition}
   ORDER BY tree_size DESC LIMIT 1`;
const first = (condition: string) =>
  `SELECT ${CHECKPOINT_COLUMNS} FROM log_checkpoints
   WHERE ${OF_LOG} AND tree_size >= ? AND ${condition} ORDER BY tree_size LIMIT 1`;
/** In the order of `log_leaves`, which `CROSS JOIN` keeps: never by way of all receipts. */
const WAITING_RECEIPTS = `
  FROM log_leaves CROSS JOIN streams USING (stream_id) CROSS JOIN ledgers USING (ledger_id)
  WHERE environment = ?1 ORDER BY receipt_id LIMIT ?2`;
const HAS_NO_INDEX = 'NOT EXISTS (SELECT 1 FROM log_entries WHERE receipt_id = -event_id)';
/** One statement, so that no receipt is seen without the event that was stored before it. */
const WAITING = `
  SELECT leaf_id, entry FROM (
    SELECT * FROM (
      SELECT 0 AS is_receipt, event_id AS place, -event_id AS leaf_id, entry FROM key_events
      WHERE environment = ?1 AND ${HAS_NO_INDEX} ORDER BY event_id LIMIT ?2)
    UNION ALL
    SELECT * FROM (SELECT 1, receipt_id, receipt_id, entry ${WAITING_RECEIPTS}))
  ORDER BY is_receipt, place LIMIT ?2`;

function prepareReads(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    log: prepare('SELECT tree_size FROM logs WHERE environment = ?'),
    signed: prepare(newest('')),
    published: prepare(newest(' AND published = 1')),
    cosigned: prepare(newest(' AND cosigned = 1')),
    firstPublished: prepare(first('published = 1')),
    firstCosigned: prepare(first('cosigned = 1')),
    waitingCount: prepare(
      `SELECT count(*) AS waiting FROM (
         SELECT 1 FROM log_leaves UNION ALL SELECT 1 FROM key_events WHERE ${HAS_NO_INDEX}
         LIMIT ?) AS counted`,
    ),
    oldestWaiting: prepare(
      `SELECT issued_at_ms FROM receipts WHERE receipt_id = (SELECT receipt_id ${WAITING_RECEIPTS})`,
    ),
    oldestEvent: prepare(
      `SELECT stored_at_ms AS issued_at_ms FROM key_events
       WHERE environment = ? AND ${HAS_NO_INDEX} ORDER BY event_id LIMIT 1`,
    ),
    issuedAt: prepare(
      `SELECT coalesce(issued_at_ms, stored_at_ms) AS issued_at_ms
       FROM log_entries LEFT JOIN receipts USING (receipt_id)
         LEFT JOIN key_events ON event_id = -log_entries.receipt_id
       WHERE ${OF_LOG} AND log_index = ?`,
    ),
    waiting: prepare(WAITING),
    keyEvents: prepare(
      `SELECT statement, log_index FROM key_events LEFT JOIN log_entries ON receipt_id = -event_id
       WHERE environment = ? ORDER BY event_id`,
    ),
    tile: prepare(`SELECT hashes FROM log_tiles WHERE ${OF_LOG} AND level = ? AND tile_index = ?`),
    entries: prepare(
      `SELECT entry FROM log_entries WHERE ${OF_LOG} AND log_index >= ? AND log_index < ?
       ORDER BY log_index`,
    ),
  };
}

/** Hands a write to the thread that writes the file; rejects as `writeLog` throws. */
export type SendLogWrite = (write: LogWrite) => Promise<LogWritten>;

/** Synchronous underneath: each read takes tens of microseconds. */
export class SqliteLogStore implements LogStore {
  readonly #reads: ReturnType<typeof prepareReads>;
  readonly #send: SendLogWrite;
  readonly #name: LogName;
  readonly #nowMs: () => number;
  /** The file has one process: before this one took its lease, nobody else alive had it. */
  #isTakeover = true;

  /** `database` is closed by whoever opened it. */
  constructor(database: DatabaseSync, name: LogName, send: SendLogWrite, nowMs: () => number) {
    this.#reads = prepareReads(database);
    this.#name = name;
    this.#send = send;
    this.#nowMs = nowMs;
  }

  async readState(): Promise<LogState> {
    await Promise.resolve();
    const { environment } = this.#name;
    const { log, signed, published, cosigned } = this.#reads;
    return readLogState(log.get(environment), {
      signed: signed.get(environment),
      published: published.get(environment),
      cosigned: cosigned.get(environment),
    });
  }

  async readLag(coveredSize: number): Promise<LogLag> {
    await Promise.resolve();
    const { environment } = this.#name;
    const { waitingCount, oldestWaiting, oldestEvent, issuedAt } = this.#reads;
    return readLogLag(waitingCount.get(WAITING_COUNT_MAX), [
      oldestWaiting.get(environment, 1),
      oldestEvent.get(environment),
      issuedAt.get(environment, coveredSize),
    ]);
  }

  async listWaiting(limit: number): Promise<readonly WaitingLeaf[]> {
    await Promise.resolve();
    return this.#reads.waiting.all(this.#name.environment, limit).map((row) => ({
      leafId: integerOf(row, 'leaf_id'),
      entry: bytesOf(row, 'entry'),
    }));
  }

  async listKeyEvents(): Promise<readonly StoredKeyEvent[]> {
    await Promise.resolve();
    return this.#reads.keyEvents.all(this.#name.environment).map(readKeyEventRow);
  }

  async firstCheckpoint(query: CheckpointQuery): Promise<StoredCheckpoint | undefined> {
    await Promise.resolve();
    const { firstPublished, firstCosigned } = this.#reads;
    const statement = query.kind === 'cosigned' ? firstCosigned : firstPublished;
    const row = statement.get(this.#name.environment, query.sizeMin);
    return row && readCheckpoint(row);
  }

  async readTile(level: number, index: number): Promise<Uint8Array | undefined> {
    await Promise.resolve();
    const row = this.#reads.tile.get(this.#name.environment, level, index);
    return row && bytesOf(row, 'hashes');
  }

  async listEntries(start: number, end: number): Promise<readonly Uint8Array[]> {
    await Promise.resolve();
    const rows = this.#reads.entries.all(this.#name.environment, start, end);
    return rows.map((row) => bytesOf(row, 'entry'));
  }

  async acquire(holder: string, ttlMs: number): Promise<number | undefined> {
    const isTakeover = this.#isTakeover;
    const nowMs = this.#nowMs();
    const lease = { kind: 'acquire', holder, nowMs, ttlMs, isTakeover } as const;
    const written = await this.#send({ ...this.#name, ...lease });
    this.#isTakeover = false;
    return written.kind === 'done' ? written.token : undefined;
  }

  async storeKeyEvents(events: readonly NewKeyEvent[]): Promise<void> {
    const nowMs = this.#nowMs();
    await this.#send({ ...this.#name, kind: 'store_key_events', events, nowMs });
  }

  async release(token: number): Promise<void> {
    await this.#send({ ...this.#name, kind: 'release', token });
  }

  grow(token: number, growth: Growth): Promise<void> {
    return this.#demand({ ...this.#name, kind: 'grow', token, growth });
  }

  storeSigned(token: number, checkpoint: StoredCheckpoint): Promise<void> {
    return this.#demand({ ...this.#name, kind: 'sign', token, checkpoint });
  }

  publish(token: number, publication: Publication): Promise<void> {
    return this.#demand({ ...this.#name, kind: 'publish', token, publication });
  }

  async #demand(write: LogWrite): Promise<void> {
    const { kind } = await this.#send(write);
    if (kind !== 'done') throw new LeaseLost();
  }
}
