/** The time in cosignatures: whoever reads one relies on the witness's clock. */
import { CratonError } from '@craton/protocol';

/** A clock that has not yet been set shows an earlier time: 2026-01-01, POSIX seconds. */
const EARLIEST_S = 1_767_225_600;
/** How far the clock may lie behind the newest cosignature. */
const BEHIND_S_MAX = 5;
/** How far the clock may move, since the start, against one that nobody sets. */
const JUMP_MS_MAX = 3_600_000;

/** Where the time comes from. */
export interface ClockSource {
  /** Milliseconds since 1970, of a clock that people and time servers set. */
  readonly now: () => number;
  /** Milliseconds since any moment, of a clock that only runs. */
  readonly elapsed: () => number;
}

export const SYSTEM_CLOCK: ClockSource = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
};

/** Gives times for cosignatures, or none at all. */
export class WitnessClock {
  readonly #source: ClockSource;
  readonly #offsetMs: number;

  constructor(source: ClockSource = SYSTEM_CLOCK) {
    this.#source = source;
    this.#offsetMs = source.now() - source.elapsed();
  }

  /**
   * The time in POSIX seconds, never below `newestS`, the time of the newest cosignature. Throws
   * `ERR_CLOCK_UNTRUSTED` if the clock was never set, was set back, or was set ahead by an hour.
   */
  timestampS(newestS: number): number {
    const nowMs = this.#source.now();
    const nowS = Math.floor(nowMs / 1000);
    const jumpMs = Math.abs(nowMs - this.#source.elapsed() - this.#offsetMs);
    if (nowS < EARLIEST_S) throw untrusted('shows a time before 2026');
    if (nowS < newestS - BEHIND_S_MAX) throw untrusted('is behind the newest cosignature');
    if (jumpMs > JUMP_MS_MAX) throw untrusted('was set by more than an hour since the start');
    return Math.max(nowS, newestS);
  }
}

function untrusted(what: string): CratonError {
  const message = `The clock ${what}: nothing is cosigned. Set it right and restart the witness.`;
  return new CratonError('ERR_CLOCK_UNTRUSTED', message);
}
