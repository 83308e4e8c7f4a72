import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../../test/fake-context.ts';
import { ageOf, sentenceOf, words } from './rollout-words.ts';

const FOLDER = join(PROJECT_DIR, 'packages/policy/src/rollout');

/** Every label that the judges of evidence can give, as their source has them. */
function codesOf(file: string): readonly string[] {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  return [...text.matchAll(/(?:&& |code: )'([a-z]+(?:_[a-z]+)+)'/g)].map(([, code = '']) => code);
}

describe('a code of a rollout in words', () => {
  it.each([
    ['judge-evidence.ts', 20],
    ['evaluate-staging.ts', 7],
    ['judge-criteria.ts', 5],
  ])('is there for each that %s gives', (file, atLeast) => {
    const codes = codesOf(file);
    expect(codes.length).toBeGreaterThanOrEqual(atLeast);
    expect(codes.filter((code) => sentenceOf(code) === code)).toEqual([]);
  });

  it('is there for what stands in no table of its own', () => {
    for (const code of ['fields_missing', 'approval_missing', 'approval_of_one_missing']) {
      expect(sentenceOf(code)).not.toBe(code);
    }
  });

  it('stays as it is where it is not known, made safe to show', () => {
    expect(sentenceOf('something_new')).toBe('something_new');
    expect(sentenceOf('constructor')).toBe('constructor');
    expect(sentenceOf('a\u001b[2J')).toBe('a\ufffd[2J');
    expect(words('waiting_for_approval')).toBe('waiting for approval');
  });

  it('says how long ago', () => {
    const now = '2026-11-22T12:00:00.000Z';
    expect(ageOf('2026-11-22T11:59:48.000Z', now)).toBe('12 s');
    expect(ageOf('2026-11-22T11:57:00.000Z', now)).toBe('3 min');
    expect(ageOf('2026-11-22T07:00:00.000Z', now)).toBe('5 h');
    expect(ageOf('2026-11-20T11:00:00.000Z', now)).toBe('2 d');
    expect(ageOf('2026-11-22T12:00:05.000Z', now)).toBe('0 s');
  });
});
