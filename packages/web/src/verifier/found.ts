/** Finds out what a pasted text or a dropped file is, by its form and never by its name. */
import {
  BUNDLE_OBJECT,
  CratonError,
  DEPTH_MAX,
  isJsonList,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseStrict,
  utf8,
} from '@craton/protocol';

/** What was found. */
export type Found =
  | { readonly kind: 'trust_policy'; readonly text: string }
  | { readonly kind: 'bundle'; readonly text: string }
  /** An answer of the check or of the receipts route, or an envelope alone. */
  | { readonly kind: 'response' | 'receipt'; readonly parts: ReceiptParts }
  | { readonly kind: 'keys'; readonly keyBundle: JsonObject; readonly attestations: JsonList }
  | { readonly kind: 'path_document'; readonly document: JsonObject }
  | { readonly kind: 'unknown'; readonly why: string };

type JsonList = readonly JsonValue[];

/** A receipt and what came with it. */
export interface ReceiptParts {
  readonly receipt: JsonObject;
  readonly opening?: JsonValue;
  readonly linked?: JsonValue;
}

/** Names for people. */
export const KIND_NAMES: Readonly<Record<Found['kind'], string>> = {
  trust_policy: 'trust policy',
  bundle: 'verification bundle',
  response: 'answer with a receipt',
  receipt: 'receipt',
  keys: 'public keys',
  path_document: 'path document',
  unknown: 'not recognised',
};

const TRUST_POLICY_START = /^(?:[ \t]*(?:#.*)?\r?\n)*craton-policy[ \t]/;
const PATH_SCHEMA = 'craton.boundary.path.v1';

/** Decides by the form of the text; whether it is right is for the verifier to say. */
export function findOut(text: string): Found {
  if (TRUST_POLICY_START.test(text)) return { kind: 'trust_policy', text };
  let value: JsonValue;
  try {
    value = parseStrict(utf8(text), { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
  } catch (error) {
    if (error instanceof CratonError) return { kind: 'unknown', why: error.message };
    throw error;
  }
  return isJsonObject(value) ? findOutObject(value, text) : unknown();
}

function findOutObject(object: JsonObject, text: string): Found {
  if (object['object'] === BUNDLE_OBJECT) return { kind: 'bundle', text };
  if (object['schema'] === PATH_SCHEMA) return { kind: 'path_document', document: object };
  if ('payload_b64' in object && 'kid' in object) {
    return { kind: 'receipt', parts: { receipt: object } };
  }
  const { receipt, opening, linked } = object;
  if (isJsonObject(receipt)) {
    const parts = { receipt, ...given('opening', opening), ...given('linked', linked) };
    return { kind: 'response', parts };
  }
  return findOutKeys(object) ?? unknown();
}

/** A JWKS, or the offline bundle: keys and what roots say about them. */
function findOutKeys(object: JsonObject): Found | undefined {
  const { keys, key_bundle: keyBundle, attestation, attestations } = object;
  const all = [
    ...(attestation === undefined ? [] : [attestation]),
    ...(isJsonList(attestations) ? attestations : []),
  ];
  if (isJsonObject(keyBundle)) return { kind: 'keys', keyBundle, attestations: all };
  if (isJsonList(keys)) return { kind: 'keys', keyBundle: { keys }, attestations: all };
  return undefined;
}

function given(name: string, value: JsonValue | undefined): JsonObject {
  const isEmpty = value === undefined || (isJsonList(value) && value.length === 0);
  return isEmpty ? {} : { [name]: value };
}

function unknown(): Found {
  return {
    kind: 'unknown',
    why: 'This is JSON, but no receipt, answer, bundle, key set or path document.',
  };
}
