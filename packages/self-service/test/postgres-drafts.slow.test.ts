import { expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '@craton/service/testing';
import { systemSources } from '../src/sources.ts';
import { openPostgresDrafts } from '../src/store/postgres.ts';
import { describeDraftStore } from './draft-store-contract.ts';

describeDraftStore('PostgreSQL', () => {
  let made: Promise<TestDatabase> | undefined;
  const database = () => (made ??= createDatabase());
  const query = async (sql: string) => (await database()).query(sql);
  return {
    open: async () => openPostgresDrafts((await database()).url, systemSources()),
    query,
    listTables: async () => {
      const rows = await query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
      );
      return rows.map((row) => String(row['table_name']));
    },
    remove: async () => {
      if (made !== undefined) await (await made).drop();
    },
  };
});

it('says so when no server listens', async () => {
  await expect(
    openPostgresDrafts('postgres://craton@127.0.0.1:1/nothing', systemSources()),
  ).rejects.toMatchObject({ code: 'ERR_DRAFT_STORE_UNAVAILABLE' });
});

it('lets several processes that start at once make one store', async () => {
  const database = await createDatabase();
  const stores = await Promise.all(
    Array.from({ length: 4 }, () => openPostgresDrafts(database.url, systemSources())),
  );
  const identities = await Promise.all(stores.map((store) => store.identity()));
  expect(new Set(identities).size).toBe(1);
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});
