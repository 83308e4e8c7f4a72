/** The demo as anybody runs it: every step passes, and what it leaves holds without it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCraton } from '../packages/cli/test/craton-process.ts';
import { ROOT, runProgram } from '../scripts/runners/process.ts';

const DEMO_MS_MAX = 600_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craton-demo-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Line {
  readonly step?: string;
  readonly status?: string;
  readonly error?: string;
  readonly demo?: string;
}

/** The records are refused whatever is done to them. */
async function expectRecordsJudged(out: string): Promise<void> {
  const [first, second] = [join(out, 'records/record-1.json'), join(out, 'records/record-2.json')];
  const known = join(out, 'records/history.json');
  const verify = async (...args: readonly string[]) => {
    const trust = ['--trust', join(out, 'trust-policy.txt'), '--json'];
    const { code, out: text } = await runCraton(out, [
      'rollout',
      'record',
      'verify',
      ...args,
      ...trust,
    ]);
    return { code, report: JSON.parse(text) as Report };
  };
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const good = await verify(second, first, '--history', known);
  expect([good.code, good.report.chain.intact, good.report.chain.from_first]).toEqual([
    0,
    true,
    true,
  ]);
  const alone = await verify(first, second);
  expect([alone.code, alone.report.records[0]?.binding]).toEqual([0, 'salt_unknown']);
  const incomplete = await verify(second, '--history', known);
  expect([incomplete.code, incomplete.report.missing.length]).toEqual([1, 1]);
  const otherSalt = readFileSync(known, 'utf8').replace(
    /("action_salt":")(.)/g,
    (_all, name, salt) => `${String(name)}${salt === 'A' ? 'B' : 'A'}`,
  );
  const other = write('history.json', otherSalt);
  const unbound = await verify(first, second, '--history', other);
  expect([unbound.code, unbound.report.records[0]?.binding]).toEqual([1, 'not_bound']);
  const changed = readFileSync(second, 'utf8').replace(
    /("signature":")(.)/g,
    (_all, name, letter) => `${String(name)}${letter === 'A' ? 'B' : 'A'}`,
  );
  const forged = write('forged.json', changed);
  expect((await verify(first, forged)).code).toBe(1);
  expect((await verify(first, first)).report.chain.intact).toBe(false);
  expect((await verify(join(out, 'check-small.json'))).code).toBe(3);
  for (const file of [other, forged]) rmSync(file);
}

interface Report {
  readonly records: readonly { readonly binding: string }[];
  readonly chain: { readonly intact: boolean; readonly from_first: boolean };
  readonly missing: readonly string[];
}

it(
  'goes from a few words to a live path and back, by five people, and every artefact holds',
  async () => {
    const out = join(folder, 'artefacts');
    const args = [join(ROOT, 'scripts/demo.ts'), '--json', '--out', out];
    const { PATH = '' } = process.env;
    const options = { env: { PATH, TMPDIR: folder }, timeoutMs: DEMO_MS_MAX };
    const ran = await runProgram(process.execPath, args, options);
    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const steps = lines.slice(0, -1);
    expect(steps.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(lines.at(-1)).toEqual({ demo: 'passed', steps: steps.length, artefacts_dir: out });
    expect(steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining([
        'leak_search',
        'deploy',
        'rollback',
        'verify_records',
        'refuse_changed',
      ]),
    );
    expect(ran.code).toBe(0);
    expect(readdirSync(join(out, 'records'))).toEqual([
      'history.json',
      'record-1.json',
      'record-2.json',
    ]);
    await expectRecordsJudged(out);
    // Nothing stays behind but the artefacts.
    expect(readdirSync(folder)).toEqual(['artefacts']);
  },
  DEMO_MS_MAX,
);
