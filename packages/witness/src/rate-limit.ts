/** How often one address may ask. */
import { isIPv6 } from 'node:net';

/** An address may ask for so many seconds' worth at once, after a pause. */
const BURST_S = 5;
/** Addresses remembered; the one that has not asked for longest is forgotten first. */
const ADDRESSES_MAX = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export class RateLimit {
  readonly #perSecond: number;
  readonly #elapsed: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** `elapsed` gives milliseconds of a clock that only runs. */
  constructor(perSecond: number, elapsed: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#elapsed = elapsed;
  }

  /** True if this address may ask now; counts the request. */
  allows(address: string): boolean {
    const network = networkOf(address);
    const atMs = this.#elapsed();
    const most = this.#perSecond * BURST_S;
    const bucket = this.#buckets.get(network) ?? { tokens: most, atMs };
    const earned = ((atMs - bucket.atMs) / 1000) * this.#perSecond;
    const tokens = Math.min(most, bucket.tokens + earned);
    const isAllowed = tokens >= 1;
    // Put at the end, so that the first in the map is the one that was silent for longest.
    this.#buckets.delete(network);
    this.#buckets.set(network, { tokens: isAllowed ? tokens - 1 : tokens, atMs });
    this.#forget();
    return isAllowed;
  }

  #forget(): void {
    const [first] = this.#buckets.keys();
    if (this.#buckets.size > ADDRESSES_MAX && first !== undefined) this.#buckets.delete(first);
  }
}

/** Whoever has an IPv6 address usually has its whole /64. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  const all = [
    ...groups,
    ...Array<string>(Math.max(0, zeros)).fill('0'),
    ...(tail ?? '').split(':'),
  ];
  return all.slice(0, 4).join(':').toLowerCase();
}
