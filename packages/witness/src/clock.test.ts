import { describe, expect, it, onTestFinished } from 'vitest';
import { TestLog } from '../test/test-log.ts';
import { witnessFolder } from '../test/witness-folder.ts';
import { WitnessClock } from './clock.ts';

const START_MS = Date.UTC(2026, 5, 1);
const START_S = START_MS / 1000;
const code = expect.objectContaining({ code: 'ERR_CLOCK_UNTRUSTED' });

/** A clock that shows `now` and has run for `elapsed`, both in milliseconds and settable. */
function manualClock() {
  const hands = { now: START_MS, elapsed: 1_000 };
  return { hands, source: { now: () => hands.now, elapsed: () => hands.elapsed } };
}

describe('the time of cosignatures', () => {
  it('is the clock’s, in whole seconds', () => {
    const { hands, source } = manualClock();
    const clock = new WitnessClock(source);
    hands.now += 61_900;
    hands.elapsed += 61_900;
    expect(clock.timestampS(0)).toBe(START_S + 61);
  });

  it('never goes back: up to five seconds it waits at the newest', () => {
    const clock = new WitnessClock(manualClock().source);
    expect(clock.timestampS(START_S + 5)).toBe(START_S + 5);
    expect(() => clock.timestampS(START_S + 6)).toThrow(code);
  });

  it('is not taken from a clock that was never set', () => {
    const { hands, source } = manualClock();
    hands.now = Date.UTC(2025, 11, 31, 23, 59, 59);
    const clock = new WitnessClock(source);
    expect(() => clock.timestampS(0)).toThrow(code);
  });

  it.each([3_600_001, -3_600_001])('is not taken from a clock set by %d ms', (byMs) => {
    const { hands, source } = manualClock();
    const clock = new WitnessClock(source);
    hands.now += byMs;
    expect(() => clock.timestampS(0)).toThrow(code);
    hands.now -= Math.sign(byMs);
    expect(clock.timestampS(0)).toBeGreaterThan(0);
  });
});

describe('a witness', () => {
  it('cosigns nothing for any log while its clock is behind, and does not start then', async () => {
    const [log, other] = [new TestLog('log.example/test'), new TestLog('other.example/test')];
    const folder = witnessFolder([log.signer.key, other.signer.key]);
    const { hands, source } = manualClock();
    const { witness, close } = await folder.open({}, source);
    onTestFinished(close);
    expect(await witness.addCheckpoint(await log.body(0, 3))).toMatchObject({ status: 200 });
    hands.now -= 6_000;
    await expect(witness.addCheckpoint(await other.body(0, 3))).rejects.toThrow(code);
    close();
    await expect(folder.open({}, source)).rejects.toThrow(code);
    hands.now += 1_000;
    const again = await folder.open({}, source);
    onTestFinished(again.close);
    const answer = await again.witness.addCheckpoint(await other.body(0, 3));
    expect(Buffer.from(answer.body.split(' ')[2] ?? '', 'base64').readBigUInt64BE(4)).toBe(
      BigInt(START_S),
    );
  });
});
