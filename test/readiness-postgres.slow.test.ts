/** The probe of the draft store with real roles on a real PostgreSQL. */
import { readdirSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createDatabase, type TestDatabase } from '@craton/service/testing';
import { identityDigest } from '@craton/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeDraftStore } from '../packages/self-service/src/readiness/probe-draft-store.ts';
import { systemSources } from '../packages/self-service/src/sources.ts';
import { openPostgresDrafts } from '../packages/self-service/src/store/postgres.ts';

const LEDGER = new URL('../packages/boundary/src/ledger/postgres/migrations/', import.meta.url);

let database: TestDatabase;
let role: string;

beforeEach(async () => {
  database = await createDatabase();
  await (await openPostgresDrafts(database.url, systemSources())).close();
  role = `probe_${randomBytes(6).toString('hex')}`;
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'probe'`);
  await database.query(`GRANT SELECT ON self_service_store, self_service_migrations TO ${role}`);
  await database.query(`GRANT SELECT, INSERT ON self_service_drafts TO ${role}`);
});
afterEach(async () => {
  await database.query(`DROP OWNED BY ${role}`);
  await database.query(`DROP ROLE ${role}`);
  await database.drop();
});

/** The tables of the production ledger beside the drafts, with their own identity. */
async function addLedger(): Promise<void> {
  for (const file of readdirSync(LEDGER).sort()) {
    await database.query(readFileSync(new URL(file, LEDGER), 'utf8'));
  }
  await database.query(`INSERT INTO store (only_row, identity, index_key, snapshot_version,
    created_at_ms) VALUES (1, 'production', decode(repeat('00', 32), 'hex'), 0, 0)`);
}

function urlOf(name: string, host?: string): string {
  const url = new URL(database.url);
  url.username = name;
  url.password = 'probe';
  if (host !== undefined) url.hostname = host;
  return url.href;
}

const probe = (url: string, mayShare = false) =>
  probeDraftStore({ url, mayShare: () => mayShare }, () => 7);

describe('a draft store in PostgreSQL', () => {
  it('of its own cannot write what is not there', async () => {
    const found = await probe(urlOf(role));
    expect(found).toMatchObject({
      reachable: true,
      migrationsPending: false,
      canWriteProduction: false,
    });
    expect(found.storeIdentities).toHaveLength(2);
  });

  it('has the same identities by every name of its server, and other roles others', async () => {
    const isNumbered = new URL(database.url).hostname === '127.0.0.1';
    const one = await probe(urlOf(role));
    const other = await probe(urlOf(role, isNumbered ? 'localhost' : undefined));
    expect(other.storeIdentities).toEqual(one.storeIdentities);
    expect(other.databaseRole).toBe(one.databaseRole);
    expect((await probe(database.url)).databaseRole).not.toBe(one.databaseRole);
  });

  it('in the production database shows its identity, to whoever may read it', async () => {
    await addLedger();
    const blind = await probe(urlOf(role));
    expect(blind.storeIdentities).toHaveLength(2);
    await database.query(`GRANT SELECT ON store TO ${role}`);
    const found = await probe(urlOf(role));
    expect(found.storeIdentities).toContain(identityDigest('production'));
    expect(found.storeIdentities).toEqual(expect.arrayContaining([...blind.storeIdentities]));
  });

  it('cannot write there with a role that has only its own table', async () => {
    await addLedger();
    expect((await probe(urlOf(role))).canWriteProduction).toBe(false);
  });

  it.each([
    ['INSERT ON receipts', 'INSERT'],
    ['UPDATE ON paths', 'UPDATE'],
    ['DELETE ON openings', 'DELETE'],
    ['UPDATE (live) ON paths', 'UPDATE of one column'],
  ])('is an alarm with %s', async (grant) => {
    await addLedger();
    await database.query(`GRANT ${grant} TO ${role}`);
    expect((await probe(urlOf(role))).canWriteProduction).toBe(true);
    expect((await probe(urlOf(role), true)).canWriteProduction).toBe(false);
  });

  it('is an alarm with the role that owns everything, and nothing is written', async () => {
    await addLedger();
    expect((await probe(database.url)).canWriteProduction).toBe(true);
    expect(await database.query('SELECT * FROM receipts')).toEqual([]);
  });

  it('that shares only a table name with the ledger is not the ledger', async () => {
    await database.query('CREATE TABLE paths (path text)');
    await database.query(`GRANT INSERT ON paths TO ${role}`);
    expect((await probe(urlOf(role))).canWriteProduction).toBe(false);
  });

  it('that lacks a migration says so, and one that is not there, too', async () => {
    await database.query('DELETE FROM self_service_migrations');
    expect((await probe(urlOf(role))).migrationsPending).toBe(true);
    const nowhere = await probe('postgres://nobody@127.0.0.1:1/nothing');
    expect(nowhere).toMatchObject({ reachable: false, storeIdentities: [] });
  });
});
