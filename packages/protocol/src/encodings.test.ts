import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeBase64url, encodeBase64, encodeBase64url } from './base64.ts';
import { decodeHex, encodeHex, utf8 } from './bytes.ts';
import { isEnvironment, isIssuer, isLabel, isPathId, isReference, isRequestId } from './names.ts';
import { hmacSha256, sha256 } from './sha256.ts';
import { formatTime, isTime, parseTime } from './time.ts';

describe('base64', () => {
  it('writes as everybody does and reads its own writing only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(encodeBase64(bytes)).toBe(buffer.toString('base64'));
        expect(encodeBase64url(bytes)).toBe(buffer.toString('base64url'));
        expect(decodeBase64(buffer.toString('base64'))).toEqual(bytes);
        expect(decodeBase64url(buffer.toString('base64url'))).toEqual(bytes);
      }),
    );
  });

  it.each([
    'AA',
    'AA=',
    'AAA',
    'A===',
    'AB==',
    'AAB=',
    'AA-_',
    'AA==\n',
    ' AA==',
    'AA==AA==',
    '====',
    'é===',
  ])('refuses %j as padded standard base64', (text) =>
    expect(() => decodeBase64(text)).toThrow('canonical'),
  );

  it.each(['A', 'AA==', 'AB', 'AAB', 'AA+/', 'AA\n', 'AAAAA', '\u0141AAA'])(
    'refuses %j as base64url',
    (text) => expect(() => decodeBase64url(text)).toThrow('canonical'),
  );
});

describe('hex', () => {
  it('is lower case', () => {
    expect(encodeHex(Uint8Array.of(0, 171, 255))).toBe('00abff');
    expect(decodeHex('00abff')).toEqual(Uint8Array.of(0, 171, 255));
    for (const text of ['AB', 'a', '0g']) expect(() => decodeHex(text)).toThrow('hex');
  });
});

describe('SHA-256 (FIPS 180-4 and NIST examples)', () => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('of %j', (text, digest) => expect(encodeHex(sha256(utf8(text)))).toBe(digest));

  it('of a million letters', () => {
    const digest = 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0';
    expect(encodeHex(sha256(utf8('a'.repeat(1_000_000))))).toBe(digest);
  });

  it('agrees with node:crypto at every length around the block size, HMAC too', () => {
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + length) % 256);
      const message = bytes.toReversed();
      expect(encodeHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
      const expected = createHmac('sha256', bytes).update(message).digest('hex');
      expect(encodeHex(hmacSha256(sha256, bytes, message))).toBe(expected);
    }
  });
});

describe('times', () => {
  it('have one spelling', () => {
    expect(formatTime(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(parseTime('2026-11-21T18:00:00.001Z')).toBe(Date.UTC(2026, 10, 21, 18, 0, 0, 1));
    const refused = [
      '2026-11-21T18:00:00Z',
      '2026-11-21T18:00:00.000+00:00',
      '2026-02-29T00:00:00.000Z',
      '2026-11-21T24:00:00.000Z',
      '2026-11-21t18:00:00.000z',
      '2026-11-21T18:00:60.000Z',
      '',
    ];
    for (const text of refused) {
      expect(isTime(text), text).toBe(false);
      expect(() => parseTime(text)).toThrow('time');
    }
  });
});

describe('names', () => {
  it.each<[string, (text: string) => boolean, string[], string[]]>([
    [
      'label',
      isLabel,
      ['a', 'threshold_gate', `a${'b'.repeat(63)}`],
      ['', 'A', '1a', 'a-b', `a${'b'.repeat(64)}`, 'a\n'],
    ],
    ['path id', isPathId, ['sample-threshold', 'a1'], ['a_b', '-a', 'A']],
    ['environment', isEnvironment, ['development', 'eu1'], ['eu-1', 'e_u', '', 'a'.repeat(33)]],
    [
      'issuer',
      isIssuer,
      ['golden.example', 'a.b-c.example/tenant/one', 'localhost'],
      ['A.example', 'a b', 'a+b', '-a.example', 'a..b', 'https://a.example', 'a.example/'],
    ],
    [
      'reference',
      isReference,
      ['x', ' padded ', '😀'.repeat(128), 'Ü/42'],
      ['', '😀'.repeat(129), 'a\nb', 'a\u0085b', '\ud800'],
    ],
    [
      'request id',
      isRequestId,
      ['req_019aa000-0000-7000-8000-000000000001'],
      ['req_019aa000-0000-4000-8000-000000000001', '019aa000-0000-7000-8000-000000000001'],
    ],
  ])('%s', (_, rule, accepted, refused) => {
    for (const text of accepted) expect(rule(text), text).toBe(true);
    for (const text of refused) expect(rule(text), text).toBe(false);
  });
});
