/** What a root says, offline, of a key that others may have: `spec/key-compromise.md`. */
import { keyFingerprint } from '../attestation.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { equalBytes } from '../bytes.ts';
import { type Ed25519Verify, SIGNATURE_BYTES, verifyEd25519 } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import { canonicalBytes, type JsonValue } from '../json/canonical.ts';
import { Members } from '../json/members.ts';
import { DEPTH_MAX, parseStrict } from '../json/parse-strict.ts';
import { isEnvironment, isHashBase64, isHashText, isIssuer, isRootKeyId } from '../names.ts';
import { PROTOCOL_ID } from '../receipt.ts';
import { logOrigin } from '../stream.ts';
import { formatTime, isTime } from '../time.ts';
import type { CompromisedKey, TrustPolicy } from '../trust-policy.ts';

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

/** A statement that a root of the policy made. */
export interface VerifiedKeyCompromise extends CompromisedKey {
  /** The note of the cut-off's checkpoint: not verified here. */
  readonly checkpoint: string;
  readonly rootKeyId: string;
}

/**
 * Verifies a statement under the roots of a policy: one that speaks for its issuer and environment
 * is enough, because a statement only takes away. Throws `ERR_ATTESTATION_FORMAT` or a parser's
 * error for its form, `ERR_VERIFICATION` if no root of the policy made it.
 */
export async function verifyKeyCompromise(
  value: JsonValue | undefined,
  trust: TrustPolicy,
  ed25519?: Ed25519Verify,
): Promise<VerifiedKeyCompromise> {
  const wrapper = Members.of(value, 'statement', CODE);
  wrapper.constant('object', WRAPPER_OBJECT);
  const bytes = decodeBase64(wrapper.text('payload_b64'));
  const signature = decodeBase64(wrapper.text('signature'));
  if (signature.length !== SIGNATURE_BYTES) throw wrapper.wrong('signature', 'must be 64 bytes');
  const said = readPayload(bytes);
  const root = trust.roots.find(({ keyId }) => keyId === said.rootKeyId);
  const isOfRoot =
    root !== undefined &&
    wrapper.value('root_key_id') === root.keyId &&
    wrapper.value('root_public_key_fingerprint_sha256') === said.fingerprint &&
    said.fingerprint === keyFingerprint(root.publicKey) &&
    root.issuer === said.issuer &&
    root.environments.includes(said.environment) &&
    (await verifyEd25519(root.publicKey, bytes, signature, ed25519));
  if (!isOfRoot) {
    const message = 'No root of the trust policy made this statement for its own environment.';
    throw new CratonError('ERR_VERIFICATION', message, { field: 'statement' });
  }
  const { kid, origin, size, root: rootHash, checkpoint } = said;
  return { kid, origin, size, root: rootHash, checkpoint, rootKeyId: root.keyId };
}

function readPayload(bytes: Uint8Array) {
  const parsed = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.payload });
  const payload = Members.of(parsed, 'statement', CODE);
  if (!equalBytes(canonicalBytes(payload.object), bytes)) {
    throw new CratonError(CODE, 'The statement is not in canonical form.');
  }
  payload.constant('object', PAYLOAD_OBJECT);
  payload.constant('protocol', PROTOCOL_ID);
  payload.text('issued_at', isTime);
  const issuer = payload.text('issuer', isIssuer);
  const environment = payload.text('environment', isEnvironment);
  const cutOff = payload.members('cut_off');
  return {
    rootKeyId: payload.text('root_key_id', isRootKeyId),
    fingerprint: payload.text('root_public_key_fingerprint_sha256'),
    issuer,
    environment,
    kid: payload.members('subject').text('kid', isHashText),
    origin: cutOff.text('origin', (text) => text === logOrigin(issuer, environment)),
    size: cutOff.integer('size', 0),
    root: cutOff.text('root', isHashBase64),
    checkpoint: cutOff.text('checkpoint'),
  };
}
