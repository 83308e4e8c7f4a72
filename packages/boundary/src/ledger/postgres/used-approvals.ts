/** Approvals that decisions used up: the question and the rows. */
import { arrayOf } from './column-packer.ts';
import type { Statement } from './connection.ts';

/** A row of this transaction. */
export interface PendingApproval {
  readonly hash: Uint8Array;
  readonly requestId: string;
  readonly expiresAtMs: number;
}

/**
 * The constraint that a second use breaks, where two partners' transactions use one approval at the
 * same time: neither sees the other's row before that is committed.
 */
export const USED_APPROVALS_KEY = 'used_approvals_pkey';

/** Rows deleted at once at most, so that no commit waits for a long clean-up. */
const PURGE_ROWS_MAX = 64;

/** Which of these hashes are used. */
export const USED_APPROVALS =
  'SELECT approval_hash FROM used_approvals WHERE approval_hash = ANY ($1)';

// In the order of the hashes, so that two transactions never wait for each other.
const INSERT = `
  INSERT INTO used_approvals
  SELECT * FROM unnest($1::bytea[], $2::text[], $3::bigint[]) AS used ORDER BY 1`;

const PURGE = `
  DELETE FROM used_approvals WHERE approval_hash = ANY (ARRAY(
    SELECT approval_hash FROM used_approvals WHERE expires_at_ms < $1 ORDER BY expires_at_ms
    LIMIT ${PURGE_ROWS_MAX} FOR UPDATE SKIP LOCKED))`;

/** Stores them, and clears away a little of what ended before `endedBeforeMs`; none for none. */
export function useApprovalStatements(
  approvals: readonly PendingApproval[],
  endedBeforeMs: number,
): readonly Statement[] {
  if (approvals.length === 0) return [];
  const values = [
    approvals.map(({ hash }) => hash),
    arrayOf(approvals.map(({ requestId }) => requestId)),
    arrayOf(approvals.map(({ expiresAtMs }) => expiresAtMs)),
  ];
  return [
    { name: 'use_approvals', text: INSERT, values },
    { name: 'purge_approvals', text: PURGE, values: [endedBeforeMs] },
  ];
}
