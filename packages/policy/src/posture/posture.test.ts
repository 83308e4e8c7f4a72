import { generateKeyPairSync, sign } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import {
  canonicalBytes,
  decodeBase64url,
  type JsonObject,
  sealReceipt,
  thumbprint,
  utf8,
} from '@craton/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodePosture,
  identityDigest,
  LOG_STATUSES,
  parsePosture,
  type Posture,
  POSTURE_BYTES_MAX,
  readinessPosture,
  RECEIPT_RESULTS,
  roleDigest,
  SIGNING_KEY_SOURCES,
} from './posture.ts';
import { verifyPosture } from './verify-posture.ts';

const SCHEMAS = new URL('../../../../spec/schemas/', import.meta.url);
const ajv = new Ajv2020({ strict: false });
for (const name of readdirSync(SCHEMAS)) {
  ajv.addSchema(JSON.parse(readFileSync(new URL(name, SCHEMAS), 'utf8')));
}

const keys = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const publicKey = bytesOf(keys);
const pin = { publicKey, environment: 'production' };

function bytesOf({ publicKey: key }: typeof keys): Uint8Array {
  return decodeBase64url(key.export({ format: 'jwk' }).x ?? '');
}

const POSTURE: Posture = {
  issuer: 'receipts.example',
  environment: 'production',
  measuredAtMs: Date.parse('2026-11-21T18:00:00.000Z'),
  store: {
    configured: true,
    reachable: true,
    identities: [identityDigest('one'), identityDigest('two')].sort(),
    role: roleDigest('server', 'craton'),
    migrationsPending: false,
  },
  signingKey: { source: 'configured', kid: thumbprint(publicKey), attested: true },
  log: { status: 'publishing', oldestWaitingS: 2, promiseKept: true },
  newestReceipt: 'verified',
  rolesFilled: true,
};

function signed(payload: Uint8Array, signer = keys, envelope: JsonObject = {}): Uint8Array {
  const signature = sign(null, payload, signer.privateKey);
  const kid = thumbprint(bytesOf(signer));
  return utf8(JSON.stringify({ ...sealReceipt(payload, signature, kid), ...envelope }));
}

const digests = fc.constantFrom('a', 'b', 'c').map(identityDigest);
const postures: fc.Arbitrary<Posture> = fc.record(
  {
    issuer: fc.constantFrom('receipts.example', 'a.example/b'),
    environment: fc.constantFrom('production', 'staging'),
    measuredAtMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    store: fc.record(
      {
        configured: fc.boolean(),
        reachable: fc.boolean(),
        identities: fc.array(digests, { maxLength: 3 }).map((list) => list.sort()),
        role: digests,
        migrationsPending: fc.boolean(),
      },
      { requiredKeys: ['configured', 'reachable', 'identities', 'migrationsPending'] },
    ),
    signingKey: fc.record(
      {
        source: fc.constantFrom(...SIGNING_KEY_SOURCES),
        kid: fc.constant(thumbprint(publicKey)),
        attested: fc.boolean(),
      },
      { requiredKeys: ['source', 'attested'] },
    ),
    log: fc.record({
      status: fc.constantFrom(...LOG_STATUSES),
      oldestWaitingS: fc.nat(),
      promiseKept: fc.boolean(),
    }),
    newestReceipt: fc.constantFrom(...RECEIPT_RESULTS),
    rolesFilled: fc.boolean(),
  },
  {
    requiredKeys: [
      'issuer',
      'environment',
      'measuredAtMs',
      'store',
      'signingKey',
      'log',
      'newestReceipt',
    ],
  },
);

describe('a posture', () => {
  it('is read as it was written, in a form that its schema accepts', () => {
    fc.assert(
      fc.property(postures, (posture) => {
        const bytes = encodePosture(posture);
        expect(parsePosture(bytes)).toEqual(posture);
        const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
        expect(ajv.validate('urn:craton:spec:v1:posture', value)).toBe(true);
      }),
    );
  });

  it('is what readiness takes', () => {
    expect(readinessPosture(POSTURE)).toEqual({
      measuredAtMs: POSTURE.measuredAtMs,
      primaryConfigured: true,
      primaryReachable: true,
      storeIdentities: POSTURE.store.identities,
      databaseRole: POSTURE.store.role,
      migrationsPending: false,
      signingKey: 'configured',
      rootAttested: true,
      logAvailable: true,
      rolesFilled: true,
    });
  });

  it('that says nothing of roles has no holders, and one without a database role none to compare', () => {
    const { role, ...store } = POSTURE.store;
    const { rolesFilled, ...others } = POSTURE;
    expect([typeof role, rolesFilled]).toEqual(['string', true]);
    const read = readinessPosture({ ...others, store });
    expect(read.rolesFilled).toBe(false);
    expect(read).not.toHaveProperty('databaseRole');
  });

  it.each([
    ['publishing', true, true],
    ['standby', true, true],
    ['publishing', false, false],
    ['off', true, false],
    ['starting', true, false],
    ['failed', true, false],
  ] as const)('with the log %s and its promise kept %s has a log: %s', (...given) => {
    const [status, promiseKept, expected] = given;
    const log = { status, promiseKept, oldestWaitingS: 0 };
    expect(readinessPosture({ ...POSTURE, log }).logAvailable).toBe(expected);
  });

  it('names a database so that two sides find the same name and others none', () => {
    expect(identityDigest('a')).toBe(identityDigest('a'));
    expect(identityDigest('a')).not.toBe(identityDigest('b'));
    expect(roleDigest('one', 'craton')).not.toBe(roleDigest('two', 'craton'));
  });
});

const VALUE = JSON.parse(new TextDecoder().decode(encodePosture(POSTURE))) as JsonObject;
const withMember = (name: string, value: JsonObject[string]) =>
  canonicalBytes({ ...VALUE, [name]: value });
const without = (name: string) =>
  canonicalBytes(Object.fromEntries(Object.entries(VALUE).filter(([key]) => key !== name)));

describe('a posture document', () => {
  it('that the pinned key signed is read', async () => {
    await expect(verifyPosture(signed(encodePosture(POSTURE)), pin)).resolves.toEqual(POSTURE);
  });

  it('may have members that nobody knows yet', async () => {
    const bytes = signed(withMember('later', true), keys, { later: 1 });
    await expect(verifyPosture(bytes, pin)).resolves.toEqual(POSTURE);
  });

  const payload = encodePosture(POSTURE);
  it.each([
    ['another key', signed(payload, other), 'another key'],
    [
      'another key under the pinned kid',
      signed(payload, other, { kid: thumbprint(publicKey) }),
      'does not fit',
    ],
    [
      'a changed payload',
      signed(payload, keys, {
        payload_b64: Buffer.from(withMember('newest_receipt', 'none')).toString('base64'),
      }),
      'does not fit',
    ],
    ['a signature that is none', signed(payload, keys, { signature: 'AAAA' }), 'does not fit'],
    ['another algorithm', signed(payload, keys, { sig_alg: 'none' }), 'must be "ed25519"'],
    ['no base64', signed(payload, keys, { payload_b64: '_' }), 'cannot be read'],
    ['no JSON', utf8('{'), 'cannot be read'],
    ['no object', utf8('[]'), 'must be an object'],
    ['too many bytes', utf8(' '.repeat(POSTURE_BYTES_MAX + 1)), 'too long'],
    ['white space', signed(utf8(JSON.stringify(VALUE, null, 1))), 'canonical'],
    ['a payload that is no JSON', signed(utf8('posture')), 'cannot be read'],
    [
      'a receipt as payload',
      signed(withMember('protocol', 'craton.receipt.protocol.v1')),
      'must be',
    ],
    ['another environment', signed(withMember('environment', 'staging')), 'another environment'],
    ['no time', signed(withMember('measured_at', 'yesterday')), 'must be a time'],
    ['no flag', signed(withMember('roles', { filled: 'yes' })), 'true or false'],
    ['an unknown status', signed(withMember('newest_receipt', 'maybe')), 'must be one of'],
    [
      'an identity that is none',
      signed(withMember('store', { identities: ['x'] })),
      'true or false',
    ],
    ['no store', signed(without('store')), 'must be an object'],
  ])('with %s is refused', async (_title, bytes, message) => {
    await expect(verifyPosture(bytes, pin)).rejects.toMatchObject({
      code: 'ERR_POSTURE',
      message: expect.stringContaining(message) as string,
    });
  });

  it('is not refused for what is wrong with the runtime', async () => {
    const failing = () => Promise.reject(new TypeError('no crypto'));
    await expect(verifyPosture(signed(payload), pin, failing)).rejects.toThrow('no crypto');
  });
});
