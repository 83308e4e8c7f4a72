import { describe, expect, it } from 'vitest';
import {
  CratonError,
  encodeBase64url,
  parseKeySet,
  publicJwk,
  type JsonValue,
} from '../src/index.ts';
import { hasSharedVectors, readJson, sharedVectors, SKIPPED_WITHOUT_SHARED } from './files.ts';

interface WycheproofGroup {
  readonly comment: string;
  readonly private: JsonValue;
  readonly public?: JsonValue;
}

const url = new URL('wycheproof/testvectors_v1/json_web_key_test.json', sharedVectors);
const groups = hasSharedVectors ? readJson<{ testGroups: WycheproofGroup[] }>(url).testGroups : [];

/** RFC 8032 section 7.1, tests 1 and 2. */
const KEY_1 = hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
const KEY_2 = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');

describe.skipIf(!hasSharedVectors)(`Wycheproof key sets${SKIPPED_WITHOUT_SHARED}`, () => {
  it.each(groups.map((group, index) => [`${index + 1} ${group.comment}`, group] as const))(
    'are refused by a reader of Ed25519 alone: %s',
    (_, group) => {
      for (const set of [group.private, group.public]) {
        if (set !== undefined) expect(() => parseKeySet(set)).toThrow(CratonError);
      }
    },
  );
});

describe('key sets', () => {
  const own = publicJwk(KEY_1);
  const other = publicJwk(KEY_2);
  const elliptic = {
    kty: 'EC',
    crv: 'P-256',
    x: own.x,
    y: own.x,
    kid: 'a',
    use: 'sig',
    alg: 'ES256',
  };

  it('reads exact entries', () => {
    const keys = parseKeySet({ keys: [own, other] } as unknown as JsonValue);
    expect([...keys]).toEqual([
      [own.kid, KEY_1],
      [other.kid, KEY_2],
    ]);
  });

  it.each<[string, JsonValue]>([
    ['a mixed set', { keys: [own, elliptic] as unknown as JsonValue }],
    [
      'a symmetric key beside ours',
      { keys: [own as unknown as JsonValue, { kty: 'oct', k: 'AA' }] },
    ],
    ['one kid twice for one key', { keys: [own, own] as unknown as JsonValue }],
    [
      'one kid twice for two keys',
      { keys: [own, { ...other, kid: own.kid }] as unknown as JsonValue },
    ],
    ['a kid that is no thumbprint', { keys: [{ ...own, kid: other.kid }] as unknown as JsonValue }],
    ['a private part', { keys: [{ ...own, d: own.x }] as unknown as JsonValue }],
    ['an unknown member', { keys: [{ ...own, key_ops: ['verify'] }] as unknown as JsonValue }],
    ['another use', { keys: [{ ...own, use: 'enc' }] as unknown as JsonValue }],
    ['another algorithm name', { keys: [{ ...own, alg: 'Ed25519' }] as unknown as JsonValue }],
    ['another curve', { keys: [{ ...own, crv: 'X25519' }] as unknown as JsonValue }],
    ['padding in x', { keys: [{ ...own, x: `${own.x}=` }] as unknown as JsonValue }],
    [
      '31 bytes',
      { keys: [{ ...own, x: encodeBase64url(KEY_1.subarray(1)) }] as unknown as JsonValue },
    ],
    ['a small-order key', { keys: [publicJwk(new Uint8Array(32))] as unknown as JsonValue }],
    ['no list', { keys: own as unknown as JsonValue }],
    ['nothing', null],
  ])('refuses %s', (_, set) => {
    expect(() => parseKeySet(set)).toThrow(CratonError);
  });

  it('names keys by their RFC 8037 A.3 thumbprint', () => {
    expect(own.kid).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });
});

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
