/** What operators read, on the reader's connection: rare, so statements are made when asked for. */
import type { DatabaseSync } from 'node:sqlite';
import {
  type ApiKeyRecord,
  type AuditRecord,
  EVENT_PAGE_MAX,
  type LedgerAdmin,
  type Partner,
  type PathQuery,
  type PathVersion,
} from '../administration.ts';
import type { LedgerChange } from '../change.ts';
import type { LedgerWriter } from '../port.ts';
import { integerOf, type Row, textOf } from '../row.ts';
import { readApiKeyRecord, readAuditRecord } from '../stored-values.ts';

/** Writes through the one writer, reads for itself. */
export class SqliteAdministration implements LedgerAdmin {
  readonly #database: DatabaseSync;
  readonly #writer: Pick<LedgerWriter, 'commit'>;

  /** `database` is closed by whoever opened it. */
  constructor(database: DatabaseSync, writer: Pick<LedgerWriter, 'commit'>) {
    this.#database = database;
    this.#writer = writer;
  }

  async apply(...changes: readonly LedgerChange[]): Promise<void> {
    await this.#writer.commit([], changes);
  }

  async listPartners(): Promise<readonly Partner[]> {
    await Promise.resolve();
    const units = Map.groupBy(
      this.#all('SELECT partner_id, unit FROM units ORDER BY unit'),
      (row) => textOf(row, 'partner_id'),
    );
    return this.#all('SELECT * FROM partners ORDER BY partner_id').map((row) => {
      const partnerId = textOf(row, 'partner_id');
      return {
        partnerId,
        units: (units.get(partnerId) ?? []).map((unit) => textOf(unit, 'unit')),
        createdAtMs: integerOf(row, 'created_at_ms'),
      };
    });
  }

  async listPaths(environment: string): Promise<readonly PathVersion[]> {
    await Promise.resolve();
    const sql = 'SELECT * FROM paths WHERE environment = ? ORDER BY partner_id, path_id, version';
    return this.#all(sql, environment).map((row) => ({
      environment,
      partnerId: textOf(row, 'partner_id'),
      pathId: textOf(row, 'path_id'),
      version: integerOf(row, 'version'),
      policyDigest: textOf(row, 'policy_digest'),
      isLive: integerOf(row, 'live') === 1,
      appliedAtMs: integerOf(row, 'applied_at_ms'),
    }));
  }

  async findPath({ owner, pathId, version }: PathQuery): Promise<string | undefined> {
    await Promise.resolve();
    const [row] = this.#all(
      `SELECT document FROM paths WHERE environment = ? AND partner_id = ? AND path_id = ?
         AND iif(? IS NULL, live = 1, version = ?)`,
      owner.environment,
      owner.partnerId,
      pathId,
      version ?? null,
      version ?? null,
    );
    return row && textOf(row, 'document');
  }

  async listApiKeyRecords(): Promise<readonly ApiKeyRecord[]> {
    await Promise.resolve();
    const sql = 'SELECT * FROM api_keys ORDER BY created_at_ms, rowid';
    return this.#all(sql).map(readApiKeyRecord);
  }

  async listEvents(afterId: number, limit: number): Promise<readonly AuditRecord[]> {
    await Promise.resolve();
    const sql = 'SELECT * FROM audit_events WHERE event_id > ? ORDER BY event_id LIMIT ?';
    return this.#all(sql, afterId, Math.min(limit, EVENT_PAGE_MAX)).map(readAuditRecord);
  }

  #all(sql: string, ...values: readonly (string | number | null)[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }
}
