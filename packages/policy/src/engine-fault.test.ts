/** The engine behaves: it accepts what the profile accepts, and gives booleans. What if it did not? */
import { CratonError } from '@craton/protocol';
import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { afterEach, expect, it, vi } from 'vitest';
import { PLAIN_PATH, pathWithCondition } from '../test/documents.ts';
import { openingWith } from '../test/openings.ts';
import { evaluate, loadPath } from './index.ts';

type Parse = (this: Environment, text: string) => ParseResult;

const parse = Reflect.get(Environment.prototype, 'parse') as Parse;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets the engine answer otherwise than it does. */
function alter(change: (parsed: ParseResult) => ParseResult): void {
  vi.spyOn(Environment.prototype, 'parse').mockImplementation(function (this: Environment, text) {
    return change(parse.call(this, text));
  });
}

function alterResult(result: unknown): void {
  alter((parsed) => Object.assign(() => result, { ast: parsed.ast, check: () => parsed.check() }));
}

function alterCheck(check: ParseResult['check']): void {
  alter((parsed) => Object.assign(parsed, { check }));
}

function errorOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

it('decides as usual when it behaves', () => {
  expect(evaluate(loadPath(PLAIN_PATH), openingWith()).verdict).toBe('allow');
});

it.each([
  ['refuses the types', { valid: false }],
  ['finds another type than bool', { valid: true, type: 'dyn' }],
])('does not load what the engine %s of', (_about, answer) => {
  alterCheck(() => answer);
  expect(errorOf(() => loadPath(PLAIN_PATH))).toMatchObject({
    code: 'ERR_POLICY_RULE',
    field: 'policy.rules[any].when',
  });
});

it('does not hide a fault of the engine behind an error of the document', () => {
  alterCheck(() => {
    throw new RangeError('out of memory');
  });
  expect(errorOf(() => loadPath(PLAIN_PATH))).toBeInstanceOf(RangeError);
});

it('reports a parser error without a place at the first character', () => {
  alter(() => {
    throw new Error('no place');
  });
  const error = errorOf(() => loadPath(PLAIN_PATH));
  expect(error).toBeInstanceOf(CratonError);
  expect(String(error)).toContain('at character 1');
});

it.each([1n, 0, 'true', null, {}])('rejects when a condition gives %s', (result) => {
  alterResult(result);
  const path = loadPath(pathWithCondition('true'));
  expect(evaluate(path, openingWith())).toMatchObject({
    verdict: 'reject',
    reasons: ['policy_error'],
  });
});
