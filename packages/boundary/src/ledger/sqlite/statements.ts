/** The statements of the hot path, prepared once. */
import type { DatabaseSync } from 'node:sqlite';

export type Statements = ReturnType<typeof prepareStatements>;

/** Rows deleted at once at most, so that no commit waits for a long clean-up. */
export const PURGE_ROWS_MAX = 64;

export function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    rollback: prepare('ROLLBACK'),

    selectLedger: prepare('SELECT ledger_id FROM ledgers WHERE environment = ? AND partner_id = ?'),
    insertLedger: prepare('INSERT INTO ledgers (environment, partner_id) VALUES (?, ?)'),

    selectStream: prepare(
      `SELECT stream_id, stream_key, stream, epoch, last_seq, last_issued_at_ms FROM streams
       WHERE ledger_id = ? AND path_id = ? AND receipt_type = ?`,
    ),
    insertStream: prepare(
      `INSERT INTO streams (ledger_id, path_id, receipt_type, stream_key, stream, epoch, last_seq,
         last_issued_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    advanceStream: prepare(
      'UPDATE streams SET last_seq = ?, last_issued_at_ms = ? WHERE stream_id = ?',
    ),

    insertReceipt: prepare(
      `INSERT INTO receipts (stream_id, epoch, seq, request_id, commitment_id, issued_at_ms, payload,
         signature, kid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertOpening: prepare('INSERT INTO openings VALUES (?, ?)'),
    insertLeaf: prepare('INSERT INTO log_leaves VALUES (?, ?)'),

    selectReference: prepare(
      `SELECT commitment_id FROM external_references JOIN receipts USING (receipt_id)
       WHERE ledger_id = ? AND reference_hash = ?`,
    ),
    insertReference: prepare(
      'INSERT INTO external_references VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),

    selectLastTotals: prepare(
      `SELECT evaluated_at_ms, decisions, sum_usd_cents FROM decision_totals
       WHERE stream_id = ? ORDER BY evaluated_at_ms DESC LIMIT 1`,
    ),
    selectTotalsBefore: prepare(
      `SELECT evaluated_at_ms, decisions, sum_usd_cents FROM decision_totals
       WHERE stream_id = ? AND evaluated_at_ms < ? ORDER BY evaluated_at_ms DESC LIMIT 1`,
    ),
    putTotals: prepare('INSERT OR REPLACE INTO decision_totals VALUES (?, ?, ?, ?)'),
    // The newest row before the window stays: windows are differences to it.
    purgeTotals: prepare(
      `DELETE FROM decision_totals WHERE stream_id = ?1 AND evaluated_at_ms IN (
         SELECT evaluated_at_ms FROM decision_totals WHERE stream_id = ?1 AND evaluated_at_ms < (
           SELECT max(evaluated_at_ms) FROM decision_totals
           WHERE stream_id = ?1 AND evaluated_at_ms < ?2)
         ORDER BY evaluated_at_ms LIMIT ${PURGE_ROWS_MAX})`,
    ),

    selectAnswer: prepare(
      `SELECT request_hash, evidence_digest, earlier_commitment_id, needs, stored_at_ms, payload,
         signature, kid, opening
       FROM idempotency_keys JOIN receipts USING (receipt_id) LEFT JOIN openings USING (receipt_id)
       WHERE ledger_id = ? AND idempotency_key = ?`,
    ),
    // An answer that is there has expired, else it would have been replayed.
    putAnswer: prepare('INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    purgeAnswers: prepare(
      `DELETE FROM idempotency_keys WHERE (ledger_id, idempotency_key) IN (
         SELECT ledger_id, idempotency_key FROM idempotency_keys WHERE stored_at_ms < ?
         ORDER BY stored_at_ms LIMIT ${PURGE_ROWS_MAX})`,
    ),

    touchApiKey: prepare('UPDATE api_keys SET last_used_at_ms = ? WHERE key_id = ?'),
  };
}
