/** Public keys and root attestations: what others need to check receipts, checked at the start. */
import { readFileSync } from 'node:fs';
import {
  type Attestation,
  type AttestationPayload,
  CratonError,
  decodeBase64,
  DEPTH_MAX,
  equalBytes,
  isForReceiptSigning,
  isJsonList,
  type JsonValue,
  keyFingerprint,
  parseKeySet,
  parseStrict,
  parseTime,
  type PublicJwk,
  publicJwk,
  readAttestation,
  readKeyEvent,
} from '@craton/protocol';
import { ConfigError } from '@craton/service';
import type { StatedCompromise } from './key-compromises.ts';
import { nodeSha256 } from './ledger/node-sha256.ts';
import { STAGING } from './staging.ts';

export interface VerificationMaterial {
  /** The signing key first, that of staging if there is one, then the retired ones. */
  readonly keys: readonly PublicJwk[];
  /** As they stand in the file. */
  readonly attestations: readonly Attestation[];
  /** The attestations of one key, in the order of the file; empty for a key of somebody else. */
  attestationsOf(kid: string): readonly Attestation[];
  /** What roots say of retired keys that others may have. */
  readonly keyCompromises: readonly StatedCompromise[];
  /** Whether a root says, for this time, that the signing key may sign here; staging apart. */
  isAttestedAt(timeMs: number): boolean;
}

/** For whom the signing key must be attested. */
export interface SigningScope {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly issuer: string;
  readonly environment: string;
  /** Of the key that signs for the environment `staging`, 32 bytes; absent if none does here. */
  readonly stagingPublicKey?: Uint8Array | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Keys of this server that have another role. */
  readonly otherKeys?: readonly RoleKey[];
}

/** A key and the variable that brought it. */
export interface RoleKey {
  readonly variable: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

interface MaterialFiles {
  readonly attestationsFile: string;
  readonly retiredKeysFile?: string | undefined;
}

interface ReadStatement {
  readonly attestation: Attestation;
  readonly payload: AttestationPayload;
}

const ATTESTATIONS = 'CRATON_ATTESTATIONS_FILE';
const RETIRED_KEYS = 'CRATON_RETIRED_KEYS_FILE';
const SIGNING_KEY = 'CRATON_SIGNING_KEY';
const STAGING_SIGNING_KEY = 'CRATON_STAGING_SIGNING_KEY';

/** A key that signs receipts of one environment. */
interface SigningKeyOf extends RoleKey {
  readonly environment: string;
  readonly jwk: PublicJwk;
}

/**
 * Reads the files. Throws `ConfigError` (`ERR_CONFIG`) naming the variable if one cannot be read, if
 * no attestation covers a signing key here and now, if a key that is published has none, or if one
 * key stands in two roles. A signing key may stand in the set of retired keys: so the next key can
 * be published before it signs.
 * The roots' signatures are not verified here: no server knows a root, its verifiers do.
 */
export function loadVerificationMaterial(
  files: MaterialFiles,
  scope: SigningScope,
): VerificationMaterial {
  const signing = signingKeysOf(scope);
  const statements = readAttestations(files.attestationsFile);
  const attestationsOf = (kid: string): readonly Attestation[] =>
    statements
      .filter(({ payload }) => payload.subject.kid === kid)
      .map(({ attestation }) => attestation);
  const isCoveredAt = (key: SigningKeyOf, timeMs: number): boolean =>
    statements.some(({ payload }) => covers(payload, key, { issuer: scope.issuer, timeMs }));
  const bare = signing.find((key) => !isCoveredAt(key, scope.nowMs));
  if (bare !== undefined) {
    const which = bare.variable === SIGNING_KEY ? 'the signing key' : `the key of ${bare.variable}`;
    throw refused(
      ATTESTATIONS,
      `holds no attestation that covers ${which} for this issuer and environment now. Make one offline with craton keys attest`,
    );
  }
  const signingKids = signing.map(({ jwk }) => jwk.kid);
  const retired = readRetired(files.retiredKeysFile).filter(
    ({ kid }) => !signingKids.includes(kid),
  );
  if (retired.some(({ kid }) => attestationsOf(kid).length === 0)) {
    throw refused(ATTESTATIONS, `holds no attestation of a key of ${RETIRED_KEYS}. Add it`);
  }
  assertOneRoleEach([...signing, ...(scope.otherKeys ?? [])], scope, { retired, statements });
  return {
    keys: [...signing.map(({ jwk }) => jwk), ...retired],
    attestations: statements.map(({ attestation }) => attestation),
    attestationsOf,
    keyCompromises: [],
    // Staging that ends takes nothing with it.
    isAttestedAt: (timeMs) => signing.slice(0, 1).every((key) => isCoveredAt(key, timeMs)),
  };
}

function signingKeysOf(scope: SigningScope): readonly SigningKeyOf[] {
  const { publicKey, environment, stagingPublicKey } = scope;
  const keyOf = (variable: string, key: Uint8Array, itsEnvironment: string): SigningKeyOf => ({
    variable,
    publicKey: key,
    environment: itsEnvironment,
    jwk: publicJwk(key, nodeSha256),
  });
  const own = keyOf(SIGNING_KEY, publicKey, environment);
  if (stagingPublicKey === undefined) return [own];
  return [own, keyOf(STAGING_SIGNING_KEY, stagingPublicKey, STAGING)];
}

function covers(
  payload: AttestationPayload,
  { jwk, publicKey, environment }: SigningKeyOf,
  scope: { readonly issuer: string; readonly timeMs: number },
): boolean {
  const { subject, issuer, environments, not_before, not_after } = payload;
  return (
    subject.kid === jwk.kid &&
    equalBytes(decodeBase64(subject.public_key_b64), publicKey) &&
    subject.public_key_fingerprint_sha256 === keyFingerprint(publicKey, nodeSha256) &&
    isForReceiptSigning(payload) &&
    issuer === scope.issuer &&
    environments.includes(environment) &&
    parseTime(not_before) <= scope.timeMs &&
    scope.timeMs <= parseTime(not_after)
  );
}

function readAttestations(path: string): readonly ReadStatement[] {
  const list = readJson(ATTESTATIONS, path);
  if (!isJsonList(list)) throw refused(ATTESTATIONS, 'must name a file with a JSON list');
  try {
    return list.map((value) => ({
      attestation: parseAttestation(value),
      payload: readAttestation(value).payload,
    }));
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    throw refused(ATTESTATIONS, 'holds an entry that is no root attestation');
  }
}

/** The members of a wrapper and no others: what is published, and goes into the log, is what was read. */
function parseAttestation(value: JsonValue): Attestation {
  readKeyEvent(value, nodeSha256);
  const { object, root_key_id, root_public_key_fingerprint_sha256, payload_b64, signature } =
    value as unknown as Attestation;
  return { object, root_key_id, root_public_key_fingerprint_sha256, payload_b64, signature };
}

/** A signature of one role could be taken for one of another role under the same key. */
function assertOneRoleEach(
  keys: readonly RoleKey[],
  { otherKeys = [] }: SigningScope,
  known: { readonly retired: readonly PublicJwk[]; readonly statements: readonly ReadStatement[] },
): void {
  const roots = known.statements.map(
    ({ attestation }) => attestation.root_public_key_fingerprint_sha256,
  );
  for (const { variable, publicKey } of keys) {
    if (!roots.includes(keyFingerprint(publicKey, nodeSha256))) continue;
    throw refused(variable, 'is a root key, which no server may hold. Make a key of its own');
  }
  for (const { variable, publicKey } of otherKeys) {
    const { kid } = publicJwk(publicKey, nodeSha256);
    if (known.retired.every((key) => key.kid !== kid)) continue;
    throw refused(variable, 'was a signing key before. Make a key of its own');
  }
}

function readRetired(path: string | undefined): readonly PublicJwk[] {
  if (path === undefined) return [];
  const value = readJson(RETIRED_KEYS, path);
  try {
    return [...parseKeySet(value, nodeSha256).values()].map((key) => publicJwk(key, nodeSha256));
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    throw refused(RETIRED_KEYS, 'must name a file with a JWKS of public Ed25519 keys');
  }
}

function readJson(variable: string, path: string): JsonValue {
  try {
    return parseStrict(readFileSync(path), { numbers: 'safe', depthMax: DEPTH_MAX.other });
  } catch {
    throw refused(variable, 'names a file that cannot be read as JSON');
  }
}

function refused(variable: string, what: string): ConfigError {
  return new ConfigError([{ variable, message: `${variable} ${what}.` }]);
}
