/** PostgreSQL for the contract suites: a database for each store. */
import { type OpenLedger } from '../src/ledger/open-ledger.ts';
import {
  openInlinePostgresLedger,
  openPostgresLedger,
  type PostgresLedgerOptions,
} from '../src/ledger/postgres/open.ts';
import { systemSources } from '../src/ledger/sources.ts';
import { ISSUER, type OpenOptions, signingKeys, type StoreUnderTest } from './ledger-world.ts';
import { createDatabase, type TestDatabase } from './postgres.ts';

export interface PostgresStoreUnderTest extends StoreUnderTest {
  /** Made when it is first asked for. */
  database(): Promise<TestDatabase>;
  /** On another address, or with other limits. */
  openWith(members: Partial<PostgresLedgerOptions>, options?: OpenOptions): Promise<OpenLedger>;
}

export function makePostgresStore(): PostgresStoreUnderTest {
  let made: Promise<TestDatabase> | undefined;
  const database = () => (made ??= createDatabase());
  const openWith: PostgresStoreUnderTest['openWith'] = async (members, options = {}) => {
    const { sources, wrapStore, ...rest } = options;
    const { url } = await database();
    const settings = {
      url,
      isProductionLike: true,
      issuer: ISSUER,
      signingKeys: signingKeys(),
      ...rest,
      ...members,
    };
    if (sources === undefined && wrapStore === undefined) return openPostgresLedger(settings);
    const seams = { sources: sources ?? systemSources(), ...(wrapStore && { wrapStore }) };
    return openInlinePostgresLedger(settings, seams);
  };
  return {
    database,
    openWith,
    open: (options) => openWith({}, options),
    readLeaves: async () => {
      const sql = 'SELECT entry FROM log_leaves ORDER BY receipt_id';
      const rows = await (await database()).query<{ entry: Uint8Array }>(sql);
      return rows.map(({ entry }) => entry);
    },
    countRows: async (table) => {
      const sql = `SELECT count(*) AS rows FROM ${table}`;
      const [row] = await (await database()).query<{ rows: string }>(sql);
      return Number(row?.rows);
    },
    remove: async () => {
      if (made !== undefined) await (await made).drop();
    },
  };
}
