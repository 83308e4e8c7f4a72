/**
 * Base64 as the protocol wants it (RFC 4648): one spelling per byte string, everything else refused.
 * `_b64` members and signatures use the padded standard alphabet, ids and JWK members the unpadded
 * URL alphabet. Non-zero tail bits are refused, so a changed last character never goes unnoticed.
 */
import { CratonError } from './errors.ts';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NOT_IN_ALPHABET = 255;
const STANDARD_VALUES = valuesOf(STANDARD);
const URL_SAFE_VALUES = valuesOf(URL_SAFE);

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(256).fill(NOT_IN_ALPHABET);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

/** Padded standard base64 (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD);
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}

/** Unpadded base64url (RFC 4648 section 5). */
export function encodeBase64url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE);
}

/** Reads padded standard base64; throws `ERR_ENCODING` on any other spelling. */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw refused();
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return decode(text, text.length - padding, STANDARD_VALUES);
}

/** Reads unpadded base64url; throws `ERR_ENCODING` on any other spelling. */
export function decodeBase64url(text: string): Uint8Array {
  return decode(text, text.length, URL_SAFE_VALUES);
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += alphabet.charAt((pending >> bits) & 63);
    }
    pending &= (1 << bits) - 1;
  }
  if (bits > 0) text += alphabet.charAt((pending << (6 - bits)) & 63);
  return text;
}

function decode(text: string, length: number, values: Uint8Array): Uint8Array {
  if (length % 4 === 1) throw refused();
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let pending = 0;
  let bits = 0;
  let size = 0;
  for (let index = 0; index < length; index++) {
    const value = values[text.charCodeAt(index)] ?? NOT_IN_ALPHABET;
    if (value === NOT_IN_ALPHABET) throw refused();
    pending = (pending << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[size++] = pending >> bits;
    pending &= (1 << bits) - 1;
  }
  if (pending !== 0) throw refused();
  return bytes;
}

function refused(): CratonError {
  return new CratonError('ERR_ENCODING', 'Not canonical base64.');
}
