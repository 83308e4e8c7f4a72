import { describeLog } from './log-contract.ts';
import { makePostgresStore, type PostgresStoreUnderTest } from './postgres-store.ts';

const stores = new WeakMap<object, PostgresStoreUnderTest>();

describeLog('PostgreSQL', {
  make: () => {
    const store = makePostgresStore();
    stores.set(store, store);
    return store;
  },
  execute: async (store, sql) => {
    const database = await stores.get(store)?.database();
    await database?.query(sql);
  },
});
