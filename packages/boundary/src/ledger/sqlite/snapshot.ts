/** API keys and live paths in memory, replaced as a whole when one of them changed. */
import type { DatabaseSync } from 'node:sqlite';
import { loadPath, PathIndex, parsePathDocument } from '@craton/policy';
import { CratonError, encodeHex, isDigest, type Digest, utf8 } from '@craton/protocol';
import { nodeSha256 } from '../node-sha256.ts';
import { API_KEY_KINDS, type ApiKey, SCOPES } from '../port.ts';
import { bytesOf, integerOf, optionalIntegerOf, optionalTextOf, type Row, textOf } from './row.ts';

const SELECT_VERSION = 'SELECT snapshot_version FROM store';
const SELECT_KEYS = `
  SELECT key_id, key_sha256, kind, environment, partner_id, scopes, expires_at_ms, revoked_at_ms
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

/** Loads a document that was checked when it was stored. */
export function loadStoredPath(document: string) {
  return loadPath(parsePathDocument(utf8(document)), nodeSha256);
}

/** A digest that we stored; throws `ERR_INTERNAL` if it is none. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text as Digest;
  throw new CratonError('ERR_INTERNAL', 'A stored digest does not have its form.');
}

/** Reads a row that has all columns of `ApiKey`. */
export function readApiKey(row: Row): ApiKey {
  const kind = API_KEY_KINDS.find((known) => known === row['kind']);
  if (kind === undefined) throw new CratonError('ERR_INTERNAL', 'An API key has no known kind.');
  const scopes = textOf(row, 'scopes').split(' ');
  const partnerId = optionalTextOf(row, 'partner_id');
  const revokedAtMs = optionalIntegerOf(row, 'revoked_at_ms');
  return {
    keyId: textOf(row, 'key_id'),
    kind,
    environment: textOf(row, 'environment'),
    ...(partnerId !== undefined && { partnerId }),
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    expiresAtMs: integerOf(row, 'expires_at_ms'),
    ...(revokedAtMs !== undefined && { revokedAtMs }),
  };
}
