/** Ed25519 key pairs from 32-byte seeds (RFC 8032), by `node:crypto`. */
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { decodeBase64url } from '@craton/protocol';

export const SEED_BYTES = 32;

/** The DER that PKCS #8 puts before an Ed25519 seed (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Signs bytes; answers 64 bytes. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

/** A new secret seed, 32 random bytes. */
export function generateSeed(): Uint8Array {
  return randomBytes(SEED_BYTES);
}

/** The key pair of a seed of 32 bytes. */
export function keyPairOf(seed: Uint8Array): KeyPair {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: decodeBase64url(x), sign: (bytes) => sign(null, bytes, key) };
}
