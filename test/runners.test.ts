import { describe, expect, it } from 'vitest';
import { parseVectorsResult } from '../scripts/runners/own-node.ts';
import { parseUnittest } from '../scripts/runners/python-verifier.ts';
import { runNode, runProgram } from '../scripts/runners/process.ts';
import {
  exitCodeOf,
  runOne,
  summaryLine,
  totalsOf,
  type Outcome,
} from '../scripts/runners/runner.ts';
import { parseStrangers } from '../scripts/runners/strangers.ts';
import { parseResults } from '../scripts/runners/vitest.ts';

const runnerWith = (run: () => Promise<Outcome>) => runOne({ name: 'x', run });
const good: Outcome = { passed: 2, failures: [], skips: ['a: no openssl'] };

describe('the sum over all runners', () => {
  it('adds up and prints one line', async () => {
    const bad: Outcome = { passed: 1, failures: ['b'], skips: [] };
    const results = [
      await runnerWith(() => Promise.resolve(good)),
      await runnerWith(() => Promise.resolve(bad)),
    ];
    expect(summaryLine(totalsOf(results))).toBe('3 passed, 1 failed, 1 skipped');
  });

  it('is a success only if something passed and nothing failed', () => {
    expect(exitCodeOf({ passed: 1, failed: 0, skipped: 5 })).toBe(0);
    expect(exitCodeOf({ passed: 9, failed: 1, skipped: 0 })).toBe(1);
    expect(exitCodeOf({ passed: 0, failed: 0, skipped: 5 })).toBe(1);
  });

  it('counts a crashed runner as failed', async () => {
    const { outcome } = await runnerWith(() => Promise.reject(new Error('boom')));
    expect(outcome).toEqual({ passed: 0, failures: ['boom'], skips: [] });
  });

  it('counts a runner without any result as failed', async () => {
    const { outcome } = await runnerWith(() =>
      Promise.resolve({ passed: 0, failures: [], skips: [] }),
    );
    expect(outcome.failures).toHaveLength(1);
  });
});

describe('output of the runners', () => {
  it('of unittest is read', () => {
    const output = [
      'test_a (m.A.test_a) ... ok',
      "test_b (m.A.test_b) ... skipped 'no openssl'",
      'test_c (m.A.test_c) ... FAIL',
      '======',
      'FAIL: test_c (m.A.test_c)',
      'Ran 3 tests in 0.1s',
      '',
      'FAILED (failures=1, skipped=1)',
    ].join('\n');
    expect(parseUnittest(output)).toEqual({
      passed: 1,
      failures: ['test_c (m.A.test_c)'],
      skips: ["Python verifier: test_b (m.A.test_b): 'no openssl'"],
    });
    expect(parseUnittest('Ran 4 tests in 0.1s\n\nOK\n').passed).toBe(4);
  });

  it('of the Go program is read', () => {
    expect(parseStrangers('ok a\nFAIL b: differs\nok c\ndone\n')).toEqual({
      passed: 2,
      failures: ['b: differs'],
      skips: [],
    });
  });

  it.each([
    ['the Go program', () => parseStrangers('ok a\npanic: runtime error\n')],
    ['unittest', () => parseUnittest('Traceback (most recent call last): ...')],
    ['the emitted package', () => parseVectorsResult('Segmentation fault', 'Segmentation fault')],
    ['the emitted package, other JSON', () => parseVectorsResult('{"passed":"1"}', '')],
    ['vitest, nothing', () => parseResults('')],
    ['vitest, other JSON', () => parseResults('{"passed":1}')],
    ['vitest, half a file', () => parseResults('{"passed":1,')],
  ])('that cannot be read is refused: %s', (_title, parse) => {
    expect(parse).toThrow();
  });
});

describe('programs', () => {
  it('are stopped when they take too long', async () => {
    const endless = runNode(['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 300 });
    await expect(endless).rejects.toThrow('longer than 0.3 s');
  });

  it('that do not exist are an error', async () => {
    await expect(runProgram('no-such-program', [], { timeoutMs: 5000 })).rejects.toThrow('ENOENT');
  });
});
