import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  encodeBase64url,
  type Ed25519Verify,
  isRefusedPoint,
  verifyEd25519,
} from '../src/index.ts';
import { hasSharedVectors, readJson, sharedVectors, SKIPPED_WITHOUT_SHARED } from './files.ts';

interface WycheproofGroup {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly {
    tcId: number;
    comment: string;
    msg: string;
    sig: string;
    result: string;
  }[];
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

const withNodeCrypto: Ed25519Verify = (publicKey, message, signature) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(publicKey) };
  return Promise.resolve(
    verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature),
  );
};

const url = new URL('wycheproof/testvectors_v1/ed25519_test.json', sharedVectors);
const groups = hasSharedVectors ? readJson<{ testGroups: WycheproofGroup[] }>(url).testGroups : [];

describe.skipIf(!hasSharedVectors)(`Wycheproof Ed25519${SKIPPED_WITHOUT_SHARED}`, () => {
  it.each([
    ['WebCrypto', undefined],
    ['node:crypto', withNodeCrypto],
  ])('every vector with %s', async (_, primitive) => {
    let vectors = 0;
    for (const { publicKey, tests } of groups) {
      for (const { tcId, comment, msg, sig, result } of tests) {
        const holds = await verifyEd25519(bytes(publicKey.pk), bytes(msg), bytes(sig), primitive);
        expect(holds, `${tcId} ${comment}`).toBe(result === 'valid');
        vectors++;
      }
    }
    expect(vectors).toBe(151);
  });
});

/** The y coordinates of PROTOCOL section 11, little endian. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];

describe('points that no honest key has', () => {
  const withSign = (hex: string): string => {
    const point = bytes(hex);
    point[31] = (point[31] ?? 0) | 0x80;
    return Buffer.from(point).toString('hex');
  };
  // y = p, p + 1, ..., p + 18, which are read as 0 to 18 by careless code.
  const nonCanonical = Array.from({ length: 19 }, (_, index) => {
    const low = (0xed + index).toString(16).padStart(2, '0');
    return `${low}${'ff'.repeat(30)}7f`;
  });

  it.each([...SMALL_ORDER, ...nonCanonical].flatMap((hex) => [hex, withSign(hex)]))(
    'refuses %s',
    (hex) => {
      expect(isRefusedPoint(bytes(hex))).toBe(true);
    },
  );

  it('accepts what stands beside them', () => {
    const beside = [
      '02' + '00'.repeat(31),
      `eb${'ff'.repeat(30)}7f`,
      SMALL_ORDER[3]?.replace('05', '04') ?? '',
    ];
    for (const hex of beside) expect(isRefusedPoint(bytes(hex)), hex).toBe(false);
  });

  it('never asks the primitive about a refused key, a refused R, or S >= L', async () => {
    const honest = bytes('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    const accepting: Ed25519Verify = () => Promise.resolve(true);
    const order = 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010';
    const small = bytes('00'.repeat(32) + '00'.repeat(32));
    const large = bytes(Buffer.from(honest).toString('hex') + order);
    const message = new Uint8Array(3);
    expect(await verifyEd25519(honest, message, small, accepting)).toBe(false);
    expect(await verifyEd25519(honest, message, large, accepting)).toBe(false);
    expect(
      await verifyEd25519(bytes('00'.repeat(32)), message, bytes('11'.repeat(64)), accepting),
    ).toBe(false);
    expect(
      await verifyEd25519(honest.subarray(1), message, bytes('11'.repeat(64)), accepting),
    ).toBe(false);
    expect(await verifyEd25519(honest, message, bytes('11'.repeat(63)), accepting)).toBe(false);
  });
});
