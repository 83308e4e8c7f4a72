/** Brings a PostgreSQL store to the newest version; nodes that start at once wait for one another. */
import type { Client } from 'pg';
import { encodeBase64url } from '@craton/protocol';
import { type Migration, migrationRefused, missingMigrations } from '../migration.ts';
import type { Sources } from '../sources.ts';
import { send } from './connection.ts';
import { MIGRATION_LOCK } from './locks.ts';

const IDENTITY_BYTES = 16;
const INDEX_KEY_BYTES = 32;

/** Milliseconds that a node waits for another one that migrates. */
const WAIT_MS = 60_000;

const BOOKKEEPING = `
  CREATE TABLE migrations (
    version bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    applied_at_ms bigint NOT NULL
  )`;

/**
 * Applies what is missing, each migration once and in a transaction of its own, and writes the
 * identity of a new store. The connection must be ended afterwards. Throws `ERR_MIGRATION` if the
 * store was made by newer software, an applied migration is not the one known here, or one fails;
 * `PostgresFailure` for any other fault.
 */
export async function migrate(
  client: Client,
  migrations: readonly Migration[],
  sources: Sources,
): Promise<void> {
  await send(client, { text: `SET lock_timeout = ${WAIT_MS}` });
  // Given back when the connection ends.
  await send(client, { text: `SELECT pg_advisory_lock(${MIGRATION_LOCK})` });
  const applied = await readApplied(client);
  for (const migration of missingMigrations(applied, migrations)) {
    await apply(client, migration, sources.nowMs());
  }
  await writeIdentity(client, sources);
}

async function readApplied(client: Client) {
  const [found] = await send(client, { text: "SELECT to_regclass('migrations') AS name" });
  // Asked first, so that a role that may not make tables can start on a store that is complete.
  if (found?.['name'] === null) await send(client, { text: BOOKKEEPING });
  return send(client, { text: 'SELECT version, checksum FROM migrations ORDER BY version' });
}

async function apply(client: Client, migration: Migration, nowMs: number): Promise<void> {
  const { version, name, sql, checksum } = migration;
  await send(client, { text: 'BEGIN' });
  try {
    await send(client, { text: sql });
    await send(client, {
      text: 'INSERT INTO migrations VALUES ($1, $2, $3, $4)',
      values: [version, name, checksum, nowMs],
    });
    await send(client, { text: 'COMMIT' });
  } catch (cause) {
    await send(client, { text: 'ROLLBACK' });
    throw migrationRefused(`Migration ${version} failed`, cause);
  }
}

async function writeIdentity(client: Client, sources: Sources): Promise<void> {
  const [known] = await send(client, { text: 'SELECT 1 AS one FROM store' });
  if (known !== undefined) return;
  await send(client, {
    text: 'INSERT INTO store VALUES (1, $1, $2, 0, $3) ON CONFLICT DO NOTHING',
    values: [
      encodeBase64url(sources.randomBytes(IDENTITY_BYTES)),
      Buffer.from(sources.randomBytes(INDEX_KEY_BYTES)),
      sources.nowMs(),
    ],
  });
}
