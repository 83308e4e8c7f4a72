/**
 * Everything that self-service can be asked to do, beside a running boundary: afterwards each table
 * of production holds what it held, and the database's own log of statements shows one table.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresServer, runOnce } from '@craton/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCraton, type Running, startCraton } from '../packages/cli/test/craton-process.ts';
import { COMPLETE_DRAFT } from '../packages/self-service/test/harness.ts';

/** Columns by which nodes tell each other that they live: written without anybody's action. */
const HEARTBEATS = ['lease_token', 'lease_holder', 'lease_until_ms'];
const READINESS_GETS = 100;

type Row = Record<string, unknown>;
/** Reads from the production store. */
type Ask = (sql: string) => Promise<readonly Row[]>;

let folder: string;
let servers: Running | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craton-drafting-'));
});
afterEach(async () => {
  await servers?.end('SIGTERM');
  servers = undefined;
  rmSync(folder, { recursive: true });
});

async function start(env: Record<string, string> = {}): Promise<void> {
  const data = { PORT: '0', CRATON_DATA_DIR: join(folder, '.craton') };
  servers = startCraton(folder, ['start', '--json'], { ...data, ...env });
  await servers.waitFor('craton.start.v1');
}

function credentials(): Record<string, string> {
  const file = join(folder, '.craton', 'dev-credentials.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

/** Of each table: a hash of its rows in an order of their own. */
async function contentHashes(ask: Ask, tables: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const { name } of await ask(tables)) {
    const rows = (await ask(`SELECT * FROM "${String(name)}"`)).map((row) =>
      JSON.stringify(
        Object.entries(row).filter(([column]) => !HEARTBEATS.includes(column)),
        exact,
      ),
    );
    hashes[String(name)] = createHash('sha256').update(rows.sort().join('\n')).digest('hex');
  }
  return hashes;
}

const exact = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

/** Every receipt is in the log and under a published checkpoint: nothing is left to be written. */
async function untilIdle(ask: Ask): Promise<void> {
  for (;;) {
    const [row = {}] = await ask(`SELECT
      (SELECT count(*) FROM receipts) AS receipts,
      (SELECT sum(tree_size) FROM logs) AS size,
      (SELECT sum(size) FROM (SELECT max(tree_size) AS size FROM log_checkpoints
                              WHERE published GROUP BY log_id) AS newest) AS covered`);
    const [receipts, size, covered] = [row['receipts'], row['size'], row['covered']].map(Number);
    if (receipts !== undefined && receipts > 0 && size === covered && Number(size) >= receipts) {
      return;
    }
    await delay(50);
  }
}

async function call(path: string, body?: unknown, key?: string): Promise<Row> {
  const answer = await fetch(`${credentials()['base_url'] ?? ''}${path}`, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { 'x-api-key': key }),
    },
  });
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as Row;
}

/** Compose, preview, save, a second version, request review, withdraw, and many reads. */
async function draftEverything(): Promise<void> {
  const key = credentials()['self_service_api_key'];
  const api = '/self-service/api';
  await call(`${api}/compose`, { preset: 'threshold' });
  await call(`${api}/preview`, { draft: COMPLETE_DRAFT });
  const saved = await call(`${api}/drafts`, { draft: COMPLETE_DRAFT }, key);
  const path = `${api}/drafts/${String(saved['draft_id'])}`;
  const { revision } = await call(
    `${path}/versions`,
    { draft: { ...COMPLETE_DRAFT, title: 'Another' }, revision: saved['revision'] },
    key,
  );
  const asked = await call(`${path}/request-review`, { version: 2, revision }, key);
  expect(asked).toMatchObject({ state: 'review_requested', production_write: false });
  const back = await call(`${path}/withdraw`, { version: 2, revision: asked['revision'] }, key);
  expect(back).toMatchObject({ state: 'withdrawn' });
  await call(path, undefined, key);
  for (let count = 0; count < READINESS_GETS; count++) await readReadiness();
}

/** As often as it is allowed: a limit of requests is no matter of this test. */
async function readReadiness(): Promise<void> {
  const answer = await fetch(`${credentials()['base_url'] ?? ''}/self-service/readiness.json`);
  const text = await answer.text();
  if (answer.status === 200) return;
  expect([answer.status, text]).toEqual([429, expect.stringContaining('ERR_RATE_LIMITED')]);
  await delay(Number(answer.headers.get('retry-after')) * 1_000);
  await readReadiness();
}

/** A check: what a write of production looks like. */
async function checkOnce(): Promise<void> {
  const request = JSON.stringify({
    partner_id: 'northstar_controls',
    gate_type: 'threshold_gate',
    system_scope: 'operations_console',
    decision_type: 'threshold_execution_request',
    external_reference: `canary-${randomBytes(4).toString('hex')}`,
    context: {
      authorization_status: 'present',
      authorization_reference: 'canary',
      authorization_source: 'approval_workflow',
    },
  });
  const answer = await fetch(`${credentials()['base_url'] ?? ''}/v1/boundary/check`, {
    method: 'POST',
    body: request,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${credentials()['boundary_api_key'] ?? ''}`,
    },
  });
  expect(answer.status).toBe(200);
}

async function expectProductionUnchanged(ask: Ask, tables: string): Promise<void> {
  await untilIdle(ask);
  const before = await contentHashes(ask, tables);
  expect(Object.keys(before)).toEqual(expect.arrayContaining(['receipts', 'paths', 'api_keys']));
  await draftEverything();
  expect(await contentHashes(ask, tables)).toEqual(before);
  await checkOnce();
  const after = await contentHashes(ask, tables);
  expect(after['receipts']).not.toBe(before['receipts']);
}

describe('a full run of self-service on SQLite', () => {
  it('leaves every production table as it was; a check does not', async () => {
    await start();
    const database = new DatabaseSync(join(folder, '.craton', 'boundary.db'), { readOnly: true });
    try {
      await expectProductionUnchanged(
        (sql) => Promise.resolve(database.prepare(sql).all()),
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
      );
    } finally {
      database.close();
    }
  });
});

describe('a full run of self-service on PostgreSQL', () => {
  const ROLE = 'drafts_role';
  /** The role's name stands before each statement, and a line that goes on begins with a tab. */
  const LOGGING = ['log_statement=all', 'log_line_prefix=%u>'];
  let server: PostgresServer;
  beforeEach(async () => {
    server = await PostgresServer.start(LOGGING);
  });
  afterEach(async () => {
    await server.remove();
  });

  function urlOf(database: string, user?: string, password?: string): string {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    if (user !== undefined) url.username = user;
    if (password !== undefined) url.password = password;
    return url.href;
  }

  /** What the role has asked the server to write, by the first words of each statement. */
  function writesOfRole(): string[] {
    const said = server.log.replaceAll('\n\t', ' ').split('\n');
    return said
      .flatMap((line) => {
        const pattern = /^drafts_role>LOG: {2}(?:statement|execute [^:]*): (.*)$/;
        const [, statement] = pattern.exec(line) ?? [];
        return statement === undefined ? [] : [statement.trim().replace(/\s+/g, ' ')];
      })
      .filter((statement) => !/^(?:SELECT|SET|BEGIN|ROLLBACK|SAVEPOINT|COMMIT)\b/i.test(statement));
  }

  it('leaves every production table as it was, and its role writes one table alone', async () => {
    await runOnce(server.url, 'CREATE DATABASE production');
    await runOnce(server.url, 'CREATE DATABASE drafts');
    const granted = await runCraton(
      folder,
      ['drafts', 'grant', '--apply', '--role', ROLE, '--password-out', 'password.txt'],
      { CRATON_DRAFTS_ADMIN_DATABASE_URL: urlOf('drafts') },
    );
    expect(granted.err).toBe('');
    const password = readFileSync(join(folder, 'password.txt'), 'utf8').trim();
    const drafts = urlOf('drafts', ROLE, password);
    await start({ DATABASE_URL: urlOf('production'), SELF_SERVICE_DATABASE_URL: drafts });
    await expectProductionUnchanged(
      (sql) => runOnce(urlOf('production'), sql),
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r'
         AND relnamespace = 'public'::regnamespace ORDER BY relname`,
    );
    const writes = writesOfRole();
    expect(writes.length).toBeGreaterThanOrEqual(4);
    expect(writes.filter((one) => !one.startsWith('INSERT INTO self_service_drafts '))).toEqual([]);
    // The log would have shown it.
    const canary = 'UPDATE self_service_migrations SET name = name';
    await expect(runOnce(drafts, canary)).rejects.toMatchObject({ code: '42501' });
    await expect.poll(writesOfRole).toContain(canary);
  });
});
