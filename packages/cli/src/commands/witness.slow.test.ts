import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { craton, fakeContext, PROJECT_DIR } from '../../test/fake-context.ts';

const MAIN = join(PROJECT_DIR, 'packages/cli/src/main.ts');
/** A log of the published tests of other witnesses. */
const LOG = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';

/** Starts `craton witness` in a folder of its own and waits until it listens. */
async function started() {
  const cwd = mkdtempSync(join(tmpdir(), 'craton-witness-'));
  const args = ['--name', 'w.example', '--key-file', 'key', '--state', 'state', '--init'];
  const listen = ['--listen', '127.0.0.1:0', '--log', LOG];
  const child = spawn(process.execPath, [MAIN, 'witness', ...args, ...listen], { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return { cwd, child, exited, lines: await firstLines(child, 3) };
}

async function firstLines(child: ChildProcess, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

async function isListening(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

describe('craton witness', () => {
  it('runs until it is asked to stop, and says what to paste', async () => {
    const { cwd, child, exited, lines } = await started();
    const [ready = '', key = '', line = ''] = lines;
    const url = /^craton-witness ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(ready)?.[1] ?? '';
    expect((await fetch(`${url}/add-checkpoint`)).status).toBe(405);
    expect(key).toMatch(/^Verifier key: +w\.example\+[0-9a-f]{8}\+\S{44}$/);
    expect(line).toMatch(/^Trust policy line: witness w\.example w\.example\+\S+$/);
    expect(readdirSync(cwd).sort()).toEqual(['key', 'key.lock', 'state', 'state.lock']);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(await isListening(url)).toBe(false);
  });

  it('leaves no witness behind when it is killed', async () => {
    const { child, exited, lines } = await started();
    const url = (lines[0] ?? '').split(' ').at(-1) ?? '';
    expect(await isListening(url)).toBe(true);
    child.kill('SIGKILL');
    await exited;
    for (let tries = 0; tries < 100 && (await isListening(url)); tries++) await delay(50);
    expect(await isListening(url)).toBe(false);
  });

  it('ends as the witness ends', async () => {
    const context = fakeContext();
    const run = (...flags: string[]) =>
      craton(context, 'witness', '--name', 'w', '--key-file', 'k', '--state', 's', ...flags);
    expect((await run()).code).toBe(64);
    expect((await run('--log', LOG)).code).toBe(1);
  });
});
