/** Looks at a PostgreSQL store for `craton doctor`: asks, and changes nothing. */
import { CratonError } from '@craton/protocol';
import type { Client } from 'pg';
import { type Migration, missingMigrations } from '@craton/service/migration';
import { integerOf, type Row, textOf } from '../row.ts';
import { makeClient, send } from './connection.ts';
import { failureOf } from './postgres-error.ts';

/** What was seen, as JSON; no member holds a host, a password or a row. */
export type Examination =
  | { readonly kind: 'unreachable' | 'unfit'; readonly reason: string }
  | {
      readonly kind: 'answered';
      readonly server_version: string;
      /** Absent before the first start. */
      readonly store_identity?: string;
      readonly migrations: { readonly applied: number; readonly known: number };
      /** As `INSERT on receipts`, `CREATE on the schema`. */
      readonly lacking_privileges: readonly string[];
      readonly is_superuser: boolean;
      /** Settings that are off, with which the server may lose what it acknowledged. */
      readonly unsafe_settings: readonly string[];
    };

/** Milliseconds for each question. */
const EXAMINE_MS = 3_000;
const MADE_TABLE = /CREATE TABLE (\w+)/g;
/** Tables whose rows are changed or locked, besides those that are only added to. */
const CHANGED = ['api_keys', 'answers', 'key_index', 'ledgers', 'paths', 'store', 'streams'];

/** Never throws for what the server says or does not say. */
export async function examinePostgres(
  url: string,
  known: readonly Migration[],
): Promise<Examination> {
  const client = makeClient({ url, isProductionLike: true }, EXAMINE_MS);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await send(client, { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    return await look(client, known);
  } catch (error) {
    const isUnfit = error instanceof CratonError;
    return { kind: isUnfit ? 'unfit' : 'unreachable', reason: failureOf(error).message };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function look(client: Client, known: readonly Migration[]): Promise<Examination> {
  const server = await ask(client, {
    text: `SELECT current_setting('server_version') AS version, rolsuper::int AS superuser,
        (to_regclass('migrations') IS NOT NULL)::int AS made,
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)::int AS creates,
        current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes
      FROM pg_roles WHERE rolname = current_user`,
  });
  const isMade = integerOf(server, 'made') === 1;
  const applied = isMade
    ? await send(client, { text: 'SELECT version, checksum FROM migrations ORDER BY version' })
    : [];
  const isComplete = missingMigrations(applied, known).length === 0;
  const tables = isMade ? await lackingOn(client, known.slice(0, applied.length)) : [];
  const mayMake = isComplete || integerOf(server, 'creates') === 1;
  return {
    kind: 'answered',
    server_version: textOf(server, 'version'),
    ...(isMade && (await readIdentity(client))),
    migrations: { applied: applied.length, known: known.length },
    lacking_privileges: [...(mayMake ? [] : ['CREATE on the schema']), ...tables],
    is_superuser: integerOf(server, 'superuser') === 1,
    unsafe_settings: ['fsync', 'full_page_writes'].filter((name) => server[name] !== 'on'),
  };
}

async function readIdentity(client: Client): Promise<{ store_identity?: string }> {
  const [row] = await send(client, {
    text: `SELECT identity FROM store WHERE has_table_privilege('store', 'SELECT')`,
  });
  return row === undefined ? {} : { store_identity: textOf(row, 'identity') };
}

/** What the role may not do on the tables that these migrations made. */
async function lackingOn(client: Client, applied: readonly Migration[]): Promise<string[]> {
  const made = applied.flatMap(({ sql }) =>
    Array.from(sql.matchAll(MADE_TABLE), ([, name]) => name),
  );
  const rows = await send(client, {
    text: `SELECT name, privilege
      FROM unnest($1::text[]) AS name, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS privilege
      WHERE (privilege <> 'UPDATE' OR name = ANY ($2))
        AND NOT has_table_privilege(to_regclass(name), privilege)
      ORDER BY name, privilege`,
    values: [made, CHANGED],
  });
  return rows.map((row) => `${textOf(row, 'privilege')} on ${textOf(row, 'name')}`);
}

async function ask(client: Client, statement: { readonly text: string }): Promise<Row> {
  const [row = {}] = await send(client, statement);
  return row;
}
