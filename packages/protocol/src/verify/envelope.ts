/** The lines `payload` and `signature`: what was signed, and whether its key signed it. */
import { decodeBase64 } from '../base64.ts';
import {
  type Ed25519Verify,
  SIGNATURE_BYTES,
  signatureRefusal,
  verifyEd25519,
} from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json/canonical.ts';
import { isJsonObject } from '../json/members.ts';
import { readKeySet } from '../jwk.ts';
import { readPayload } from '../payload.ts';
import { type Payload, SIGNATURE_ALGORITHM } from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import type { Sha256 } from '../sha256.ts';
import { result } from './result.ts';

/** What a verifier computes with. */
export interface Tools {
  readonly ed25519: Ed25519Verify;
  readonly sha256: Sha256;
}

/** A receipt taken apart. `payload` is there only if the line `payload` is verified. */
export interface Envelope {
  readonly payloadCheck: CheckResult;
  readonly signatureCheck: CheckResult;
  readonly kid?: string;
  readonly payloadBytes?: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly signed?: Signed;
}

/** A payload in its form, and the object that it was read from. */
export interface Signed {
  readonly payload: Payload;
  readonly object: JsonObject;
}

interface Texts {
  readonly payload_b64: string;
  readonly signature: string;
  readonly kid: string;
  readonly sig_alg: string;
}

/** Reads and verifies one envelope with the keys that came along. */
export async function openEnvelope(
  receipt: JsonValue | undefined,
  keyBundle: JsonValue | undefined,
  tools: Tools,
): Promise<Envelope> {
  const texts = readTexts(receipt);
  if (texts === undefined) return unreadable('envelope_malformed');
  const payloadBytes = decodeOrUndefined(texts.payload_b64);
  if (payloadBytes === undefined) return { ...unreadable('payload_encoding'), kid: texts.kid };
  const reading = readPayload(payloadBytes);
  const { check, publicKey } = await checkSignature(texts, payloadBytes, keyBundle, tools);
  return {
    kid: texts.kid,
    payloadBytes,
    signatureCheck: check,
    ...(publicKey && { publicKey }),
    ...('fault' in reading
      ? {
          payloadCheck: result(
            'payload',
            reading.fault,
            reading.field === undefined ? undefined : { field: reading.field },
          ),
        }
      : { payloadCheck: result('payload', 'ok'), signed: reading }),
  };
}

function unreadable(code: 'envelope_malformed' | 'payload_encoding'): Envelope {
  return {
    payloadCheck: result('payload', code),
    signatureCheck: result('signature', 'payload_failed'),
  };
}

function readTexts(receipt: JsonValue | undefined): Texts | undefined {
  if (!isJsonObject(receipt)) return undefined;
  const { payload_b64, signature, kid, sig_alg } = receipt;
  const isWhole =
    typeof payload_b64 === 'string' &&
    typeof signature === 'string' &&
    typeof kid === 'string' &&
    typeof sig_alg === 'string';
  return isWhole ? { payload_b64, signature, kid, sig_alg } : undefined;
}

interface SignatureCheck {
  readonly check: CheckResult;
  /** The key named by kid, whether or not it signed this. */
  readonly publicKey?: Uint8Array;
}

async function checkSignature(
  texts: Texts,
  payloadBytes: Uint8Array,
  keyBundle: JsonValue | undefined,
  tools: Tools,
): Promise<SignatureCheck> {
  if (texts.sig_alg !== SIGNATURE_ALGORITHM)
    return { check: result('signature', 'sig_alg_unknown') };
  const signature = decodeOrUndefined(texts.signature);
  if (signature?.length !== SIGNATURE_BYTES) {
    return { check: result('signature', 'signature_encoding') };
  }
  const reading = readKeySet(keyBundle, tools.sha256);
  if ('fault' in reading) return { check: result('signature', reading.fault) };
  const publicKey = reading.keys.get(texts.kid);
  if (publicKey === undefined) return { check: result('signature', 'kid_unknown') };
  const refusal = signatureRefusal(publicKey, signature);
  if (refusal === 'scalar') return { check: result('signature', 'signature_scalar_refused') };
  if (refusal === 'point') return { check: result('signature', 'signature_point_refused') };
  const holds = await holdsOrUnavailable(
    verifyEd25519(publicKey, payloadBytes, signature, tools.ed25519),
  );
  if (holds === undefined) return { check: result('signature', 'crypto_unavailable') };
  return { check: result('signature', holds ? 'ok' : 'signature_invalid'), publicKey };
}

/** Undefined where the runtime has no Ed25519: that is not a failed signature. */
export async function holdsOrUnavailable(verdict: Promise<boolean>): Promise<boolean | undefined> {
  try {
    return await verdict;
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_CRYPTO_UNAVAILABLE') return undefined;
    throw error;
  }
}

function decodeOrUndefined(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}
