/** What a development machine gets for nothing: the sample path and a key to try it with. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CratonError,
  DEPTH_MAX,
  isJsonObject,
  type JsonObject,
  parseStrict,
} from '@craton/protocol';
import { API_KEY_RANDOM_BYTES, apiKeySha256, composeApiKey, isApiKeyText } from './api-key.ts';
import type { LedgerChange } from './ledger/change.ts';
import type { LedgerReader } from './ledger/port.ts';

export interface DevelopmentPorts {
  readonly reader: Pick<LedgerReader, 'findLivePath' | 'listApiKeys'>;
  readonly apply: (...changes: readonly LedgerChange[]) => Promise<void>;
  readonly environment: string;
  /** Path of `dev-credentials.json`. */
  readonly credentialsFile: string;
  readonly nowMs: () => number;
}

const SAMPLE_PATH = new URL('../../../spec/sample-path.json', import.meta.url);
const PARTNER_ID = 'northstar_controls';
const UNIT = 'operations';
const PATH_ID = 'sample-threshold';

const DAY_MS = 24 * 3_600_000;
/** How long a key is good unless somebody says otherwise. */
export const API_KEY_LIFETIME_MS = 90 * DAY_MS;

const DIRECTORY_MODE = 0o700;
const CREDENTIALS_MODE = 0o600;

/**
 * Makes partner, sample path and API key where they are not there yet, and answers the key. A sample
 * path that was changed since stays as it is. Never called without development privileges.
 */
export async function prepareDevelopment(ports: DevelopmentPorts): Promise<string> {
  const { environment } = ports;
  const owner = { environment, partnerId: PARTNER_ID };
  if ((await ports.reader.findLivePath(owner, PATH_ID)) === undefined) {
    await ports.apply(
      { kind: 'upsert_partner', partnerId: PARTNER_ID, units: [UNIT] },
      { kind: 'apply_path', environment, documentText: readFileSync(SAMPLE_PATH, 'utf8') },
    );
  }
  return keepOrMakeKey(ports);
}

/** Where the server listens and the key that works there, for programs of this user alone. */
export function writeCredentials(file: string, baseUrl: string, boundaryApiKey: string): void {
  const kept = existsSync(file) ? readCredentials(file) : {};
  const credentials = { ...kept, base_url: baseUrl, boundary_api_key: boundaryApiKey };
  mkdirSync(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
  const unfinished = `${file}.${randomUUID()}`;
  writeFileSync(unfinished, `${JSON.stringify(credentials, null, 2)}\n`, {
    mode: CREDENTIALS_MODE,
    flag: 'wx',
  });
  renameSync(unfinished, file);
}

async function keepOrMakeKey(ports: DevelopmentPorts): Promise<string> {
  const kept = readKey(ports.credentialsFile, ports.environment);
  const known = await ports.reader.listApiKeys();
  const record = kept === undefined ? undefined : known.get(apiKeySha256(kept));
  if (kept !== undefined && record === undefined) {
    // The file outlived its store: whoever holds the key may go on.
    await insertKey(ports, kept);
    return kept;
  }
  const isGood = record?.revokedAtMs === undefined && ports.nowMs() < (record?.expiresAtMs ?? 0);
  if (kept !== undefined && isGood) return kept;
  const made = composeApiKey('bnd', ports.environment, randomBytes(API_KEY_RANDOM_BYTES));
  await insertKey(ports, made);
  return made;
}

async function insertKey(ports: DevelopmentPorts, key: string): Promise<void> {
  await ports.apply({
    kind: 'insert_api_key',
    keySha256: apiKeySha256(key),
    key: {
      keyId: `key_${randomUUID()}`,
      kind: 'bnd',
      environment: ports.environment,
      partnerId: PARTNER_ID,
      scopes: ['check', 'claim', 'confirm', 'read'],
      expiresAtMs: ports.nowMs() + API_KEY_LIFETIME_MS,
    },
  });
}

function readKey(file: string, environment: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const key = readCredentials(file)['boundary_api_key'];
  const isOurs =
    typeof key === 'string' && isApiKeyText(key) && key.startsWith(`craton_bnd_${environment}_`);
  return isOurs ? key : undefined;
}

function readCredentials(file: string): JsonObject {
  try {
    const options = { numbers: 'safe', depthMax: DEPTH_MAX.other } as const;
    const credentials = parseStrict(readFileSync(file), options);
    if (isJsonObject(credentials)) return credentials;
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
  }
  throw new CratonError(
    'ERR_CONFIG',
    'dev-credentials.json in CRATON_DATA_DIR is not a JSON object. Move it away and start again.',
    { field: 'CRATON_DATA_DIR' },
  );
}
