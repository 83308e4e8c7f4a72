/**
 * Base64 as the protocol wants it (RFC 4648): one spelling per byte string, everything else refused.
 * `_b64` members and signatures use the padded standard alphabet, ids and JWK members the unpadded
 * URL alphabet. Non-zero tail bits are refused, so a changed last character never goes unnoticed.
 */
import { CratonError } from './errors.ts';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NOT_IN_ALPHABET = 255;
const STANDARD_PAIRS = pairsOf(STANDARD);
const URL_SAFE_PAIRS = pairsOf(URL_SAFE);
const STANDARD_VALUES = valuesOf(STANDARD);
const URL_SAFE_VALUES = valuesOf(URL_SAFE);

/** The two characters of each 12 bits. */
function pairsOf(alphabet: string): readonly string[] {
  const characters = Array.from(alphabet);
  return characters.flatMap((first) => characters.map((second) => first + second));
}

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(256).fill(NOT_IN_ALPHABET);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

/** Padded standard base64 (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD_PAIRS);
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}

/** Unpadded base64url (RFC 4648 section 5). */
export function encodeBase64url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE_PAIRS);
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

function encode(bytes: Uint8Array, pairs: readonly string[]): string {
  const rest = bytes.length % 3;
  const whole = bytes.length - rest;
  let text = '';
  for (let index = 0; index < whole; index += 3) {
    const bits = wordAt(bytes, index);
    text += (pairs[bits >> 12] ?? '') + (pairs[bits & 0xfff] ?? '');
  }
  if (rest === 0) return text;
  // Bytes that are not there count as zeros, and give no character of their own.
  const bits = wordAt(bytes, whole);
  const last = (pairs[bits >> 12] ?? '') + (pairs[bits & 0xfff] ?? '');
  return text + last.slice(0, rest + 1);
}

/** Three bytes from an index on, as a number of 24 bits. */
function wordAt(bytes: Uint8Array, index: number): number {
  return ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
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
