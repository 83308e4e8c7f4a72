/** How often one key and one address may ask; counted by each node for itself. */
import { type CratonError } from '@craton/protocol';
import { networkOf, TokenBuckets, UnavailableError } from '@craton/service';

/** 0 switches a limit off. */
export interface RateLimitSettings {
  /** Requests per second with one API key. */
  readonly perKey: number;
  /** Requests per second from one address. */
  readonly perAddress: number;
  /** Requests per minute from one address whose key is not accepted. */
  readonly failedAuthentications: number;
}

/** Where nothing is set, outside development: far above what one host asks, far below a flood. */
export const RATE_LIMITS_DEFAULT: RateLimitSettings = {
  perKey: 2_000,
  perAddress: 4_000,
  failedAuthentications: 60,
};
export const RATE_LIMITS_OFF: RateLimitSettings = {
  perKey: 0,
  perAddress: 0,
  failedAuthentications: 0,
};

const BURST_SECONDS = 2;
const SECONDS_PER_MINUTE = 60;

/** Each answers the error that the request is refused with, `ERR_RATE_LIMITED`, or undefined. */
export class RateLimits {
  readonly #keys: TokenBuckets | undefined;
  readonly #addresses: TokenBuckets | undefined;
  readonly #failures: TokenBuckets | undefined;

  /** `nowMs` is a clock that never goes back. */
  constructor(settings: RateLimitSettings, nowMs: () => number) {
    const { perKey, perAddress, failedAuthentications: failed } = settings;
    const limit = (perSecond: number, burst: number): TokenBuckets | undefined =>
      perSecond === 0 ? undefined : new TokenBuckets({ perSecond, burst, nowMs });
    this.#keys = limit(perKey, perKey * BURST_SECONDS);
    this.#addresses = limit(perAddress, perAddress * BURST_SECONDS);
    this.#failures = limit(failed / SECONDS_PER_MINUTE, failed);
  }

  refuseAddress(address: string): CratonError | undefined {
    return refusal(this.#addresses?.take(networkOf(address)), 'from this address');
  }

  refuseKey(keyId: string): CratonError | undefined {
    return refusal(this.#keys?.take(keyId), 'with this API key');
  }

  /** For requests whose key was not accepted. A good key from the same address still works. */
  refuseFailedAuthentication(address: string): CratonError | undefined {
    return refusal(this.#failures?.take(networkOf(address)), 'without a good key');
  }
}

function refusal(waitS: number | undefined, what: string): CratonError | undefined {
  if (waitS === undefined || waitS === 0) return undefined;
  const message = `There were too many requests ${what}. Wait as long as Retry-After says.`;
  return new UnavailableError('ERR_RATE_LIMITED', message, waitS);
}
