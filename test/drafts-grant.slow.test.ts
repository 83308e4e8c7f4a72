/** `craton drafts grant` against a real PostgreSQL: what its role can do, and what it cannot. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, runOnce, type TestDatabase } from '@craton/service/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCraton } from '../packages/cli/test/craton-process.ts';
import { probeDraftStore } from '../packages/self-service/src/readiness/probe-draft-store.ts';
import { systemSources } from '../packages/self-service/src/sources.ts';
import { openPostgresDrafts } from '../packages/self-service/src/store/postgres.ts';

const ADMIN_URL = 'CRATON_DRAFTS_ADMIN_DATABASE_URL';

let folder: string;
let database: TestDatabase;
let role: string;
async function open(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'craton-grant-'));
  database = await createDatabase();
  role = `grant_${randomBytes(6).toString('hex')}`;
}
async function close(): Promise<void> {
  rmSync(folder, { recursive: true });
  await database.query(`
    DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
      DROP OWNED BY ${role}; DROP ROLE ${role};
    END IF; END $$`);
  await database.drop();
}

const grant = (...flags: string[]) =>
  runCraton(folder, ['drafts', 'grant', '--role', role, ...flags], { [ADMIN_URL]: database.url });

/** Logs in with the password that the command made. */
function urlOfRole(base = database.url): string {
  const url = new URL(base);
  url.username = role;
  url.password = readFileSync(join(folder, 'password.txt'), 'utf8').trim();
  return url.href;
}

async function granted(): Promise<string> {
  const { code, err } = await grant('--apply', '--password-out', 'password.txt');
  expect(err).toBe('');
  expect(code).toBe(0);
  return urlOfRole();
}

const ROW = {
  draftId: 'drf_00000000-0000-7000-8000-000000000000',
  revision: 1,
  version: 1,
  state: 'saved',
  latestVersion: 1,
  reviewVersion: undefined,
  organisation: 'northstar',
  author: 'Ada',
  title: '',
  packetDigest: 'sha256:0000000000000000000000000000000000000000000000000000000000000000',
  packet: '{}',
  createdAtMs: 1,
} as const;

describe('a role of craton drafts grant', () => {
  beforeEach(open);
  afterEach(close);

  it('is all that self-service needs: it starts, adds, reads, and is probed', async () => {
    const url = await granted();
    const store = await openPostgresDrafts(url, systemSources());
    try {
      expect(await store.append(ROW)).toBe(true);
      expect(await store.findHead('northstar', ROW.draftId)).toMatchObject({ author: 'Ada' });
    } finally {
      await store.close();
    }
    const found = await probeDraftStore({ url, mayShare: () => false }, () => 7);
    expect(found).toMatchObject({
      reachable: true,
      migrationsPending: false,
      canWriteProduction: false,
    });
  });

  it('can read and write nothing in another database of the server', async () => {
    await granted();
    const production = await createDatabase();
    try {
      await production.query('CREATE TABLE receipts (a int)');
      const url = urlOfRole(production.url);
      await expect(runOnce(url, 'SELECT * FROM receipts')).rejects.toMatchObject({ code: '42501' });
      await expect(runOnce(url, 'INSERT INTO receipts VALUES (1)')).rejects.toMatchObject({
        code: '42501',
      });
    } finally {
      await production.drop();
    }
  });
});

describe('the same role', () => {
  let url: string;
  // One grant for all of them: nothing that is refused changes anything.
  beforeAll(async () => {
    await open();
    url = await granted();
    await database.query('CREATE TABLE neighbour (a int)');
  });
  afterAll(close);

  it.each([
    ['change a draft', 'UPDATE self_service_drafts SET author = author'],
    ['delete a draft', 'DELETE FROM self_service_drafts'],
    ['empty the table', 'TRUNCATE self_service_drafts'],
    ['pretend a migration', "INSERT INTO self_service_migrations VALUES (9, 'x', 'x', 1)"],
    ['be another store', "UPDATE self_service_store SET identity = 'x'"],
    ['read another table', 'SELECT * FROM neighbour'],
    ['write another table', 'INSERT INTO neighbour VALUES (1)'],
    ['lock another table', 'BEGIN; LOCK TABLE neighbour'],
    ['make a table', 'CREATE TABLE mine (a int)'],
    ['make a temporary table', 'CREATE TEMPORARY TABLE mine (a int)'],
    ['make a schema', 'CREATE SCHEMA mine'],
    ['make a function', 'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$'],
    ['make a large object', 'SELECT lo_create(0)'],
    ['fill a large object', "SELECT lo_from_bytea(0, 'x')"],
    ['make a database', 'CREATE DATABASE mine'],
    ['make a role', 'CREATE ROLE mine'],
    ['switch the trigger off', 'ALTER TABLE self_service_drafts DISABLE TRIGGER ALL'],
    ['read a file', "SELECT pg_read_file('PG_VERSION')"],
    ['run a program', "COPY (SELECT 1) TO PROGRAM 'true'"],
  ])('cannot %s', async (_what, sql) => {
    await expect(runOnce(url, sql)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:42501|55000)$/) as string,
    });
  });
});

describe('the SQL', () => {
  beforeEach(open);
  afterEach(close);

  it('is printed without an address, and takes rights back when it is run again', async () => {
    await granted();
    await database.query(`GRANT UPDATE, DELETE ON self_service_drafts TO ${role}`);
    const { code, out } = await runCraton(folder, ['drafts', 'grant', '--role', role]);
    expect(code).toBe(0);
    await database.query(out);
    await expect(
      runOnce(urlOfRole(), 'UPDATE self_service_drafts SET author = author'),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['everybody may read another table', 'GRANT SELECT ON neighbour TO PUBLIC', 'neighbour'],
    ['everybody may change drafts', 'GRANT UPDATE ON self_service_drafts TO PUBLIC', 'change rows'],
    ['it owns a table', 'ALTER TABLE neighbour OWNER TO ROLE', 'owns something'],
    ['it is a member of another role', 'GRANT pg_read_all_data TO ROLE', 'pg_read_all_data'],
    ['it may make roles', 'ALTER ROLE ROLE CREATEROLE', 'the whole server'],
  ])('undoes itself where %s', async (_what, sql, reason) => {
    await granted();
    await database.query('CREATE TABLE neighbour (a int)');
    await database.query(`GRANT DELETE ON self_service_drafts TO ${role}`);
    await database.query(sql.replace(/ROLE$|(?<=ALTER ROLE )ROLE/, role));
    const { code, err } = await grant('--apply', '--password-out', 'other.txt');
    expect([code, existsSync(join(folder, 'other.txt'))]).toEqual([1, false]);
    expect(err).toContain(reason);
    const [row] = await database.query<{ may: boolean }>(
      `SELECT has_table_privilege('${role}', 'self_service_drafts', 'DELETE') AS may`,
    );
    expect(row?.may).toBe(true);
  });

  it('is run nowhere without an address, at a managed host of development, or for a bad name', async () => {
    const args = ['drafts', 'grant', '--apply', '--role'];
    expect((await runCraton(folder, [...args, role])).code).toBe(64);
    expect((await runCraton(folder, [...args, 'a; DROP'])).code).toBe(64);
    const managed = await runCraton(folder, [...args, role], {
      [ADMIN_URL]: 'postgres://x@db.railway.internal/drafts',
    });
    expect([managed.code, managed.err]).toEqual([
      1,
      expect.stringContaining('No connection was opened'),
    ]);
  });
});
