/** Verification bundles: everything that a verifier needs besides its trust policy (PROTOCOL 6). */
import type { Attestation } from './attestation.ts';
import { CratonError } from './errors.ts';
import type { JsonObject } from './json/canonical.ts';
import { isJsonObject, Members } from './json/members.ts';
import { DEPTH_MAX, parseStrict } from './json/parse-strict.ts';
import { type KeyBundle, KEYS_MAX } from './jwk.ts';
import type { KeyCompromise } from './key-compromise.ts';
import type { Opening } from './opening.ts';
import type { Receipt } from './receipt.ts';
import type { LogEntry } from './stream.ts';

export const BUNDLE_OBJECT = 'craton.receipt.verification_bundle';

/** A log entry and the text of its `.tlog-proof`. */
export interface LogProof {
  readonly entry: LogEntry;
  readonly proof: string;
}

export interface LinkedReceipt {
  readonly receipt: Receipt;
  readonly opening?: Opening;
  readonly log_proof?: LogProof;
}

/** Full with opening and policy, minimal without them. */
export interface Bundle {
  readonly object: typeof BUNDLE_OBJECT;
  readonly receipt: Receipt;
  readonly key_bundle: KeyBundle;
  readonly attestation: Attestation;
  /** By further roots. */
  readonly attestations?: readonly Attestation[];
  /** What roots say of the keys in the bundle. */
  readonly key_compromises?: readonly KeyCompromise[];
  readonly opening?: Opening;
  /** The path document. */
  readonly policy?: JsonObject;
  readonly log_proof?: LogProof;
  readonly linked?: readonly LinkedReceipt[];
}

/** A bundle whose outline was read; every part of it is still whatever its sender wrote. */
export interface ReadBundle extends LinkedPart {
  readonly keyBundle: JsonObject;
  readonly attestations: readonly JsonObject[];
  readonly keyCompromises: readonly JsonObject[];
  readonly policy?: JsonObject;
  readonly linked: readonly LinkedPart[];
}

export interface LinkedPart {
  readonly receipt: JsonObject;
  readonly opening?: JsonObject;
  readonly logProof?: JsonObject;
}

const BUNDLE_BYTES_MAX = 4 * 1024 * 1024;
const LIST_ITEMS_MAX = 64;

/** Reads a bundle's outline; throws `ERR_BUNDLE_FORMAT` or a parser's error where it has none. */
export function parseBundle(bytes: Uint8Array): ReadBundle {
  if (bytes.length > BUNDLE_BYTES_MAX) {
    throw new CratonError('ERR_BUNDLE_FORMAT', 'A bundle is at most 4 MiB long.');
  }
  const parsed = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
  const bundle = Members.of(parsed, '', 'ERR_BUNDLE_FORMAT');
  bundle.constant('object', BUNDLE_OBJECT);
  const keyBundle = bundle.members('key_bundle');
  if (keyBundle.list('keys').length > KEYS_MAX)
    throw keyBundle.wrong('keys', 'has too many entries');
  const attestation = optionalObject(bundle, 'attestation');
  const policy = optionalObject(bundle, 'policy');
  return {
    ...readParts(bundle),
    keyBundle: keyBundle.object,
    attestations: [...(attestation ? [attestation] : []), ...objectsOf(bundle, 'attestations')],
    keyCompromises: objectsOf(bundle, 'key_compromises'),
    ...(policy && { policy }),
    linked: objectsOf(bundle, 'linked').map((part) =>
      readParts(Members.of(part, 'linked', 'ERR_BUNDLE_FORMAT')),
    ),
  };
}

function readParts(members: Members): LinkedPart {
  const opening = optionalObject(members, 'opening');
  const logProof = optionalObject(members, 'log_proof');
  return {
    receipt: members.members('receipt').object,
    ...(opening && { opening }),
    ...(logProof && { logProof }),
  };
}

function optionalObject(members: Members, name: string): JsonObject | undefined {
  return members.has(name) ? members.members(name).object : undefined;
}

function objectsOf(members: Members, name: string): readonly JsonObject[] {
  if (!members.has(name)) return [];
  const items = members.list(name);
  if (items.length === 0 || items.length > LIST_ITEMS_MAX || !items.every(isJsonObject)) {
    throw members.wrong(name, `must be a list of 1 to ${LIST_ITEMS_MAX} objects`);
  }
  return items;
}

/** Puts a bundle together; a member without a value is absent, as everywhere. */
export function composeBundle(parts: Omit<Bundle, 'object'>): Bundle {
  if (parts.key_bundle.keys.length === 0) {
    throw new CratonError('ERR_BUNDLE_FORMAT', 'A bundle holds the key of its receipt.');
  }
  const { linked, ...others } = parts;
  return {
    object: BUNDLE_OBJECT,
    ...others,
    ...(linked !== undefined && linked.length > 0 && { linked }),
  };
}
