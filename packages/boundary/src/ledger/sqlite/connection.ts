/** Opens the store: durable settings, migrations, identity. */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodeBase64url } from '@craton/protocol';
import { migrateSqlite, readMigrations } from '@craton/service/migration';
import type { Sources } from '../sources.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
const IDENTITY_BYTES = 16;
const INDEX_KEY_BYTES = 32;

/** Pages between checkpoints: fewer are slow, more make the write-ahead file large. */
const CHECKPOINT_PAGES = 4000;
/** KiB of pages kept in memory by the writer: what it reads again are the last pages of each table. */
const WRITER_CACHE_KIB = 16 * 1024;
const READER_CACHE_KIB = 8 * 1024;

/** Milliseconds; only opening, closing and recovery ever wait. */
const BUSY_TIMEOUT_MS = 2000;

/** Creates or opens the file for writing and brings it to the newest version. */
export function openWriteConnection(file: string, sources: Sources): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    // FULL: a commit returns when its bytes are on disk. secure_delete: what is erased is
    // overwritten, not only unlinked.
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA secure_delete = ON;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA cache_size = -${WRITER_CACHE_KIB};
      PRAGMA trusted_schema = OFF`);
    migrateSqlite(database, { table: 'migrations', migrations: readMigrations(MIGRATIONS) }, () =>
      sources.nowMs(),
    );
    writeIdentity(database, sources);
    syncFolder(dirname(file));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection that cannot write, for a file that a writer has open. */
export function openReadConnection(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  database.exec(`PRAGMA cache_size = -${READER_CACHE_KIB}; PRAGMA trusted_schema = OFF`);
  return database;
}

function writeIdentity(database: DatabaseSync, sources: Sources): void {
  database
    .prepare('INSERT INTO store VALUES (1, ?, ?, 0, ?) ON CONFLICT DO NOTHING')
    .run(
      encodeBase64url(sources.randomBytes(IDENTITY_BYTES)),
      sources.randomBytes(INDEX_KEY_BYTES),
      sources.nowMs(),
    );
}

/** A new file is durable only with its name in the folder. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
