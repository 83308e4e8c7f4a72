import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

function buckets(options: { perSecond?: number; burst?: number; bucketsMax?: number } = {}) {
  const clock = { ms: 0 };
  const limits = new TokenBuckets({ perSecond: 2, burst: 3, nowMs: () => clock.ms, ...options });
  return { clock, limits };
}

describe('token buckets', () => {
  it('give a burst, then what comes back, and say how long to wait', () => {
    const { clock, limits } = buckets();
    expect([1, 2, 3, 4].map(() => limits.take('a'))).toEqual([0, 0, 0, 1]);
    clock.ms = 499;
    expect(limits.take('a')).toBe(1);
    clock.ms = 500;
    expect([limits.take('a'), limits.take('a')]).toEqual([0, 1]);
  });

  it('name seconds after which there is a token', () => {
    const { clock, limits } = buckets({ perSecond: 1 / 8, burst: 1 });
    limits.take('a');
    const waitS = limits.take('a');
    expect(waitS).toBe(8);
    clock.ms = (waitS - 1) * 1000;
    expect(limits.take('a')).toBe(1);
    clock.ms = waitS * 1000;
    expect(limits.take('a')).toBe(0);
  });

  it('are separate for each id and never fuller than full', () => {
    const { clock, limits } = buckets();
    clock.ms = 60_000;
    for (const id of ['a', 'b']) {
      expect([1, 2, 3, 4].map(() => limits.take(id))).toEqual([0, 0, 0, 1]);
    }
  });

  it('never give more than the burst and the rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 200 }), (pauses) => {
        const { clock, limits } = buckets();
        let given = 0;
        for (const pause of pauses) {
          clock.ms += pause;
          if (limits.take('a') === 0) given++;
        }
        expect(given).toBeLessThanOrEqual(3 + (clock.ms / 1000) * 2 + 1e-6);
      }),
    );
  });

  it('are bounded in number, and an id that is in use keeps its empty bucket', () => {
    const { limits } = buckets({ bucketsMax: 10 });
    while (limits.take('busy') === 0);
    for (let index = 0; index < 1000; index++) {
      limits.take(`other-${index}`);
      expect(limits.take('busy')).toBe(1);
      expect(limits.size).toBeLessThanOrEqual(10);
    }
  });
});
