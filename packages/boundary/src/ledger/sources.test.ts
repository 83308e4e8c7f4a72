import { isRequestId } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { requestIdOf, systemSources } from './sources.ts';

describe('the system’s sources', () => {
  const sources = systemSources();

  it('never hand out the same bytes twice, over many refills of the pool', () => {
    const drawn = Array.from({ length: 5000 }, () =>
      Buffer.from(sources.randomBytes(16)).toString('hex'),
    );
    expect(new Set(drawn).size).toBe(5000);
  });

  it('hand out bytes of their own, which later draws do not touch', () => {
    const first = sources.randomBytes(32);
    const copy = Uint8Array.from(first);
    for (let count = 0; count < 1000; count++) sources.randomBytes(32);
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(32);
  });

  it('make request ids of the form that the protocol asks for, in the order of time', () => {
    const ids = [1, 2, 3].map((hour) => sources.requestId(Date.UTC(2026, 10, 21, hour)));
    expect(ids.every(isRequestId)).toBe(true);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('put time and randomness where RFC 9562 has them', () => {
    // Appendix A.6: the same time, random bits ff and 00.
    const nowMs = 0x017f22e279b0;
    expect(requestIdOf(nowMs, new Uint8Array(10).fill(0xff))).toBe(
      'req_017f22e2-79b0-7fff-bfff-ffffffffffff',
    );
    expect(requestIdOf(nowMs, new Uint8Array(10))).toBe('req_017f22e2-79b0-7000-8000-000000000000');
  });
});
