/** One process per file: a lock that the operating system gives back when the process ends. */
import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CratonError } from '@craton/protocol';
import { PRIVATE_MODE } from './durable-file.ts';

/** SQLite's number for "somebody else has the lock". */
const SQLITE_BUSY = 5;

export interface FileLock {
  release(): void;
}

/**
 * Takes the lock of a file, which need not exist yet, or throws `ERR_STORE_LOCKED`. `what` is the
 * file's role in the message. The lock is held in an empty file beside it; Node has no lock of its
 * own, so SQLite's is used.
 */
export function lockFile(path: string, what: string): FileLock {
  const lock = openLock(`${realPath(path)}.lock`, what);
  try {
    // Without a journal nothing has to be replayed, and the lock lasts as long as this is open.
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw isBusy(cause) ? locked(what, cause) : unusable(what, cause);
  }
  return { release: () => lock.close() };
}

function openLock(path: string, what: string): DatabaseSync {
  try {
    // Whoever can read a lock file can hold it.
    if (!existsSync(path)) closeSync(openSync(path, 'a', PRIVATE_MODE));
    return new DatabaseSync(path, { timeout: 0 });
  } catch (cause) {
    throw unusable(what, cause);
  }
}

/** A link to the file meets the same lock as the file. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function locked(what: string, cause: unknown): CratonError {
  const message = `Another witness uses this ${what}; stop it, or give this one its own.`;
  return new CratonError('ERR_STORE_LOCKED', message, { field: what, cause });
}

function unusable(what: string, cause: unknown): CratonError {
  const message = `The lock beside the ${what} cannot be made; its folder must exist and be writable.`;
  return new CratonError('ERR_STORE_UNAVAILABLE', message, { field: what, cause });
}
