/** The draft store in a file: one process, one connection. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { migrateSqlite, readMigrations } from '@craton/service/migration';
import type { Sources } from '../sources.ts';
import { DraftTable, newIdentity } from './draft-table.ts';
import type { DraftStore } from './port.ts';
import type { Row } from './row.ts';
import { type SqlDatabase, storeUnavailable, type SqlValue } from './sql.ts';

const MIGRATIONS = new URL('./migrations/sqlite/', import.meta.url);
/** For its owner only: drafts name people. */
const STORE_MODE = 0o600;
/** Milliseconds; only another process on the same file ever makes this one wait. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Creates or opens the file and brings it to the newest version. Throws `ERR_MIGRATION`, or
 * `ERR_DRAFT_STORE_UNAVAILABLE` if the file cannot be opened.
 */
export function openSqliteDrafts(file: string, sources: Sources): DraftStore {
  return new DraftTable(new SqliteDatabase(openDatabase(file, sources)));
}

function openDatabase(file: string, sources: Sources): DatabaseSync {
  try {
    if (!existsSync(file)) closeSync(openSync(file, 'a', STORE_MODE));
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    return prepare(database, sources);
  } catch (error) {
    throw primaryCodeOf(error) === undefined && !isSystemError(error)
      ? error
      : storeUnavailable(error);
  }
}

/** Primary result code (sqlite.org/rescode.html) of a broken constraint. */
const CONSTRAINT = 19;

function primaryCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** As of a folder that is not there. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function prepare(database: DatabaseSync, { nowMs, randomBytes }: Sources): DatabaseSync {
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA trusted_schema = OFF`);
    const migrations = readMigrations(MIGRATIONS);
    migrateSqlite(database, { table: 'self_service_migrations', migrations }, nowMs);
    database
      .prepare('INSERT INTO self_service_store VALUES (1, ?, ?) ON CONFLICT DO NOTHING')
      .run(newIdentity(randomBytes), nowMs());
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteDatabase implements SqlDatabase {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async rows(text: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    await Promise.resolve();
    try {
      return this.#database.prepare(text).all(...values);
    } catch (cause) {
      // A broken constraint is a fault of ours, not of the store.
      throw primaryCodeOf(cause) === CONSTRAINT ? cause : storeUnavailable(cause);
    }
  }

  async close(): Promise<void> {
    await Promise.resolve();
    if (this.#database.isOpen) this.#database.close();
  }
}
