/** What a development machine gets for nothing: the sample path, and keys to try it with. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CratonError,
  DEPTH_MAX,
  isJsonObject,
  type JsonObject,
  type JsonValue,
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
import type { OperatorRecords } from './ledger/operator-records.ts';
import type { ApiKey, LedgerReader, Scope } from './ledger/port.ts';
import { DEMO_PEOPLE, keepDemoPeople, keepDemoRoles } from './people/demo-people.ts';
import { STAGING } from './staging.ts';

export interface DevelopmentPorts {
  readonly reader: Pick<LedgerReader, 'findLivePath' | 'apiKeys'>;
  readonly admin: LedgerAdmin;
  readonly environment: string;
  /** Staging gets the sample path and a key of its own, too. */
  readonly hasStaging?: boolean;
  readonly operatorRecords: OperatorRecords;
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
  /** Reads what an auditor reads, and does nothing. */
  readonly auditor_token: string;
  /** Nobody is behind them: each plays some roles of the rollout gates. */
  readonly people: readonly DemoCredentials[];
}

/** Somebody who is made up, and the token by which they act. */
export interface DemoCredentials {
  readonly name: string;
  readonly act_id: string;
  readonly roles: readonly string[];
  readonly token: string;
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
    auditor_token: await keepOrMakeKey(ports, 'audit'),
    people: await keepPeople(ports),
  };
}

/** The demo people with their roles, which count in development alone. */
async function keepPeople(ports: DevelopmentPorts): Promise<readonly DemoCredentials[]> {
  const demo = { ...ports, isProductionLike: false };
  const actIds = await keepDemoPeople(demo);
  await keepDemoRoles(demo, actIds);
  const known = readKept(ports)['people'];
  const tokens = isJsonList(known) ? known.map(tokenOf) : [];
  const people: DemoCredentials[] = [];
  for (const [index, { name, roles, scopes }] of DEMO_PEOPLE.entries()) {
    const actId = actIds[index] ?? '';
    const kept = tokens.find((one) => one?.actId === actId)?.token;
    const token = await keepOrInsert(ports, kept, { kind: 'ops', scopes, actId });
    people.push({ name, act_id: actId, roles, token });
  }
  return people;
}

function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function tokenOf(
  entry: JsonValue,
): { readonly actId: JsonValue | undefined; readonly token: JsonValue | undefined } | undefined {
  return isJsonObject(entry) ? { actId: entry['act_id'], token: entry['token'] } : undefined;
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

/** What a key is for; people's tokens stand in a list of their own. */
type DevelopmentKey = 'bnd' | 'sts' | 'ops' | 'audit';

/** What a key may do, and whose it is. */
interface KeyPlan {
  readonly kind: 'bnd' | 'sts' | 'ops';
  readonly scopes: readonly Scope[];
  readonly actId?: string;
}

const KEY_PLANS: Readonly<
  Record<DevelopmentKey, KeyPlan & { readonly member: keyof DevelopmentKeys }>
> = {
  bnd: { kind: 'bnd', member: 'boundary_api_key', scopes: SCOPES_OF_KIND.bnd },
  sts: { kind: 'sts', member: 'staging_api_key', scopes: SCOPES_OF_KIND.sts },
  ops: { kind: 'ops', member: 'operator_token', scopes: ['read', 'admin'] },
  audit: { kind: 'ops', member: 'auditor_token', scopes: ['audit'] },
};

async function keepOrMakeKey(ports: DevelopmentPorts, name: DevelopmentKey): Promise<string> {
  const { member, ...plan } = KEY_PLANS[name];
  return keepOrInsert(ports, readKept(ports)[member], plan);
}

async function keepOrInsert(
  ports: DevelopmentPorts,
  found: JsonValue | undefined,
  plan: KeyPlan,
): Promise<string> {
  const kept = ourKey(ports, found, plan);
  const record = kept === undefined ? undefined : ports.reader.apiKeys().get(apiKeySha256(kept));
  if (kept !== undefined && record === undefined) {
    // The file outlived its store: whoever holds the key may go on.
    await insertKey(ports, plan, kept);
    return kept;
  }
  const fits = record !== undefined && isInForce(record, ports.nowMs()) && isFor(record, plan);
  if (kept !== undefined && fits) return kept;
  const { kind } = plan;
  const made = composeApiKey(kind, ports.environment, randomBytes(API_KEY_RANDOM_BYTES));
  await insertKey(ports, plan, made);
  return made;
}

/** Not a key that somebody put in the place of another one. */
function isFor(record: ApiKey, { kind, scopes, actId }: KeyPlan): boolean {
  const isSame = record.kind === kind && record.actId === actId;
  return isSame && scopes.every((scope) => record.scopes.includes(scope));
}

async function insertKey(
  { admin, environment, nowMs }: DevelopmentPorts,
  { kind, scopes, actId }: KeyPlan,
  text: string,
): Promise<void> {
  await insertApiKey(admin, START_ACTOR, {
    keySha256: apiKeySha256(text),
    key: {
      keyId: newKeyId(),
      kind,
      environment,
      ...(kind !== 'ops' && { partnerId: PARTNER_ID }),
      ...(actId !== undefined && { actId }),
      scopes,
      expiresAtMs: nowMs() + API_KEY_LIFETIME_MS,
    },
  });
}

function ourKey(
  { environment }: DevelopmentPorts,
  found: JsonValue | undefined,
  { kind }: KeyPlan,
): string | undefined {
  const isOurs =
    typeof found === 'string' &&
    isApiKeyText(found) &&
    found.startsWith(`craton_${kind}_${environment}_`);
  return isOurs ? found : undefined;
}

function readKept({ credentialsFile }: DevelopmentPorts): JsonObject {
  return existsSync(credentialsFile) ? readCredentials(credentialsFile) : {};
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
