/** API keys and live paths in memory: one version of them, replaced as a whole. */
import { type LoadedPath, PathIndex } from '@craton/policy';
import { CratonError, encodeHex } from '@craton/protocol';
import type { ClientBase } from 'pg';
import type { ApiKey } from '../port.ts';
import { bytesOf, integerOf, textOf } from '../row.ts';
import { loadStoredPath, readApiKey } from '../stored-values.ts';
import { sendAll, type Statement } from './connection.ts';

/** What the writer needs: keys by their public id, and paths ready to match. */
export interface WriterSnapshot {
  readonly version: number;
  readonly keysById: ReadonlyMap<string, ApiKey>;
  readonly pathsByEnvironment: ReadonlyMap<string, PathIndex>;
  /** Loaded paths by their text: most of them outlive a change. */
  readonly pathsByText: ReadonlyMap<string, LoadedPath>;
}

/** Knows nothing; every store has a higher version. */
export const NO_SNAPSHOT: WriterSnapshot = {
  version: -1,
  keysById: new Map(),
  pathsByEnvironment: new Map(),
  pathsByText: new Map(),
};

export const SELECT_STORE: Statement = {
  name: 'store',
  text: 'SELECT identity, snapshot_version FROM store',
};
const SELECT_KEYS: Statement = {
  text: `SELECT key_id, key_sha256, kind, environment, partner_id, act_id, scopes, expires_at_ms,
    revoked_at_ms FROM api_keys`,
};
const SELECT_LIVE_PATHS: Statement = {
  text: 'SELECT environment, document FROM paths WHERE live ORDER BY path_row',
};

/**
 * Reads all of it; nobody may change it meanwhile. Throws the errors of `loadPath` if a stored path
 * cannot be loaded: nothing is issued then.
 */
export async function readWriterSnapshot(
  client: ClientBase,
  earlier: WriterSnapshot,
): Promise<WriterSnapshot> {
  const [[store = {}] = [], keyRows = [], pathRows = []] = await sendAll(client, [
    SELECT_STORE,
    SELECT_KEYS,
    SELECT_LIVE_PATHS,
  ]);
  const keys = keyRows.map(readApiKey);
  const texts = pathRows.map((row) => textOf(row, 'document'));
  const pathsByText = new Map(
    texts.map((text) => [text, earlier.pathsByText.get(text) ?? loadStoredPath(text)]),
  );
  const byEnvironment = Map.groupBy(pathRows, (row) => textOf(row, 'environment'));
  const pathsOf = (rows: typeof pathRows) =>
    rows.map((row) => pathsByText.get(textOf(row, 'document')) ?? missingPath());
  return {
    version: integerOf(store, 'snapshot_version'),
    keysById: new Map(keys.map((key) => [key.keyId, key])),
    pathsByEnvironment: new Map(
      Array.from(byEnvironment, ([environment, rows]) => [
        environment,
        new PathIndex(pathsOf(rows)),
      ]),
    ),
    pathsByText,
  };
}

/** What the HTTP side needs: keys by the SHA-256 of their text, lower-case hex. */
export interface KeySnapshot {
  readonly identity: string;
  readonly version: number;
  readonly keys: ReadonlyMap<string, ApiKey>;
}

/** Reads keys and version as of one moment. */
export async function readKeySnapshot(client: ClientBase): Promise<KeySnapshot> {
  const [, [store = {}] = [], rows = []] = await sendAll(client, [
    { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' },
    SELECT_STORE,
    SELECT_KEYS,
    { text: 'COMMIT' },
  ]);
  return {
    identity: textOf(store, 'identity'),
    version: integerOf(store, 'snapshot_version'),
    keys: new Map(rows.map((row) => [encodeHex(bytesOf(row, 'key_sha256')), readApiKey(row)])),
  };
}

function missingPath(): never {
  throw new CratonError('ERR_INTERNAL', 'A live path was not loaded.');
}
