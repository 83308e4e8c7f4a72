/** The stores that a crash may hit, and how somebody who is not the service reads them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SAMPLE_PARTNER } from '@craton/policy';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase, type TestDatabase } from '../postgres.ts';

type Row = Readonly<Record<string, unknown>>;

/** Everything that receipts are made of, as the database has it. */
export interface StoredRows {
  readonly streams: readonly Row[];
  /** With opening and leaf, in the order of their making. */
  readonly receipts: readonly Row[];
  /** Rows of each table that has one row for each receipt here. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface CrashStore {
  readonly databaseUrl: string;
  /** On a connection of its own that cannot write, when the service is gone. */
  read(): Promise<StoredRows>;
  remove(): Promise<void>;
}

/** Each start issues a sample receipt where there is none: it is nobody's, and no load asked for it. */
const OF_LOAD = `SELECT stream_id FROM streams JOIN ledgers USING (ledger_id)
  WHERE partner_id <> '${SAMPLE_PARTNER}'`;
const STREAMS = `SELECT s.*, l.partner_id FROM streams s JOIN ledgers l USING (ledger_id)
  WHERE s.stream_id IN (${OF_LOAD})`;
const RECEIPTS = `SELECT r.*, o.opening, f.entry FROM receipts r
  LEFT JOIN openings o USING (receipt_id) LEFT JOIN log_leaves f USING (receipt_id)
  WHERE r.stream_id IN (${OF_LOAD})
  ORDER BY r.stream_id, r.epoch, r.seq`;
const ONE_EACH = ['receipts', 'openings', 'log_leaves', 'answers'];

export function sqliteCrashStore(): CrashStore {
  const folder = mkdtempSync(join(tmpdir(), 'craton-crash-store-'));
  const file = join(folder, 'ledger.db');
  return {
    ...sqliteFile(file),
    remove: async () => {
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  };
}

/** A store in a file that somebody else removes. */
export function sqliteFile(file: string): Pick<CrashStore, 'databaseUrl' | 'read'> {
  return {
    databaseUrl: `sqlite:${file}`,
    read: async () => {
      const database = new DatabaseSync(file, { readOnly: true });
      try {
        return await readRows((sql) => Promise.resolve(database.prepare(sql).all()));
      } finally {
        database.close();
      }
    },
  };
}

const GONE_POLLS_MAX = 200;
const GONE_POLL_MS = 50;
const CONNECTED = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

export async function postgresCrashStore(): Promise<CrashStore> {
  const database = await createDatabase();
  return {
    databaseUrl: database.url,
    read: async () => {
      // What a dead service had sent may still be committed by its backends.
      await untilAlone(database);
      return readRows((sql) => database.query<Record<string, unknown>>(sql));
    },
    remove: () => database.drop(),
  };
}

async function untilAlone(database: TestDatabase): Promise<void> {
  for (let poll = 0; poll < GONE_POLLS_MAX; poll++) {
    if ((await database.query(CONNECTED)).length === 0) return;
    await delay(GONE_POLL_MS);
  }
  throw new Error('The connections of the service did not end.');
}

async function readRows(select: (sql: string) => Promise<readonly Row[]>): Promise<StoredRows> {
  const counts: Record<string, number> = {};
  for (const table of ONE_EACH) {
    const [row] = await select(
      `SELECT count(*) AS n FROM ${table} WHERE receipt_id IN
       (SELECT receipt_id FROM receipts WHERE stream_id IN (${OF_LOAD}))`,
    );
    counts[table] = Number(row?.['n']);
  }
  return { streams: await select(STREAMS), receipts: await select(RECEIPTS), counts };
}
