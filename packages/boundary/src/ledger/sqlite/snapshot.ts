/** API keys and live paths in memory, replaced as a whole when one of them changed. */
import type { DatabaseSync } from 'node:sqlite';
import { PathIndex } from '@craton/policy';
import { CratonError, encodeHex } from '@craton/protocol';
import type { ApiKey } from '../port.ts';
import { bytesOf, integerOf, textOf } from '../row.ts';
import { loadStoredPath, readApiKey } from '../stored-values.ts';

const SELECT_VERSION = 'SELECT snapshot_version FROM store';
const SELECT_KEYS = `
  SELECT key_id, key_sha256, kind, environment, partner_id, act_id, scopes, expires_at_ms,
    revoked_at_ms
  FROM api_keys`;
const SELECT_LIVE_PATHS = 'SELECT environment, document FROM paths WHERE live = 1';

/** The writer's view: by public key id, and ready to match. */
export interface WriterSnapshot {
  readonly version: number;
  readonly keysById: ReadonlyMap<string, ApiKey>;
  readonly pathsByEnvironment: ReadonlyMap<string, PathIndex>;
}

/** Counts changes; see `snapshot_version` in the schema. */
export function readVersion(database: DatabaseSync): number {
  const row = database.prepare(SELECT_VERSION).get();
  if (row === undefined) throw new CratonError('ERR_MIGRATION', 'The store has no identity.');
  return integerOf(row, 'snapshot_version');
}

/** Throws the errors of `loadPath` if a stored path cannot be loaded: nothing is issued then. */
export function readWriterSnapshot(database: DatabaseSync): WriterSnapshot {
  const keys = database.prepare(SELECT_KEYS).all().map(readApiKey);
  const documents = Map.groupBy(database.prepare(SELECT_LIVE_PATHS).all(), (row) =>
    textOf(row, 'environment'),
  );
  const paths = Array.from(documents, ([environment, rows]): [string, PathIndex] => [
    environment,
    new PathIndex(rows.map((row) => loadStoredPath(textOf(row, 'document')))),
  ]);
  return {
    version: readVersion(database),
    keysById: new Map(keys.map((key) => [key.keyId, key])),
    pathsByEnvironment: new Map(paths),
  };
}

/** By SHA-256 of the key text, lower-case hex. */
export function readKeysBySha256(database: DatabaseSync): ReadonlyMap<string, ApiKey> {
  const rows = database.prepare(SELECT_KEYS).all();
  return new Map(rows.map((row) => [encodeHex(bytesOf(row, 'key_sha256')), readApiKey(row)]));
}
