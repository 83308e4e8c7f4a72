/** What `craton doctor` is told of a PostgreSQL store, and that asking changes nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrations } from '@craton/service/migration';
import { examinePostgres } from '../src/ledger/postgres/examine.ts';
import { makePostgresStore, type PostgresStoreUnderTest } from './postgres-store.ts';
import type { TestDatabase } from './postgres.ts';

const KNOWN = readMigrations(new URL('../src/ledger/postgres/migrations/', import.meta.url));
const PASSWORD = 'canary-password';

let store: PostgresStoreUnderTest;
let database: TestDatabase;

beforeEach(async () => {
  store = makePostgresStore();
  database = await store.database();
});

afterEach(() => store.remove());

const tables = () =>
  database.query(`SELECT relname, n_tup_ins, n_tup_upd FROM pg_stat_user_tables ORDER BY relname`);

describe('a store is examined', () => {
  it('before its first start, and nothing is made', async () => {
    expect(await examinePostgres(database.url, KNOWN)).toMatchObject({
      kind: 'answered',
      migrations: { applied: 0, known: KNOWN.length },
      lacking_privileges: [],
    });
    expect(await tables()).toEqual([]);
  });

  it('after its first start: version, identity, migrations, durability', async () => {
    const ledger = await store.open();
    const identity = await ledger.reader.storeIdentity();
    await ledger.close();
    const before = await tables();
    const seen = await examinePostgres(database.url, KNOWN);
    expect(seen).toMatchObject({
      kind: 'answered',
      store_identity: identity,
      migrations: { applied: KNOWN.length, known: KNOWN.length },
      lacking_privileges: [],
      unsafe_settings: [],
    });
    expect(seen).toHaveProperty('server_version', expect.stringMatching(/^\d+/));
    expect(await tables()).toEqual(before);
  });

  it('of an earlier and of a newer version', async () => {
    await (await store.open()).close();
    const [last] = KNOWN.slice(-1);
    const later = { version: KNOWN.length + 1, name: 'later', sql: '', checksum: 'x' };
    expect(await examinePostgres(database.url, [...KNOWN, later])).toMatchObject({
      kind: 'answered',
      migrations: { applied: KNOWN.length, known: KNOWN.length + 1 },
    });
    expect(await examinePostgres(database.url, KNOWN.slice(0, -1))).toMatchObject({
      kind: 'unfit',
      reason: expect.stringContaining('newer version') as string,
    });
    const other = [...KNOWN.slice(0, -1), { ...later, ...last, checksum: 'y' }];
    expect(await examinePostgres(database.url, other)).toMatchObject({ kind: 'unfit' });
  });

  it('with a role that may not do what the boundary does', async () => {
    await (await store.open()).close();
    const role = `role_${new URL(database.url).pathname.slice(1)}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    await database.query(`GRANT INSERT ON receipts, streams TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = PASSWORD;
    const seen = await examinePostgres(url.href, KNOWN);
    expect(seen).toMatchObject({ kind: 'answered', is_superuser: false });
    const lacking = 'lacking_privileges' in seen ? seen.lacking_privileges : [];
    expect(lacking).toEqual(
      expect.arrayContaining(['INSERT on openings', 'UPDATE on streams', 'INSERT on audit_events']),
    );
    expect(lacking).not.toContain('INSERT on receipts');
    expect(lacking.filter((text) => text.startsWith('SELECT'))).toEqual([]);
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('that does not answer, without its password', async () => {
    const wrong = new URL(database.url);
    wrong.password = PASSWORD;
    const nobody = `postgres://craton:${PASSWORD}@127.0.0.1:1/craton`;
    for (const url of [wrong.href, nobody]) {
      const seen = await examinePostgres(url, KNOWN);
      expect(seen.kind).toBe('unreachable');
      expect(JSON.stringify(seen)).not.toMatch(/canary|127\.0\.0\.1/);
    }
  });
});
