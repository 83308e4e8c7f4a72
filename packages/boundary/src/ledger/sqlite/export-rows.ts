/** What an export reads, on the reader's connection. */
import type { DatabaseSync } from 'node:sqlite';
import {
  EXPORT_PAGE,
  type ExportedPath,
  type ExportedReceipt,
  type ExportedStream,
  type ExportRows,
  type ExportScope,
  type SeqRange,
} from '../export-port.ts';
import { readExportedPath, readExportedReceipt, readExportedStream } from '../exported-rows.ts';
import { integerOf } from '../row.ts';

const IN_RANGE = 'WHERE stream_id = ? AND epoch = ? AND seq BETWEEN ? AND ?';

function prepareReads(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    streams: prepare(
      `SELECT stream_id, stream, partner_id, path_id, receipt_type, stream_key, epoch, last_seq
       FROM streams JOIN ledgers USING (ledger_id)
       WHERE environment = ?1 AND partner_id = coalesce(?2, partner_id)
         AND path_id = coalesce(?3, path_id)
       ORDER BY stream_id`,
    ),
    lastSeq: prepare('SELECT max(seq) AS last_seq FROM receipts WHERE stream_id = ? AND epoch = ?'),
    issuedAt: prepare(`SELECT issued_at_ms FROM receipts ${IN_RANGE} ORDER BY seq LIMIT 1`),
    receipts: prepare(
      `SELECT seq, payload, signature, kid, opening, log_index
       FROM receipts LEFT JOIN openings USING (receipt_id)
         LEFT JOIN log_entries USING (receipt_id) ${IN_RANGE} ORDER BY seq LIMIT ?`,
    ),
    nextPath: prepare(
      `SELECT version, document FROM paths
       WHERE environment = ? AND partner_id = ? AND path_id = ? AND version > ?
       ORDER BY version LIMIT 1`,
    ),
  };
}

/** Synchronous underneath: each read takes a millisecond or two. */
export class SqliteExportRows implements ExportRows {
  readonly #reads: ReturnType<typeof prepareReads>;

  /** `database` is closed by whoever opened it. */
  constructor(database: DatabaseSync) {
    this.#reads = prepareReads(database);
  }

  async streams({ environment, partnerId, pathId }: ExportScope): Promise<ExportedStream[]> {
    await Promise.resolve();
    return this.#reads.streams
      .all(environment, partnerId ?? null, pathId ?? null)
      .map(readExportedStream);
  }

  async lastSeqOf(streamId: number, epoch: number): Promise<number> {
    await Promise.resolve();
    const value = this.#reads.lastSeq.get(streamId, epoch)?.['last_seq'];
    return typeof value === 'number' ? value : 0;
  }

  async issuedAtMs({ streamId, epoch, fromSeq, toSeq }: SeqRange): Promise<number | undefined> {
    await Promise.resolve();
    const row = this.#reads.issuedAt.get(streamId, epoch, fromSeq, toSeq);
    return row && integerOf(row, 'issued_at_ms');
  }

  async receipts({ streamId, epoch, fromSeq, toSeq }: SeqRange): Promise<ExportedReceipt[]> {
    await Promise.resolve();
    return this.#reads.receipts
      .all(streamId, epoch, fromSeq, toSeq, EXPORT_PAGE)
      .map(readExportedReceipt);
  }

  async nextPath(
    { environment, partnerId, pathId }: Required<ExportScope>,
    afterVersion: number,
  ): Promise<ExportedPath | undefined> {
    await Promise.resolve();
    const row = this.#reads.nextPath.get(environment, partnerId, pathId, afterVersion);
    return row && readExportedPath(row);
  }
}
