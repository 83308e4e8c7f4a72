import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeSources } from '../../../test/fake-sources.ts';
import { makeSqliteStore, type SqliteStoreUnderTest } from '../../../test/sqlite-store.ts';
import { openWriteConnection } from './connection.ts';
import { KeyIndex } from './key-index.ts';
import { prepareStatements } from './statements.ts';

const GENERATION = 40;
const owner = { environment: 'development', partnerId: 'northstar_controls' };

function hash(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}

describe('the index of keys', () => {
  let store: SqliteStoreUnderTest;
  let database: DatabaseSync;
  let index: KeyIndex;

  beforeEach(() => {
    store = makeSqliteStore();
    database = openWriteConnection(store.file, new FakeSources());
    // The receipts themselves are not what is tested here.
    database.exec('PRAGMA foreign_keys = OFF');
    index = makeIndex();
  });

  afterEach(async () => {
    database.close();
    await store.remove();
  });

  function makeIndex(): KeyIndex {
    return new KeyIndex(database, prepareStatements(database), GENERATION);
  }

  function add(receiptId: number): void {
    index.add(receiptId, {
      commitment: hash(`commitment ${receiptId}`),
      reference: hash(`reference ${receiptId}`),
    });
    index.move();
  }

  function rows(table: string): number {
    return Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
  }

  function expectAllFound(count: number): void {
    for (let receiptId = 1; receiptId <= count; receiptId++) {
      expect(index.find(hash(`commitment ${receiptId}`))).toBe(receiptId);
      expect(index.find(hash(`reference ${receiptId}`))).toBe(receiptId);
    }
    expect(index.find(hash('nothing'))).toBeUndefined();
  }

  it('finds every key while it waits, moves, and has moved', () => {
    for (let receiptId = 1; receiptId <= 200; receiptId++) {
      add(receiptId);
      expectAllFound(receiptId);
    }
    expect(rows('key_index')).toBeGreaterThan(300);
    expect(rows('key_journal')).toBeLessThan(60);
  });

  it('moves in the order of the hashes', () => {
    for (let receiptId = 1; receiptId <= 20; receiptId++) add(receiptId);
    index.add(21, { commitment: hash('commitment 21') });
    index.move();
    const moved = database.prepare('SELECT key_hash FROM key_index').all();
    const all = Array.from({ length: 20 }, (_, at) => [
      hash(`commitment ${at + 1}`),
      hash(`reference ${at + 1}`),
    ]).flat();
    const smallest = all.toSorted((a, b) => Buffer.compare(a, b)).slice(0, moved.length);
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.map(({ key_hash }) => Buffer.from(key_hash as Uint8Array))).toEqual(smallest);
  });

  it('finds every key after a restart at any moment', () => {
    for (let receiptId = 1; receiptId <= 120; receiptId++) {
      add(receiptId);
      if (receiptId % 7 === 0) index = makeIndex();
    }
    expectAllFound(120);
  });

  it('forgets what was rolled back', () => {
    for (let receiptId = 1; receiptId <= 30; receiptId++) add(receiptId);
    database.exec('BEGIN');
    for (let receiptId = 31; receiptId <= 60; receiptId++) add(receiptId);
    database.exec('ROLLBACK');
    index.reload();
    expectAllFound(30);
    expect(index.find(hash('commitment 31'))).toBeUndefined();
  });

  it('has the newest receipt of a key that came again, wherever the older one is', () => {
    const again = hash('idempotency key');
    let newest = 0;
    for (let receiptId = 1; receiptId <= 150; receiptId++) {
      const isAgain = receiptId % 11 === 0;
      if (isAgain) newest = receiptId;
      index.add(receiptId, {
        commitment: hash(`commitment ${receiptId}`),
        ...(isAgain && { idempotency: again }),
      });
      index.move();
      if (receiptId % 13 === 0) index = makeIndex();
      if (newest > 0) expect(index.find(again)).toBe(newest);
    }
  });

  it('keeps kinds, owners and texts apart, and depends on the store’s key', () => {
    const hashes = [
      index.hashOf('reference', owner, 'a'),
      index.hashOf('idempotency', owner, 'a'),
      index.hashOf('reference', { ...owner, partnerId: 'b' }, 'a'),
      index.hashOf('reference', { ...owner, environment: 'staging' }, 'a'),
      index.hashOf('reference', owner, 'A'),
    ].map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(new Set(hashes).size).toBe(hashes.length);
    const before = index.hashOf('reference', owner, 'a');
    database.exec('UPDATE store SET index_key = randomblob(32)');
    expect(makeIndex().hashOf('reference', owner, 'a')).not.toEqual(before);
  });
});
