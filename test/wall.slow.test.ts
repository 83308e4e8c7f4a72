/** The wall as a running process shows it: what self-service has loaded, and what it was told. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BOUNDARY_SETTINGS } from '../packages/boundary/src/settings.ts';
import { variablesOf } from '../packages/service/src/index.ts';
import { ROOT } from './rules/source-tree.ts';

const RECORDER = join(ROOT, 'test/rules/record-modules.ts');
const SELF_SERVICE = join(ROOT, 'packages/self-service/src/main.ts');
const OF_BOUNDARY = /\/packages\/boundary\//;

const running: ChildProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) await ended(child, 'SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'craton-wall-'));
  folders.push(folder);
  return folder;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

/** Starts a program and waits until it writes what matches. */
async function startUntil(
  args: readonly string[],
  env: Record<string, string>,
  pattern: RegExp,
): Promise<{ child: ChildProcess; found: string }> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let written = '';
  const found = await new Promise<string>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      written += chunk.toString();
      const [, match] = pattern.exec(written) ?? [];
      if (match !== undefined) resolve(match);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', () => reject(new Error(`It ended: ${written}`)));
  });
  return { child, found };
}

function modulesIn(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

describe('the running self-service process', () => {
  it('has loaded no file of the boundary, whatever was asked of it', async () => {
    const folder = newFolder();
    const file = join(folder, 'modules');
    const env = { RECORDED_MODULES: file, PORT: '0', CRATON_DATA_DIR: folder };
    const args = ['--import', RECORDER, SELF_SERVICE];
    const { child, found: url } = await startUntil(args, env, /ready (http:\S+)\n/);
    for (const path of ['/readyz', '/self-service', '/self-service/api/drafts', '/nowhere']) {
      await (await fetch(url + path)).text();
    }
    const preview = await fetch(`${url}/self-service/api/preview`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ draft: { schema: 'craton.draft.v1' } }),
    });
    expect(preview.status).toBe(200);
    await ended(child, 'SIGTERM');
    const modules = modulesIn(file);
    expect(modules.filter((one) => one.includes('/packages/self-service/')).length).toBeGreaterThan(
      20,
    );
    expect(modules.filter((one) => OF_BOUNDARY.test(one))).toEqual([]);
  });

  it('would be caught if it had', () => {
    const file = join(newFolder(), 'modules');
    const entry = join(ROOT, 'packages/boundary/src/version.ts');
    execFileSync(process.execPath, ['--import', RECORDER, entry], {
      env: { RECORDED_MODULES: file },
    });
    expect(modulesIn(file).some((one) => OF_BOUNDARY.test(one))).toBe(true);
  });
});

describe.skipIf(process.platform !== 'linux')('beside a boundary', () => {
  it('self-service was told no secret of it; the boundary was', async () => {
    const folder = newFolder();
    const env = { PORT: '0', CRATON_DATA_DIR: join(folder, '.craton') };
    const main = join(ROOT, 'packages/cli/src/main.ts');
    const { child } = await startUntil([main, 'start', '--json'], env, /("craton.start.v1")/);
    const [selfService, boundary] = ['self-service', 'boundary'].map((name) =>
      environmentOf(child, `/packages/${name}/src/main.ts`),
    );
    const secrets = Object.values(BOUNDARY_SETTINGS)
      .filter(({ isSecret }) => isSecret)
      .flatMap((setting) => variablesOf(setting));
    expect(secrets).toContain('DATABASE_URL');
    expect(secrets.filter((name) => selfService?.includes(name))).toEqual([]);
    expect(secrets.filter((name) => boundary?.includes(name))).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'CRATON_SIGNING_KEY_FILE']),
    );
    expect(selfService).toContain('CRATON_SELF_SERVICE_API_KEYS_FILE');
    await ended(child, 'SIGTERM');
  });
});

/** Names of the variables of the child that runs this entry file. */
function environmentOf(parent: ChildProcess, entryFile: string): string[] {
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => isChild(name, parent.pid) && commandOf(name).includes(entryFile));
  if (pid === undefined) throw new Error(`No child runs ${entryFile}.`);
  return readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .map((line) => line.replace(/=[^]*/, ''));
}

function commandOf(pid: string): string {
  return readOrNothing(`/proc/${pid}/cmdline`);
}

function isChild(pid: string, parent: number | undefined): boolean {
  return new RegExp(`^PPid:\\s*${parent ?? 0}$`, 'm').test(readOrNothing(`/proc/${pid}/status`));
}

/** Processes come and go while the list is read. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
