/** Versioned migrations, forward only: what a store must have applied, what it lacks, and how it gets it. */
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

/** The migrations of one store, and the table in which it notes them. */
export interface MigrationSet {
  readonly table: string;
  readonly migrations: readonly Migration[];
}

/** A row of the bookkeeping table as a driver gives it, with `version` and `checksum`. */
export type AppliedRow = Readonly<Record<string, unknown>>;

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** Reads `NNNN-name.sql` files of a folder, in order. Throws `ERR_MIGRATION` on a gap. */
export function readMigrations(folder: URL): readonly Migration[] {
  const files = readdirSync(folder).filter((file) => FILE_NAME.test(file));
  return files.sort().map((file, index) => {
    const [, digits = '', name = ''] = FILE_NAME.exec(file) ?? [];
    const version = Number(digits);
    if (version !== index + 1) throw migrationRefused(`Migration ${index + 1} is missing`);
    const sql = readFileSync(new URL(file, folder), 'utf8');
    return { version, name, sql, checksum: hash('sha256', sql) };
  });
}

/**
 * The migrations that a store lacks; `applied` are its rows, in order of their versions. Throws
 * `ERR_MIGRATION` if the store was made by newer software or an applied migration is not the one
 * known here.
 */
export function missingMigrations(
  applied: readonly AppliedRow[],
  known: readonly Migration[],
): readonly Migration[] {
  applied.forEach((row, index) => {
    const expected = known[index];
    if (expected === undefined) throw migrationRefused('This store was made by a newer version');
    const { version, checksum } = expected;
    if (row['version'] !== version || row['checksum'] !== checksum) {
      throw migrationRefused(`Migration ${version} of this store is not the one known here`);
    }
  });
  return known.slice(applied.length);
}

/** `ERR_MIGRATION`, with what an operator can do. */
export function migrationRefused(what: string, cause?: unknown): CratonError {
  const advice = 'Start the version that made it, or restore a backup.';
  return new CratonError('ERR_MIGRATION', `${what}. ${advice}`, { cause });
}

/**
 * Brings a SQLite store to the newest version, each migration once and in a transaction of its own.
 * Throws `ERR_MIGRATION`; what was applied before the one that failed stays.
 */
export function migrateSqlite(
  database: DatabaseSync,
  { table, migrations }: MigrationSet,
  nowMs: () => number,
): void {
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${table} (
       version INTEGER PRIMARY KEY,
       name TEXT NOT NULL,
       checksum TEXT NOT NULL,
       applied_at_ms INTEGER NOT NULL
     ) STRICT`,
  );
  const rows = database.prepare(`SELECT version, checksum FROM ${table} ORDER BY version`).all();
  for (const { version, name, sql, checksum } of missingMigrations(rows, migrations)) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(sql);
      const note = database.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?)`);
      note.run(version, name, checksum, nowMs());
      database.exec('COMMIT');
    } catch (cause) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw migrationRefused(`Migration ${version} failed`, cause);
    }
  }
}

/** One statement over a connection to PostgreSQL, which gives `bigint` as numbers. */
export type SendSql = (
  text: string,
  values?: readonly (string | number)[],
) => Promise<readonly AppliedRow[]>;

/** Milliseconds that a node waits for another one that migrates. */
const LOCK_WAIT_MS = 60_000;

/**
 * Brings a PostgreSQL store to the newest version; whoever comes second waits under the advisory
 * lock `lockId`, which is given back when the connection ends. Throws `ERR_MIGRATION`, and what
 * `send` throws outside a migration.
 */
export async function migratePostgres(
  send: SendSql,
  { table, migrations }: MigrationSet,
  { lockId, nowMs }: { readonly lockId: number; readonly nowMs: () => number },
): Promise<void> {
  await send(`SET lock_timeout = ${LOCK_WAIT_MS}`);
  await send(`SELECT pg_advisory_lock(${lockId})`);
  for (const migration of missingMigrations(await readApplied(send, table), migrations)) {
    await applyToPostgres(send, { table, migration, nowMs: nowMs() });
  }
}

async function readApplied(send: SendSql, table: string): Promise<readonly AppliedRow[]> {
  const [found] = await send('SELECT to_regclass($1) AS name', [table]);
  // Asked first, so that a role that may not make tables can start on a store that is complete.
  if (found?.['name'] === null) {
    await send(
      `CREATE TABLE ${table} (
         version bigint PRIMARY KEY,
         name text COLLATE "C" NOT NULL,
         checksum text COLLATE "C" NOT NULL,
         applied_at_ms bigint NOT NULL
       )`,
    );
  }
  return send(`SELECT version, checksum FROM ${table} ORDER BY version`);
}

async function applyToPostgres(
  send: SendSql,
  { table, migration, nowMs }: { table: string; migration: Migration; nowMs: number },
): Promise<void> {
  const { version, name, sql, checksum } = migration;
  await send('BEGIN');
  try {
    await send(sql);
    await send(`INSERT INTO ${table} VALUES ($1, $2, $3, $4)`, [version, name, checksum, nowMs]);
    await send('COMMIT');
  } catch (cause) {
    await send('ROLLBACK');
    throw migrationRefused(`Migration ${version} failed`, cause);
  }
}
