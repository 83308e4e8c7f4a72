import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NAUGHTY, NAUGHTY_MAX } from './rules/naughty.ts';
import { isTest, listFiles, readText, ROOT } from './rules/source-tree.ts';
import { offencesOf, type Offence } from './rules/tidy.ts';

/** Lines of code that an outsider has to read before trusting a verification. */
const PROTOCOL_LINES_MAX = 5200;
/** Read before trusting an audit; no verification of a receipt needs it. */
const AUDIT = 'packages/protocol/src/audit/';
const COMMENT_OR_BLANK = /^\s*(?:\/\/.*|\/\*.*|\*.*)?$/;
const GENERATED = new Set(['packages/protocol/src/report-codes.ts']);
const BINARY = /\.(?:png|jpg|ico|woff2?|pdf|gz|bin)$/;

const files = listFiles().filter((path) => !BINARY.test(path));
const offences = files.flatMap((path) => offencesOf(path, readText(path)));
const isNaughty = ({ rule, path }: Offence): boolean =>
  NAUGHTY.some((entry) => entry.rule === rule && entry.path === path);

describe('the tree', () => {
  it('keeps the tidy rules', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(offences.filter((offence) => !isNaughty(offence))).toEqual([]);
  });

  it('has a list of exceptions that only shrinks', () => {
    expect(NAUGHTY.length).toBe(NAUGHTY_MAX);
    const mended = NAUGHTY.filter(
      ({ rule, path }) =>
        !offences.some((offence) => offence.rule === rule && offence.path === path),
    );
    expect(mended).toEqual([]);
  });

  it('keeps the protocol small enough to read', () => {
    const lines = files
      .filter((path) => path.startsWith('packages/protocol/src/') && !isTest(path))
      .filter((path) => !GENERATED.has(path) && !path.startsWith(AUDIT))
      .flatMap((path) => readText(path).split('\n'))
      .filter((line) => !COMMENT_OR_BLANK.test(line));
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.length).toBeLessThanOrEqual(PROTOCOL_LINES_MAX);
  });

  it('has a changelog with a section for what is not released', () => {
    expect(readText('CHANGELOG.md')).toMatch(/^## \[Unreleased\]$/m);
  });

  it.each(readdirSync(join(ROOT, 'packages')))('has a README for %s', (name) => {
    const text = readText(`packages/${name}/README.md`);
    expect(text).toMatch(/^## What it is not$|\*\*It is not\*\*/m);
    expect(text).toMatch(/^```/m);
  });

  it.each(['craton', 'scripts/node', '.ci/run'])('can execute %s', (path) => {
    expect(statSync(join(ROOT, path)).mode & 0o111).toBe(0o111);
  });
});

/** Text that offends. */
const canaries: readonly [rule: string, path: string, text: string][] = [
  ['meaningless file name', 'packages/web/src/utils.ts', ''],
  ['meaningless file name', 'packages/web/src/helpers/a.ts', ''],
  ['left-over note', 'packages/web/src/a.ts', '// FIXME later'],
  ['open task without an issue number', 'packages/web/src/a.ts', '// TODO: later'],
  ['path of a machine', 'docs/a.md', 'see /root/x'],
  ['address of a registry', 'docs/a.md', 'https://registry.example.com/x'],
  ['recorded download address', 'package-lock.json', '"resolved": "https://example.com/x"'],
  ['command by a name that anybody can take', 'docs/a.md', 'run npx craton verify'],
  ['claim that cannot be kept', 'docs/a.md', 'Craton is fully Compliant.'],
  ['claim that cannot be kept', 'packages/web/src/pages/a.tsx', '<p>a proof of payment</p>'],
  ['test that is focused or never runs', 'packages/web/src/a.test.ts', "it.only('x', run);"],
  ['test that is focused or never runs', 'packages/web/src/a.test.ts', "describe.skip('x', run);"],
  [
    'type assertion outside a parse function',
    'packages/web/src/a.ts',
    'function f() { return x as T; }',
  ],
  ['exported function without a docstring', 'packages/protocol/src/a.ts', 'export function f() {}'],
];

const innocents: readonly [title: string, path: string, text: string][] = [
  ['open task with its issue', 'packages/web/src/a.ts', '// TODO(#12): later'],
  [
    'route that looks like a path',
    'docs/a.md',
    'GET /self-service/work/ and https://example.com/home/',
  ],
  [
    'assertion in a parse function',
    'packages/web/src/a.ts',
    'function parseX() { return x as T; }',
  ],
  ['constant assertion', 'packages/web/src/a.ts', 'const x = [1] as const;'],
  ['skip with a reason', 'packages/web/src/a.test.ts', "it.skipIf(!has)('x', run);"],
  ['documented function', 'packages/protocol/src/a.ts', '/** What. */\nexport function f() {}'],
];

describe('the tidy rules themselves', () => {
  it.each(canaries)('report: %s in %s', (rule, path, text) => {
    expect(offencesOf(path, text).map((offence) => offence.rule)).toEqual([rule]);
  });

  it.each(innocents)('accept: %s', (_title, path, text) => {
    expect(offencesOf(path, text)).toEqual([]);
  });
});
