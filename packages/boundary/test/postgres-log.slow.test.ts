import { logOrigin } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { storeKeyEvents } from '../src/log/store-key-events.ts';
import { attestation, describeKeyEvents } from './key-event-contract.ts';
import { ISSUER } from './ledger-world.ts';
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

describeKeyEvents('PostgreSQL', makePostgresStore);

describe('key events of two nodes that start at once', () => {
  it('have one entry each, in whichever order their files name them', async () => {
    const store = makePostgresStore();
    const nodes = await Promise.all([store.open(), store.open()]);
    const environment = 'development';
    const name = { environment, origin: logOrigin(ISSUER, environment) };
    const logs = nodes.map((node) => node.openLog(name));
    const attestations = [1, 2, 3, 4, 5].map((no) => attestation(no));
    const orders = [attestations, attestations.toReversed()];
    await Promise.all(
      logs.map((log, node) =>
        storeKeyEvents(
          { issuer: ISSUER, environment, store: log },
          { attestations: orders[node] ?? [], keyCompromises: [] },
        ),
      ),
    );
    const stored = await Promise.all(logs.map((log) => log.listKeyEvents()));
    expect(stored[0]).toHaveLength(5);
    expect(stored[1]).toEqual(stored[0]);
    await Promise.all(nodes.map((node) => node.close()));
    await store.remove();
  });
});
