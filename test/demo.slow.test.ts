/** The demo as anybody runs it: every step passes, and what it leaves holds without it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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
    // Nothing stays behind but the artefacts.
    expect(readdirSync(folder)).toEqual(['artefacts']);
  },
  DEMO_MS_MAX,
);
