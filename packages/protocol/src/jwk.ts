/** Public keys as JWK and JWKS: Ed25519 only, ids recomputed (RFC 7517, 7638, 8037; PROTOCOL 6). */
import { decodeBase64url, encodeBase64url } from './base64.ts';
import { utf8 } from './bytes.ts';
import { isRefusedPoint, PUBLIC_KEY_BYTES } from './ed25519.ts';
import { CratonError } from './errors.ts';
import type { JsonValue } from './json/canonical.ts';
import { Members } from './json/members.ts';
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
export const KEYS_MAX = 256;

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

/**
 * Reads a key set. Everything but exact Ed25519 entries is refused, the whole set with it: another
 * key type, a private part, a kid that is not the thumbprint, or one kid twice (`ERR_KEY_FORMAT`);
 * a point that no honest key has (`ERR_KEY_REFUSED`).
 */
export function parseKeySet(value: JsonValue | undefined, sha256: Sha256 = ownSha256): KeySet {
  const entries = Members.of(value, 'keys', 'ERR_KEY_FORMAT').list('keys');
  if (entries.length > KEYS_MAX) throw keyError(`More than ${KEYS_MAX} keys.`);
  const keys = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const { kid, publicKey } = parseJwk(entry, sha256);
    if (keys.has(kid)) throw keyError('The same kid is there twice.');
    keys.set(kid, publicKey);
  }
  return keys;
}

function parseJwk(value: JsonValue, sha256: Sha256): { kid: string; publicKey: Uint8Array } {
  const jwk = Members.of(value, 'key', 'ERR_KEY_FORMAT');
  jwk.only('kty', 'crv', 'x', 'kid', 'use', 'alg');
  jwk.constant('kty', 'OKP');
  jwk.constant('crv', 'Ed25519');
  jwk.constant('use', 'sig');
  jwk.constant('alg', 'EdDSA');
  const publicKey = decodeBase64url(jwk.text('x', (x) => /^[A-Za-z0-9_-]{43}$/.test(x)));
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw keyError('A key is not 32 bytes long.');
  if (isRefusedPoint(publicKey)) {
    throw new CratonError('ERR_KEY_REFUSED', 'A key is a point that no honest key has.');
  }
  const kid = jwk.text('kid');
  if (kid !== thumbprint(publicKey, sha256)) throw keyError('A kid is not its key’s thumbprint.');
  return { kid, publicKey };
}

function keyError(message: string): CratonError {
  return new CratonError('ERR_KEY_FORMAT', message, { field: 'keys' });
}
