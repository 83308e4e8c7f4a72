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
} from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { nodeSha256 } from './ledger/node-sha256.ts';

export interface VerificationMaterial {
  /** The signing key first, then the retired ones. */
  readonly keys: readonly PublicJwk[];
  /** As they stand in the file. */
  readonly attestations: readonly Attestation[];
  /** The attestations of one key, in the order of the file; empty for a key of somebody else. */
  attestationsOf(kid: string): readonly Attestation[];
  /** Whether a root says, for this time, that the signing key may sign here. */
  isAttestedAt(timeMs: number): boolean;
}

/** For whom the signing key must be attested. */
export interface SigningScope {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly issuer: string;
  readonly environment: string;
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

/**
 * Reads the files. Throws `ConfigError` (`ERR_CONFIG`) naming the variable if one cannot be read, if
 * no attestation covers the signing key here and now, if a key that is published has none, or if one
 * key stands in two roles. The signing key may stand in the set of retired keys: so the next key can
 * be published before it signs.
 * The roots' signatures are not verified here: no server knows a root, its verifiers do.
 */
export function loadVerificationMaterial(
  files: MaterialFiles,
  scope: SigningScope,
): VerificationMaterial {
  const signing = publicJwk(scope.publicKey, nodeSha256);
  const statements = readAttestations(files.attestationsFile);
  const attestationsOf = (kid: string): readonly Attestation[] =>
    statements
      .filter(({ payload }) => payload.subject.kid === kid)
      .map(({ attestation }) => attestation);
  const isAttestedAt = (timeMs: number): boolean =>
    statements.some(({ payload }) => covers(payload, signing, { ...scope, nowMs: timeMs }));
  if (!isAttestedAt(scope.nowMs)) {
    throw refused(
      ATTESTATIONS,
      'holds no attestation that covers the signing key for this issuer and environment now. Make one offline with craton keys attest',
    );
  }
  const retired = readRetired(files.retiredKeysFile).filter(({ kid }) => kid !== signing.kid);
  if (retired.some(({ kid }) => attestationsOf(kid).length === 0)) {
    throw refused(ATTESTATIONS, `holds no attestation of a key of ${RETIRED_KEYS}. Add it`);
  }
  assertOneRoleEach(scope, retired, statements);
  return {
    keys: [signing, ...retired],
    attestations: statements.map(({ attestation }) => attestation),
    attestationsOf,
    isAttestedAt,
  };
}

function covers(payload: AttestationPayload, key: PublicJwk, scope: SigningScope): boolean {
  const { subject, issuer, environments, not_before, not_after } = payload;
  return (
    subject.kid === key.kid &&
    equalBytes(decodeBase64(subject.public_key_b64), scope.publicKey) &&
    subject.public_key_fingerprint_sha256 === keyFingerprint(scope.publicKey, nodeSha256) &&
    isForReceiptSigning(payload) &&
    issuer === scope.issuer &&
    environments.includes(scope.environment) &&
    parseTime(not_before) <= scope.nowMs &&
    scope.nowMs <= parseTime(not_after)
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

/** The members of a wrapper and no others: what is published is what was read. */
function parseAttestation(value: JsonValue): Attestation {
  readAttestation(value);
  const { object, root_key_id, root_public_key_fingerprint_sha256, payload_b64, signature } =
    value as unknown as Attestation;
  return { object, root_key_id, root_public_key_fingerprint_sha256, payload_b64, signature };
}

/** A signature of one role could be taken for one of another role under the same key. */
function assertOneRoleEach(
  { publicKey, otherKeys = [] }: SigningScope,
  retired: readonly PublicJwk[],
  statements: readonly ReadStatement[],
): void {
  const roots = statements.map(({ attestation }) => attestation.root_public_key_fingerprint_sha256);
  for (const key of [{ variable: 'CRATON_SIGNING_KEY', publicKey }, ...otherKeys]) {
    if (!roots.includes(keyFingerprint(key.publicKey, nodeSha256))) continue;
    throw refused(key.variable, 'is a root key, which no server may hold. Make a key of its own');
  }
  for (const { variable, publicKey: other } of otherKeys) {
    const { kid } = publicJwk(other, nodeSha256);
    if (retired.every((key) => key.kid !== kid)) continue;
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
