/** Verifier keys of signed notes, "vkeys" (C2SP signed-note: Verifier keys). */
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { concatBytes, encodeHex, utf8 } from '../bytes.ts';
import { isRefusedPoint, PUBLIC_KEY_BYTES } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import { sha256, type Sha256 } from '../sha256.ts';

/** Signature type bytes of C2SP signed-note that this package reads. */
export const SIGNATURE_TYPE = {
  /** Ed25519 over the note's text: what a log signs with. */
  ed25519: 0x01,
  /** Timestamped Ed25519 cosignature: what a witness signs with. */
  cosignature: 0x04,
  /** Timestamped ML-DSA-44 cosignature: read in policies, never verified, so it never counts. */
  cosignatureMlDsa44: 0x06,
} as const;

export type SignatureType = (typeof SIGNATURE_TYPE)[keyof typeof SIGNATURE_TYPE];

const ML_DSA_44_KEY_BYTES = 1312;
const KEY_ID_BYTES = 4;
const NAME_CHARS_MAX = 255;

/** The public key of a log or witness, with the name and id that its signature lines bear. */
export interface VerifierKey {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  readonly type: SignatureType;
  /** 32 bytes for Ed25519, 1,312 for ML-DSA-44. */
  readonly publicKey: Uint8Array;
}

/** True for names that may stand in a signature line: not empty, no Unicode space, no `+`. */
export function isKeyName(name: string): boolean {
  return (
    name.length <= NAME_CHARS_MAX &&
    name.isWellFormed() &&
    /^[^\p{White_Space}\u0000-\u001f+]+$/u.test(name)
  );
}

/**
 * Makes a verifier key. Throws `ERR_KEY_FORMAT` for a name or key length that does not fit, and
 * `ERR_KEY_REFUSED` for an Ed25519 point that no honest key has.
 */
export function createVerifierKey(
  name: string,
  type: SignatureType,
  publicKey: Uint8Array,
  hash: Sha256 = sha256,
): VerifierKey {
  const isMlDsa = type === SIGNATURE_TYPE.cosignatureMlDsa44;
  const size = isMlDsa ? ML_DSA_44_KEY_BYTES : PUBLIC_KEY_BYTES;
  if (!isKeyName(name) || publicKey.length !== size) throw malformedKey();
  if (!isMlDsa && isRefusedPoint(publicKey)) {
    throw new CratonError('ERR_KEY_REFUSED', 'The verifier key is not a usable Ed25519 point.');
  }
  const material = concatBytes(utf8(name), Uint8Array.of(0x0a, type), publicKey);
  return { name, keyId: encodeHex(hash(material).subarray(0, KEY_ID_BYTES)), type, publicKey };
}

/** Reads `name+hex8+base64`; throws `ERR_KEY_FORMAT` or `ERR_KEY_REFUSED`. */
export function parseVerifierKey(vkey: string, hash: Sha256 = sha256): VerifierKey {
  // The base64 may hold further plus signs.
  const [, name = '', keyId = '', encoded = ''] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(vkey) ?? [];
  const [type, ...material] = decodeKeyMaterial(encoded);
  const known = Object.values(SIGNATURE_TYPE).find((value) => value === type);
  if (known === undefined) throw malformedKey();
  const key = createVerifierKey(name, known, Uint8Array.from(material), hash);
  if (key.keyId !== keyId) {
    throw new CratonError('ERR_KEY_FORMAT', 'The id in the verifier key does not fit the key.');
  }
  return key;
}

/** Writes `name+hex8+base64`. */
export function formatVerifierKey(key: VerifierKey): string {
  const encoded = encodeBase64(concatBytes(Uint8Array.of(key.type), key.publicKey));
  return `${key.name}+${key.keyId}+${encoded}`;
}

function decodeKeyMaterial(encoded: string): Uint8Array {
  try {
    return decodeBase64(encoded);
  } catch (cause) {
    throw malformedKey(cause);
  }
}

function malformedKey(cause?: unknown): CratonError {
  return new CratonError(
    'ERR_KEY_FORMAT',
    'A verifier key reads name+id+base64, with a signature type of 0x01, 0x04 or 0x06.',
    { cause },
  );
}
