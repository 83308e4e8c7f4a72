/** The probe of a draft store in PostgreSQL, with the rights that self-service really has. */
import { identityDigest, roleDigest } from '@craton/policy';
import { Client, DatabaseError } from 'pg';
import { readMigrations } from '@craton/service/migration';
import { type Row, textOf } from '../store/row.ts';
import type { DraftStoreQuestion, StoreFindings } from './probe-draft-store.ts';
import { PRODUCTION_TABLES } from './production-tables.ts';

const MIGRATIONS = new URL('../store/migrations/postgres/', import.meta.url);
const CONNECT_MS = 3_000;
/** Milliseconds for one question. */
const STATEMENT_MS = 3_000;

const STORE = `
  SELECT identity, current_user::text AS role,
    (SELECT count(*)::text FROM self_service_migrations) AS applied,
    coalesce(has_table_privilege(to_regclass('store'), 'SELECT'), false)::text AS production
  FROM self_service_store`;
/** Known without a right on any table, and the same for every name and address of the database. */
const DATABASE = `
  SELECT system_identifier::text AS server, oid::text AS database
  FROM pg_control_system(), pg_database WHERE datname = current_database()`;
/** Where the three stand together, they are the ledger and not tables that share a name with it. */
const TABLES = `
  SELECT tables.oid::regclass::text AS name,
    (has_table_privilege(tables.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
      OR has_any_column_privilege(tables.oid, 'INSERT, UPDATE'))::text AS privileged
  FROM pg_class AS tables
  WHERE relkind IN ('r', 'p') AND relname = ANY ($1) AND 3 = (
    SELECT count(*) FROM pg_class AS others
    WHERE others.relnamespace = tables.relnamespace
      AND others.relname IN ('receipts', 'streams', 'openings'))`;

/** Throws what the driver throws. Everything happens in a transaction that is rolled back. */
export async function probePostgres(
  url: string,
  mayShare: DraftStoreQuestion['mayShare'],
): Promise<StoreFindings> {
  const client = new Client({
    connectionString: url,
    application_name: 'craton-self-service-probe',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    statement_timeout: STATEMENT_MS,
  });
  // What ends the connection is told by the question that was under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN');
    const findings = await look(client, mayShare);
    await client.query('ROLLBACK');
    return findings;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function look(
  client: Client,
  mayShare: DraftStoreQuestion['mayShare'],
): Promise<StoreFindings> {
  const store = await one(client, STORE);
  const database = await attempt(client, () => one(client, DATABASE));
  const production =
    store['production'] === 'true' ? [await one(client, 'SELECT identity FROM store')] : [];
  const rows = [store, ...production].map((row) => textOf(row, 'identity'));
  const server = database === undefined ? '' : textOf(database, 'server');
  const inside = database === undefined ? [] : [`${server}/${textOf(database, 'database')}`];
  const storeIdentities = [...rows, ...inside].map((identity) => identityDigest(identity));
  return {
    storeIdentities,
    databaseRole: roleDigest(server, textOf(store, 'role')),
    migrationsPending: Number(textOf(store, 'applied')) < readMigrations(MIGRATIONS).length,
    canWriteProduction: !mayShare(storeIdentities) && (await canWriteAny(client)),
  };
}

/** By the rights that are granted, and by a write of no rows to each table. */
async function canWriteAny(client: Client): Promise<boolean> {
  const { rows } = await client.query<Row>(TABLES, [PRODUCTION_TABLES]);
  for (const row of rows) {
    if (row['privileged'] === 'true') return true;
    const name = textOf(row, 'name');
    const insert = `INSERT INTO ${name} OVERRIDING SYSTEM VALUE SELECT (NULL::${name}).* WHERE false`;
    if ((await attempt(client, () => client.query(insert))) !== undefined) return true;
  }
  return false;
}

/** SQLSTATE of what a role may not do, and of a database that takes no writes. */
const REFUSED = ['42501', '25006'];

/** Undefined for what the server refuses this role; the transaction goes on after it. */
async function attempt<T>(client: Client, ask: () => Promise<T>): Promise<T | undefined> {
  await client.query('SAVEPOINT attempt');
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DatabaseError && REFUSED.includes(error.code ?? '')) return undefined;
    throw error;
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT attempt');
  }
}

async function one(client: Client, text: string): Promise<Row> {
  const { rows } = await client.query<Row>(text);
  return rows[0] ?? {};
}
