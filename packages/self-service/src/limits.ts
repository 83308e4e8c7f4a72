/** How often one address and one key may ask; counted by each process for itself. */
import type { CratonError } from '@craton/protocol';
import { networkOf, TokenBuckets, UnavailableError } from '@craton/service';

/** 0 switches a limit off. */
export interface LimitSettings {
  /** Requests per second from one address. */
  readonly perAddress: number;
  /** Anonymous compositions and previews per minute from one address: they cost computing time. */
  readonly previews: number;
}

const BURST_SECONDS = 4;
const SECONDS_PER_MINUTE = 60;
/** Requests per minute from one address whose key is not accepted. */
const FAILURES_PER_MINUTE = 60;

/** Each answers the error that a request is refused with, `ERR_RATE_LIMITED`, or undefined. */
export class Limits {
  readonly #addresses: TokenBuckets | undefined;
  readonly #previews: TokenBuckets | undefined;
  readonly #failures: TokenBuckets;

  /** `nowMs` is a clock that never goes back. */
  constructor({ perAddress, previews }: LimitSettings, nowMs: () => number) {
    const limit = (perSecond: number, burst: number): TokenBuckets | undefined =>
      perSecond === 0 ? undefined : new TokenBuckets({ perSecond, burst, nowMs });
    this.#addresses = limit(perAddress, perAddress * BURST_SECONDS);
    this.#previews = limit(previews / SECONDS_PER_MINUTE, previews);
    const perSecond = FAILURES_PER_MINUTE / SECONDS_PER_MINUTE;
    this.#failures = new TokenBuckets({ perSecond, burst: FAILURES_PER_MINUTE, nowMs });
  }

  refuseAddress(address: string): CratonError | undefined {
    return refusal(this.#addresses?.take(networkOf(address)), 'from this address');
  }

  refusePreview(address: string): CratonError | undefined {
    return refusal(this.#previews?.take(networkOf(address)), 'for a preview from this address');
  }

  /** For requests whose key was not accepted. A good key from the same address still works. */
  refuseFailedAuthentication(address: string): CratonError | undefined {
    return refusal(this.#failures.take(networkOf(address)), 'without a good key');
  }
}

function refusal(waitS: number | undefined, what: string): CratonError | undefined {
  if (waitS === undefined || waitS === 0) return undefined;
  const message = `There were too many requests ${what}. Wait as long as Retry-After says.`;
  return new UnavailableError('ERR_RATE_LIMITED', message, waitS);
}
