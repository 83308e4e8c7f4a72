/** What operators see and change, on PostgreSQL. */
import {
  type ApiKeyRecord,
  type AuditRecord,
  EVENT_PAGE_MAX,
  type LedgerAdmin,
  type Partner,
  type PathQuery,
  type PathVersion,
} from '../administration.ts';
import { changesSnapshot, type LedgerChange } from '../change.ts';
import type { LedgerWriter } from '../port.ts';
import { integerOf, type Row, textOf } from '../row.ts';
import { readApiKeyRecord, readAuditRecord } from '../stored-values.ts';
import type { PostgresReader } from './reader.ts';
import type { SnapshotFollower } from './snapshot-follower.ts';

/** Writes through the one writer, reads for itself. */
export class PostgresAdministration implements LedgerAdmin {
  readonly #writer: Pick<LedgerWriter, 'commit'>;
  readonly #reader: PostgresReader;
  readonly #follower: SnapshotFollower;

  constructor(
    writer: Pick<LedgerWriter, 'commit'>,
    reader: PostgresReader,
    follower: SnapshotFollower,
  ) {
    this.#writer = writer;
    this.#reader = reader;
    this.#follower = follower;
  }

  async apply(...changes: readonly LedgerChange[]): Promise<void> {
    await this.#writer.commit([], changes);
    // Whoever made a key here can use it here at once.
    if (changes.some(changesSnapshot)) await this.#follower.refresh();
  }

  async listPartners(): Promise<readonly Partner[]> {
    const rows = await this.#all(
      `SELECT partner_id, created_at_ms, unit FROM partners LEFT JOIN units USING (partner_id)
       ORDER BY partner_id, unit`,
    );
    const byPartner = Map.groupBy(rows, (row) => textOf(row, 'partner_id'));
    return Array.from(byPartner, ([partnerId, units]) => ({
      partnerId,
      units: units.flatMap((row) => (row['unit'] === null ? [] : [textOf(row, 'unit')])),
      createdAtMs: Math.min(...units.map((row) => integerOf(row, 'created_at_ms'))),
    }));
  }

  async listPaths(environment: string): Promise<readonly PathVersion[]> {
    const rows = await this.#all(
      `SELECT partner_id, path_id, version, policy_digest, live::integer AS live, applied_at_ms
       FROM paths WHERE environment = $1 ORDER BY partner_id, path_id, version`,
      [environment],
    );
    return rows.map((row) => ({
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
    const [row] = await this.#all(
      `SELECT document FROM paths WHERE environment = $1 AND partner_id = $2 AND path_id = $3
         AND CASE WHEN $4::bigint IS NULL THEN live ELSE version = $4 END`,
      [owner.environment, owner.partnerId, pathId, version ?? null],
    );
    return row && textOf(row, 'document');
  }

  async listApiKeyRecords(): Promise<readonly ApiKeyRecord[]> {
    const rows = await this.#all('SELECT * FROM api_keys ORDER BY created_at_ms, key_row');
    return rows.map(readApiKeyRecord);
  }

  async listEvents(afterId: number, limit: number): Promise<readonly AuditRecord[]> {
    const rows = await this.#all(
      'SELECT * FROM audit_events WHERE event_id > $1 ORDER BY event_id LIMIT $2',
      [afterId, Math.min(limit, EVENT_PAGE_MAX)],
    );
    return rows.map(readAuditRecord);
  }

  #all(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.#reader.all({ text, values });
  }
}
