import { readFileSync } from 'node:fs';
import { CratonError, type Opening } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { openingWith } from '../test/openings.ts';
import { pathWithCondition } from '../test/documents.ts';
import { evaluate, loadPath } from './index.ts';

interface Table {
  readonly facts: readonly unknown[];
  readonly inputs: Pick<Opening, 'evaluated_at' | 'request' | 'facts' | 'authority'>;
  readonly accept: readonly { readonly when: string; readonly holds: boolean }[];
  readonly refuse: readonly { readonly when: string; readonly because: string }[];
}

const table = JSON.parse(
  readFileSync(new URL('../test/cel-profile.json', import.meta.url), 'utf8'),
) as Table;

function load(when: string) {
  return loadPath(pathWithCondition(when, { facts: table.facts }));
}

function refusalOf(when: string): CratonError {
  try {
    load(when);
  } catch (error) {
    if (error instanceof CratonError) return error;
    throw error;
  }
  throw new Error('The condition was accepted.');
}

it('has at least 120 conditions', () => {
  expect(table.accept.length).toBeGreaterThan(100);
  expect(table.refuse.length).toBeGreaterThan(120);
});

describe('the profile accepts', () => {
  it.each(table.accept)('$when', ({ when, holds }) => {
    const { verdict, reasons } = evaluate(load(when), openingWith(table.inputs));
    expect([verdict, reasons]).toEqual(
      holds ? ['allow', ['held']] : ['reject', ['no_rule_matched']],
    );
  });
});

describe('the profile refuses', () => {
  it.each(table.refuse)('$when ($because)', ({ when }) => {
    const error = refusalOf(when);
    expect(error.code).toBe('ERR_POLICY_RULE');
    expect(error.field).toBe('policy.rules[only].when');
    expect(error.message).toMatch(/^policy\.rules\[only\]\.when /);
  });
});

describe('what a refusal says', () => {
  it.each([
    ['true && facts.nothing == 1', 'names a member that is not declared (at character 9)'],
    ['facts.risk > 1', 'write has(facts.risk) && ... or !has(facts.risk) || ... before it'],
    ['facts.country', 'is of type string, not bool (at character 1)'],
    ['true == 1', 'compares bool with int'],
    ['true &&', 'is not a CEL expression (at character 8)'],
    ['1 == 1 == true', 'put one of them into parentheses (at character 8)'],
    ['x'.repeat(1025), 'is longer than 1024 characters'],
    ['"a" < "b"', 'the order of two values of type string'],
  ])('%s: %s', (when, message) => {
    expect(refusalOf(when).message).toContain(message);
  });

  it('holds no literal of the condition', () => {
    for (const when of ['"s3cret" < "b"', 'now > timestamp("s3cret")', '"s3cret" == 1']) {
      expect(refusalOf(when).message).not.toContain('s3cret');
    }
  });
});

it('counts characters, not UTF-16 units', () => {
  const face = '😀'.repeat(1024 - '"" != ""'.length);
  expect(load(`"${face}" != ""`).rules).toHaveLength(1);
  expect(refusalOf(`"${face}😀" != ""`).message).toContain('1024');
});

it('notes the members that a condition names and those that it wants absent', () => {
  const path = load('!has(facts.risk) && (has(facts.fee) || !has(facts.verified)) && true');
  const [rule] = path.rules;
  expect(Array.from(rule?.condition.members ?? []).sort()).toEqual([
    'facts.fee',
    'facts.risk',
    'facts.verified',
  ]);
  expect(rule?.condition.absentMembers).toEqual(['facts.risk']);
});
