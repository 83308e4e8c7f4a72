/**
 * Just enough arithmetic on edwards25519 (RFC 8032 5.1) to build signatures that nobody may accept.
 * Slow and not constant time: for test data only.
 */
import { createHash } from 'node:crypto';

const P = 2n ** 255n - 19n;
/** The order of the base point. */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * invert(121666n));
const BASE_Y = mod(4n * invert(5n));
const BASE = [recoverX(BASE_Y, 0n), BASE_Y];

export function mod(value, modulus = P) {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base), bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

function invert(value) {
  return power(value, P - 2n);
}

function recoverX(y, sign) {
  const square = mod((y * y - 1n) * invert(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(x * x) !== square) throw new Error('Not a point of the curve.');
  return (x & 1n) === sign ? x : mod(-x);
}

export function add([x1, y1], [x2, y2]) {
  const product = mod(D * x1 * x2 * y1 * y2);
  return [
    mod((x1 * y2 + x2 * y1) * invert(1n + product)),
    mod((y1 * y2 + x1 * x2) * invert(1n - product)),
  ];
}

export function multiply(scalar, point = BASE) {
  let result = [0n, 1n];
  for (let doubled = point, bits = scalar; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = add(result, doubled);
    doubled = add(doubled, doubled);
  }
  return result;
}

export function encodeInteger(value) {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
}

export function encodePoint([x, y]) {
  return encodeInteger(y | ((x & 1n) << 255n));
}

export function decodePoint(bytes) {
  const integer = decodeInteger(bytes);
  const y = integer & (2n ** 255n - 1n);
  return [recoverX(y, integer >> 255n), y];
}

export function decodeInteger(bytes) {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The challenge: SHA-512(R || A || message), not reduced. */
export function challenge(r, a, message) {
  return decodeInteger(createHash('sha512').update(r).update(a).update(message).digest());
}

/** The clamped secret scalar of a 32-byte seed. */
export function secretScalar(seed) {
  const half = createHash('sha512').update(seed).digest().subarray(0, 32);
  half[0] &= 248;
  half[31] = (half[31] & 127) | 64;
  return decodeInteger(half);
}
