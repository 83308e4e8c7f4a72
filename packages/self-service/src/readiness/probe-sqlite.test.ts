/** The probe of a draft store in a file. */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { identityDigest } from '@craton/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemSources } from '../sources.ts';
import { openSqliteDrafts } from '../store/sqlite.ts';
import { probeDraftStore } from './probe-draft-store.ts';

let folder: string;
let file: string;
let identity: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'craton-probe-'));
  file = join(folder, 'drafts.db');
  const store = openSqliteDrafts(file, systemSources());
  identity = await store.identity();
  await store.close();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const probe = (mayShare = false, path = file) =>
  probeDraftStore({ url: `sqlite:${path}`, mayShare: () => mayShare }, () => 7);

function change(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

const PRODUCTION = `CREATE TABLE store (identity TEXT); INSERT INTO store VALUES ('production');
  CREATE TABLE receipts (receipt_id INTEGER)`;

describe('a draft store in a file', () => {
  it('of its own has one identity and nothing of production', async () => {
    await expect(probe()).resolves.toEqual({
      measuredAtMs: 7,
      reachable: true,
      storeIdentities: [identityDigest(identity)],
      migrationsPending: false,
      canWriteProduction: false,
    });
  });

  it('that is the production file can be written, unless that is meant so', async () => {
    change(PRODUCTION);
    const found = await probe();
    expect(found.storeIdentities).toEqual([identityDigest(identity), identityDigest('production')]);
    expect(found.canWriteProduction).toBe(true);
    expect((await probe(true)).canWriteProduction).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)('that is write-protected cannot', async () => {
    change(PRODUCTION);
    chmodSync(file, 0o400);
    expect((await probe()).canWriteProduction).toBe(false);
  });

  it('that lacks a migration says so', async () => {
    change('DELETE FROM self_service_migrations');
    expect((await probe()).migrationsPending).toBe(true);
  });

  it('that is not there is not made', async () => {
    const missing = join(folder, 'missing.db');
    expect((await probe(false, missing)).reachable).toBe(false);
    expect(existsSync(missing)).toBe(false);
  });
});
