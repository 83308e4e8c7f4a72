/** What is used of `sodium-native`, which comes without types. */
declare module 'sodium-native' {
  interface Sodium {
    /** Memory that is kept out of swap and of core files. */
    sodium_malloc(size: number): Buffer;
    crypto_sign_seed_keypair(publicKey: Buffer, secretKey: Buffer, seed: Uint8Array): void;
    crypto_sign_detached(signature: Buffer, message: Uint8Array, secretKey: Buffer): void;
  }
  const sodium: Sodium;
  export default sodium;
}
