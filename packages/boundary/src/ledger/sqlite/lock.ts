/** One writer per file: a lock that the operating system gives back when the process ends. */
import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CratonError } from '@craton/protocol';
import { sqliteCode } from './sqlite-error.ts';

const SQLITE_BUSY = 5;

/** Held until it is released or the process ends. */
export interface FileLock {
  release(): void;
}

/** Streams' keys are in the store: for its owner only. */
const STORE_MODE = 0o600;

/**
 * Takes the lock of a store, whose file is created if it is not there, or throws
 * `ERR_STORE_LOCKED`. It stands in a file beside the store, as an exclusive lock on the store
 * itself would keep the readers out.
 */
export function lockStore(file: string): FileLock {
  // An existing file is not opened here: closing it would drop SQLite's own locks on it.
  if (!existsSync(file)) closeSync(openSync(file, 'a', STORE_MODE));
  // By its real path, so that a link to the store meets the same lock.
  const lock = new DatabaseSync(`${realpathSync(file)}.lock`, { timeout: 0 });
  try {
    // Without a journal nothing has to be replayed, and the lock is held as long as this is open.
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (sqliteCode(cause) !== SQLITE_BUSY) throw cause;
    const message = 'Another process writes this ledger; stop it, or use another data folder.';
    throw new CratonError('ERR_STORE_LOCKED', message, { cause });
  }
  return { release: () => lock.close() };
}
