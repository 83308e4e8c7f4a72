/** What roots say of retired keys that others may have: read and verified at the start. */
import { readFileSync } from 'node:fs';
import {
  CratonError,
  DEPTH_MAX,
  isJsonList,
  type JsonValue,
  type KeyCompromise,
  logOrigin,
  parseStrict,
  parseTrustPolicy,
  type ReadKeyCompromise,
  type TrustPolicy,
  verifyKeyCompromise,
} from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { nodeSha256 } from './ledger/node-sha256.ts';
import type { VerificationMaterial } from './verification-material.ts';

const STATEMENTS = 'CRATON_KEY_COMPROMISES_FILE';
const TRUST_POLICY = 'CRATON_TRUST_POLICY_FILE';

/** A statement as it travels, and what it says. */
export interface StatedCompromise {
  readonly statement: KeyCompromise;
  readonly said: ReadKeyCompromise;
}

export interface StatementFiles {
  /** JSON: a statement, or a list of them. */
  readonly keyCompromisesFile?: string | undefined;
  /** Names the roots whose statements count. */
  readonly trustPolicyFile?: string | undefined;
}

/** For whom this server signs. */
export interface StatementScope {
  readonly issuer: string;
  readonly environments: readonly string[];
  readonly retiredKids: readonly string[];
}

/**
 * The material with what roots say of its keys. Throws `ConfigError` (`ERR_CONFIG`) naming the
 * variable unless each statement was made by a root that the trust policy names and that attested a
 * key here, for a log of this issuer and a retired key: what signs now is replaced first.
 */
export async function withKeyCompromises(
  material: VerificationMaterial,
  { keyCompromisesFile, trustPolicyFile }: StatementFiles,
  scope: StatementScope,
): Promise<VerificationMaterial> {
  if (keyCompromisesFile === undefined) return material;
  if (trustPolicyFile === undefined) {
    throw refused(TRUST_POLICY, `is not set: the roots behind ${STATEMENTS} are not known`);
  }
  const trust = readPolicy(trustPolicyFile);
  const keyCompromises: StatedCompromise[] = [];
  for (const value of readStatements(keyCompromisesFile)) {
    const said = await verified(value, trust);
    assertOurs(said, material, scope);
    keyCompromises.push({ statement: parseStatement(value), said });
  }
  return { ...material, keyCompromises };
}

async function verified(value: JsonValue, trust: TrustPolicy): Promise<ReadKeyCompromise> {
  try {
    return await verifyKeyCompromise(value, trust, { sha256: nodeSha256 });
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const what =
      'holds an entry that is no statement of a root that CRATON_TRUST_POLICY_FILE names';
    throw refused(STATEMENTS, what);
  }
}

/** The members of a wrapper and no others: what is published is what was verified. */
function parseStatement(value: JsonValue): KeyCompromise {
  const { object, root_key_id, root_public_key_fingerprint_sha256, payload_b64, signature } =
    value as unknown as KeyCompromise;
  return { object, root_key_id, root_public_key_fingerprint_sha256, payload_b64, signature };
}

function assertOurs(
  said: ReadKeyCompromise,
  { attestations }: VerificationMaterial,
  { issuer, environments, retiredKids }: StatementScope,
): void {
  const isAttestingRoot = attestations.some(
    ({ root_key_id, root_public_key_fingerprint_sha256 }) =>
      root_key_id === said.rootKeyId && root_public_key_fingerprint_sha256 === said.rootFingerprint,
  );
  if (!isAttestingRoot)
    throw refused(STATEMENTS, 'holds a statement of a root that attested no key here');
  if (!environments.some((environment) => said.origin === logOrigin(issuer, environment))) {
    throw refused(STATEMENTS, 'holds a statement for another issuer or environment');
  }
  if (!retiredKids.includes(said.kid)) {
    const what =
      'names a key that is not among those of CRATON_RETIRED_KEYS_FILE, or signs here. Replace it first: craton keys rotate';
    throw refused(STATEMENTS, what);
  }
}

function readPolicy(path: string): TrustPolicy {
  try {
    return parseTrustPolicy(readFileSync(path));
  } catch {
    throw refused(TRUST_POLICY, 'names a file that is no trust policy');
  }
}

function readStatements(path: string): readonly JsonValue[] {
  try {
    const value = parseStrict(readFileSync(path), { numbers: 'safe', depthMax: DEPTH_MAX.other });
    return isJsonList(value) ? value : [value];
  } catch {
    throw refused(STATEMENTS, 'names a file that cannot be read as JSON');
  }
}

function refused(variable: string, what: string): ConfigError {
  return new ConfigError([{ variable, message: `${variable} ${what}.` }]);
}
