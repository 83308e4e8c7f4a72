/** The statements of the hot path, prepared once. */
import type { DatabaseSync } from 'node:sqlite';

/** Belong to the connection that prepared them. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Rows deleted at once at most, so that no commit waits for a long clean-up. */
export const PURGE_ROWS_MAX = 64;

const SELECT_DECISION = `
  SELECT receipt_id, request_id, commitment_id, payload, signature, kid, key_id
  FROM receipts JOIN streams USING (stream_id) JOIN ledgers USING (ledger_id)
  WHERE environment = ? AND partner_id = ? AND receipt_type = 'boundary_decision'`;

/** Prepares all of them; throws if the schema does not fit. */
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
         signature, kid, key_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertOpening: prepare('INSERT INTO openings VALUES (?, ?)'),
    insertLeaf: prepare('INSERT INTO log_leaves VALUES (?, ?, ?)'),

    selectKey: prepare('SELECT receipt_id FROM key_index WHERE key_hash = ?'),
    putKey: prepare('INSERT OR REPLACE INTO key_index VALUES (?, ?)'),
    insertJournal: prepare('INSERT INTO key_journal VALUES (?, ?, ?, ?)'),
    selectJournal: prepare('SELECT * FROM key_journal ORDER BY receipt_id'),
    purgeJournal: prepare('DELETE FROM key_journal WHERE receipt_id <= ?'),
    selectCommitment: prepare('SELECT commitment_id FROM receipts WHERE receipt_id = ?'),

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
       FROM answers JOIN receipts USING (receipt_id) LEFT JOIN openings USING (receipt_id)
       WHERE receipt_id = ?`,
    ),
    insertAnswer: prepare('INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)'),
    purgeAnswers: prepare(
      `DELETE FROM answers WHERE stored_at_ms < ? AND receipt_id IN (
         SELECT receipt_id FROM answers ORDER BY receipt_id LIMIT ${PURGE_ROWS_MAX})`,
    ),

    touchApiKey: prepare('UPDATE api_keys SET last_used_at_ms = ? WHERE key_id = ?'),
    ...prepareLinking(database),
  };
}

/** Those of claims and confirmations. */
function prepareLinking(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    // Decisions alone, and of their owner alone, whichever way they were found.
    selectDecision: prepare(`${SELECT_DECISION} AND receipt_id = ?`),
    selectDecisionByRequest: prepare(`${SELECT_DECISION} AND request_id = ?`),
    selectLinked: prepare(
      `SELECT linked_receipts.receipt_type AS receipt_type, request_id, payload
       FROM linked_receipts JOIN receipts USING (receipt_id)
       WHERE decision_id = ? AND linked_receipts.receipt_type <> 'deployment_record'
       ORDER BY receipt_id`,
    ),
    insertLinked: prepare('INSERT INTO linked_receipts VALUES (?, ?, ?)'),
  };
}
