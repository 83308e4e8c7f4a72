/** What a SQLite store says of itself. */
import type { DatabaseSync } from 'node:sqlite';
import { missingMigrations, readMigrations } from '@craton/service/migration';
import type { StoreMeasure } from '../port.ts';
import { bytesOf, textOf } from '../row.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
const NEWEST_RECEIPT =
  'SELECT payload, signature, kid FROM receipts ORDER BY receipt_id DESC LIMIT 1';
/** The draft store's own table; it is here only where drafts have no database of their own. */
const DRAFT_TABLE =
  "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'self_service_store'";

export function measureSqliteStore(database: DatabaseSync): StoreMeasure {
  const rows = (sql: string) => database.prepare(sql).all();
  const drafts =
    rows(DRAFT_TABLE).length > 0 ? rows('SELECT identity FROM self_service_store') : [];
  const applied = rows('SELECT version, checksum FROM migrations ORDER BY version');
  const [newest] = rows(NEWEST_RECEIPT);
  return {
    identities: [...rows('SELECT identity FROM store'), ...drafts].map((row) =>
      textOf(row, 'identity'),
    ),
    migrationsPending: missingMigrations(applied, readMigrations(MIGRATIONS)).length > 0,
    ...(newest && {
      newestReceipt: {
        payload: bytesOf(newest, 'payload'),
        signature: bytesOf(newest, 'signature'),
        kid: textOf(newest, 'kid'),
      },
    }),
  };
}
