import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT_CODES, exitCode, exitCodesPage } from './exit-codes.ts';

const PAGE = new URL('../../../docs/reference/exit-codes.md', import.meta.url);

it('has the numbers that scripts rely on', () => {
  expect(Object.fromEntries(Object.entries(EXIT_CODES).map(([k, { code }]) => [k, code]))).toEqual({
    done: 0,
    failed: 1,
    insufficient: 2,
    badInput: 3,
    blocked: 3,
    missing: 4,
    degraded: 5,
    usage: 64,
    internal: 70,
  });
  expect(exitCode('usage')).toBe(64);
});

it('generates the page that stands in the documentation', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(exitCodesPage());
});
