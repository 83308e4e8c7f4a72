import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HmacKey } from '../hmac-key.ts';
import { approvalHash, type ApprovalName } from '../key-hash.ts';
import { bytesOf } from '../row.ts';
import type { UsedApproval } from '../transaction.ts';

/** Rows deleted at once at most, so that no commit waits for a long clean-up. */
const PURGE_ROWS_MAX = 64;

/** Approvals that decisions used up. Belongs to one connection, whose transactions it is part of. */
export class UsedApprovals {
  readonly #key: HmacKey;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #purge: StatementSync;

  constructor(database: DatabaseSync) {
    const row = database.prepare('SELECT index_key FROM store').get() ?? {};
    this.#key = new HmacKey(bytesOf(row, 'index_key'));
    this.#select = database.prepare('SELECT 1 FROM used_approvals WHERE approval_hash = ?');
    this.#insert = database.prepare('INSERT INTO used_approvals VALUES (?, ?, ?)');
    this.#purge = database.prepare(
      `DELETE FROM used_approvals WHERE approval_hash IN (
         SELECT approval_hash FROM used_approvals WHERE expires_at_ms < ?
         ORDER BY expires_at_ms LIMIT ${PURGE_ROWS_MAX})`,
    );
  }

  has(approval: ApprovalName): boolean {
    return this.#select.get(approvalHash(this.#key, approval)) !== undefined;
  }

  /** Adds one, and clears away a little of what ended before `endedBeforeMs`. */
  add(approval: UsedApproval, requestId: string, endedBeforeMs: number): void {
    this.#insert.run(approvalHash(this.#key, approval), requestId, approval.expiresAtMs);
    this.#purge.run(endedBeforeMs);
  }
}
