/** Connections to PostgreSQL: their settings, and whether the server keeps what it acknowledges. */
import { CratonError } from '@craton/protocol';
import {
  Client,
  type ClientBase,
  type ClientConfig,
  Pool,
  type PoolClient,
  TypeOverrides,
} from 'pg';
import type { Row } from '../row.ts';
import { failureOf, PostgresFailure } from './postgres-error.ts';

/** Milliseconds after which a server that does not answer counts as gone. */
export const CONNECT_MS = 3_000;
/** Milliseconds for one statement; a batch takes about ten. */
const STATEMENT_MS = 10_000;
/** Milliseconds that a batch waits for another one of its partner, on whichever node. */
const LOCK_MS = 5_000;
/** Milliseconds after which the server ends a transaction whose node does nothing: it holds locks. */
const IDLE_MS = 5_000;
/** Milliseconds after which this side gives up a connection that holds a statement. */
const READ_MS = 15_000;

const INT8 = 20;

/** Where the store is, and how much of it one node takes. */
export interface PostgresLocation {
  /** `postgres://...`; may hold a password. */
  readonly url: string;
  /** Refuses a server that may lose what it acknowledged. */
  readonly isProductionLike: boolean;
}

/** A statement; those with a name are planned once for each connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
}

/** Connections for transactions that write. Statements are sent without waiting for one another. */
export function openWritePool(location: PostgresLocation, connections: number): ConnectionPool {
  return new ConnectionPool(location, connections, async (client) => {
    await applySettings(client, WRITER_SETTINGS);
    await demandDurability(client, location);
  });
}

/** Connections that cannot write. */
export function openReadPool(location: PostgresLocation, connections: number): ConnectionPool {
  return new ConnectionPool(location, connections, (client) =>
    applySettings(client, READER_SETTINGS),
  );
}

/** A connection outside of any pool; it must be connected, and ended, by whoever asks. */
export function makeClient({ url }: PostgresLocation, readMs = READ_MS): Client {
  return new Client({ ...clientConfig(url), query_timeout: readMs });
}

/** All statements in one go, in their order; rejects with the first failure. */
export function sendAll(
  client: ClientBase,
  statements: readonly Statement[],
): Promise<readonly Row[][]> {
  return Promise.all(statements.map((statement) => send(client, statement)));
}

/** The rows of one statement. Throws `PostgresFailure`. */
export async function send(client: ClientBase, statement: Statement): Promise<Row[]> {
  try {
    const { rows } = await client.query<Row>({ ...statement });
    return rows;
  } catch (error) {
    throw failureOf(error);
  }
}

/** A statement with `$1`, `$2`, ... where another engine has `?`; no text in it may hold one. */
export function numbered(text: string): string {
  let place = 0;
  return text.replaceAll('?', () => `$${++place}`);
}

/** A few connections, each prepared before it is first used. */
export class ConnectionPool {
  readonly #pool: Pool;
  readonly #prepare: (client: ClientBase) => Promise<void>;
  readonly #prepared = new WeakSet<ClientBase>();

  constructor(
    { url }: PostgresLocation,
    connections: number,
    prepare: (client: ClientBase) => Promise<void>,
  ) {
    // Idle connections cost the server little, and the next batch nothing.
    this.#pool = new Pool({ ...clientConfig(url), max: connections, idleTimeoutMillis: 0 });
    // A connection that fails while nobody uses it is dropped; the next user gets another.
    this.#pool.on('error', () => undefined);
    this.#prepare = prepare;
  }

  /**
   * Lends a connection, and takes it back rolled back and ready for others, or ends it. Throws what
   * `work` throws, `PostgresFailure` if there is none, `ERR_CONFIG` for an unfit server.
   */
  async use<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = await this.#take();
    // A connection that ends says so twice: by what was asked on it, and by this event.
    const ignore = () => undefined;
    client.on('error', ignore);
    let isUsable = true;
    try {
      return await work(client);
    } catch (error) {
      isUsable = await isRolledBack(client);
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(!isUsable);
    }
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }

  async #take(): Promise<PoolClient> {
    try {
      const client = await this.#pool.connect();
      await this.#prepareOnce(client);
      return client;
    } catch (error) {
      const failure = failureOf(error);
      if (failure instanceof CratonError) throw failure;
      // A server that cannot be reached is not asked again for the same caller.
      throw new PostgresFailure(failure.message, failure.kind);
    }
  }

  async #prepareOnce(client: PoolClient): Promise<void> {
    if (this.#prepared.has(client)) return;
    try {
      await this.#prepare(client);
      this.#prepared.add(client);
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}

async function isRolledBack(client: ClientBase): Promise<boolean> {
  try {
    await send(client, { text: 'ROLLBACK' });
    return true;
  } catch {
    return false;
  }
}

function clientConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    pipeline: true,
    application_name: 'craton-boundary',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: READ_MS,
    keepAlive: true,
    types: PARSERS,
  };
}

/** As the driver does, but a bigint is a number, and refused where that would not be exact. */
const PARSERS = new TypeOverrides();
PARSERS.setTypeParser(INT8, parseSafeInteger);

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new CratonError('ERR_INTERNAL', 'A stored integer is larger than this software counts.');
}

/**
 * `synchronous_commit` is never less than `on`. The plans are made once and use indexes, also
 * those made while a table was empty.
 */
const WRITER_SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: String(STATEMENT_MS),
  lock_timeout: String(LOCK_MS),
  idle_in_transaction_session_timeout: String(IDLE_MS),
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '3',
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
};

const READER_SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: String(STATEMENT_MS),
  default_transaction_read_only: 'on',
};

async function applySettings(
  client: ClientBase,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const names = Object.keys(settings);
  await send(client, {
    text: 'SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s(name, value)',
    values: [names, names.map((name) => settings[name])],
  });
}

/** Throws `ERR_CONFIG` if this server may lose what it says is stored. */
async function demandDurability(
  client: ClientBase,
  { isProductionLike }: PostgresLocation,
): Promise<void> {
  const [row = {}] = await send(client, {
    text: `SELECT
      set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false) AS synchronous_commit,
      current_setting('fsync') AS fsync,
      current_setting('full_page_writes') AS full_page_writes,
      current_setting('server_encoding') AS encoding`,
  });
  if (row['encoding'] !== 'UTF8') throw unfit('does not have the encoding UTF8');
  if (!isProductionLike) return;
  for (const setting of ['fsync', 'full_page_writes']) {
    if (row[setting] !== 'on') {
      throw unfit(`runs with ${setting} off and loses receipts when it fails; set it to on`);
    }
  }
}

function unfit(problem: string): CratonError {
  const message = `DATABASE_URL names a database that ${problem}.`;
  return new CratonError('ERR_CONFIG', message, { field: 'DATABASE_URL' });
}
