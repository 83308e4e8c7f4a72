import type { DatabaseSync } from 'node:sqlite';
import { CratonError } from '@craton/protocol';
import type { LogWrite, LogWritten } from '../../log/log-write.ts';
import { writeLog } from '../../log/sqlite-writes.ts';
import type { LedgerEntry } from '../port.ts';
import type { Sources } from '../sources.ts';
import type { FailureKind, LedgerStore, LedgerTransaction } from '../transaction.ts';
import { openWriteConnection } from './connection.ts';
import { type FileLock, lockStore } from './lock.ts';
import { classifySqliteError } from './sqlite-error.ts';
import { SqliteTransaction } from './transaction.ts';

/** The only writer of a SQLite file; everything in it is synchronous. */
export class SqliteStore implements LedgerStore {
  readonly #database: DatabaseSync;
  readonly #lock: FileLock;
  readonly #transaction: SqliteTransaction;
  #isBroken = false;

  private constructor(database: DatabaseSync, lock: FileLock) {
    this.#database = database;
    this.#lock = lock;
    this.#transaction = new SqliteTransaction(database);
  }

  /** Throws `ERR_STORE_LOCKED`, `ERR_MIGRATION`, or `ERR_STORE_UNAVAILABLE` for any other fault. */
  static open(file: string, sources: Sources): SqliteStore {
    try {
      return SqliteStore.#openLocked(lockStore(file), file, sources);
    } catch (cause) {
      if (cause instanceof CratonError) throw cause;
      const message = 'The file cannot be opened as a ledger; check its path and permissions.';
      throw new CratonError('ERR_STORE_UNAVAILABLE', message, { cause });
    }
  }

  static #openLocked(lock: FileLock, file: string, sources: Sources): SqliteStore {
    try {
      return new SqliteStore(openWriteConnection(file, sources), lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get snapshotVersion(): number {
    return this.#transaction.snapshotVersion;
  }

  async transaction<T>(
    _entries: readonly LedgerEntry[],
    work: (transaction: LedgerTransaction) => T,
  ): Promise<T> {
    // Async by its port: errors become rejections.
    await Promise.resolve();
    if (this.#isBroken) throw new CratonError('ERR_STORE_UNAVAILABLE', 'The store has failed.');
    this.#transaction.begin();
    const result = this.#finish(work);
    this.#refresh();
    return result;
  }

  /**
   * A write of the log's publisher, between two transactions of the ledger. Throws as `writeLog`, and
   * `ERR_STORE_UNAVAILABLE`.
   */
  writeLog(write: LogWrite): LogWritten {
    try {
      if (!this.#isBroken) return writeLog(this.#database, write);
    } catch (cause) {
      if (cause instanceof CratonError) throw cause;
      const message = 'The store could not write the log; nothing of it was stored.';
      throw new CratonError('ERR_STORE_UNAVAILABLE', message, { cause });
    }
    throw new CratonError('ERR_STORE_UNAVAILABLE', 'The store has failed.');
  }

  classify(error: unknown): FailureKind {
    return this.#isBroken ? 'fatal' : classifySqliteError(error);
  }

  #finish<T>(work: (transaction: LedgerTransaction) => T): T {
    try {
      const result = work(this.#transaction);
      this.#transaction.commit();
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  #rollback(): void {
    try {
      this.#transaction.rollback();
    } catch {
      // Nobody knows now what the next transaction would stand on.
      this.#isBroken = true;
    }
  }

  /** The transaction is durable and is answered; if its changes cannot be read, it was the last. */
  #refresh(): void {
    try {
      this.#transaction.refresh();
    } catch {
      this.#isBroken = true;
    }
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.#database.close();
    this.#lock.release();
  }
}
