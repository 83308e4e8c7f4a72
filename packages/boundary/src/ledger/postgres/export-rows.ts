/** What an export reads, on connections that cannot write. */
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
import type { PostgresReader } from './reader.ts';

const IN_RANGE = 'WHERE stream_id = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4';
const STREAMS = `
  SELECT stream_id, stream, partner_id, path_id, receipt_type, stream_key, epoch, last_seq
  FROM streams JOIN ledgers USING (ledger_id)
  WHERE environment = $1 AND partner_id = coalesce($2, partner_id)
    AND path_id = coalesce($3, path_id)
  ORDER BY stream_id`;
const LAST_SEQ = `
  SELECT coalesce(max(seq), 0) AS last_seq FROM receipts WHERE stream_id = $1 AND epoch = $2`;
const ISSUED_AT = `SELECT issued_at_ms FROM receipts ${IN_RANGE} ORDER BY seq LIMIT 1`;
const RECEIPTS = `
  SELECT seq, payload, signature, kid, opening, log_index
  FROM receipts LEFT JOIN openings USING (receipt_id)
         LEFT JOIN log_entries USING (receipt_id) ${IN_RANGE} ORDER BY seq LIMIT $5`;
const NEXT_PATH = `
  SELECT version, document FROM paths
  WHERE environment = $1 AND partner_id = $2 AND path_id = $3 AND version > $4
  ORDER BY version LIMIT 1`;

/** Each read takes a connection for itself and gives it back. */
export class PostgresExportRows implements ExportRows {
  readonly #reader: Pick<PostgresReader, 'all'>;

  constructor(reader: Pick<PostgresReader, 'all'>) {
    this.#reader = reader;
  }

  async streams({ environment, partnerId, pathId }: ExportScope): Promise<ExportedStream[]> {
    const values = [environment, partnerId ?? null, pathId ?? null];
    const rows = await this.#reader.all({ name: 'export_streams', text: STREAMS, values });
    return rows.map(readExportedStream);
  }

  async lastSeqOf(streamId: number, epoch: number): Promise<number> {
    const values = [streamId, epoch];
    const [row = {}] = await this.#reader.all({ name: 'export_last', text: LAST_SEQ, values });
    return integerOf(row, 'last_seq');
  }

  async issuedAtMs({ streamId, epoch, fromSeq, toSeq }: SeqRange): Promise<number | undefined> {
    const values = [streamId, epoch, fromSeq, toSeq];
    const [row] = await this.#reader.all({ name: 'export_issued', text: ISSUED_AT, values });
    return row && integerOf(row, 'issued_at_ms');
  }

  async receipts({ streamId, epoch, fromSeq, toSeq }: SeqRange): Promise<ExportedReceipt[]> {
    const values = [streamId, epoch, fromSeq, toSeq, EXPORT_PAGE];
    const rows = await this.#reader.all({ name: 'export_receipts', text: RECEIPTS, values });
    return rows.map(readExportedReceipt);
  }

  async nextPath(
    { environment, partnerId, pathId }: Required<ExportScope>,
    afterVersion: number,
  ): Promise<ExportedPath | undefined> {
    const values = [environment, partnerId, pathId, afterVersion];
    const [row] = await this.#reader.all({ name: 'export_path', text: NEXT_PATH, values });
    return row && readExportedPath(row);
  }
}
