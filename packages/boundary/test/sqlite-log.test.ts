import { DatabaseSync } from 'node:sqlite';
import { logOrigin } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { createLogSigner } from '../src/log/log-signer.ts';
import { LogService } from '../src/log/log-service.ts';
import { FakeWitness } from './fake-witness.ts';
import { ISSUER, payloadOf, World } from './ledger-world.ts';
import { describeKeyEvents } from './key-event-contract.ts';
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

describeKeyEvents('SQLite', makeSqliteStore);

describe('the log on SQLite, with the writer in its thread', () => {
  it('is written there, and the receipts of that thread name what was cosigned', async () => {
    const store = makeSqliteStore();
    const world = await World.openThreaded(store);
    const origin = logOrigin(ISSUER, 'development');
    const witness = new FakeWitness();
    const service = new LogService({
      store: world.ledger.openLog({ environment: 'development', origin }),
      signer: createLogSigner(new Uint8Array(32).fill(21), origin),
      policy: witness.policy,
      fetch: witness.fetch,
      nowMs: () => Date.now(),
      onSeen: (seen) => {
        world.ledger.noteSeen({ environment: 'development', ...seen });
      },
    });
    await Promise.all(Array.from({ length: 300 }, () => world.issue()));
    await service.step();
    expect(service.view.covering?.treeSize).toBe(300);
    expect(payloadOf((await world.issue()).receipt).log.seen?.size).toBe(300);
    await expect(service.store.grow(0, { treeSize: 300, leafIds: [], tiles: [] })).rejects.toThrow(
      'lease',
    );
    const wrong = { treeSize: 299, leafIds: [], tiles: [] };
    await expect(service.store.grow(1, wrong)).rejects.toMatchObject({
      code: 'ERR_LOG_INCONSISTENT',
    });
    await service.close();
    await world.ledger.close();
    await store.remove();
  });
});
