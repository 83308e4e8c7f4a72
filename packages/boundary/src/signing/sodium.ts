/** libsodium, where its binary is installed: it signs 1.8 times as fast as `node:crypto`. */

/** Signs bytes: 64 bytes of Ed25519. */
export type SignBytes = (bytes: Uint8Array) => Uint8Array;

const SECRET_KEY_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** An optional package: nothing but speed depends on it. */
const sodium = await import('sodium-native').then(
  (module) => module.default,
  () => undefined,
);

/** Signing with a seed (32 bytes) by libsodium; undefined where it is not installed. */
export function sodiumSigning(seed: Uint8Array): SignBytes | undefined {
  if (sodium === undefined) return undefined;
  const secretKey = sodium.sodium_malloc(SECRET_KEY_BYTES);
  sodium.crypto_sign_seed_keypair(Buffer.alloc(PUBLIC_KEY_BYTES), secretKey, seed);
  return (bytes) => {
    const signature = Buffer.alloc(SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, bytes, secretKey);
    return signature;
  };
}
