/** The probe of a draft store in a file. */
import { accessSync, constants } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { identityDigest } from '@craton/policy';
import { missingMigrations, readMigrations } from '@craton/service/migration';
import { textOf } from '../store/row.ts';
import type { DraftStoreQuestion, StoreFindings } from './probe-draft-store.ts';
import { PRODUCTION_TABLES } from './production-tables.ts';

const MIGRATIONS = new URL('../store/migrations/sqlite/', import.meta.url);

/** Throws if the file cannot be opened or is no draft store. */
export function probeSqlite(file: string, mayShare: DraftStoreQuestion['mayShare']): StoreFindings {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = tablesOf(database);
    const storeIdentities = identitiesOf(database, tables);
    const applied = database
      .prepare('SELECT version, checksum FROM self_service_migrations ORDER BY version')
      .all();
    const isShared = PRODUCTION_TABLES.some((table) => tables.has(table));
    return {
      storeIdentities,
      migrationsPending: missingMigrations(applied, readMigrations(MIGRATIONS)).length > 0,
      // A file has no roles: whoever may write one table may write all.
      canWriteProduction: isShared && !mayShare(storeIdentities) && isWritable(file),
    };
  } finally {
    database.close();
  }
}

function tablesOf(database: DatabaseSync): ReadonlySet<string> {
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return new Set(rows.map((row) => textOf(row, 'name')));
}

function identitiesOf(database: DatabaseSync, tables: ReadonlySet<string>): readonly string[] {
  return ['self_service_store', 'store']
    .filter((table) => tables.has(table))
    .flatMap((table) => database.prepare(`SELECT identity FROM ${table}`).all())
    .map((row) => identityDigest(textOf(row, 'identity')));
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
