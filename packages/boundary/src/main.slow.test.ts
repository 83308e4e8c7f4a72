/** The real process: started, asked, stopped, refused. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Opening } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Approver, requestHashOf } from '../test/approver.ts';
import { type Process, ready, startProcess } from '../test/boundary-process.ts';
import { attest } from '../test/harness.ts';
import { sampleBody } from '../test/sample.ts';
import { createSigner } from './signing/signer.ts';

// Each test starts one to three processes, and machines of tests are busy.
vi.setConfig({ testTimeout: 120_000 });

const SEED = Buffer.alloc(32, 0x5a);
const LOG_SEED = Buffer.alloc(32, 0x5b);

let folder: string;
let data: string;
const running: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craton-main-'));
  data = join(folder, 'data');
  const attestation = attest(createSigner(SEED).publicKey, {
    environments: ['development', 'production'],
  });
  writeFileSync(join(folder, 'attestations.json'), JSON.stringify([attestation]));
  writeFileSync(join(folder, 'signing-key.txt'), `${SEED.toString('base64')}\n`);
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

function settings(): Record<string, string> {
  return {
    PORT: '0',
    CRATON_DATA_DIR: data,
    CRATON_SIGNING_KEY_FILE: join(folder, 'signing-key.txt'),
    CRATON_LOG_KEY: LOG_SEED.toString('base64'),
    CRATON_ATTESTATIONS_FILE: join(folder, 'attestations.json'),
  };
}

function withIssuers(issuers: readonly unknown[]): Record<string, string> {
  const file = join(folder, 'issuers.json');
  writeFileSync(file, JSON.stringify({ issuers }));
  return { ...settings(), CRATON_APPROVAL_ISSUERS_FILE: file };
}

const run = (environment: Record<string, string>): Process => {
  const started = startProcess(folder, environment);
  running.push(started.child);
  return started;
};

const credentials = () =>
  JSON.parse(readFileSync(join(data, 'dev-credentials.json'), 'utf8')) as Record<string, string>;

async function check(address: string, reference: string, evidence?: string): Promise<number> {
  const answer = await fetch(`${address}/v1/boundary/check`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${credentials()['boundary_api_key'] ?? ''}`,
      'content-type': 'application/json',
    },
    body: Buffer.from(
      sampleBody({ external_reference: reference, authorization_evidence: evidence }),
    ),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** The start issues a sample, which is nobody's. */
const NOT_SAMPLE = `instr(CAST(payload AS TEXT), '"craton_sample"') = 0`;

function countReceipts(): number {
  const database = new DatabaseSync(join(data, 'boundary.db'), { readOnly: true });
  const row = database.prepare(`SELECT count(*) AS n FROM receipts WHERE ${NOT_SAMPLE}`).get();
  database.close();
  return Number(row?.['n']);
}

describe('a development start', () => {
  it('serves, answers what it took after SIGTERM, and keeps its key', async () => {
    const first = run(settings());
    const address = await ready(first);
    expect(credentials()).toMatchObject({ base_url: address });
    const before = credentials();
    expect(await fetch(`${address}/readyz`).then(({ status }) => status)).toBe(200);
    expect(await check(address, 'measured')).toBe(200);
    const metrics = await fetch(`${address}/metrics`).then((answer) => answer.text());
    for (const one of ['check_duration_seconds', 'commit_duration_seconds', 'commit_batch_size']) {
      expect(metrics).toMatch(new RegExp(`^craton_${one}_count [1-9]`, 'm'));
    }
    expect(metrics).toMatch(/^process_cpu_seconds_total [0-9]/m);

    const statuses: number[] = [];
    let stopped = false;
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let index = 0; !stopped; index++) {
        const status = await check(address, `${client}-${index}`).catch(() => 0);
        if (status === 0) break;
        statuses.push(status);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    stopped = true;
    await Promise.all(clients);
    const issued = statuses.filter((status) => status === 200).length;
    expect(issued).toBeGreaterThan(20);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    // Everything that was issued was answered, and everything answered was issued.
    expect(countReceipts()).toBe(issued + 1);

    const second = run(settings());
    const again = await ready(second);
    expect(credentials()).toEqual({ ...before, base_url: again });
    expect(await check(again, 'after-restart')).toBe(200);
    expect(countReceipts()).toBe(issued + 2);
  });

  it('verifies an approval of a configured issuer, once', async () => {
    const approver = new Approver();
    const address = await ready(run(withIssuers([approver.entry])));
    const request_hash = requestHashOf({ external_reference: 'approved' });
    const jws = await approver.sign({ request_hash });
    expect(await check(address, 'approved', jws)).toBe(200);
    expect(await check(address, 'approved', jws)).toBe(422);
    expect(countReceipts()).toBe(1);
    const database = new DatabaseSync(join(data, 'boundary.db'), { readOnly: true });
    const row = database
      .prepare("SELECT opening FROM openings WHERE instr(opening, 'craton_sample') = 0")
      .get();
    database.close();
    const opening = JSON.parse(String(row?.['opening'])) as Opening;
    expect(opening.authority).toMatchObject({ class: 'signature_verified', issuer: approver.iss });
  });

  it('ends when the process that started it is gone', async () => {
    const boundary = run(settings());
    await ready(boundary);
    // Not `close`: that waits for the channel, which this end has closed itself.
    const exited = once(boundary.child, 'exit');
    boundary.child.disconnect();
    expect(await exited).toEqual([0, null]);
  });

  it('is ended at once by a second signal', async () => {
    const boundary = run(settings());
    const { port } = new URL(await ready(boundary));
    // A request that never ends would hold the first signal's orderly end.
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    socket.write('POST /v1/boundary/check HTTP/1.1\r\nHost: x\r\n');
    socket.write('Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
    await new Promise((resolve) => setTimeout(resolve, 200));
    boundary.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    boundary.child.kill('SIGINT');
    expect(await boundary.ended).toBe(1);
    socket.destroy();
  });

  it('writes no secret to its output, whatever is asked', async () => {
    const boundary = run({ ...settings(), CRATON_LOG_LEVEL: 'trace' });
    const address = await ready(boundary);
    await check(address, 'quiet');
    await fetch(`${address}/v1/streams`, { headers: { authorization: 'Bearer canary' } });
    await fetch(`${address}/canary`);
    boundary.child.kill('SIGTERM');
    await boundary.ended;
    const output = [...boundary.out, ...boundary.err].join('');
    for (const secret of [
      SEED.toString('base64'),
      LOG_SEED.toString('base64'),
      SEED.toString('hex'),
      credentials()['boundary_api_key'] ?? 'none',
      'canary',
    ]) {
      expect(output.includes(secret)).toBe(false);
    }
    for (const line of boundary.err.join('').trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ name: 'craton-boundary' });
    }
  });
});

describe('a start is refused', () => {
  const CANARY = 'canary-7c21';
  const production = (): Record<string, string> => ({
    ...settings(),
    CRATON_ENV: 'production',
    CRATON_ISSUER: 'craton.localhost',
    DATABASE_URL: `sqlite:${join(folder, 'production.db')}`,
    HOST: '127.0.0.1',
  });
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(production()).filter(([key]) => key !== name));

  const cases: readonly [
    title: string,
    environment: () => Record<string, string>,
    names: string,
  ][] = [
    ['without a key', () => without('CRATON_SIGNING_KEY_FILE'), 'CRATON_SIGNING_KEY'],
    ['without attestations', () => without('CRATON_ATTESTATIONS_FILE'), 'CRATON_ATTESTATIONS_FILE'],
    ['with an unknown setting', () => ({ ...settings(), CRATON_X: CANARY }), 'CRATON_X'],
    ['with a bad key', () => ({ ...settings(), CRATON_LOG_KEY: CANARY }), 'CRATON_LOG_KEY'],
    ['with a store that is not there', production, 'DATABASE_URL'],
    [
      'without a name on a public address',
      () => ({ ...settings(), HOST: '0.0.0.0' }),
      'CRATON_ENV',
    ],
    [
      'with attestations of another environment',
      () => {
        writeFileSync(join(folder, 'production.db'), '');
        const only = attest(createSigner(SEED).publicKey, { environments: ['development'] });
        writeFileSync(join(folder, 'attestations.json'), JSON.stringify([only]));
        return production();
      },
      'CRATON_ATTESTATIONS_FILE',
    ],
    [
      'with approval issuers of whom one has no name',
      () => withIssuers([{ iss: '', jwks: { keys: [CANARY] } }]),
      'CRATON_APPROVAL_ISSUERS_FILE',
    ],
    [
      'with a password in the address of a remote store',
      () => ({ ...settings(), DATABASE_URL: `postgres://u:${CANARY}@db.example/x` }),
      'CRATON_ENV',
    ],
    [
      'on an address of another machine',
      () => ({ ...settings(), HOST: '192.0.2.7' }),
      'CRATON_ENV',
    ],
  ];
  it.each(cases)('%s, naming the variable and no value', async (_title, environment, name) => {
    const refused = run(environment());
    expect(await refused.ended).toBe(1);
    const [line = ''] = refused.err.join('').split('\n');
    expect(line).toMatch(new RegExp(`^craton-boundary: ERR_CONFIG: ${name} `));
    expect(refused.err.join('')).not.toContain(CANARY);
    expect(refused.err.join('')).not.toContain(folder);
    expect(refused.out.join('')).toBe('');
    expect(existsSync(data)).toBe(false);
  });

  it('while another process writes the store', async () => {
    await ready(run(settings()));
    const second = run(settings());
    expect(await second.ended).toBe(1);
    expect(second.err.join('')).toMatch(/^craton-boundary: ERR_STORE_LOCKED: /);
  });

  it('while another program has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const refused = run({ ...settings(), PORT: String(port) });
    expect(await refused.ended).toBe(1);
    expect(refused.err.join('')).toContain('PORT is in use');
    other.close();
    // Nothing was left behind that would stop the next start.
    await ready(run(settings()));
  });
});

describe('a production start', () => {
  it('serves with everything named, and gives away no development credentials', async () => {
    writeFileSync(join(folder, 'production.db'), '');
    const boundary = run({
      ...settings(),
      CRATON_ENV: 'production',
      CRATON_ISSUER: 'craton.localhost',
      DATABASE_URL: `sqlite:${join(folder, 'production.db')}`,
      HOST: '127.0.0.1',
    });
    const address = await ready(boundary);
    expect(existsSync(data)).toBe(false);
    const spec = await fetch(`${address}/protocol/v1/spec`);
    expect(await spec.json()).toMatchObject({ environment: 'production' });
    const anonymous = await fetch(`${address}/v1/streams`);
    expect(anonymous.status).toBe(401);
    const metrics = await fetch(`${address}/metrics`);
    expect(metrics.status).toBe(401);
  });
});
