/**
 * No server opens the root's private part. Permissions would show nothing where the tests run as
 * root, so its file is a named pipe: whoever opens it for reading waits until somebody opens it for
 * writing, which is what a watch tries all the time.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Running, startCraton } from '../../test/craton-process.ts';
import { newFolder } from '../../test/temporary-folder.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const HAS_PIPES = spawnSync('mkfifo', ['--version']).error === undefined;
const LOOK_MS = 2;
const READY = 'Check it without this server';

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.end('SIGKILL')));
});

/** A data directory that a first start has made; its service has ended. */
async function madeDataDirectory(): Promise<{ folder: string; rootKey: string }> {
  const folder = newFolder();
  await (await startIn(folder)).end('SIGTERM');
  const rootKey = join(folder, '.craton', 'offline-root', 'root-key.txt');
  expect(readFileSync(rootKey, 'utf8')).toMatch(/^development:\S{44}\n$/);
  return { folder, rootKey };
}

async function startIn(folder: string): Promise<Running> {
  const started = startCraton(folder, ['start'], {
    PORT: '0',
    CRATON_DATA_DIR: join(folder, '.craton'),
  });
  running.push(started);
  await started.waitFor(READY);
  return started;
}

/** Whether somebody has the pipe open for reading: only then it can be opened for writing. */
function hasReader(pipe: string): boolean {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** Looks at a pipe until it is stopped. */
class Watch {
  sawReader = false;
  readonly #timer: NodeJS.Timeout;

  constructor(pipe: string) {
    this.#timer = setInterval(() => (this.sawReader ||= hasReader(pipe)), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

async function check(folder: string): Promise<number> {
  const text = readFileSync(join(folder, '.craton', 'dev-credentials.json'), 'utf8');
  const credentials = JSON.parse(text) as Record<'base_url' | 'boundary_api_key', string>;
  const headers = { authorization: `Bearer ${credentials.boundary_api_key}` };
  return (await fetch(`${credentials.base_url}/v1/streams`, { headers })).status;
}

describe('the root’s private part', () => {
  it.skipIf(!HAS_PIPES)(
    'is opened by no server: a pipe in its place is never read (skipped without mkfifo)',
    async () => {
      const { folder, rootKey } = await madeDataDirectory();
      renameSync(rootKey, `${rootKey}.kept`);
      execFileSync('mkfifo', ['-m', '600', rootKey]);
      const watch = new Watch(rootKey);
      const started = await startIn(folder);
      expect(await check(folder)).toBe(200);
      expect(await started.end('SIGTERM')).toBe(0);
      expect(watch.sawReader).toBe(false);

      // The same watch sees a program that reads the file.
      const program = `require('node:fs').readFileSync(${JSON.stringify(rootKey)})`;
      const reader = spawn(process.execPath, ['-e', program]);
      await once(reader, 'exit');
      expect(watch.sawReader).toBe(true);
      watch.stop();
    },
  );

  it('may be gone: everything works without it', async () => {
    const { folder, rootKey } = await madeDataDirectory();
    rmSync(dirname(rootKey), { recursive: true });
    const started = await startIn(folder);
    expect(await check(folder)).toBe(200);
    expect(await started.end('SIGTERM')).toBe(0);
    expect(existsSync(dirname(rootKey))).toBe(false);
  });
});
