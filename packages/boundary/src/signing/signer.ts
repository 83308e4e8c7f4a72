/** Signing of receipts: one Ed25519 key per environment, behind a port (DESIGN section 7). */
import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { CratonError, isRefusedPoint, thumbprint } from '@craton/protocol';
import { EncodedPayload } from './encoded-payload.ts';
import { type SignBytes, sodiumSigning } from './sodium.ts';

/** A signing key that cannot be read. A KMS or an HSM can stand behind the same port. */
export interface Signer {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * 64 bytes over exactly the bytes of this payload. Throws `TypeError` for whatever is not a
   * payload made here, `ERR_SIGNING` if the key cannot be used: issuing stops for good then.
   */
  sign(payload: EncodedPayload): Uint8Array;
}

/** Bytes of an Ed25519 seed (RFC 8032 5.1.5). */
export const SEED_BYTES = 32;

/** What precedes a seed in PKCS #8, and a public key in SubjectPublicKeyInfo (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_BYTES_BEFORE_KEY = 12;

/**
 * A signer from a seed (32 bytes), tested before it is handed out.
 * Throws `ERR_SIGNING` if the seed has another length or the test fails.
 */
export function createSigner(seed: Uint8Array, accelerate = sodiumSigning): Signer {
  const { publicKey, sign } = createKeySigning(seed, accelerate);
  return {
    kid: thumbprint(publicKey, (bytes) => hash('sha256', bytes, 'buffer')),
    publicKey,
    sign: (payload) => sign(EncodedPayload.bytesOf(payload)),
  };
}

/** A public key (32 bytes) and what signs with its private half. */
export interface KeySigning {
  readonly publicKey: Uint8Array;
  /** Throws `ERR_SIGNING` if the key cannot be used. Whoever has this decides what is signed. */
  readonly sign: SignBytes;
}

/** Throws `ERR_SIGNING` if the seed is not 32 bytes, or the key fails its test. */
export function createKeySigning(seed: Uint8Array, accelerate = sodiumSigning): KeySigning {
  const privateKey = importSeed(seed);
  const sign = accelerate(seed) ?? ((bytes: Uint8Array) => signBytes(null, bytes, privateKey));
  const publicKeyObject = createPublicKey(privateKey);
  const spki = publicKeyObject.export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(spki.subarray(SPKI_BYTES_BEFORE_KEY));
  testKey(sign, publicKeyObject, publicKey);
  return { publicKey, sign: (bytes) => signOrFail(bytes, sign) };
}

function importSeed(seed: Uint8Array): KeyObject {
  if (seed.length !== SEED_BYTES) {
    throw new CratonError('ERR_SIGNING', `A signing seed is ${SEED_BYTES} bytes.`);
  }
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } finally {
    pkcs8.fill(0);
  }
}

function signOrFail(bytes: Uint8Array, sign: SignBytes): Uint8Array {
  try {
    return sign(bytes);
  } catch (cause) {
    throw new CratonError('ERR_SIGNING', 'The signing key cannot be used.', { cause });
  }
}

/** Not a payload: a text that no receipt can be mistaken for. */
const TEST_BYTES = Buffer.from('craton signer self test, not a receipt\n');

/** The accelerator is tested with it: `node:crypto` verifies what it signed. */
function testKey(sign: SignBytes, publicKeyObject: KeyObject, publicKey: Uint8Array): void {
  const signature = signOrFail(TEST_BYTES, sign);
  const works = verifyBytes(null, TEST_BYTES, publicKeyObject, signature);
  if (works && !isRefusedPoint(publicKey)) return;
  throw new CratonError('ERR_SIGNING', 'The signing key fails its own test; use another one.');
}
