/** Puts what the reader gave into one bundle: exactly the given one, or one made from its parts. */
import {
  BUNDLE_OBJECT,
  canonicalBytes,
  type JsonObject,
  type JsonValue,
  utf8,
} from '@craton/protocol';
import type { Found, ReceiptParts } from './found.ts';

/** Everything to verify with, or what is still missing. */
export type Gathered =
  | { readonly state: 'nothing' }
  | { readonly state: 'keys_missing' }
  | {
      readonly state: 'ready';
      /** A verification bundle. */
      readonly bundle: Uint8Array;
      /** Text of the trust policy; undefined: the reader gave none. */
      readonly trustPolicy: string | undefined;
      /** True where the keys are those that the server put into the page. */
      readonly usesKeysOfPage: boolean;
    };

/** Where several inputs are of one kind, the last one counts. */
export function gather(inputs: readonly Found[], keysOfPage?: Found): Gathered {
  const last = <K extends Found['kind']>(kind: K): Extract<Found, { kind: K }> | undefined =>
    inputs.filter((found): found is Extract<Found, { kind: K }> => found.kind === kind).at(-1);
  const trustPolicy = last('trust_policy')?.text;
  const subject = inputs.filter(isSubject).at(-1);
  if (subject === undefined) return { state: 'nothing' };
  if (subject.kind === 'bundle') {
    const bundle = utf8(subject.text);
    return { state: 'ready', bundle, trustPolicy, usesKeysOfPage: false };
  }
  const given = last('keys');
  const keys = given ?? (keysOfPage?.kind === 'keys' ? keysOfPage : undefined);
  if (keys === undefined) return { state: 'keys_missing' };
  const bundle = canonicalBytes(compose(subject.parts, keys, last('path_document')?.document));
  return { state: 'ready', bundle, trustPolicy, usesKeysOfPage: given === undefined };
}

type Subject = Extract<Found, { kind: 'bundle' | 'receipt' | 'response' }>;

function isSubject(found: Found): found is Subject {
  return found.kind === 'bundle' || found.kind === 'receipt' || found.kind === 'response';
}

function compose(
  parts: ReceiptParts,
  keys: Extract<Found, { kind: 'keys' }>,
  policy: JsonObject | undefined,
): Record<string, JsonValue> {
  const [attestation, ...attestations] = keys.attestations;
  return {
    object: BUNDLE_OBJECT,
    ...parts,
    key_bundle: keys.keyBundle,
    ...(attestation !== undefined && { attestation }),
    ...(attestations.length > 0 && { attestations }),
    ...(policy !== undefined && { policy }),
  };
}
