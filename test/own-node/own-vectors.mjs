/**
 * Ed25519 cases of our own, as `{kind, publicKey, message, signature, valid}`: forgeries under
 * points of small order, other spellings of an honest signature, and mixed-order points, on which
 * verifiers with and without the cofactor disagree (ours has none).
 */
import {
  add,
  challenge,
  decodeInteger,
  decodePoint,
  encodeInteger,
  encodePoint,
  L,
  mod,
  multiply,
  secretScalar,
} from './edwards.mjs';

const FIELD_PRIME = 2n ** 255n - 19n;
const ORDER_8_POINTS = [
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];
const SMALL_ORDER_Y = [
  0n,
  1n,
  FIELD_PRIME - 1n,
  ...ORDER_8_POINTS.map((hex) => decodeInteger(Buffer.from(hex, 'hex'))),
];
/** Each of them once more, with p added, where that still fits into 255 bits. */
const OTHER_SPELLINGS = SMALL_ORDER_Y.map((y) => y + FIELD_PRIME).filter((y) => y < 2n ** 255n);

/** Every encoding of a point of small order: canonical or not, with either sign bit. */
export const SMALL_ORDER_ENCODINGS = [...SMALL_ORDER_Y, ...OTHER_SPELLINGS].flatMap((y) => [
  encodeInteger(y),
  encodeInteger(y | (1n << 255n)),
]);

const message = (number) => new TextEncoder().encode(`message ${number}`);
const secret = secretScalar(new Uint8Array(32).fill(7));
const nonce = secretScalar(new Uint8Array(32).fill(8));
const honestKey = encodePoint(multiply(secret));

/** Signs as RFC 8032 does, with a key and R that the caller may have disturbed. */
function signWith(publicKey, r, text) {
  const s = mod(nonce + challenge(r, publicKey, text) * secret, L);
  return Uint8Array.from([...r, ...encodeInteger(s)]);
}

const honestR = encodePoint(multiply(nonce));
const honest = {
  kind: 'an honest signature',
  publicKey: honestKey,
  message: message(0),
  signature: signWith(honestKey, honestR, message(0)),
  valid: true,
};

/** S = 0 and both points of small order: without point checks about one message in eight passes. */
function* smallOrderForgeries() {
  for (const publicKey of SMALL_ORDER_ENCODINGS) {
    for (const r of SMALL_ORDER_ENCODINGS) {
      const signature = Uint8Array.from([...r, ...new Uint8Array(32)]);
      yield {
        kind: 'small order as key and R',
        publicKey,
        message: message(1),
        signature,
        valid: false,
      };
    }
  }
}

/** Under the neutral element as key, (s B, s) signs every message. */
function neutralKeyForgery() {
  const signature = Uint8Array.from([...honestKey, ...encodeInteger(mod(secret, L))]);
  return {
    kind: 'neutral key',
    publicKey: encodeInteger(1n),
    message: message(2),
    signature,
    valid: false,
  };
}

function otherSpellings() {
  const s = decodeInteger(honest.signature.subarray(32));
  const withL = Uint8Array.from([...honestR, ...encodeInteger(s + L)]);
  return [
    { ...honest, kind: 'S + L', signature: withL, valid: false },
    {
      ...honest,
      kind: 'signature too short',
      signature: honest.signature.subarray(0, 63),
      valid: false,
    },
    {
      ...honest,
      kind: 'key too long',
      publicKey: Uint8Array.from([...honestKey, 0]),
      valid: false,
    },
    { ...honest, kind: 'other message', message: message(3), valid: false },
  ];
}

function* flippedBits() {
  for (let bit = 0; bit < 512; bit++) {
    yield {
      ...honest,
      kind: 'flipped signature bit',
      signature: flip(honest.signature, bit),
      valid: false,
    };
  }
  for (let bit = 0; bit < 256; bit++) {
    yield { ...honest, kind: 'flipped key bit', publicKey: flip(honestKey, bit), valid: false };
  }
}

function flip(bytes, bit) {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3] ^= 1 << (bit & 7);
  return changed;
}

/** The key has a part of order 8: a verifier without cofactor accepts iff 8 divides the challenge. */
function* mixedOrderKeys() {
  const publicKey = encodePoint(
    add(decodePoint(honestKey), decodePoint(Buffer.from(ORDER_8_POINTS[0], 'hex'))),
  );
  for (let number = 0; number < 32; number++) {
    const text = message(number);
    const valid = (challenge(honestR, publicKey, text) % L) % 8n === 0n;
    yield {
      kind: 'mixed-order key',
      publicKey,
      message: text,
      signature: signWith(publicKey, honestR, text),
      valid,
    };
  }
}

/** R has a part of order 8: never accepted without cofactor. */
function mixedOrderR() {
  const r = encodePoint(
    add(decodePoint(honestR), decodePoint(Buffer.from(ORDER_8_POINTS[1], 'hex'))),
  );
  return {
    ...honest,
    kind: 'mixed-order R',
    signature: signWith(honestKey, r, honest.message),
    valid: false,
  };
}

export function ownVectors() {
  return [
    honest,
    ...smallOrderForgeries(),
    neutralKeyForgery(),
    ...otherSpellings(),
    ...flippedBits(),
    ...mixedOrderKeys(),
    mixedOrderR(),
  ];
}
