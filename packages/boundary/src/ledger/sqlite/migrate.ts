/** Applies migrations, each once, in a transaction of its own. */
import type { DatabaseSync } from 'node:sqlite';
import { type Migration, migrationRefused, missingMigrations } from '../migration.ts';

const BOOKKEEPING = `
  CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at_ms INTEGER NOT NULL
  ) STRICT`;

/**
 * Brings the store to the newest version. Throws `ERR_MIGRATION`, with nothing changed, if the
 * store was made by newer software or an applied migration is not the one known here.
 */
export function migrate(
  database: DatabaseSync,
  migrations: readonly Migration[],
  nowMs: number,
): void {
  database.exec(BOOKKEEPING);
  const rows = database.prepare('SELECT version, checksum FROM migrations ORDER BY version').all();
  for (const migration of missingMigrations(rows, migrations)) apply(database, migration, nowMs);
}

function apply(database: DatabaseSync, migration: Migration, nowMs: number): void {
  const { version, name, sql, checksum } = migration;
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(sql);
    database
      .prepare('INSERT INTO migrations VALUES (?, ?, ?, ?)')
      .run(version, name, checksum, nowMs);
    database.exec('COMMIT');
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw migrationRefused(`Migration ${version} failed`, cause);
  }
}
