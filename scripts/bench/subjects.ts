/** What is measured: ourselves on each store, a bare echo of the same body, and a peer. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Load } from './wrk.ts';

export interface Subject {
  readonly name: string;
  readonly load: Load;
  /** Most memory that the server held, in MB; undefined where nobody looked. */
  memoryMb(): number | undefined;
  stop(): Promise<void>;
}

/** Ourselves, started by the command that newcomers use. */
export interface Craton extends Subject {
  readonly dataDir: string;
  /** Of the process that serves. */
  serverPid(): number | undefined;
  /** Ends the processes and leaves their data where they are, until `stop`. */
  end(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_MS = 30_000;

/** The public example, with a reference that is new each time. */
const CHECK_BODY =
  '{"partner_id":"northstar_controls","gate_type":"threshold_gate","system_scope":"operations_console",' +
  '"decision_type":"threshold_execution_request","decision_owner":"operations_owner","decision_size_usd":500000,' +
  '"case_id":"host-case-001","external_reference":"%s","context":{"authorization_status":"present",' +
  '"authorization_reference":"approval-2026-001","authorization_source":"approval_workflow"}}';

/** The whole service as a newcomer starts it, on a store of its own. */
export async function craton(name: string, databaseUrl?: string): Promise<Craton> {
  const dataDir = mkdtempSync(join(tmpdir(), 'craton-bench-'));
  const port = await freePort();
  const child = spawn(join(ROOT, 'craton'), ['start'], {
    stdio: 'ignore',
    detached: true,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      CRATON_ENV: 'development',
      CRATON_DATA_DIR: dataDir,
      CRATON_LOG_LEVEL: 'warn',
      PORT: String(port),
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilOk(`${url}/readyz`, child);
  const credentials = JSON.parse(readFileSync(join(dataDir, 'dev-credentials.json'), 'utf8')) as {
    readonly boundary_api_key: string;
  };
  return {
    name,
    load: {
      url: `${url}/v1/boundary/check`,
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${credentials.boundary_api_key}`,
      },
      body: CHECK_BODY,
    },
    memoryMb: () => peakMemoryMb(serverOf(child)),
    dataDir,
    serverPid: () => serverOf(child),
    end: () => stopGroup(child),
    stop: async () => {
      await stopGroup(child);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Fastify that parses the same body and sends it back: what HTTP in JavaScript costs at least. */
export async function echo(): Promise<Subject> {
  const port = await freePort();
  const entry = fileURLToPath(new URL('./echo-server.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, String(port)], { stdio: 'ignore', detached: true });
  const url = `http://127.0.0.1:${port}`;
  await untilOk(`${url}/healthz`, child);
  return {
    name: 'echo',
    load: { url: `${url}/echo`, headers: { 'Content-Type': 'application/json' }, body: CHECK_BODY },
    memoryMb: () => peakMemoryMb(child.pid),
    stop: () => stopGroup(child),
  };
}

const PEER = '@cerbos/cerbos-linux-x64';
const PEER_VERSION = '0.51.0';

/** A decision point that signs nothing and does not sync, with its audit written to a file. */
export async function peer(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'craton-peer-'));
  const binary = installPeer();
  mkdirSync(join(folder, 'policies'));
  writeFileSync(join(folder, 'policies', 'payment.yaml'), PEER_POLICY);
  const port = await freePort();
  const config = join(folder, 'config.yaml');
  writeFileSync(config, peerConfig(folder, port, await freePort()));
  const child = spawn(binary, ['server', `--config=${config}`], {
    stdio: 'ignore',
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  await untilOk(`${url}/_cerbos/health`, child);
  return {
    name: 'peer',
    load: {
      url: `${url}/api/check/resources`,
      headers: { 'Content-Type': 'application/json' },
      body: PEER_BODY,
    },
    memoryMb: () => peakMemoryMb(child.pid),
    stop: async () => {
      await stopGroup(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const PEER_POLICY = `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  resource: payment
  version: default
  rules:
    - actions: ['release']
      effect: EFFECT_ALLOW
      roles: ['operations_owner']
      condition:
        match:
          all:
            of:
              - expr: request.resource.attr.authorization_status == "present"
              - expr: request.resource.attr.cents <= 50000000
`;

const PEER_BODY =
  '{"requestId":"%s","principal":{"id":"northstar_controls","roles":["operations_owner"]},"resources":[{"actions":["release"],' +
  '"resource":{"kind":"payment","id":"host-case-001","attr":{"authorization_status":"present",' +
  '"authorization_reference":"approval-2026-001","authorization_source":"approval_workflow","cents":50000000}}}]}';

function peerConfig(folder: string, httpPort: number, grpcPort: number): string {
  return `server:
  httpListenAddr: 127.0.0.1:${httpPort}
  grpcListenAddr: 127.0.0.1:${grpcPort}
storage:
  driver: disk
  disk:
    directory: ${join(folder, 'policies')}
    watchForChanges: false
audit:
  enabled: true
  accessLogsEnabled: true
  decisionLogsEnabled: true
  backend: file
  file:
    path: ${join(folder, 'audit.log')}
telemetry:
  disabled: true
`;
}

/** Beside the project's own packages, because its lock would not install everywhere. */
function installPeer(): string {
  const prefix = join(tmpdir(), `craton-peer-${PEER_VERSION}`);
  const binary = join(prefix, 'node_modules', PEER, 'cerbos-linux-x64');
  if (!existsSync(binary)) {
    mkdirSync(prefix, { recursive: true });
    const args = ['install', '--no-save', '--prefix', prefix, `${PEER}@${PEER_VERSION}`];
    execFileSync('npm', args, { stdio: 'ignore', cwd: prefix });
  }
  return binary;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/** Resolves when the address answers well; throws if the process ends before that. */
export async function untilOk(url: string, child: ChildProcess): Promise<void> {
  const endMs = Date.now() + READY_MS;
  while (Date.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`${url}: the server ended at its start.`);
    const isOk = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isOk) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} did not answer in time.`);
}

/** The supervisor's child that is the boundary. */
function serverOf({ pid }: ChildProcess): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid ?? 0}/task/${pid ?? 0}/children`, 'utf8').trim();
    return children.split(' ').map(Number).find(isBoundary);
  } catch {
    return undefined;
  }
}

function isBoundary(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('packages/boundary/');
}

function peakMemoryMb(pid: number | undefined): number | undefined {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8')) ?? [];
    return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
  } catch {
    return undefined;
  }
}

/** Asks a process and its children to end, and waits until it has. */
export async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  await ended;
}
