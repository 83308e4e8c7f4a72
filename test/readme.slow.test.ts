import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readText, ROOT } from './rules/source-tree.ts';

const START_MS_MAX = 30_000;
const hasCurl = spawnSync('curl', ['--version']).status === 0;
let folder = '';
let service: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craton-readme-'));
  symlinkSync(join(ROOT, 'craton'), join(folder, 'craton'));
});

afterEach(async () => {
  await stopService();
  rmSync(folder, { recursive: true });
});

/** The shell blocks under one heading of the README. */
function commandsUnder(heading: string): string {
  const section = readText('README.md')
    .split(/^## /m)
    .find((part) => part.startsWith(heading));
  return [...(section ?? '').matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .map((match) => match[1])
    .join('');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function environment(port: number): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const data = join(folder, '.craton');
  return { PATH: path, HOME: folder, PORT: String(port), CRATON_DATA_DIR: data };
}

async function startService(port: number): Promise<void> {
  const child = spawn('./craton', ['start'], { cwd: folder, env: environment(port) });
  service = child;
  let output = '';
  await new Promise<void>((ready, refuse) => {
    const timer = setTimeout(() => {
      refuse(new Error(`Not ready in time:\n${output}`));
    }, START_MS_MAX);
    const read = (bytes: Buffer): void => {
      output += bytes.toString();
      if (!output.includes(`http://127.0.0.1:${port}/`)) return;
      clearTimeout(timer);
      ready();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => {
      refuse(new Error(`Ended at once:\n${output}`));
    });
  });
}

async function stopService(): Promise<void> {
  if (service?.exitCode !== null) return;
  const ended = once(service, 'exit');
  service.kill('SIGTERM');
  await ended;
}

function runShell(commands: string, port: number): string {
  const script = commands.replaceAll('8080', String(port));
  const options = { cwd: folder, env: environment(port), encoding: 'utf8' } as const;
  const { stdout, stderr, status } = spawnSync('sh', ['-e', '-c', script], options);
  expect(status, stderr).toBe(0);
  return stdout;
}

it.skipIf(!hasCurl)(
  'the commands of the README lead a stranger to a receipt that verifies offline (skipped without curl)',
  async () => {
    const port = await freePort();
    await startService(port);
    const [online = '', offline = ''] = (
      commandsUnder('A first receipt') + commandsUnder('Verify it offline')
    ).split(/^(?=\.\/craton verify)/m);
    expect(runShell(online, port)).toBe('allow\n');
    await stopService();
    expect(runShell(offline, port)).toContain('verdict_recomputed verified');
  },
  60_000,
);
