/** Rounds of load, crash, examination and restart on one store. */
import { strict as assert } from 'node:assert';
import { randomInt } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type BoundaryProcess, Installation } from './boundary-process.ts';
import type { CrashStore } from './crash-store.ts';
import { Examiner } from './examiner.ts';
import { type Attempt, Load, replay } from './load.ts';

/** The long run sets more. */
export const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 3);
/** For starting, loading, and examining a round on a busy machine. */
export const ROUND_TIMEOUT_MS = 60_000;
/** The long run collects the counts of all its parts here, one JSON object a line. */
const COUNTS_FILE = process.env['CRASH_COUNTS_FILE'];

/** The crash comes so long after the first answer of the round. */
const LOAD_MS = { min: 50, max: 1500 };
/** Acknowledged receipts of earlier rounds that are asked for again after each restart. */
const REPLAYS = 50;

export interface CrashCounts {
  readonly rounds: number;
  /** Receipts that a caller had received before the crash. */
  acknowledged: number;
  /** Of these, in the store after the crash with the same bytes. */
  found: number;
  /** Requests whose connection broke, or that were answered 503, before an answer came. */
  unacknowledged: number;
  /** Of these, in the store after the crash. */
  unacknowledgedStored: number;
  /** Requests sent again after a restart with their idempotency key. */
  replayed: number;
  /** Receipts in the store at the end. */
  stored: number;
}

export type Store = Pick<CrashStore, 'databaseUrl' | 'read'>;
/** Ends the process without a warning; resolves when the store can be read again. */
export type Crash = (service: BoundaryProcess) => Promise<void>;

export class CrashRun {
  readonly counts: CrashCounts;
  readonly #store: Store;
  readonly #crash: Crash;
  readonly #installation = new Installation();
  readonly #examiner = new Examiner(this.#installation);
  readonly #attempts: Attempt[] = [];
  #open: readonly Attempt[] = [];
  #stored: ReadonlySet<string> = new Set();

  constructor(store: Store, crash: Crash, rounds = ROUNDS) {
    this.#store = store;
    this.#crash = crash;
    this.counts = {
      rounds,
      acknowledged: 0,
      found: 0,
      unacknowledged: 0,
      unacknowledgedStored: 0,
      replayed: 0,
      stored: 0,
    };
  }

  /** Throws as soon as anything acknowledged is lost, changed or issued twice. */
  async run(): Promise<CrashCounts> {
    try {
      for (let round = 1; round <= this.counts.rounds; round++) await this.#round(round);
      const service = await this.#installation.start(this.#store.databaseUrl);
      await this.#askAgain(service);
      await service.stop();
      await this.#examine([]);
      return this.counts;
    } finally {
      this.#installation.remove();
    }
  }

  /** One crash of a service started with other flags; answers how much is still there of its answers. */
  async runControl(
    nodeFlags: readonly string[],
  ): Promise<Pick<CrashCounts, 'acknowledged' | 'found'>> {
    try {
      const { databaseUrl } = this.#store;
      await (await this.#installation.start(databaseUrl)).stop();
      const service = await this.#installation.start(databaseUrl, nodeFlags);
      const { attempts, crashedAtMs } = await this.#loadAndCrash(service, 'control');
      const acknowledged = attempts.filter(
        ({ answeredAtMs = Infinity }) => answeredAtMs < crashedAtMs,
      );
      const { lost } = await this.#examiner.examine(await this.#store.read(), acknowledged);
      return { acknowledged: acknowledged.length, found: acknowledged.length - lost.length };
    } finally {
      this.#installation.remove();
    }
  }

  async #round(round: number): Promise<void> {
    const service = await this.#installation.start(this.#store.databaseUrl);
    await this.#askAgain(service);
    const { attempts } = await this.#loadAndCrash(service, `round-${round}`);
    this.#attempts.push(...attempts);
    await this.#examine(attempts);
  }

  async #loadAndCrash(service: BoundaryProcess, prefix: string) {
    const load = new Load(service, prefix);
    const { first, ended } = load.start();
    await Promise.race([first, ended.then(() => assert.fail('The server was gone at once.'))]);
    await delay(randomInt(LOAD_MS.min, LOAD_MS.max));
    const crashedAtMs = Date.now();
    await this.#crash(service);
    load.stop();
    await ended;
    return { attempts: load.attempts, crashedAtMs };
  }

  /** Every open key, and some that were answered: the same bytes, and nothing issued twice. */
  async #askAgain(service: BoundaryProcess): Promise<void> {
    const answered = this.#attempts.filter(({ text }) => text !== undefined);
    const some = Array.from({ length: Math.min(REPLAYS, answered.length) }, () => {
      return answered[randomInt(answered.length)]!;
    });
    for (const attempt of some) await replay(service, attempt);
    for (const attempt of this.#open) {
      const isReplay = await replay(service, attempt);
      assert.equal(isReplay, this.#stored.has(attempt.name), 'a stored answer was not replayed');
    }
    this.counts.replayed += some.length + this.#open.length;
    this.#open = [];
  }

  async #examine(latest: readonly Attempt[]): Promise<void> {
    const rows = await this.#store.read();
    const acknowledged = this.#attempts.filter(({ text }) => text !== undefined);
    const { lost, references, stored } = await this.#examiner.examine(rows, acknowledged);
    assert.deepEqual(
      lost.map(({ name }) => name),
      [],
      'acknowledged receipts are lost',
    );
    this.#examiner.assertKept(rows);
    this.#stored = references;
    this.#open = latest.filter(({ text }) => text === undefined);
    this.counts.acknowledged += latest.length - this.#open.length;
    this.counts.found += latest.filter(
      ({ name, text }) => text !== undefined && references.has(name),
    ).length;
    this.counts.unacknowledged += this.#open.length;
    this.counts.unacknowledgedStored += this.#open.filter(({ name }) =>
      references.has(name),
    ).length;
    this.counts.stored = stored;
  }
}

/** Shows the counts of a run, and keeps them for the long run's record. */
export function recordCounts(title: string, counts: object): void {
  const line = JSON.stringify({ title, ...counts });
  console.log(line);
  if (COUNTS_FILE !== undefined) appendFileSync(COUNTS_FILE, `${line}\n`);
}
