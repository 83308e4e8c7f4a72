/** Runs batches of commits against a store: one transaction each, a bad one left out. */
import { CratonError, type ErrorCode } from '@craton/protocol';
import type { LedgerChange } from './change.ts';
import { issueEntry } from './issue-entry.ts';
import type { Issuing } from './issuing.ts';
import { outcomeOf, unavailable } from './outcome.ts';
import type { CheckOutcome, LedgerEntry } from './port.ts';
import type { FailureKind, LedgerStore, LedgerTransaction } from './transaction.ts';

/** Entries of one transaction at most. */
export const BATCH_ENTRIES_MAX = 32;

/** Entries and changes that stand or fall together. */
export interface Commit {
  readonly entries: readonly LedgerEntry[];
  readonly changes: readonly LedgerChange[];
}

/** What became of a commit; an error is for the caller of `commit` alone. */
export type CommitReply =
  | { readonly kind: 'outcomes'; readonly outcomes: readonly CheckOutcome[] }
  | {
      readonly kind: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly field?: string;
    };

/** What came of a batch, and how the writer stands after it. */
export interface BatchReply {
  /** One per commit, in their order. */
  readonly replies: readonly CommitReply[];
  /** From the batch's turn to its end, durable or refused. */
  readonly tookMs: number;
  /** Milliseconds since 1970; absent if nothing was committed. */
  readonly committedAtMs?: number;
  readonly snapshotVersion: number;
  /** Set once the store or the key failed for good. */
  readonly failure?: ErrorCode;
  /** Unforeseen errors for the operator's log: stacks, which name code and never hold a value. */
  readonly faults: readonly string[];
}

/** How much a batch was and how long it took, for metrics. */
export interface BatchTaken {
  readonly commits: number;
  readonly tookMs: number;
}

/** Whoever runs batches: this thread or another. */
export interface BatchPort {
  /** Rejects only if the writer is gone. */
  run(commits: readonly Commit[]): Promise<BatchReply>;
  close(): Promise<void>;
  /** Calls back if the writer ends without having been closed. */
  onGone(listener: () => void): void;
}

/** Raised inside a transaction so that it is rolled back: a commit that stands or falls as one. */
class Declined extends Error {
  readonly outcomes: readonly CheckOutcome[];

  constructor(outcomes: readonly CheckOutcome[]) {
    super('An entry was not issued.');
    this.outcomes = outcomes;
  }
}

const FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_INTERNAL',
  'ERR_SIGNING',
  'ERR_STORE_UNAVAILABLE',
]);

interface Pending {
  readonly index: number;
  readonly commit: Commit;
}

/** What one attempt at a transaction came to. `at` is the commit at fault. */
type Attempt =
  | { readonly done: readonly CommitReply[] }
  | { readonly error: unknown; readonly at: Pending | undefined };

/** What a batch has come to so far. */
interface Progress {
  pending: readonly Pending[];
  readonly replies: Map<number, CommitReply>;
  readonly faults: Set<string>;
  /** Something is wrong and nobody knows with which commit: each has a transaction of its own. */
  isOneByOne: boolean;
  /** The store may hold what is not settled. */
  isUnknown: boolean;
  committedAtMs?: number;
}

const STOPPED = 'The ledger stopped issuing after a failure; an operator must look at it.';
const PASSING = {
  known: 'The ledger could not store this; try again.',
  unknown:
    'The store did not say whether this was stored. Ask again with the same Idempotency-Key, or look for it.',
};

/** The writer without its queue. After a fatal failure it answers `unavailable` for good. */
export class BatchRunner implements BatchPort {
  readonly #issuing: Issuing;
  readonly #store: LedgerStore;
  #failure: ErrorCode | undefined;
  readonly #isParallel: boolean;
  /** Resolves when no batch is under way. */
  #last: Promise<void> = Promise.resolve();

  /** `isParallel` for a store that puts transactions in order itself. */
  constructor(issuing: Issuing, store: LedgerStore, isParallel = false) {
    this.#issuing = issuing;
    this.#store = store;
    this.#isParallel = isParallel;
  }

  /** Batches are run one after another, unless the store is for several at once. Never rejects. */
  run(commits: readonly Commit[]): Promise<BatchReply> {
    const before = this.#isParallel ? undefined : this.#last;
    const reply = Promise.resolve(before).then(() => this.#runNext(commits));
    // Without their results, or each reply would keep all before it in memory.
    this.#last = Promise.all([this.#last, reply]).then(() => undefined);
    return reply;
  }

  /** This thread does not end before its caller. */
  onGone(): void {
    return;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#store.close();
  }

  async #runNext(commits: readonly Commit[]): Promise<BatchReply> {
    const startedMs = performance.now();
    const pending = commits.map((commit, index) => ({ index, commit }));
    const progress: Progress = {
      pending,
      replies: new Map(),
      faults: new Set(),
      isOneByOne: false,
      isUnknown: false,
    };
    // Each round settles at least one commit, or goes over to one by one.
    while (progress.pending.length > 0 && this.#failure === undefined)
      await this.#advance(progress);
    const { replies, faults, committedAtMs, isUnknown } = progress;
    return {
      replies: commits.map(
        (commit, index) => replies.get(index) ?? this.#outage(commit, isUnknown),
      ),
      tookMs: performance.now() - startedMs,
      ...(committedAtMs !== undefined && { committedAtMs }),
      snapshotVersion: this.#store.snapshotVersion,
      ...(this.#failure !== undefined && { failure: this.#failure }),
      faults: Array.from(faults),
    };
  }

  async #advance(progress: Progress): Promise<void> {
    const { pending, isOneByOne } = progress;
    const round = isOneByOne ? pending.slice(0, 1) : pending;
    const attempt = await this.#attempt(round);
    if ('done' in attempt) {
      this.#settle(progress, round, attempt.done);
      return;
    }
    const { error, at = round.length === 1 ? round[0] : undefined } = attempt;
    if (!isExpected(error)) progress.faults.add(describe(error));
    const kind = this.#kindOf(error);
    if (kind === 'fatal') this.#failure = codeOf(error);
    if (kind === 'unknown') progress.isUnknown = true;
    if (kind !== 'entry') progress.pending = [];
    else if (at === undefined) progress.isOneByOne = true;
    else this.#settle(progress, [at], [replyOf(error)]);
  }

  #settle(progress: Progress, round: readonly Pending[], replies: readonly CommitReply[]): void {
    round.forEach(({ index }, position) => {
      const reply = replies[position];
      if (reply === undefined) return;
      progress.replies.set(index, reply);
      if (reply.kind === 'outcomes') progress.committedAtMs = this.#issuing.sources.nowMs();
    });
    progress.pending = progress.pending.filter((one) => !round.includes(one));
  }

  async #attempt(pending: readonly Pending[]): Promise<Attempt> {
    let at: Pending | undefined;
    try {
      const entries = pending.flatMap(({ commit }) => commit.entries);
      const done = await this.#store.transaction(entries, (transaction) => {
        const replies = pending.map((one) => {
          at = one;
          return this.#perform(transaction, one.commit);
        });
        at = undefined;
        return replies;
      });
      return { done };
    } catch (error) {
      return { error, at };
    }
  }

  #perform(transaction: LedgerTransaction, { entries, changes }: Commit): CommitReply {
    const outcomes = entries.map((entry) => this.#issue(transaction, entry));
    const isIndivisible = changes.length > 0 || entries.length > 1;
    if (isIndivisible && outcomes.some(({ kind }) => kind !== 'issued')) {
      throw new Declined(outcomes);
    }
    const isWithheld = outcomes.some((outcome) => outcome.kind === 'issued' && outcome.isWithheld);
    if (isWithheld) return { kind: 'outcomes', outcomes };
    const nowMs = this.#issuing.sources.nowMs();
    for (const change of changes) transaction.applyChange(change, nowMs);
    return { kind: 'outcomes', outcomes };
  }

  #issue(transaction: LedgerTransaction, entry: LedgerEntry): CheckOutcome {
    try {
      return issueEntry(this.#issuing, transaction, entry);
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome === undefined) throw error;
      return outcome;
    }
  }

  #kindOf(error: unknown): FailureKind {
    if (error instanceof Declined) return 'entry';
    const isSigning = error instanceof CratonError && error.code === 'ERR_SIGNING';
    return isSigning ? 'fatal' : this.#store.classify(error);
  }

  #outage({ entries }: Commit, isUnknown: boolean): CommitReply {
    const code = this.#failure ?? 'ERR_STORE_UNAVAILABLE';
    const message =
      this.#failure === undefined ? PASSING[isUnknown ? 'unknown' : 'known'] : STOPPED;
    if (entries.length === 0) return { kind: 'error', code, message };
    return { kind: 'outcomes', outcomes: entries.map(() => unavailable(code, message)) };
  }
}

/** Somebody asked for what does not fit: no fault of ours. */
function isExpected(error: unknown): boolean {
  if (error instanceof Declined) return true;
  return error instanceof CratonError && !FAULTS.has(error.code);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is no error was thrown.';
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof CratonError ? error.code : 'ERR_STORE_UNAVAILABLE';
}

function replyOf(error: unknown): CommitReply {
  if (error instanceof Declined) {
    const message = 'Not issued, because another entry of the same commit was not.';
    const outcomes = error.outcomes.map((outcome) =>
      outcome.kind === 'issued' ? unavailable('ERR_LEDGER_CHANGE', message) : outcome,
    );
    return { kind: 'outcomes', outcomes };
  }
  if (error instanceof CratonError) {
    const { code, message, field } = error;
    return { kind: 'error', code, message, ...(field !== undefined && { field }) };
  }
  const message = 'The ledger could not do this; nothing was stored.';
  return { kind: 'error', code: 'ERR_INTERNAL', message };
}
