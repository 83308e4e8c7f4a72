/** What a development machine gets for nothing: the sample path, and keys to try it with. */
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
import { isInForce } from './commands/accept-api-key.ts';
import { addPartner } from './commands/add-partner.ts';
import { applyPath } from './commands/apply-path.ts';
import { START_ACTOR } from './commands/audit.ts';
import {
  DAY_MS,
  insertApiKey,
  LIFETIME_DAYS_DEFAULT,
  newKeyId,
  SCOPES_OF_KIND,
} from './commands/issue-api-key.ts';
import type { LedgerAdmin } from './ledger/administration.ts';
import type { LedgerReader } from './ledger/port.ts';
import { STAGING } from './staging.ts';

export interface DevelopmentPorts {
  readonly reader: Pick<LedgerReader, 'findLivePath' | 'apiKeys'>;
  readonly admin: LedgerAdmin;
  readonly environment: string;
  /** Staging gets the sample path and a key of its own, too. */
  readonly hasStaging?: boolean;
  /** Path of `dev-credentials.json`. */
  readonly credentialsFile: string;
  readonly nowMs: () => number;
}

const SAMPLE_PATH = new URL('../../../spec/sample-path.json', import.meta.url);
const PARTNER_ID = 'northstar_controls';
const UNIT = 'operations';
const PATH_ID = 'sample-threshold';

/** How long a key is good unless somebody says otherwise. */
export const API_KEY_LIFETIME_MS = LIFETIME_DAYS_DEFAULT * DAY_MS;

const DIRECTORY_MODE = 0o700;
const CREDENTIALS_MODE = 0o600;

/** What programs of this machine's user are given, by the names in the file. */
export interface DevelopmentKeys {
  readonly boundary_api_key: string;
  /** There only where staging is served. */
  readonly staging_api_key?: string;
  readonly operator_token: string;
}

/**
 * Makes partner, sample path and keys where they are not there yet, and answers the keys. A sample
 * path that was changed since stays as it is. Never called without development privileges.
 */
export async function prepareDevelopment(ports: DevelopmentPorts): Promise<DevelopmentKeys> {
  await keepOrAddSamplePath(ports);
  const staging = ports.hasStaging === true ? await prepareStaging(ports) : {};
  return {
    boundary_api_key: await keepOrMakeKey(ports, 'bnd'),
    ...staging,
    operator_token: await keepOrMakeKey(ports, 'ops'),
  };
}

async function prepareStaging(
  ports: DevelopmentPorts,
): Promise<Pick<DevelopmentKeys, 'staging_api_key'>> {
  const staging = { ...ports, environment: STAGING };
  await keepOrAddSamplePath(staging);
  return { staging_api_key: await keepOrMakeKey(staging, 'sts') };
}

async function keepOrAddSamplePath(ports: DevelopmentPorts): Promise<void> {
  const owner = { environment: ports.environment, partnerId: PARTNER_ID };
  if ((await ports.reader.findLivePath(owner, PATH_ID)) !== undefined) return;
  const partner = { actor: START_ACTOR, partnerId: PARTNER_ID, units: [UNIT] };
  await addPartner(ports.admin, partner);
  const documentBytes = readFileSync(SAMPLE_PATH);
  await applyPath(
    { ...ports, hasDevelopmentPrivileges: true },
    { actor: START_ACTOR, documentBytes },
  );
}

/** Where the server listens and the keys that work there, for programs of this user alone. */
export function writeCredentials(file: string, baseUrl: string, keys: DevelopmentKeys): void {
  const kept = existsSync(file) ? readCredentials(file) : {};
  // A key of staging that is not served any more would be a dummy.
  const credentials = { ...kept, staging_api_key: undefined, base_url: baseUrl, ...keys };
  mkdirSync(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
  const unfinished = `${file}.${randomUUID()}`;
  writeFileSync(unfinished, `${JSON.stringify(credentials, null, 2)}\n`, {
    mode: CREDENTIALS_MODE,
    flag: 'wx',
  });
  renameSync(unfinished, file);
}

type DevelopmentKind = 'bnd' | 'sts' | 'ops';

const MEMBER_OF_KIND = {
  bnd: 'boundary_api_key',
  sts: 'staging_api_key',
  ops: 'operator_token',
} as const satisfies Record<DevelopmentKind, keyof DevelopmentKeys>;

async function keepOrMakeKey(ports: DevelopmentPorts, kind: DevelopmentKind): Promise<string> {
  const kept = readKey(ports, kind);
  const known = ports.reader.apiKeys();
  const record = kept === undefined ? undefined : known.get(apiKeySha256(kept));
  if (kept !== undefined && record === undefined) {
    // The file outlived its store: whoever holds the key may go on.
    await insertKey(ports, kind, kept);
    return kept;
  }
  if (kept !== undefined && record !== undefined && isInForce(record, ports.nowMs())) return kept;
  const made = composeApiKey(kind, ports.environment, randomBytes(API_KEY_RANDOM_BYTES));
  await insertKey(ports, kind, made);
  return made;
}

async function insertKey(
  { admin, environment, nowMs }: DevelopmentPorts,
  kind: DevelopmentKind,
  text: string,
): Promise<void> {
  await insertApiKey(admin, START_ACTOR, {
    keySha256: apiKeySha256(text),
    key: {
      keyId: newKeyId(),
      kind,
      environment,
      ...(kind !== 'ops' && { partnerId: PARTNER_ID }),
      scopes: SCOPES_OF_KIND[kind],
      expiresAtMs: nowMs() + API_KEY_LIFETIME_MS,
    },
  });
}

function readKey(
  { credentialsFile, environment }: DevelopmentPorts,
  kind: DevelopmentKind,
): string | undefined {
  if (!existsSync(credentialsFile)) return undefined;
  const key = readCredentials(credentialsFile)[MEMBER_OF_KIND[kind]];
  const isOurs =
    typeof key === 'string' &&
    isApiKeyText(key) &&
    key.startsWith(`craton_${kind}_${environment}_`);
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
