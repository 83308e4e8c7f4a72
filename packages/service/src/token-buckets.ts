/** Rate limits in memory: one bucket of tokens for each id, refilled all the time. */

export interface TokenBucketOptions {
  /** Tokens that come back each second; more than 0. */
  readonly perSecond: number;
  /** Tokens of a full bucket, at least 1. */
  readonly burst: number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** Buckets in memory at most. */
  readonly bucketsMax?: number;
}

export const BUCKETS_MAX = 20_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * Bounded: buckets are in two generations, and the older one is forgotten when the younger one has
 * half of what may be. What is forgotten is full again, so only ids that were not seen while many
 * others were gain by it.
 */
export class TokenBuckets {
  readonly #options: TokenBucketOptions;
  readonly #generationMax: number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#generationMax = Math.ceil((options.bucketsMax ?? BUCKETS_MAX) / 2);
  }

  /** Buckets in memory. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Takes a token and answers 0, or takes none and answers how many seconds to wait, at least 1. */
  take(id: string): number {
    const { perSecond, burst } = this.#options;
    const bucket = this.#bucketOf(id);
    const nowMs = this.#options.nowMs();
    const gained = ((nowMs - bucket.filledAtMs) / 1000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    bucket.tokens -= 1;
    return 0;
  }

  #bucketOf(id: string): Bucket {
    const young = this.#young.get(id);
    if (young !== undefined) return young;
    const { burst, nowMs } = this.#options;
    const bucket = this.#old.get(id) ?? { tokens: burst, filledAtMs: nowMs() };
    this.#old.delete(id);
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, bucket);
    return bucket;
  }
}
