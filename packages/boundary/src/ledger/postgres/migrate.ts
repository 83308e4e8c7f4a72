/** Brings a PostgreSQL store to the newest version; nodes that start at once wait for one another. */
import { migratePostgres, type Migration } from '@craton/service/migration';
import type { Client } from 'pg';
import { encodeBase64url } from '@craton/protocol';
import type { Sources } from '../sources.ts';
import { send } from './connection.ts';
import { MIGRATION_LOCK } from './locks.ts';

const IDENTITY_BYTES = 16;
const INDEX_KEY_BYTES = 32;

/**
 * Applies what is missing and writes the identity of a new store. The connection must be ended
 * afterwards. Throws `ERR_MIGRATION` if the store was made by newer software, an applied migration
 * is not the one known here, or one fails; `PostgresFailure` for any other fault.
 */
export async function migrate(
  client: Client,
  migrations: readonly Migration[],
  sources: Sources,
): Promise<void> {
  await migratePostgres(
    (text, values = []) => send(client, { text, values: [...values] }),
    { table: 'migrations', migrations },
    { lockId: MIGRATION_LOCK, nowMs: () => sources.nowMs() },
  );
  await writeIdentity(client, sources);
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
