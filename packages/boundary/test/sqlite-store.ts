/** SQLite for the contract suite: a file in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemSources } from '../src/ledger/sources.ts';
import { openInlineSqliteLedger, openSqliteLedger } from '../src/ledger/sqlite/open.ts';
import { ISSUER, type OpenOptions, signingKeys, type StoreUnderTest } from './ledger-world.ts';

export interface SqliteStoreUnderTest extends StoreUnderTest {
  readonly file: string;
  readonly folder: string;
}

export function makeSqliteStore(): SqliteStoreUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'craton-ledger-'));
  const file = join(folder, 'ledger.sqlite');
  const read = async <T>(work: (database: DatabaseSync) => T): Promise<T> => {
    await Promise.resolve();
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    file,
    folder,
    open: async (options: OpenOptions = {}) => {
      const { sources, wrapStore, ...rest } = options;
      const settings = { file, issuer: ISSUER, signingKeys: signingKeys(), ...rest };
      if (sources === undefined && wrapStore === undefined) return openSqliteLedger(settings);
      const seams = { sources: sources ?? systemSources(), ...(wrapStore && { wrapStore }) };
      return openInlineSqliteLedger(settings, seams);
    },
    readLeaves: () =>
      read((database) => {
        const rows = database.prepare('SELECT entry FROM log_leaves ORDER BY receipt_id').all();
        return rows.map(({ entry }) => entry as Uint8Array);
      }),
    countRows: (table) =>
      read((database) => {
        const row = database.prepare(`SELECT count(*) AS rows FROM ${table}`).get();
        return Number(row?.['rows']);
      }),
    remove: async () => {
      await Promise.resolve();
      rmSync(folder, { recursive: true });
    },
  };
}
