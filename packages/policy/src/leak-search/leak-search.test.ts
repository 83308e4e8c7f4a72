import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecretSearch } from './leak-search.ts';

const SECRET = randomBytes(32);
const TEXT = 'Canary-of-this-test';
const within = (secret: string | Uint8Array, before: string) =>
  Buffer.concat([Buffer.from(before), Buffer.from(secret), Buffer.from('and more')]);

const forms: readonly [form: string, write: (secret: Uint8Array) => string | Uint8Array][] = [
  ['bytes', (secret) => within(secret, 'text ')],
  ['hex', (secret) => `key=${Buffer.from(secret).toString('hex')};`],
  ['upper-case hex', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['base64', (secret) => `"${Buffer.from(secret).toString('base64')}"`],
  ['base64url', (secret) => `"${Buffer.from(secret).toString('base64url')}"`],
  ['base64 of a longer text', (secret) => within(secret, '').toString('base64')],
  ['base64 of a longer text, by one', (secret) => within(secret, '{').toString('base64')],
  ['base64 of a longer text, by two', (secret) => within(secret, '{"').toString('base64url')],
  ['JSON of a buffer', (secret) => JSON.stringify({ key: Buffer.from(secret) })],
];

describe('a leak search', () => {
  it.each(forms)('finds a secret as %s, and names the place', (_form, write) => {
    const search = new SecretSearch();
    search.add('clean', randomBytes(4096));
    expect(search.find(SECRET)).toEqual([]);
    search.add('leaking', write(SECRET));
    expect(search.find(SECRET)).toEqual(['leaking']);
    expect(search.find(randomBytes(32))).toEqual([]);
  });

  it.each([
    ['as it is', TEXT],
    ['in lower case', TEXT.toLowerCase()],
    ['percent-encoded', TEXT.replaceAll(/./g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)],
  ])('finds a text %s', (_form, text) => {
    const search = new SecretSearch();
    search.add('leaking', `before ${text} after`);
    expect(search.find(TEXT)).toEqual(['leaking']);
  });
});
