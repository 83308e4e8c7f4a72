import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLANNED_MAX, REQUIREMENTS } from './requirements.ts';
import { listFiles, readText, ROOT } from './rules/source-tree.ts';
import { testTitles } from './rules/test-titles.ts';

const SOURCE = join(ROOT, '../shared/REQUIREMENTS.md');
const files = listFiles();
const ids = REQUIREMENTS.map((requirement) => requirement.id);

/** Ids of the tables of REQUIREMENTS.md, the one range spelled out. */
function idsOfSource(text: string): string[] {
  const rows = [...text.matchAll(/^\| ((?:A|R)-\d\d|G\d\.\d|Exit \d) \|/gm)].map(
    (row) => row[1] ?? '',
  );
  const range = /^\| R-(\d\d)\.\.R-(\d\d) \|/m.exec(text);
  const [first, last] = [Number(range?.[1]), Number(range?.[2])];
  const spelled = Array.from({ length: last - first + 1 }, (_, index) => `R-${first + index}`);
  return [...new Set([...rows, ...spelled])];
}

/** Why `<file> > <title>` proves nothing, or undefined. */
function problemOf(reference: string): string | undefined {
  const [file = '', ...titles] = reference.split(' > ');
  const title = titles.join(' > ');
  if (title.length < 8) return `${reference}: name a test by a part of its title that is its own`;
  if (!files.includes(file)) return `${reference}: no such file`;
  const text = readText(file);
  const known = testTitles(file, text);
  if (known.some((candidate) => candidate.includes(title))) return undefined;
  const row = titles.at(-1) ?? '';
  const test = titles.slice(0, -1).join(' > ');
  const isRow = known.some((candidate) => candidate.endsWith(test) && /[$%]/.test(candidate));
  return isRow && text.includes(`'${row}'`) ? undefined : `${reference}: no such test`;
}

describe('requirements', () => {
  it('have unique ids and a sentence each', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, promise } of REQUIREMENTS) expect(promise, id).toMatch(/^.{20,}\.$/);
  });

  it.skipIf(!existsSync(SOURCE))(
    'are complete (skipped where ../shared is not beside the project)',
    () => {
      const expected = idsOfSource(readFileSync(SOURCE, 'utf8'));
      expect(expected.length).toBeGreaterThanOrEqual(38 + 57 + 16 + 2);
      expect(ids).toEqual(expect.arrayContaining(expected));
      const invented = ids.filter((id) => /^(?:A|R)-|^G|^Exit/.test(id) && !expected.includes(id));
      expect(invented).toEqual([]);
    },
  );

  it('name only tests that exist and can run', () => {
    const references = REQUIREMENTS.flatMap((requirement) => requirement.tests);
    expect(references.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('are planned in a number that only falls', () => {
    const planned = REQUIREMENTS.filter((requirement) => requirement.tests.length === 0);
    // Fewer than the maximum: lower PLANNED_MAX to this number. More: prove them again.
    expect(planned).toHaveLength(PLANNED_MAX);
  });
});

describe('the search for tests', () => {
  it('finds a title and ignores tests that never run', () => {
    const text = [
      "describe('a group', () => { it('first title', run); });",
      "it.each(rows)('second title', run); test.skipIf(x)('third', run);",
      "it.skip('gone', run); it.todo('gone too'); describe('no test', run); it(`with ${x} inside`, run);",
    ].join('\n');
    expect(testTitles('a.test.ts', text)).toEqual([
      'a group > first title',
      'second title',
      'third',
      'with ${x} inside',
    ]);
    expect(testTitles('a.py', 'class A:\n    def test_b(self):\n')).toEqual(['test_b']);
  });

  it('reports a reference to a test that does not exist', () => {
    expect(problemOf('test/requirements.test.ts > have unique ids')).toBeUndefined();
    expect(problemOf('test/requirements.test.ts > has no such title')).toContain('no such test');
    const table = 'test/architecture.test.ts > the checker itself > reports: %s';
    expect(problemOf(`${table} > computed import`)).toBeUndefined();
    expect(problemOf(`${table} > no such row`)).toContain('no such test');
    expect(problemOf('test/gone.test.ts > have unique ids')).toContain('no such file');
    expect(problemOf('test/requirements.test.ts > have')).toContain('name a test');
  });
});
