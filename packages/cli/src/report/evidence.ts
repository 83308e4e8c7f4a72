/** Recognises what a file holds: a bundle, an answer of the boundary, or a bare receipt. */
import {
  BUNDLE_OBJECT,
  canonicalBytes,
  CratonError,
  DEPTH_MAX,
  isJsonList,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseStrict,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';

export type EvidenceKind = 'bundle' | 'answer' | 'receipt';

/** What was found, as a bundle that the verifier reads. */
export interface Evidence {
  readonly kind: EvidenceKind;
  readonly bundle: Uint8Array;
  /** The answer of the boundary, whose members beside the receipt nobody signed. */
  readonly answer?: JsonObject;
}

/** Public keys and attestations that stand beside a receipt, never a source of trust. */
export interface KeyMaterial {
  readonly keys: JsonValue;
  readonly attestations: readonly JsonValue[];
  /** What roots say of these keys. */
  readonly keyCompromises: readonly JsonValue[];
}

/**
 * Reads a file. `keys` are for files without any: answers and bare receipts. Fails with exit code
 * `badInput` if it is none of the three kinds, with `insufficient` if keys are needed and missing.
 */
export function readEvidence(
  bytes: Uint8Array,
  name: string,
  keys: KeyMaterial | undefined,
): Evidence {
  const document = parseDocument(bytes, name);
  if (document['object'] === BUNDLE_OBJECT) return { kind: 'bundle', bundle: bytes };
  const isBare = Object.hasOwn(document, 'payload_b64');
  if (!isBare && !Object.hasOwn(document, 'receipt')) throw notEvidence(name);
  if (keys === undefined) throw keysMissing(name, isBare);
  const parts: JsonObject = isBare ? { receipt: document } : document;
  const bundle = canonicalBytes(bundleOf(parts, keys));
  return isBare ? { kind: 'receipt', bundle } : { kind: 'answer', bundle, answer: document };
}

function bundleOf(parts: JsonObject, material: KeyMaterial): Record<string, unknown> {
  const { keys, keyCompromises } = material;
  const [attestation, ...others] = material.attestations;
  return {
    object: BUNDLE_OBJECT,
    receipt: parts['receipt'],
    key_bundle: { keys },
    attestation,
    attestations: others.length > 0 ? others : undefined,
    key_compromises: keyCompromises.length > 0 ? keyCompromises : undefined,
    opening: parts['opening'],
  };
}

/**
 * Reads the document of `/self-service/verify-keys/offline-bundle`, a JWKS (then there are no
 * attestations), or another bundle. Fails with exit code `badInput` for anything else.
 */
export function readKeyMaterial(bytes: Uint8Array, name: string): KeyMaterial {
  const document = parseDocument(bytes, name);
  const inner = document['key_bundle'];
  const keys = isJsonObject(inner) ? inner['keys'] : document['keys'];
  if (!isJsonList(keys)) {
    throw new CommandFailure(`${name} holds no list of keys.`, {
      exit: 'badInput',
      nextStep: 'Save it from: /self-service/verify-keys/offline-bundle',
    });
  }
  const single = document['attestation'];
  const several = document['attestations'];
  const attestations = [
    ...(single === undefined ? [] : [single]),
    ...(isJsonList(several) ? several : []),
  ];
  const stated = document['key_compromises'];
  return { keys, attestations, keyCompromises: isJsonList(stated) ? stated : [] };
}

function parseDocument(bytes: Uint8Array, name: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`${name} is not strict JSON: ${cause.message}`, {
      exit: 'badInput',
      code: cause.code,
      cause,
    });
  }
  if (isJsonObject(value)) return value;
  throw notEvidence(name);
}

function notEvidence(name: string): CommandFailure {
  return new CommandFailure(`${name} is no bundle, no answer of the boundary and no receipt.`, {
    exit: 'badInput',
    code: 'evidence_unknown',
    nextStep: 'Save a bundle from: /v1/receipts/REQUEST_ID/bundle?form=full',
  });
}

function keysMissing(name: string, isBare: boolean): CommandFailure {
  const what = isBare ? 'a bare receipt' : 'an answer of the boundary';
  return new CommandFailure(
    `${name} is ${what}, which holds no public keys: nothing was verified.`,
    {
      exit: 'insufficient',
      code: 'keys_missing',
      nextStep: [
        'Give the keys with --keys FILE, saved from: /self-service/verify-keys/offline-bundle',
        'or verify a bundle, saved from: /v1/receipts/REQUEST_ID/bundle?form=full',
      ].join('\n'),
    },
  );
}
