/** Public keys as JWK and JWKS: Ed25519 only, ids recomputed (RFC 7517, 7638, 8037; PROTOCOL 6). */
import { decodeBase64url, encodeBase64url } from './base64.ts';
import { utf8 } from './bytes.ts';
import { isRefusedPoint, PUBLIC_KEY_BYTES } from './ed25519.ts';
import { CratonError } from './errors.ts';
import type { JsonValue } from './json/canonical.ts';
import { isJsonList, isJsonObject, Members } from './json/members.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';

/** A key entry, exactly these members. */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** 32 bytes, base64url. */
  readonly x: string;
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

export interface KeyBundle {
  readonly keys: readonly PublicJwk[];
}

/** kid to 32-byte public key. */
export type KeySet = ReadonlyMap<string, Uint8Array>;

/** Keys in one set at most. */
export const KEYS_MAX = 64;

/** RFC 7638 thumbprint of an Ed25519 key (32 bytes): base64url SHA-256. */
export function thumbprint(publicKey: Uint8Array, sha256: Sha256 = ownSha256): string {
  const x = encodeBase64url(publicKey);
  return encodeBase64url(sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)));
}

/** The key entry for a public key (32 bytes). */
export function publicJwk(publicKey: Uint8Array, sha256: Sha256 = ownSha256): PublicJwk {
  const kid = thumbprint(publicKey, sha256);
  return {
    kty: 'OKP',
    crv: 'Ed25519',
    x: encodeBase64url(publicKey),
    kid,
    use: 'sig',
    alg: 'EdDSA',
  };
}

/** Why a key set is refused, as a code of the report's line `signature`. */
export type KeySetFault = 'key_malformed' | 'kid_duplicate' | 'kid_mismatch' | 'key_refused';

/**
 * Reads a key set. Everything but exact Ed25519 entries is refused, and the whole set with it:
 * another key type, a private part, a kid that is not the thumbprint or is there twice, a point
 * that no honest key has.
 */
export function readKeySet(
  value: JsonValue | undefined,
  sha256: Sha256 = ownSha256,
): { readonly keys: KeySet } | { readonly fault: KeySetFault } {
  const entries = entriesOf(value);
  if (entries === undefined) return { fault: 'key_malformed' };
  const keys = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const read = parseEntry(entry);
    if (read === undefined) return { fault: 'key_malformed' };
    const { kid, publicKey } = read;
    if (keys.has(kid)) return { fault: 'kid_duplicate' };
    if (kid !== thumbprint(publicKey, sha256)) return { fault: 'kid_mismatch' };
    if (isRefusedPoint(publicKey)) return { fault: 'key_refused' };
    keys.set(kid, publicKey);
  }
  return { keys };
}

/** As `readKeySet`; throws `ERR_KEY_FORMAT` or `ERR_KEY_REFUSED`. */
export function parseKeySet(value: JsonValue | undefined, sha256: Sha256 = ownSha256): KeySet {
  const reading = readKeySet(value, sha256);
  if ('keys' in reading) return reading.keys;
  const code = reading.fault === 'key_refused' ? 'ERR_KEY_REFUSED' : 'ERR_KEY_FORMAT';
  throw new CratonError(code, KEY_SET_FAULTS[reading.fault], { field: 'keys' });
}

const KEY_SET_FAULTS: Record<KeySetFault, string> = {
  key_malformed: 'An entry of keys is not exactly the six members of an Ed25519 signing key.',
  kid_duplicate: 'Two entries of keys have the same kid.',
  kid_mismatch: 'A kid is not the RFC 7638 thumbprint of its key.',
  key_refused: 'A key is a point that no honest key has.',
};

interface KeyEntry {
  readonly kid: string;
  readonly publicKey: Uint8Array;
}

function entriesOf(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  const entries = isJsonObject(value) ? value['keys'] : undefined;
  return isJsonList(entries) && entries.length <= KEYS_MAX ? entries : undefined;
}

function parseEntry(value: JsonValue): KeyEntry | undefined {
  try {
    const jwk = Members.of(value, 'key', 'ERR_KEY_FORMAT');
    jwk.only('kty', 'crv', 'x', 'kid', 'use', 'alg');
    jwk.constant('kty', 'OKP');
    jwk.constant('crv', 'Ed25519');
    jwk.constant('use', 'sig');
    jwk.constant('alg', 'EdDSA');
    const publicKey = decodeBase64url(jwk.text('x'));
    if (publicKey.length !== PUBLIC_KEY_BYTES) throw jwk.wrong('x', 'must be 32 bytes');
    return { kid: jwk.text('kid'), publicKey };
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}
