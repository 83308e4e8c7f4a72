import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { systemSources } from '../src/sources.ts';
import { openSqliteDrafts } from '../src/store/sqlite.ts';
import { describeDraftStore } from './draft-store-contract.ts';

function inFolder<T>(work: (folder: string) => T): T {
  return work(mkdtempSync(join(tmpdir(), 'craton-drafts-')));
}

describeDraftStore('SQLite', () =>
  inFolder((folder) => {
    const file = join(folder, 'drafts.db');
    const query = async (sql: string) => {
      const database = new DatabaseSync(file);
      try {
        return await Promise.resolve(database.prepare(sql).all());
      } finally {
        database.close();
      }
    };
    return {
      open: async () => Promise.resolve(openSqliteDrafts(file, systemSources())),
      query,
      listTables: async () => {
        const rows = await query("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')");
        return rows.map(({ name }) => String(name));
      },
      remove: async () => {
        await Promise.resolve();
        rmSync(folder, { recursive: true });
      },
    };
  }),
);

it('makes the file for its owner alone, and says when it cannot', () => {
  inFolder((folder) => {
    const file = join(folder, 'drafts.db');
    void openSqliteDrafts(file, systemSources()).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => openSqliteDrafts(join(folder, 'gone/drafts.db'), systemSources())).toThrow(
      expect.objectContaining({ code: 'ERR_DRAFT_STORE_UNAVAILABLE' }) as Error,
    );
    rmSync(folder, { recursive: true });
  });
});
