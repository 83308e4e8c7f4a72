/** What a PostgreSQL store says of itself, and by what else its database is known. */
import { CratonError } from '@craton/protocol';
import { readMigrations } from '@craton/service/migration';
import type { StoreMeasure } from '../port.ts';
import { bytesOf, integerOf, type Row, textOf } from '../row.ts';
import type { Statement } from './connection.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);

const STORE = `
  SELECT identity, current_user::text AS role, (SELECT count(*) FROM migrations) AS applied,
    coalesce(has_table_privilege(to_regclass('self_service_store'), 'SELECT'), false)::int AS drafts
  FROM store`;
const DRAFT_STORE = 'SELECT identity FROM self_service_store';
const NEWEST_RECEIPT =
  'SELECT payload, signature, kid FROM receipts ORDER BY receipt_id DESC LIMIT 1';
/** Whatever name and address a client used for it, and without a right on any table. */
const DATABASE = `
  SELECT system_identifier::text AS server, oid::text AS database
  FROM pg_control_system(), pg_database WHERE datname = current_database()`;

type Ask = (statement: Statement) => Promise<readonly Row[]>;

/** Throws what `all` throws. */
export async function measurePostgresStore(all: Ask): Promise<StoreMeasure> {
  const [store = {}] = await all({ text: STORE });
  const database = await readDatabase(all);
  const drafts = integerOf(store, 'drafts') === 1 ? await all({ text: DRAFT_STORE }) : [];
  const [newest] = await all({ text: NEWEST_RECEIPT });
  const rows = [store, ...drafts].map((row) => textOf(row, 'identity'));
  return {
    identities: database === undefined ? rows : [...rows, `${database.server}/${database.name}`],
    role: { server: database?.server ?? '', name: textOf(store, 'role') },
    migrationsPending: integerOf(store, 'applied') < readMigrations(MIGRATIONS).length,
    ...(newest && {
      newestReceipt: {
        payload: bytesOf(newest, 'payload'),
        signature: bytesOf(newest, 'signature'),
        kid: textOf(newest, 'kid'),
      },
    }),
  };
}

interface Database {
  readonly server: string;
  readonly name: string;
}

/** Undefined where the provider lets nobody ask: the identity rows are left then. */
async function readDatabase(all: Ask): Promise<Database | undefined> {
  try {
    const [row = {}] = await all({ text: DATABASE });
    return { server: textOf(row, 'server'), name: textOf(row, 'database') };
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_STORE_UNAVAILABLE') return undefined;
    throw error;
  }
}
