import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { CratonError, utf8 } from '@craton/protocol';
import { expect, it } from 'vitest';
import {
  APPROVAL_ISSUERS_BYTES_MAX,
  APPROVAL_ISSUERS_MAX,
  APPROVAL_KEYS_MAX,
  parseApprovalIssuers,
} from './approval-issuers.ts';

const ED25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const P384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
const RSA = { kty: 'RSA', n: `${'_'.repeat(341)}w`, e: 'AQAB' };
const EDDSA_KEY = { ...ED25519, kid: 'one', alg: 'EdDSA' };

const parse = (value: unknown) => parseApprovalIssuers(utf8(JSON.stringify(value)));
const withKeys = (keys: readonly unknown[]) => ({
  issuers: [{ iss: 'https://approvals.example', jwks: { keys } }],
});
const withKey = (key: object) => withKeys([key]);
const issuers = (count: number) => ({
  issuers: Array.from({ length: count }, (_, index) => ({
    iss: `issuer-${index}`,
    jwks: { keys: [EDDSA_KEY] },
  })),
});

function fault(work: () => unknown): { readonly code: string; readonly field: string | undefined } {
  try {
    work();
  } catch (error) {
    if (error instanceof CratonError) return { code: error.code, field: error.field };
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

it('reads each kind of key, and keeps what makes the key', () => {
  const [issuer] = parse(
    withKeys([
      { ...EDDSA_KEY, use: 'sig', key_ops: ['verify'] },
      { ...P256, kid: 'two', alg: 'ES256' },
      { ...RSA, kid: 'three', alg: 'RS256' },
    ]),
  );
  expect(issuer).toEqual({
    iss: 'https://approvals.example',
    keys: [
      { kid: 'one', alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: ED25519.x } },
      { kid: 'two', alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256', x: P256.x, y: P256.y } },
      { kid: 'three', alg: 'RS256', jwk: RSA },
    ],
  });
});

it('takes as many issuers and keys as it may, and not one more', () => {
  const keys = (count: number) =>
    withKeys(Array.from({ length: count }, (_, index) => ({ ...EDDSA_KEY, kid: `${index}` })));
  expect(parse(issuers(APPROVAL_ISSUERS_MAX))).toHaveLength(APPROVAL_ISSUERS_MAX);
  expect(parse(keys(APPROVAL_KEYS_MAX))[0]?.keys).toHaveLength(APPROVAL_KEYS_MAX);
  expect(fault(() => parse(issuers(APPROVAL_ISSUERS_MAX + 1))).field).toBe('issuers');
  expect(fault(() => parse(keys(APPROVAL_KEYS_MAX + 1))).field).toBe('issuers[0].jwks.keys');
  const spaces = utf8(' '.repeat(APPROVAL_ISSUERS_BYTES_MAX + 1));
  expect(fault(() => parseApprovalIssuers(spaces)).code).toBe('ERR_FORMAT');
});

const KEY = 'issuers[0].jwks.keys[0]';
const secret = (jwk: JsonWebKey) => ({ ...jwk, kid: 'one', alg: 'EdDSA', d: 'AAAA' });

it.each([
  ['a document that is no object', [], ''],
  ['an unknown member', { ...withKey(EDDSA_KEY), extra: 1 }, 'extra'],
  ['no issuers', { issuers: [] }, 'issuers'],
  ['issuers that are no list', { issuers: {} }, 'issuers'],
  [
    'one issuer twice',
    { issuers: [...withKey(EDDSA_KEY).issuers, ...withKey(EDDSA_KEY).issuers] },
    'issuers',
  ],
  ['an issuer without a name', { issuers: [{ jwks: { keys: [EDDSA_KEY] } }] }, 'issuers[0].iss'],
  ['an issuer with an unknown member', { issuers: [{ iss: 'a', keys: [] }] }, 'issuers[0].keys'],
  [
    'an issuer of 257 characters',
    { issuers: [{ iss: 'x'.repeat(257), jwks: {} }] },
    'issuers[0].iss',
  ],
  ['an issuer without keys', withKeys([]), 'issuers[0].jwks.keys'],
  ['a private key', withKey(secret(ED25519)), `${KEY}.d`],
  ['a symmetric key', withKey({ kty: 'oct', kid: 'one', alg: 'HS256', k: 'AAAA' }), `${KEY}.k`],
  ['a key without an id', withKey({ ...ED25519, alg: 'EdDSA' }), `${KEY}.kid`],
  ['one id twice', withKeys([EDDSA_KEY, EDDSA_KEY]), 'issuers[0].jwks.keys'],
  ['a key without an algorithm', withKey({ ...ED25519, kid: 'one' }), `${KEY}.alg`],
  ['no algorithm at all', withKey({ ...EDDSA_KEY, alg: 'none' }), `${KEY}.alg`],
  ['a MAC', withKey({ ...EDDSA_KEY, alg: 'HS256' }), `${KEY}.alg`],
  ['a key for encryption', withKey({ ...EDDSA_KEY, use: 'enc' }), `${KEY}.use`],
  ['a key that signs', withKey({ ...EDDSA_KEY, key_ops: ['sign', 'verify'] }), `${KEY}.key_ops`],
  ['an unknown member of a key', withKey({ ...EDDSA_KEY, x5u: 'https://a' }), `${KEY}.x5u`],
  ['a key of another kind', withKey({ ...EDDSA_KEY, alg: 'RS256' }), `${KEY}.crv`],
  ['a key type that does not fit', withKey({ ...EDDSA_KEY, kty: 'EC' }), `${KEY}.kty`],
  ['another curve', withKey({ ...EDDSA_KEY, crv: 'X25519' }), `${KEY}.crv`],
  ['another curve for ES256', withKey({ ...P384, kid: 'one', alg: 'ES256' }), `${KEY}.x`],
  ['a key that is too short', withKey({ ...EDDSA_KEY, x: 'AAAA' }), `${KEY}.x`],
  ['a key that is no base64url', withKey({ ...EDDSA_KEY, x: `${'A'.repeat(42)}=` }), `${KEY}.x`],
  ['a point of small order', withKey({ ...EDDSA_KEY, x: 'A'.repeat(43) }), `${KEY}.x`],
  [
    'RSA with 1024 bits',
    withKey({ ...RSA, kid: 'a', alg: 'RS256', n: 'w'.repeat(171) }),
    `${KEY}.n`,
  ],
  [
    'RSA with zeros before it',
    withKey({ ...RSA, kid: 'a', alg: 'RS256', n: `A${RSA.n.slice(1)}` }),
    `${KEY}.n`,
  ],
  ['RSA with the exponent 3', withKey({ ...RSA, kid: 'a', alg: 'RS256', e: 'Aw' }), `${KEY}.e`],
])('refuses %s', (_name, value, field) => {
  expect(fault(() => parse(value))).toEqual({ code: 'ERR_FORMAT', field });
});

it('refuses what is no JSON, or has a member twice', () => {
  for (const text of ['', '{', '{"issuers":[],"issuers":[]}']) {
    expect(() => parseApprovalIssuers(utf8(text))).toThrow(CratonError);
  }
});

it('shows no value of a key', () => {
  const key = { ...EDDSA_KEY, x: 'canary-canary' };
  expect(() => parse(withKey(key))).not.toThrow(/canary/);
});
