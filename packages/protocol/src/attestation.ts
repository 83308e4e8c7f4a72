/** Attestations: a root says, offline, that a key may sign receipts for a while (PROTOCOL 6). */
import { decodeBase64, encodeBase64 } from './base64.ts';
import { encodeHex, equalBytes } from './bytes.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './ed25519.ts';
import { CratonError } from './errors.ts';
import { canonicalBytes, canonicalize, type JsonValue } from './json/canonical.ts';
import { Members } from './json/members.ts';
import { DEPTH_MAX, parseStrict } from './json/parse-strict.ts';
import { thumbprint } from './jwk.ts';
import { isEnvironment, isIssuer, isRootKeyId } from './names.ts';
import { PROTOCOL_ID, SIGNATURE_ALGORITHM } from './receipt.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';
import { formatTime, isTime } from './time.ts';

const WRAPPER_OBJECT = 'craton.receipt.operational_key_attestation.v1';
const PAYLOAD_OBJECT = 'craton.receipt.operational_key_attestation_payload.v1';
const ALLOWED_USE = 'receipt_signing';

/** The attestation as it travels; the signature is over the decoded payload bytes. */
export interface Attestation {
  readonly object: typeof WRAPPER_OBJECT;
  readonly root_key_id: string;
  /** Hex SHA-256 of the 32 key bytes. */
  readonly root_public_key_fingerprint_sha256: string;
  readonly payload_b64: string;
  readonly signature: string;
}

export interface AttestationPayload {
  readonly object: typeof PAYLOAD_OBJECT;
  readonly protocol: typeof PROTOCOL_ID;
  readonly root_key_id: string;
  readonly root_public_key_fingerprint_sha256: string;
  readonly issued_at: string;
  /** Bounds inclusive, compared with a receipt's `issued_at`. */
  readonly not_before: string;
  readonly not_after: string;
  readonly issuer: string;
  /** Sorted and unique. */
  readonly environments: readonly string[];
  readonly subject: {
    readonly kid: string;
    readonly allowed_use: string;
    readonly sig_alg: string;
    readonly public_key_b64: string;
    readonly public_key_fingerprint_sha256: string;
  };
}

/** What a root is asked to say. Times are milliseconds since 1970. */
export interface AttestationTerms {
  readonly rootKeyId: string;
  readonly rootPublicKey: Uint8Array;
  readonly subjectPublicKey: Uint8Array;
  readonly issuer: string;
  readonly environments: readonly string[];
  readonly issuedAtMs: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Fingerprint of a public key: hex SHA-256 of its 32 bytes. */
export function keyFingerprint(publicKey: Uint8Array, sha256: Sha256 = ownSha256): string {
  return encodeHex(sha256(publicKey));
}

/** Composes and signs an attestation; `sign` is the root's and answers 64 bytes. */
export function composeAttestation(
  terms: AttestationTerms,
  sign: (payload: Uint8Array) => Uint8Array,
  sha256: Sha256 = ownSha256,
): Attestation {
  if (equalBytes(terms.rootPublicKey, terms.subjectPublicKey)) {
    throw new CratonError('ERR_ATTESTATION_FORMAT', 'A root never attests itself: use two keys.');
  }
  const root = {
    root_key_id: terms.rootKeyId,
    root_public_key_fingerprint_sha256: keyFingerprint(terms.rootPublicKey, sha256),
  };
  const payload: AttestationPayload = {
    object: PAYLOAD_OBJECT,
    protocol: PROTOCOL_ID,
    ...root,
    issued_at: formatTime(terms.issuedAtMs),
    not_before: formatTime(terms.notBeforeMs),
    not_after: formatTime(terms.notAfterMs),
    issuer: terms.issuer,
    environments: [...new Set(terms.environments)].sort(),
    subject: {
      kid: thumbprint(terms.subjectPublicKey, sha256),
      allowed_use: ALLOWED_USE,
      sig_alg: SIGNATURE_ALGORITHM,
      public_key_b64: encodeBase64(terms.subjectPublicKey),
      public_key_fingerprint_sha256: keyFingerprint(terms.subjectPublicKey, sha256),
    },
  };
  const bytes = canonicalBytes(payload);
  readAttestationPayload(bytes);
  return {
    object: WRAPPER_OBJECT,
    ...root,
    payload_b64: encodeBase64(bytes),
    signature: encodeBase64(sign(bytes)),
  };
}

/** An attestation taken apart; nothing about it has been verified yet. */
export interface ReadAttestation {
  readonly rootKeyId: string;
  readonly rootFingerprint: string;
  readonly payloadBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly payload: AttestationPayload;
}

/** Reads a wrapper and its payload; throws `ERR_ATTESTATION_FORMAT` or a parser's error. */
export function readAttestation(value: JsonValue | undefined): ReadAttestation {
  const wrapper = Members.of(value, 'attestation', 'ERR_ATTESTATION_FORMAT');
  wrapper.constant('object', WRAPPER_OBJECT);
  const payloadBytes = decodeBase64(wrapper.text('payload_b64'));
  const signature = decodeBase64(wrapper.text('signature'));
  if (signature.length !== SIGNATURE_BYTES) throw wrapper.wrong('signature', 'must be 64 bytes');
  return {
    rootKeyId: wrapper.text('root_key_id', isRootKeyId),
    rootFingerprint: wrapper.text('root_public_key_fingerprint_sha256', isFingerprint),
    payloadBytes,
    signature,
    payload: readAttestationPayload(payloadBytes),
  };
}

/** Whether use and algorithm are the only ones that exist. */
export function isForReceiptSigning(payload: AttestationPayload): boolean {
  const { allowed_use, sig_alg } = payload.subject;
  return allowed_use === ALLOWED_USE && sig_alg === SIGNATURE_ALGORITHM;
}

function readAttestationPayload(bytes: Uint8Array): AttestationPayload {
  const parsed = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.payload });
  const members = Members.of(parsed, 'attestation', 'ERR_ATTESTATION_FORMAT');
  if (!equalBytes(canonicalBytes(members.object), bytes)) {
    throw new CratonError('ERR_ATTESTATION_FORMAT', 'The attestation is not in canonical form.');
  }
  const environments = members.textList('environments', isEnvironment);
  if (
    environments.length === 0 ||
    canonicalize(environments) !== canonicalize(sortedSet(environments))
  ) {
    throw members.wrong('environments', 'must be sorted, unique and not empty');
  }
  const subject = members.members('subject');
  return {
    object: members.constant('object', PAYLOAD_OBJECT),
    protocol: members.constant('protocol', PROTOCOL_ID),
    root_key_id: members.text('root_key_id', isRootKeyId),
    root_public_key_fingerprint_sha256: members.text(
      'root_public_key_fingerprint_sha256',
      isFingerprint,
    ),
    issued_at: members.text('issued_at', isTime),
    not_before: members.text('not_before', isTime),
    not_after: members.text('not_after', isTime),
    issuer: members.text('issuer', isIssuer),
    environments,
    subject: {
      kid: subject.text('kid'),
      allowed_use: subject.text('allowed_use'),
      sig_alg: subject.text('sig_alg'),
      public_key_b64: subject.text('public_key_b64', isPublicKeyText),
      public_key_fingerprint_sha256: subject.text('public_key_fingerprint_sha256', isFingerprint),
    },
  };
}

function sortedSet(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

/** Hex SHA-256, 64 lower-case digits. */
export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function isPublicKeyText(text: string): boolean {
  return text.length === 44 && decodeBase64(text).length === PUBLIC_KEY_BYTES;
}
