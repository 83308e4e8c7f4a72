/** The tables of PostgreSQL: how they come to be, and what lies in them. */
import fc from 'fast-check';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Migration, readMigrations } from '@craton/service/migration';
import { arrayOf, ColumnPacker } from '../src/ledger/postgres/column-packer.ts';
import { makeClient } from '../src/ledger/postgres/connection.ts';
import { migrate } from '../src/ledger/postgres/migrate.ts';
import { FakeSources } from './fake-sources.ts';
import { DEVELOPMENT, World } from './ledger-world.ts';
import type { TestDatabase } from './postgres.ts';
import { makePostgresStore, type PostgresStoreUnderTest } from './postgres-store.ts';

const MIGRATIONS = new URL('../src/ledger/postgres/migrations/', import.meta.url);
const sources = new FakeSources();

let store: PostgresStoreUnderTest;
let database: TestDatabase;

beforeEach(async () => {
  store = makePostgresStore();
  database = await store.database();
});

afterEach(() => store.remove());

async function onClient<T>(work: (client: Client) => Promise<T>, url = database.url): Promise<T> {
  const client = makeClient({ url, isProductionLike: true });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function applyAll(migrations: readonly Migration[], url?: string): Promise<void> {
  await onClient((client) => migrate(client, migrations, sources), url);
}

describe('migrations', () => {
  const known = readMigrations(MIGRATIONS);

  it('are applied once and recorded with their checksums', async () => {
    await applyAll(known);
    await applyAll(known);
    const rows = await database.query('SELECT name, checksum FROM migrations ORDER BY version');
    expect(rows).toEqual(known.map(({ name, checksum }) => ({ name, checksum })));
    expect(await database.query('SELECT identity FROM store')).toHaveLength(1);
  });

  it.each([
    "INSERT INTO migrations VALUES (99, 'later', 'x', 0)",
    "UPDATE migrations SET checksum = 'y' WHERE version = 1",
  ])('refuse a store of newer software, and one of another history: %s', async (sql) => {
    await applyAll(known);
    await database.query(sql);
    await expect(applyAll(known)).rejects.toMatchObject({ code: 'ERR_MIGRATION' });
    await expect(store.open()).rejects.toMatchObject({ code: 'ERR_MIGRATION' });
  });

  it('change nothing if one of them fails', async () => {
    const bad = { version: known.length + 1, name: 'bad', checksum: 'x' };
    const sql = 'CREATE TABLE b (x int); CREATE TABLE b (x int)';
    await expect(applyAll([...known, { ...bad, sql }])).rejects.toMatchObject({
      code: 'ERR_MIGRATION',
    });
    const [row] = await database.query("SELECT to_regclass('b') AS b");
    expect(row).toEqual({ b: null });
    await applyAll([...known, { ...bad, sql: 'CREATE TABLE b (x int)' }]);
  });

  it('need no right to make tables where there is nothing to make', async () => {
    await applyAll(known);
    const role = `role_${new URL(database.url).pathname.slice(1)}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'x';
    await applyAll(known, url.href);
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});

describe('tables', () => {
  it('hold nothing of an erased opening, nor any reference or idempotency key in clear', async () => {
    const world = await World.open(store);
    const members = { external_reference: 'reference-to-forget', case_id: 'case-to-forget' };
    const { request_id } = await world.issue(members, { idempotencyKey: 'key-to-forget' });
    expect(await everything()).toContain('reference-to-forget');
    expect(await everything()).not.toContain('key-to-forget');
    await world.ledger.admin.apply({
      kind: 'erase_opening',
      owner: DEVELOPMENT,
      requestId: request_id,
    });
    expect(await everything()).not.toContain('to-forget');
    await world.ledger.close();
  });

  async function everything(): Promise<string> {
    const tables = await database.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    const texts = await Promise.all(
      tables.map(({ name }) => database.query(`SELECT * FROM ${name}`)),
    );
    return JSON.stringify(texts, (_name, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('latin1') : value,
    );
  }

  it('compare every text by its bytes', async () => {
    await applyAll(readMigrations(MIGRATIONS));
    const rows = await database.query(
      `SELECT table_name, column_name FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`,
    );
    expect(rows).toEqual([]);
  });

  it.each([
    'UPDATE audit_events SET actor = actor',
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
  ])('keep audit events as they are: %s', async (sql) => {
    await applyAll(readMigrations(MIGRATIONS));
    await database.query("INSERT INTO audit_events VALUES (1, 0, 'start', 'partner_added', '{}')");
    await expect(database.query(sql)).rejects.toThrow('Audit events are never');
  });

  it.each([
    'UPDATE operator_records SET actor = actor',
    'DELETE FROM operator_records',
    'TRUNCATE operator_records',
  ])('keep operator records as they are: %s', async (sql) => {
    await applyAll(readMigrations(MIGRATIONS));
    await database.query(
      "INSERT INTO operator_records VALUES (1, 'a', 1, 0, 'start', 'noted', '{}', 'x')",
    );
    await expect(database.query(sql)).rejects.toThrow('Operator records are never');
  });
});

describe('columns of many rows', () => {
  it('arrive as they were sent', async () => {
    const text = fc.string({ unit: 'binary' }).filter((sent) => !sent.includes('\0'));
    const values = fc.array(fc.option(text, { nil: undefined }), { maxLength: 20 });
    await onClient((client) =>
      fc.assert(
        fc.asyncProperty(values, async (sent) => {
          const packer = new ColumnPacker();
          const { offsets, lengths } = packer.pack(sent);
          const { rows } = await client.query<{ plain: string | null; packed: string | null }>(
            `SELECT plain, convert_from(substring($4::bytea FROM o FOR l), 'UTF8') AS packed
             FROM unnest($1::text[], $2::int[], $3::int[]) AS sent (plain, o, l)`,
            [arrayOf(sent), arrayOf(offsets), arrayOf(lengths), packer.bytes()],
          );
          const expected = sent.map((one) => one ?? null);
          expect(rows.map(({ plain }) => plain)).toEqual(expected);
          expect(rows.map(({ packed }) => packed)).toEqual(expected);
        }),
      ),
    );
  });
});
