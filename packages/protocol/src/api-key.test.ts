import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { apiKeySha256, composeApiKey, isApiKeyText } from './api-key.ts';

const RANDOM = Uint8Array.from({ length: 32 }, (_, index) => index);
const KEY = composeApiKey({ kind: 'bnd', environment: 'development', random: RANDOM });

describe('composeApiKey', () => {
  it('writes kind, environment, 256 random bits and 36 bits of checksum', () => {
    const body = `craton_bnd_development_${Buffer.from(RANDOM).toString('base64url')}`;
    const sum = createHash('sha256').update(body).digest('base64url').slice(0, 6);
    expect(KEY).toBe(body + sum);
    // The checksum is the digest's first 36 bits: 6 characters of 6 bits.
    const bits = createHash('sha256').update(body).digest().subarray(0, 5).toString('hex');
    const read = Buffer.from(`${sum}AA`, 'base64url').subarray(0, 5).toString('hex');
    expect(BigInt(`0x${read}`) >> 4n).toBe(BigInt(`0x${bits}`) >> 4n);
  });

  it('refuses an environment that is none and too little chance', () => {
    expect(() => composeApiKey({ kind: 'bnd', environment: 'Dev', random: RANDOM })).toThrow(
      TypeError,
    );
    expect(() =>
      composeApiKey({ kind: 'bnd', environment: 'test', random: RANDOM.subarray(1) }),
    ).toThrow(TypeError);
  });
});

describe('isApiKeyText', () => {
  it.each(['bnd', 'sts', 'ops', 'pull'] as const)('accepts the kind %s', (kind) => {
    expect(isApiKeyText(composeApiKey({ kind, environment: 'prod1', random: RANDOM }))).toBe(true);
  });

  it('refuses every change of one character', () => {
    for (let index = 0; index < KEY.length; index++) {
      const other = KEY[index] === 'x' ? 'y' : 'x';
      expect(isApiKeyText(KEY.slice(0, index) + other + KEY.slice(index + 1))).toBe(false);
    }
  });

  it.each([
    ['nothing', ''],
    ['one character less', KEY.slice(0, -1)],
    ['one character more', `${KEY}A`],
    ['a line feed behind it', `${KEY}\n`],
    ['another kind', KEY.replace('_bnd_', '_abc_')],
    ['no environment', KEY.replace('_development_', '__')],
  ])('refuses %s', (_title, text) => {
    expect(isApiKeyText(text)).toBe(false);
  });

  it('refuses a second spelling of the random bits', () => {
    // The last of the 43 characters has two bits that say nothing.
    const body = KEY.slice(0, -6);
    const changed = `${body.slice(0, -1)}${String.fromCharCode(body.charCodeAt(body.length - 1) + 1)}`;
    const sum = createHash('sha256').update(changed).digest('base64url').slice(0, 6);
    expect(Buffer.from(changed.slice(-43), 'base64url')).toEqual(Buffer.from(RANDOM));
    expect(isApiKeyText(changed + sum)).toBe(false);
  });
});

it('apiKeySha256 is of the whole text', () => {
  expect(apiKeySha256(KEY)).toBe(createHash('sha256').update(KEY).digest('hex'));
});
