/**
 * Ed25519 (RFC 8032) with our own checks before the primitive, so that the answer is the same on
 * every runtime: some accept forgeries under small-order keys, some do not.
 */
import { decodeHex, encodeHex } from './bytes.ts';
import { CratonError } from './errors.ts';

/**
 * A raw verification primitive: 32-byte key, message, 64-byte signature. Throws
 * `ERR_CRYPTO_UNAVAILABLE` where the runtime has no Ed25519; never answers false for that.
 */
export type Ed25519Verify = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean>;

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** L, the order of the base point (RFC 8032 5.1). */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** p = 2^255 - 19, the field's prime. */
const FIELD_PRIME = 2n ** 255n - 19n;

/** The y coordinates of the points of small order (PROTOCOL section 11), sign bit cleared. */
const SMALL_ORDER_Y = new Set(
  [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ].map((hex) => littleEndian(decodeHex(hex))),
);

/** True for encodings that no honest key or signature has: y >= p, or a point of small order. */
export function isRefusedPoint(point: Uint8Array): boolean {
  const y = littleEndian(point) & (2n ** 255n - 1n);
  return y >= FIELD_PRIME || SMALL_ORDER_Y.has(y);
}

/** What is wrong with a key or a signature before any arithmetic. */
export type SignatureRefusal = 'length' | 'key' | 'point' | 'scalar';

/** The first of our own checks that key and signature fail; undefined when they pass. */
export function signatureRefusal(
  publicKey: Uint8Array,
  signature: Uint8Array,
): SignatureRefusal | undefined {
  const isWhole = publicKey.length === PUBLIC_KEY_BYTES && signature.length === SIGNATURE_BYTES;
  if (!isWhole) return 'length';
  if (isRefusedPoint(publicKey)) return 'key';
  if (isRefusedPoint(signature.subarray(0, 32))) return 'point';
  return littleEndian(signature.subarray(32)) >= GROUP_ORDER ? 'scalar' : undefined;
}

/**
 * Verifies one signature. Answers false for wrong lengths, refused points as key or as R, S >= L,
 * and whatever the primitive refuses. Throws `ERR_CRYPTO_UNAVAILABLE` if the primitive does.
 */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  primitive: Ed25519Verify = verifyWithWebCrypto,
): Promise<boolean> {
  if (signatureRefusal(publicKey, signature) !== undefined) return false;
  return primitive(publicKey, message, signature);
}

/** The default primitive. Keys are imported from their 32 bytes alone. */
export const verifyWithWebCrypto: Ed25519Verify = async (publicKey, message, signature) => {
  const key = await importKey(publicKey);
  if (key === undefined) return false;
  return crypto.subtle.verify('Ed25519', key, copy(signature), copy(message));
};

async function importKey(publicKey: Uint8Array): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey('raw', copy(publicKey), 'Ed25519', false, ['verify']);
  } catch (cause) {
    // DataError: this is not a point on the curve. Anything else: the runtime cannot do it.
    if (cause instanceof Error && cause.name === 'DataError') return undefined;
    throw new CratonError('ERR_CRYPTO_UNAVAILABLE', 'This runtime has no Ed25519.', { cause });
  }
}

/** WebCrypto takes views of plain buffers only. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt('0x' + encodeHex(bytes.toReversed()));
}
