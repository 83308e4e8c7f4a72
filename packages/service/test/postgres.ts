/**
 * A PostgreSQL database for each test: on the server of `TEST_DATABASE_URL`, else on one that is
 * started for the whole test run by whoever needs it first, and ends with it.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, type QueryResultRow } from 'pg';

const KEEPER = fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url));
const START_MS = 60_000;

export interface TestDatabase {
  readonly url: string;
  query<Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Drops it, with whoever is still connected. */
  drop(): Promise<void>;
}

let server: Promise<string> | undefined;

/** URL of a role that may make databases and roles: a superuser of a server for tests alone. */
export function serverUrl(): Promise<string> {
  server ??= findServer();
  return server;
}

export async function createDatabase(base?: string): Promise<TestDatabase> {
  const administration = base ?? (await serverUrl());
  const name = `craton_${randomBytes(8).toString('hex')}`;
  await runOnce(administration, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(administration);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql, values) => runOnce(url.href, sql, values),
    drop: async () => {
      await runOnce(administration, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** On a connection of its own. */
export async function runOnce<Row extends QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(sql, values);
    return rows;
  } finally {
    await client.end();
  }
}

async function findServer(): Promise<string> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  // Test files run in processes of their own, all children of the one that the server ends with.
  const owner = process.env['VITEST'] === undefined ? process.pid : process.ppid;
  const folder = join(tmpdir(), `craton-postgres-${owner}`);
  if (isFirst(folder)) {
    const child = spawn(process.execPath, [KEEPER, folder, String(owner)], {
      detached: true,
      stdio: 'ignore',
    });
    child.unref();
  }
  return untilStarted(folder);
}

/** Exactly one caller makes the folder, and starts the server. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}

async function untilStarted(folder: string): Promise<string> {
  const endMs = Date.now() + START_MS;
  while (Date.now() < endMs) {
    if (existsSync(join(folder, 'url'))) return readFileSync(join(folder, 'url'), 'utf8');
    if (existsSync(join(folder, 'failure'))) {
      throw new Error(readFileSync(join(folder, 'failure'), 'utf8'));
    }
    await delay(50);
  }
  rmSync(folder, { recursive: true, force: true });
  throw new Error('PostgreSQL did not start in time.');
}
