/** Keeps API keys in memory as the store has them: told of each change, and asking all the time. */
import type { Client } from 'pg';
import { UnavailableError } from '@craton/service';
import type { ApiKey } from '../port.ts';
import { integerOf, textOf } from '../row.ts';
import { makeClient, type PostgresLocation, send } from './connection.ts';
import { SNAPSHOT_CHANNEL } from './locks.ts';
import { failureOf } from './postgres-error.ts';
import { type KeySnapshot, readKeySnapshot, SELECT_STORE } from './snapshot.ts';

/** Milliseconds between two questions; a change is told at once, and asked for if that fails. */
const POLL_MS = 500;
/** Milliseconds after which a server that was asked counts as gone. */
const ANSWER_MS = 2_000;
/** Milliseconds without an answer after which nobody is let in by what is remembered. */
export const CONFIRM_MS_MAX = 5_000;

export interface FollowerOptions extends PostgresLocation {
  /** `CONFIRM_MS_MAX` if absent. */
  readonly confirmMsMax?: number;
}

/** The keys of one store, and how sure it is of them. */
export class SnapshotFollower {
  readonly #options: FollowerOptions;
  #client: Client | undefined;
  #snapshot: KeySnapshot | undefined;
  /** Of `performance.now()`: the snapshot was the newest then. */
  #confirmedAtMs = -Infinity;
  #last: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Resolves with the keys read. Throws `PostgresFailure`. */
  static async open(options: FollowerOptions): Promise<SnapshotFollower> {
    const follower = new SnapshotFollower(options);
    try {
      await follower.#ask();
    } catch (error) {
      await follower.#disconnect();
      throw error;
    }
    follower.#schedule();
    return follower;
  }

  /** By SHA-256 of the key text. Throws `ERR_STORE_UNAVAILABLE` while they may be outdated. */
  keys(): ReadonlyMap<string, ApiKey> {
    const { confirmMsMax = CONFIRM_MS_MAX } = this.#options;
    const isConfirmed = performance.now() - this.#confirmedAtMs <= confirmMsMax;
    if (this.#snapshot !== undefined && isConfirmed) return this.#snapshot.keys;
    const message = 'This node cannot reach its store and does not know which keys are good.';
    throw new UnavailableError('ERR_STORE_UNAVAILABLE', message);
  }

  /** Resolves when the store was asked after this call, whether or not it answered. */
  refresh(): Promise<void> {
    this.#last = this.#last.then(() => this.#askOrDisconnect());
    return this.#last;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#last;
    await this.#disconnect();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      void this.refresh().then(() => {
        this.#schedule();
      });
    }, POLL_MS);
  }

  async #askOrDisconnect(): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#ask();
    } catch {
      // The next question has a connection of its own.
      await this.#disconnect();
    }
  }

  async #ask(): Promise<void> {
    const client = this.#client ?? (await this.#connect());
    // Before the question, because the answer is true of no later time.
    const askedAtMs = performance.now();
    const [store = {}] = await send(client, SELECT_STORE);
    if (integerOf(store, 'snapshot_version') !== this.#snapshot?.version) {
      await this.#takeOver(client);
    } else if (textOf(store, 'identity') !== this.#snapshot.identity) return;
    this.#confirmedAtMs = askedAtMs;
  }

  async #takeOver(client: Client): Promise<void> {
    const snapshot = await readKeySnapshot(client);
    if (this.#snapshot !== undefined && this.#snapshot.identity !== snapshot.identity) {
      throw new Error('This is another store.');
    }
    this.#snapshot = snapshot;
  }

  async #connect(): Promise<Client> {
    const client = makeClient(this.#options, ANSWER_MS);
    this.#client = client;
    client.on('error', () => undefined);
    client.on('notification', () => void this.refresh());
    try {
      await client.connect();
    } catch (error) {
      throw failureOf(error);
    }
    await send(client, { text: `LISTEN ${SNAPSHOT_CHANNEL}` });
    return client;
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }
}
