/** Versioned migrations, forward only; each is applied once, in a transaction of its own. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { CratonError } from '@craton/protocol';

/** One step of the schema. */
export interface Migration {
  /** 1, 2, 3, ... without a gap. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the SQL text, lower-case hex. */
  readonly checksum: string;
}

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;
const BOOKKEEPING = `
  CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at_ms INTEGER NOT NULL
  ) STRICT`;

/** Reads `NNNN-name.sql` files of a folder, in order. Throws `ERR_MIGRATION` on a gap. */
export function readMigrations(folder: URL): readonly Migration[] {
  const files = readdirSync(folder).filter((file) => FILE_NAME.test(file));
  return files.sort().map((file, index) => {
    const [, digits = '', name = ''] = FILE_NAME.exec(file) ?? [];
    const version = Number(digits);
    if (version !== index + 1) throw refused(`Migration ${index + 1} is missing`);
    const sql = readFileSync(new URL(file, folder), 'utf8');
    return { version, name, sql, checksum: hash('sha256', sql) };
  });
}

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
  rows.forEach((row, index) => {
    const known = migrations[index];
    if (known === undefined) throw refused('This store was made by a newer version');
    if (row['version'] !== known.version || row['checksum'] !== known.checksum) {
      throw refused(`Migration ${known.version} of this store is not the one known here`);
    }
  });
  for (const migration of migrations.slice(rows.length)) apply(database, migration, nowMs);
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
    throw refused(`Migration ${version} failed`, cause);
  }
}

function refused(what: string, cause?: unknown): CratonError {
  const advice = 'Start the version that made it, or restore a backup.';
  return new CratonError('ERR_MIGRATION', `${what}. ${advice}`, { cause });
}
