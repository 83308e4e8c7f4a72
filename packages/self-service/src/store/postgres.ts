/** The draft store in PostgreSQL, for any number of processes. */
import { Client, DatabaseError, type ClientConfig, Pool, TypeOverrides } from 'pg';
import { CratonError } from '@craton/protocol';
import { migratePostgres, readMigrations } from '@craton/service/migration';
import type { Sources } from '../sources.ts';
import { DraftTable, newIdentity } from './draft-table.ts';
import type { DraftStore } from './port.ts';
import type { Row } from './row.ts';
import { type SqlDatabase, storeUnavailable, type SqlValue } from './sql.ts';

const MIGRATIONS = new URL('./migrations/postgres/', import.meta.url);
const CONNECTIONS = 4;
/** Milliseconds after which a server that does not answer counts as gone. */
const CONNECT_MS = 3_000;
/** Milliseconds for one statement. */
const STATEMENT_MS = 10_000;
/** Milliseconds that a process waits for another one that migrates. */
const MIGRATE_MS = 60_000;
/** Number of the advisory lock; any number that nothing else here uses. */
const MIGRATION_LOCK = 7_241_909_431;

/**
 * Connects and brings the database to the newest version. Throws `ERR_MIGRATION`, or
 * `ERR_DRAFT_STORE_UNAVAILABLE` if the server cannot be asked. `url` may hold a password.
 */
export async function openPostgresDrafts(url: string, sources: Sources): Promise<DraftStore> {
  const client = new Client({ ...configOf(url), query_timeout: MIGRATE_MS });
  // What ends the connection is told by the statement that was under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await migrate(client, sources);
  } catch (cause) {
    throw cause instanceof CratonError ? cause : storeUnavailable(cause);
  } finally {
    await client.end().catch(() => undefined);
  }
  return new DraftTable(new PostgresDatabase(url));
}

async function migrate(client: Client, { nowMs, randomBytes }: Sources): Promise<void> {
  await migratePostgres(
    async (text, values = []) => (await client.query<Row>(text, [...values])).rows,
    { table: 'self_service_migrations', migrations: readMigrations(MIGRATIONS) },
    { lockId: MIGRATION_LOCK, nowMs },
  );
  const known = await client.query('SELECT 1 FROM self_service_store');
  if (known.rows.length > 0) return;
  await client.query('INSERT INTO self_service_store VALUES (1, $1, $2) ON CONFLICT DO NOTHING', [
    newIdentity(randomBytes),
    nowMs(),
  ]);
}

class PostgresDatabase implements SqlDatabase {
  readonly #pool: Pool;
  #closing: Promise<void> | undefined;

  constructor(url: string) {
    this.#pool = new Pool({ ...configOf(url), max: CONNECTIONS });
    // A connection that fails while nobody uses it is dropped; the next user gets another.
    this.#pool.on('error', () => undefined);
  }

  async rows(text: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    let place = 0;
    const numbered = text.replaceAll('?', () => `$${++place}`);
    try {
      const { rows } = await this.#pool.query<Row>(numbered, [...values]);
      return rows;
    } catch (cause) {
      throw isOurs(cause) ? cause : storeUnavailable(cause);
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#pool.end());
  }
}

/** Our own errors, and a broken constraint, which is a fault of ours. */
function isOurs(error: unknown): boolean {
  if (error instanceof CratonError) return true;
  return error instanceof DatabaseError && error.code?.startsWith('23') === true;
}

const INT8 = 20;
/** As the driver does, but a bigint is a number, and refused where that would not be exact. */
const PARSERS = new TypeOverrides();
PARSERS.setTypeParser(INT8, parseSafeInteger);

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new CratonError('ERR_INTERNAL', 'A stored integer is larger than this software counts.');
}

function configOf(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'craton-self-service',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    statement_timeout: STATEMENT_MS,
    keepAlive: true,
    types: PARSERS,
  };
}
