import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HmacKey } from './hmac-key.ts';

describe('HMAC-SHA-256 with a prepared key', () => {
  it('is that of RFC 4231, test case 2', () => {
    const hex = new HmacKey(Buffer.from('Jefe')).bytesOf('what do ya want for nothing?');
    expect(hex.toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('is that of node:crypto, for every key and text', () => {
    const keys = fc.uint8Array({ minLength: 1, maxLength: 64 });
    const texts = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1300 }));
    fc.assert(
      fc.property(keys, fc.array(texts, { maxLength: 4 }), (bytes, messages) => {
        const key = new HmacKey(bytes);
        for (const text of messages) {
          const expected = createHmac('sha256', bytes).update(text).digest();
          expect(key.bytesOf(text)).toEqual(expected);
          expect(key.base64urlOf(text)).toBe(expected.toString('base64url'));
        }
        expect(key.export()).toEqual(bytes);
      }),
    );
  });

  it('takes no key that would have to be hashed first', () => {
    for (const length of [0, 65])
      expect(() => new HmacKey(new Uint8Array(length))).toThrow(TypeError);
  });
});
