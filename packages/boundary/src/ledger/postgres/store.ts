/** The PostgreSQL ledger: many nodes write it at once, each partner's ledger one at a time. */
import { setTimeout as delay } from 'node:timers/promises';
import { CratonError } from '@craton/protocol';
import type { ClientBase } from 'pg';
import { HmacKey } from '../hmac-key.ts';
import { readMigrations } from '@craton/service/migration';
import type { LedgerEntry } from '../port.ts';
import { bytesOf, textOf } from '../row.ts';
import type { Sources } from '../sources.ts';
import type { FailureKind, LedgerStore, LedgerTransaction } from '../transaction.ts';
import { commit, isStored, type Touches, UnknownCommit } from './commit.ts';
import {
  type ConnectionPool,
  makeClient,
  openWritePool,
  type PostgresLocation,
  send,
} from './connection.ts';
import { fetchAgain } from './fetch.ts';
import { FetchPlan } from './fetch-plan.ts';
import { migrate } from './migrate.ts';
import { openTransaction } from './open-transaction.ts';
import { failureOf, PostgresFailure } from './postgres-error.ts';
import { NO_SNAPSHOT } from './snapshot.ts';
import { MustBeAlone, PostgresTransaction, Unfetched } from './transaction.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);

/** Attempts at a transaction of which nothing was stored. */
const ATTEMPTS_MAX = 3;
/** Times that one transaction may ask for more than was foreseen. */
const ROUNDS_MAX = 8;
/** How long it is tried to learn what became of a commit; its callers wait. */
const SETTLE_MS = 4_000;
const SETTLE_PAUSE_MS = 100;
/** A key's last use is written this often at most. */
const TOUCH_INTERVAL_MS = 60_000;

/** Where the store is, and how much of it one writer takes. */
export interface PostgresStoreOptions extends PostgresLocation {
  /** Transactions that run at once at most. */
  readonly connections: number;
}

type Work<T> = (transaction: LedgerTransaction) => T;

interface Batch {
  readonly entries: readonly LedgerEntry[];
  readonly isAlone: boolean;
}

interface Performed<T> {
  readonly result: T;
  readonly transaction: PostgresTransaction;
}

/** What a store keeps for its whole life. */
interface Identity {
  readonly identity: string;
  readonly indexKey: HmacKey;
}

/** One node's way to the ledger; its transactions run at the same time. */
export class PostgresStore implements LedgerStore {
  readonly #pool: ConnectionPool;
  readonly #sources: Sources;
  readonly #identity: Identity;
  readonly #touchedAtMs = new Map<string, number>();
  /** For matching beforehand; each transaction asks whether it is the newest. */
  #snapshot = NO_SNAPSHOT;

  private constructor(pool: ConnectionPool, sources: Sources, identity: Identity) {
    this.#pool = pool;
    this.#sources = sources;
    this.#identity = identity;
  }

  /**
   * Makes or migrates the tables and connects. Throws `ERR_MIGRATION`, `ERR_CONFIG` for a server that
   * may lose what it acknowledged, or `ERR_STORE_UNAVAILABLE`.
   */
  static async open(options: PostgresStoreOptions, sources: Sources): Promise<PostgresStore> {
    const pool = openWritePool(options, options.connections);
    try {
      await prepareStore(options, sources);
      return new PostgresStore(pool, sources, await readIdentity(pool));
    } catch (cause) {
      await pool.end();
      throw cannotOpen(cause);
    }
  }

  get snapshotVersion(): number {
    return this.#snapshot.version;
  }

  async transaction<T>(entries: readonly LedgerEntry[], work: Work<T>): Promise<T> {
    let isAlone = false;
    for (let attempt = 1; ;) {
      try {
        return await this.#attempt({ entries, isAlone }, work);
      } catch (error) {
        if (error instanceof MustBeAlone) isAlone = true;
        else if (attempt < ATTEMPTS_MAX && isTransient(error)) attempt++;
        else throw error;
      }
    }
  }

  classify(error: unknown): FailureKind {
    return error instanceof PostgresFailure ? error.kind : 'entry';
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #attempt<T>(batch: Batch, work: Work<T>): Promise<T> {
    const plan = new FetchPlan(this.#identity.indexKey);
    let performed: Performed<T> | undefined;
    try {
      await this.#pool.use(async (client) => {
        performed = await this.#perform(client, batch, plan, work);
        await this.#commit(client, performed.transaction);
      });
    } catch (error) {
      if (!(error instanceof UnknownCommit) || performed === undefined) throw error;
      await this.#settle(plan, performed.transaction);
    }
    if (performed === undefined) throw new TypeError('A transaction had no result.');
    return performed.result;
  }

  /** Runs the work, again and again until everything that it asks for was fetched. */
  async #perform<T>(
    client: ClientBase,
    { entries, isAlone }: Batch,
    plan: FetchPlan,
    work: Work<T>,
  ): Promise<Performed<T>> {
    const { identity } = this.#identity;
    const nowMs = this.#sources.nowMs();
    const opening = { entries, isAlone, plan, identity, nowMs, snapshot: this.#snapshot };
    let parts = await openTransaction(client, opening);
    if (parts.snapshot.version > this.#snapshot.version) this.#snapshot = parts.snapshot;
    for (let round = 1; round <= ROUNDS_MAX; round++) {
      const transaction = new PostgresTransaction(parts);
      try {
        return { result: work(transaction), transaction };
      } catch (error) {
        if (!(error instanceof Unfetched)) throw error;
        error.extend(plan);
        parts = { ...parts, fetched: await fetchAgain(client, plan, parts.fetched.ledgers) };
      }
    }
    throw new PostgresFailure('A batch asked for more and more.', 'unavailable');
  }

  async #commit(client: ClientBase, transaction: PostgresTransaction): Promise<void> {
    const touches = this.#dueTouches(transaction);
    await commit(client, transaction, touches);
    for (const [keyId, nowMs] of touches) this.#touchedAtMs.set(keyId, nowMs);
  }

  #dueTouches({ touches }: PostgresTransaction): Touches {
    const isDue = ([keyId, nowMs]: [string, number]) =>
      nowMs - (this.#touchedAtMs.get(keyId) ?? 0) >= TOUCH_INTERVAL_MS;
    return new Map(Array.from(touches).filter(isDue));
  }

  /** Resolves if it is stored after all; throws a transient failure if it is known not to be. */
  async #settle(plan: FetchPlan, transaction: PostgresTransaction): Promise<void> {
    if (transaction.receipts.length === 0) throw unsettled(transaction);
    const endMs = performance.now() + SETTLE_MS;
    while (performance.now() < endMs) {
      const isThere = await this.#isStored(plan, transaction);
      if (isThere === true) return;
      if (isThere === false) throw notStored();
      await delay(SETTLE_PAUSE_MS);
    }
    throw unsettled(transaction);
  }

  /** Undefined while nobody can be asked. */
  async #isStored(plan: FetchPlan, transaction: PostgresTransaction): Promise<boolean | undefined> {
    try {
      return await this.#pool.use((client) => isStored(client, plan, transaction));
    } catch (error) {
      if (error instanceof PostgresFailure && error.kind === 'unavailable') return undefined;
      throw error;
    }
  }
}

/** It may be tried again. */
function notStored(): PostgresFailure {
  return new PostgresFailure('The connection was lost.', 'unavailable', { isTransient: true });
}

/** What was only read can be read again; a change must be looked for by whoever asked for it. */
function unsettled({ receipts, changes }: PostgresTransaction): PostgresFailure {
  const isTransient = receipts.length === 0 && changes.length === 0;
  const message = 'The connection was lost, and it is not known whether this was stored.';
  return new PostgresFailure(message, isTransient ? 'unavailable' : 'unknown', { isTransient });
}

function isTransient(error: unknown): boolean {
  return error instanceof PostgresFailure && error.isTransient;
}

async function prepareStore(options: PostgresStoreOptions, sources: Sources): Promise<void> {
  const client = makeClient(options);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await migrate(client, readMigrations(MIGRATIONS), sources);
  } catch (error) {
    throw failureOf(error);
  } finally {
    await client.end();
  }
}

async function readIdentity(pool: ConnectionPool): Promise<Identity> {
  const select = { text: 'SELECT identity, index_key FROM store' };
  const [row = {}] = await pool.use((client) => send(client, select));
  const indexKey = new HmacKey(bytesOf(row, 'index_key'));
  return { identity: textOf(row, 'identity'), indexKey };
}

function cannotOpen(cause: unknown): CratonError {
  if (cause instanceof CratonError) return cause;
  const reason = cause instanceof PostgresFailure ? ` ${cause.message}` : '';
  const message = `DATABASE_URL names a database that cannot be opened as a ledger.${reason}`;
  return new CratonError('ERR_STORE_UNAVAILABLE', message, { cause });
}
