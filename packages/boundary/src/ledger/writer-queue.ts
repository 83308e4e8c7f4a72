/** The queue before the writer: batches, backpressure, deadlines, an orderly end. */
import { CratonError, type ErrorCode } from '@craton/protocol';
import {
  BATCH_ENTRIES_MAX,
  type BatchPort,
  type BatchReply,
  type Commit,
  type CommitReply,
} from './batch.ts';
import type { LedgerChange } from './change.ts';
import { unavailable } from './outcome.ts';
import type {
  CheckCommand,
  CheckOutcome,
  ClaimCommand,
  ConfirmCommand,
  LedgerEntry,
  LedgerHealth,
  LedgerWriter,
} from './port.ts';

/** Batches that the writer has at once, and entries of each, where nothing else is said. */
export const BATCHES_IN_FLIGHT_MAX = 4;
/**
 * Batches that one lane has in flight before it waits until the next one is full: one that is worked on
 * and one that is ready. More of them would only be smaller, and a transaction costs more than an entry.
 */
const PARTIAL_BATCHES_MAX = 2;
/** Commits that wait at most; about a quarter of a second of work. */
export const QUEUE_MAX = 2048;
/** How often entries are compared with their deadlines. */
const DEADLINE_SWEEP_MS = 50;
/**
 * A writer that still has not answered so long after the deadline is stuck. What it took may have
 * been issued all the same: the caller's idempotency key settles that.
 */
export const STUCK_AFTER_DEADLINE_MS = 5_000;

interface Waiting {
  readonly commit: Commit;
  /** Has its transaction for itself. */
  readonly isAlone: boolean;
  readonly deadlineMs: number;
  readonly answer: (reply: CommitReply) => void;
}

/**
 * How commits share batches. Those of one lane come after one another; those of different lanes need
 * not wait for each other, and share a batch only while all that waits fits into one.
 */
export interface Lanes {
  readonly count: number;
  /** From 0, less than `count`. */
  readonly laneOf: (commit: Commit) => number;
  /** Batches of one lane that the writer has at once. */
  readonly batchesInFlightMax: number;
  readonly batchEntriesMax: number;
}

const ONE_LANE: Lanes = {
  count: 1,
  laneOf: () => 0,
  batchesInFlightMax: BATCHES_IN_FLIGHT_MAX,
  batchEntriesMax: BATCH_ENTRIES_MAX,
};

interface Lane {
  waiting: Waiting[];
  batchesInFlight: number;
}

/** What a queue stands before. */
export interface WriterQueueOptions {
  /** One lane if absent. */
  readonly lanes?: Lanes;
  readonly batches: BatchPort;
  readonly nowMs: () => number;
  readonly queueMax?: number | undefined;
  /** Called for each batch that came back, before its entries are answered. */
  readonly onReply?: (reply: BatchReply) => void;
}

/** The writer as callers see it; whoever runs the batches may be in another thread. */
export class WriterQueue implements LedgerWriter {
  readonly #options: WriterQueueOptions;
  readonly #queueMax: number;
  readonly #rules: Lanes;
  readonly #lanes: readonly Lane[];
  #waitingCount = 0;
  #entriesInFlight = 0;
  /** A list, because a `Set` with so much coming and going leaves garbage that lives for long. */
  readonly #inFlight: (readonly Waiting[])[] = [];
  #isScheduled = false;
  #sweep: NodeJS.Timeout | undefined;
  #failure: ErrorCode | undefined;
  #lastCommitAtMs: number | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  constructor(options: WriterQueueOptions) {
    this.#options = options;
    this.#queueMax = options.queueMax ?? QUEUE_MAX;
    this.#rules = options.lanes ?? ONE_LANE;
    this.#lanes = Array.from({ length: this.#rules.count }, () => ({
      waiting: [],
      batchesInFlight: 0,
    }));
    options.batches.onGone(() => this.#fail([], 'ERR_STORE_UNAVAILABLE'));
  }

  check(command: CheckCommand): Promise<CheckOutcome> {
    return this.#one({ kind: 'decision', ...command });
  }

  claim(command: ClaimCommand): Promise<CheckOutcome> {
    return this.#one({ kind: 'claim', ...command });
  }

  confirm(command: ConfirmCommand): Promise<CheckOutcome> {
    return this.#one({ kind: 'confirmation', ...command });
  }

  #one(entry: LedgerEntry): Promise<CheckOutcome> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ entries: [entry], changes: [] }, false, (reply) => {
        const [outcome] = reply.kind === 'outcomes' ? reply.outcomes : [];
        if (outcome !== undefined) resolve(outcome);
        else reject(errorOf(reply));
      });
    });
  }

  async commit(
    entries: readonly LedgerEntry[],
    companion: readonly LedgerChange[] = [],
  ): Promise<readonly CheckOutcome[]> {
    if (entries.length > BATCH_ENTRIES_MAX) {
      throw new TypeError(`A commit has ${BATCH_ENTRIES_MAX} entries at most.`);
    }
    return new Promise((resolve, reject) => {
      this.#enqueue({ entries, changes: companion }, true, (reply) => {
        if (reply.kind === 'outcomes') resolve(reply.outcomes);
        else reject(errorOf(reply));
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  health(): LedgerHealth {
    return {
      state: this.#state(),
      ...(this.#failure !== undefined && { code: this.#failure }),
      queued: this.#waitingCount,
      inFlight: this.#entriesInFlight,
      ...(this.#lastCommitAtMs !== undefined && { lastCommitAtMs: this.#lastCommitAtMs }),
    };
  }

  #state(): LedgerHealth['state'] {
    if (this.#isClosed) return 'closed';
    if (this.#closing !== undefined) return 'closing';
    return this.#failure === undefined ? 'issuing' : 'failed';
  }

  #enqueue(commit: Commit, isAlone: boolean, answer: Waiting['answer']): void {
    const refusal = this.#refusal(commit);
    if (refusal !== undefined) {
      answer(refusal);
      return;
    }
    let deadlineMs = Infinity;
    for (const entry of commit.entries) deadlineMs = Math.min(deadlineMs, entry.deadlineMs);
    const lane = this.#lanes[this.#rules.laneOf(commit)];
    if (lane === undefined) throw new RangeError('There is no such lane.');
    lane.waiting.push({ commit, isAlone, deadlineMs, answer });
    this.#waitingCount++;
    this.#schedule();
  }

  #refusal(commit: Commit): CommitReply | undefined {
    if (this.#failure !== undefined) return outage(commit, this.#failure);
    if (this.#closing !== undefined) return outage(commit, 'ERR_SHUTTING_DOWN');
    return this.#waitingCount < this.#queueMax ? undefined : outage(commit, 'ERR_QUEUE_FULL');
  }

  /** Once for all requests that the event loop has in hand: no timer, and no batch of one. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    this.#expire();
    for (let lanes = this.#nextLanes(); lanes.length > 0; lanes = this.#nextLanes()) {
      void this.#send(
        lanes,
        lanes.flatMap((lane) => this.#takeBatch(lane)),
      );
    }
    if (this.#isIdle()) this.#onIdle?.();
    else this.#startSweep();
  }

  /**
   * The lanes of the next batch: all that may have one, if what waits there fits into it, because a
   * batch costs more than an entry; else the longest of them alone.
   */
  #nextLanes(): readonly Lane[] {
    const { batchesInFlightMax, batchEntriesMax } = this.#rules;
    const open = this.#lanes.filter(
      ({ waiting, batchesInFlight }) =>
        batchesInFlight < batchesInFlightMax &&
        waiting.length >= (batchesInFlight < PARTIAL_BATCHES_MAX ? 1 : batchEntriesMax),
    );
    const count = open.reduce((sum, { waiting }) => sum + waiting.length, 0);
    const isShared = count <= batchEntriesMax && !open.some(holdsAlone);
    if (open.length < 2 || isShared) return open;
    return [open.reduce((one, other) => (other.waiting.length > one.waiting.length ? other : one))];
  }

  #isIdle(): boolean {
    return this.#waitingCount === 0 && this.#lanes.every((lane) => lane.batchesInFlight === 0);
  }

  #takeBatch({ waiting }: Lane): readonly Waiting[] {
    const alone = waiting.findIndex(({ isAlone }) => isAlone);
    const available = alone === -1 ? waiting.length : Math.max(alone, 1);
    const batch = waiting.splice(0, Math.min(available, this.#rules.batchEntriesMax));
    this.#waitingCount -= batch.length;
    return batch;
  }

  async #send(lanes: readonly Lane[], batch: readonly Waiting[]): Promise<void> {
    const entries = batch.reduce((count, { commit }) => count + commit.entries.length, 0);
    for (const lane of lanes) lane.batchesInFlight++;
    this.#entriesInFlight += entries;
    this.#inFlight.push(batch);
    try {
      const reply = await this.#options.batches.run(batch.map(({ commit }) => commit));
      this.#settle(batch, reply);
    } catch {
      this.#fail(batch, 'ERR_STORE_UNAVAILABLE');
    }
    for (const lane of lanes) lane.batchesInFlight--;
    this.#entriesInFlight -= entries;
    this.#inFlight.splice(this.#inFlight.indexOf(batch), 1);
    this.#dispatch();
  }

  #settle(batch: readonly Waiting[], reply: BatchReply): void {
    this.#lastCommitAtMs = reply.committedAtMs ?? this.#lastCommitAtMs;
    this.#options.onReply?.(reply);
    batch.forEach(({ commit, answer }, index) => {
      answer(reply.replies[index] ?? outage(commit, 'ERR_STORE_UNAVAILABLE'));
    });
    if (reply.failure !== undefined) this.#fail([], reply.failure);
  }

  /** For good: whoever waits is told at once. */
  #fail(batch: readonly Waiting[], code: ErrorCode): void {
    this.#failure ??= code;
    const waiting = this.#takeWaiting(() => true);
    for (const { commit, answer } of [...batch, ...waiting]) answer(outage(commit, this.#failure));
  }

  #expire(): void {
    const nowMs = this.#options.nowMs();
    const expired = this.#takeWaiting(({ deadlineMs }) => deadlineMs <= nowMs);
    for (const { commit, answer } of expired) answer(outage(commit, 'ERR_DEADLINE'));
  }

  /** Whoever waits for a writer that is stuck is told; an answer that comes later goes nowhere. */
  #giveUp(): void {
    const stuckSinceMs = this.#options.nowMs() - STUCK_AFTER_DEADLINE_MS;
    for (const { commit, deadlineMs, answer } of this.#inFlight.flat()) {
      if (deadlineMs <= stuckSinceMs) answer(outage(commit, 'ERR_STORE_UNAVAILABLE', STUCK));
    }
  }

  /** Takes out of all lanes what fits. */
  #takeWaiting(fits: (waiting: Waiting) => boolean): readonly Waiting[] {
    return this.#lanes.flatMap((lane) => {
      if (!lane.waiting.some(fits)) return [];
      const taken = lane.waiting.filter(fits);
      lane.waiting = lane.waiting.filter((waiting) => !fits(waiting));
      this.#waitingCount -= taken.length;
      return taken;
    });
  }

  /** Tells those whose time is over while the writer is held up. */
  #startSweep(): void {
    this.#sweep ??= setTimeout(() => {
      this.#sweep = undefined;
      this.#giveUp();
      this.#dispatch();
    }, DEADLINE_SWEEP_MS);
  }

  async #drain(): Promise<void> {
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => (this.#onIdle = resolve));
    }
    clearTimeout(this.#sweep);
    await this.#options.batches.close();
    this.#isClosed = true;
  }
}

function holdsAlone({ waiting }: Lane): boolean {
  return waiting.some(({ isAlone }) => isAlone);
}

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  ERR_QUEUE_FULL: 'Too many checks are waiting; try again.',
  ERR_DEADLINE: 'The check waited longer than its caller does; try again.',
  ERR_SHUTTING_DOWN: 'The boundary is shutting down; try again.',
};
const STOPPED = 'The ledger stopped issuing after a failure; an operator must look at it.';
const STUCK = 'The store did not answer. Ask again with the same Idempotency-Key.';

function errorOf(reply: CommitReply): CratonError {
  if (reply.kind === 'outcomes')
    return new CratonError('ERR_INTERNAL', 'The writer gave no answer.');
  const { code, message, field } = reply;
  return new CratonError(code, message, field === undefined ? {} : { field });
}

function outage(
  { entries }: Commit,
  code: ErrorCode,
  message = MESSAGES[code] ?? STOPPED,
): CommitReply {
  if (entries.length === 0) return { kind: 'error', code, message };
  return { kind: 'outcomes', outcomes: entries.map(() => unavailable(code, message)) };
}
