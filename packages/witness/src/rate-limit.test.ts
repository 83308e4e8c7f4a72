import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

/** How many of `count` requests in this moment are allowed. */
function allowed(limit: RateLimit, address: string, count: number): number {
  return Array.from({ length: count }, () => limit.allows(address)).filter(Boolean).length;
}

describe('the rate limit', () => {
  it('allows five seconds’ worth at once, then so many per second', () => {
    let now = 0;
    const limit = new RateLimit(2, () => now);
    expect(allowed(limit, '192.0.2.1', 20)).toBe(10);
    now = 500;
    expect(allowed(limit, '192.0.2.1', 20)).toBe(1);
    now = 60_000;
    expect(allowed(limit, '192.0.2.1', 20)).toBe(10);
  });

  it('counts each address apart, and an IPv6 network as one', () => {
    const limit = new RateLimit(1, () => 0);
    expect(allowed(limit, '192.0.2.1', 9)).toBe(5);
    expect(allowed(limit, '192.0.2.2', 9)).toBe(5);
    expect(allowed(limit, '::ffff:192.0.2.1', 9)).toBe(0);
    expect(allowed(limit, '2001:db8:0:1::1', 9)).toBe(5);
    expect(allowed(limit, '2001:DB8:0:1:ffff::', 9)).toBe(0);
    expect(allowed(limit, '2001:db8:0:2::1', 9)).toBe(5);
    expect(allowed(limit, '::1', 9)).toBe(5);
  });

  it('remembers a bounded number of addresses, the latest ones', () => {
    const limit = new RateLimit(1, () => 0);
    expect(allowed(limit, 'first', 9)).toBe(5);
    for (let index = 0; index < 9_999; index++) limit.allows(`address ${index}`);
    expect(allowed(limit, 'first', 9)).toBe(0);
    for (let index = 0; index < 9_999; index++) limit.allows(`other ${index}`);
    expect(allowed(limit, 'first', 9)).toBe(0);
    for (let index = 0; index < 10_000; index++) limit.allows(`third ${index}`);
    expect(allowed(limit, 'first', 9)).toBe(5);
  });
});
