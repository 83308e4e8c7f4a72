/** What a root says, offline, of a key that others may have: `spec/key-compromise.md`. */
import { isFingerprint, keyFingerprint } from './attestation.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { equalBytes } from './bytes.ts';
import { type Ed25519Verify, SIGNATURE_BYTES, verifyEd25519 } from './ed25519.ts';
import { CratonError } from './errors.ts';
import { canonicalBytes, type JsonValue } from './json/canonical.ts';
import { Members } from './json/members.ts';
import { DEPTH_MAX, parseStrict } from './json/parse-strict.ts';
import { isEnvironment, isHashBase64, isHashText, isIssuer, isRootKeyId } from './names.ts';
import { PROTOCOL_ID } from './receipt.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';
import { logOrigin } from './stream.ts';
import { formatTime, isTime, parseTime } from './time.ts';
import type { CompromisedKey, TrustedRoot, TrustPolicy } from './trust-policy.ts';

const WRAPPER_OBJECT = 'craton.receipt.key_compromise.v1';
const PAYLOAD_OBJECT = 'craton.receipt.key_compromise_payload.v1';
const CODE = 'ERR_ATTESTATION_FORMAT';

/** The statement as it travels; the signature is over the decoded payload bytes. */
export interface KeyCompromise {
  readonly object: typeof WRAPPER_OBJECT;
  readonly root_key_id: string;
  /** Hex SHA-256 of the 32 key bytes. */
  readonly root_public_key_fingerprint_sha256: string;
  readonly payload_b64: string;
  readonly signature: string;
}

/** What a root is asked to say. */
export interface CompromiseTerms {
  readonly rootKeyId: string;
  /** 32 bytes. */
  readonly rootPublicKey: Uint8Array;
  readonly issuer: string;
  readonly environment: string;
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly issuedAtMs: number;
  /** Of the last checkpoint from before the compromise. */
  readonly size: number;
  /** Padded base64. */
  readonly root: string;
  /** The checkpoint's note, with whatever cosignatures it has. */
  readonly checkpoint: string;
}

/** Composes and signs a statement; `sign` is the root's and answers 64 bytes. */
export function composeKeyCompromise(
  terms: CompromiseTerms,
  sign: (payload: Uint8Array) => Uint8Array,
): KeyCompromise {
  const { issuer, environment, kid, size, root: rootHash, checkpoint } = terms;
  const root = {
    root_key_id: terms.rootKeyId,
    root_public_key_fingerprint_sha256: keyFingerprint(terms.rootPublicKey),
  };
  const payload = canonicalBytes({
    object: PAYLOAD_OBJECT,
    protocol: PROTOCOL_ID,
    ...root,
    issued_at: formatTime(terms.issuedAtMs),
    issuer,
    environment,
    subject: { kid },
    cut_off: { origin: logOrigin(issuer, environment), size, root: rootHash, checkpoint },
  });
  readPayload(payload);
  return {
    object: WRAPPER_OBJECT,
    ...root,
    payload_b64: encodeBase64(payload),
    signature: encodeBase64(sign(payload)),
  };
}

/** What every statement of a root has. */
export interface SignedStatement {
  readonly rootKeyId: string;
  /** Hex SHA-256 of the root's 32 key bytes, as the statement has it. */
  readonly rootFingerprint: string;
  readonly payloadBytes: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** A statement taken apart; nothing about it has been verified yet. */
export interface ReadKeyCompromise extends CompromisedKey, SignedStatement {
  readonly issuer: string;
  readonly environment: string;
  /** Milliseconds since 1970, as the root says. */
  readonly issuedAtMs: number;
  /** The note of the cut-off's checkpoint: never verified here. */
  readonly checkpoint: string;
}

/** Reads a wrapper and its payload; throws `ERR_ATTESTATION_FORMAT` or a parser's error. */
export function readKeyCompromise(value: JsonValue | undefined): ReadKeyCompromise {
  const wrapper = Members.of(value, 'statement', CODE);
  wrapper.constant('object', WRAPPER_OBJECT);
  const payloadBytes = decodeBase64(wrapper.text('payload_b64'));
  const signature = decodeBase64(wrapper.text('signature'));
  if (signature.length !== SIGNATURE_BYTES) throw wrapper.wrong('signature', 'must be 64 bytes');
  const said = readPayload(payloadBytes);
  wrapper.text('root_key_id', (text) => text === said.rootKeyId);
  wrapper.text('root_public_key_fingerprint_sha256', (text) => text === said.rootFingerprint);
  return { ...said, payloadBytes, signature };
}

/** Own implementations where nothing is given. */
export interface StatementTools {
  readonly ed25519?: Ed25519Verify;
  readonly sha256?: Sha256;
}

/** Whether this root, and no other of the same name, made the statement. */
export async function isMadeByRoot(
  statement: SignedStatement,
  root: Pick<TrustedRoot, 'keyId' | 'publicKey'>,
  { ed25519, sha256 = ownSha256 }: StatementTools = {},
): Promise<boolean> {
  return (
    statement.rootKeyId === root.keyId &&
    statement.rootFingerprint === keyFingerprint(root.publicKey, sha256) &&
    (await verifyEd25519(root.publicKey, statement.payloadBytes, statement.signature, ed25519))
  );
}

/**
 * Verifies a statement under the roots of a policy: one that speaks for its issuer and environment
 * is enough, because a statement only takes away. Throws `ERR_ATTESTATION_FORMAT` or a parser's
 * error for its form, `ERR_VERIFICATION` if no root of the policy made it.
 */
export async function verifyKeyCompromise(
  value: JsonValue | undefined,
  { roots }: Pick<TrustPolicy, 'roots'>,
  tools?: StatementTools,
): Promise<ReadKeyCompromise> {
  const statement = readKeyCompromise(value);
  const root = roots.find(({ keyId }) => keyId === statement.rootKeyId);
  const isOfRoot =
    root !== undefined &&
    speaksFor(root, statement) &&
    (await isMadeByRoot(statement, root, tools));
  if (isOfRoot) return statement;
  const message = 'No root of the trust policy made this statement for its own environment.';
  throw new CratonError('ERR_VERIFICATION', message, { field: 'statement' });
}

/** What statements add to a trust policy. */
export interface StatedTrust {
  readonly trust: TrustPolicy;
  /** Of the statements that count, in their order. */
  readonly checkpoints: readonly string[];
}

/**
 * Adds what the statements beside a receipt say: material that somebody sent, so those of roots that
 * the policy does not know for their issuer and environment are set aside. Throws what
 * `readKeyCompromise` throws, and `ERR_VERIFICATION` if one was not made by the root that it names.
 */
export async function withSentStatements(
  trust: TrustPolicy,
  sent: readonly JsonValue[],
  tools?: StatementTools,
): Promise<StatedTrust> {
  const counted: ReadKeyCompromise[] = [];
  for (const statement of sent.map(readKeyCompromise)) {
    const root = trust.roots.find(({ keyId }) => keyId === statement.rootKeyId);
    if (root === undefined) continue;
    if (!(await isMadeByRoot(statement, root, tools))) {
      const message = 'A statement was not made by the root that it names.';
      throw new CratonError('ERR_VERIFICATION', message, { field: 'key_compromises' });
    }
    if (speaksFor(root, statement)) counted.push(statement);
  }
  return withVerifiedStatements(trust, counted);
}

/** Adds statements that were verified. Of two cut-offs of one key the smaller counts. */
export function withVerifiedStatements(
  trust: TrustPolicy,
  statements: readonly ReadKeyCompromise[],
): StatedTrust {
  const compromised = new Map(trust.compromised.map((key) => [key.kid, key]));
  for (const { kid, origin, size, root } of statements) {
    const known = compromised.get(kid);
    if (known === undefined || size < known.size) compromised.set(kid, { kid, origin, size, root });
  }
  return {
    trust: { ...trust, compromised: Array.from(compromised.values()) },
    checkpoints: statements.map(({ checkpoint }) => checkpoint),
  };
}

/** The line of a trust policy that says the same. */
export function policyLineOf({ kid, origin, size, root }: CompromisedKey): string {
  return `compromised ${kid} before ${origin} ${size} ${root}`;
}

function speaksFor(root: TrustedRoot, { issuer, environment }: ReadKeyCompromise): boolean {
  return root.issuer === issuer && root.environments.includes(environment);
}

function readPayload(bytes: Uint8Array): Omit<ReadKeyCompromise, 'payloadBytes' | 'signature'> {
  const parsed = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.payload });
  const payload = Members.of(parsed, 'statement', CODE);
  if (!equalBytes(canonicalBytes(payload.object), bytes)) {
    throw new CratonError(CODE, 'The statement is not in canonical form.');
  }
  payload.constant('object', PAYLOAD_OBJECT);
  payload.constant('protocol', PROTOCOL_ID);
  const issuedAtMs = parseTime(payload.text('issued_at', isTime));
  const issuer = payload.text('issuer', isIssuer);
  const environment = payload.text('environment', isEnvironment);
  const cutOff = payload.members('cut_off');
  return {
    rootKeyId: payload.text('root_key_id', isRootKeyId),
    rootFingerprint: payload.text('root_public_key_fingerprint_sha256', isFingerprint),
    issuer,
    environment,
    issuedAtMs,
    kid: payload.members('subject').text('kid', isHashText),
    origin: cutOff.text('origin', (text) => text === logOrigin(issuer, environment)),
    size: cutOff.integer('size', 0),
    root: cutOff.text('root', isHashBase64),
    checkpoint: cutOff.text('checkpoint'),
  };
}
