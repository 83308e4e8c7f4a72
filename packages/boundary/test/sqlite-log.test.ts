import { DatabaseSync } from 'node:sqlite';
import { describeLog } from './log-contract.ts';
import { makeSqliteStore, type SqliteStoreUnderTest } from './sqlite-store.ts';

const stores = new WeakMap<object, SqliteStoreUnderTest>();

describeLog('SQLite', {
  make: () => {
    const store = makeSqliteStore();
    stores.set(store, store);
    return store;
  },
  execute: async (store, sql) => {
    await Promise.resolve();
    const database = new DatabaseSync(stores.get(store)?.file ?? '');
    try {
      database.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
    } finally {
      database.close();
    }
  },
});
