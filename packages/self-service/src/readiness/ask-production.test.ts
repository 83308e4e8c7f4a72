/** What is believed of the production side, and what is not. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { encodePosture, type Posture } from '@craton/policy';
import { decodeBase64url, publicJwk, sealReceipt, thumbprint } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { askProduction, type ProductionPorts } from './ask-production.ts';

const postureKeys = generateKeyPairSync('ed25519');
const signingKeys = generateKeyPairSync('ed25519');
const bytesOf = ({ publicKey }: typeof postureKeys) =>
  decodeBase64url(publicKey.export({ format: 'jwk' }).x ?? '');
const publicKey = bytesOf(postureKeys);
const signing = publicJwk(bytesOf(signingKeys));
const NOW = 1_000;

const POSTURE: Posture = {
  issuer: 'receipts.example',
  environment: 'production',
  measuredAtMs: NOW,
  store: { configured: true, reachable: true, identities: [], migrationsPending: false },
  signingKey: { source: 'configured', kid: signing.kid, attested: true },
  log: { status: 'publishing', oldestWaitingS: 0, promiseKept: true },
  newestReceipt: 'none',
};

function sealed(posture: Posture, keys = postureKeys): string {
  const payload = encodePosture(posture);
  const signature = sign(null, payload, keys.privateKey);
  return JSON.stringify(sealReceipt(payload, signature, thumbprint(bytesOf(keys))));
}

const JWKS = JSON.stringify({ keys: [signing] });

/** Answers of a production side; a missing one is a connection that fails. */
function ask(answers: { posture?: string; keys?: string }, changes: Partial<ProductionPorts> = {}) {
  const send = ((url: string) => {
    const body = url.endsWith('/posture') ? answers.posture : answers.keys;
    if (body === undefined) return Promise.reject(new TypeError('fetch failed'));
    return Promise.resolve(new Response(body, { status: body === '' ? 404 : 200 }));
  }) as typeof fetch;
  return askProduction({
    boundaryUrl: 'https://boundary.example',
    publicKey,
    environment: 'production',
    nowMs: () => NOW,
    fetch: send,
    ...changes,
  });
}

describe('the production side', () => {
  it('is believed under the pinned key', async () => {
    await expect(ask({ posture: sealed(POSTURE), keys: JWKS })).resolves.toEqual({
      posture: POSTURE,
      verification: { measuredAtMs: NOW, verified: true },
    });
  });

  it.each([
    ['does not answer', {}],
    ['has no posture', { posture: '' }],
    ['signs with another key', { posture: sealed(POSTURE, signingKeys) }],
    ['is another environment', { posture: sealed({ ...POSTURE, environment: 'staging' }) }],
    ['sends what is no posture', { posture: '{"a":1}' }],
    ['sends too much', { posture: sealed(POSTURE) + ' '.repeat(20_000) }],
  ])('that %s says nothing', async (_title, answers) => {
    await expect(ask({ keys: JWKS, ...answers })).resolves.toEqual({});
  });

  it.each([
    ['without an address', { boundaryUrl: undefined }],
    ['without a pinned key', { publicKey: undefined }],
  ])('is not asked %s', async (_title, changes) => {
    await expect(ask({ posture: sealed(POSTURE), keys: JWKS }, changes)).resolves.toEqual({});
  });
});

describe('the published keys', () => {
  const other = publicJwk(publicKey);
  const { source, attested } = POSTURE.signingKey;
  it.each([
    ['are not there', undefined, POSTURE],
    ['are of somebody else', JSON.stringify({ keys: [other] }), POSTURE],
    [
      'are another key under this kid',
      JSON.stringify({ keys: [{ ...other, kid: signing.kid }] }),
      POSTURE,
    ],
    ['are no keys', '[]', POSTURE],
    ['fit, but the newest receipt does not', JWKS, { ...POSTURE, newestReceipt: 'failed' }],
    ['fit no key', JWKS, { ...POSTURE, signingKey: { source, attested } }],
  ] as const)('fail when they %s', async (_title, keys, posture) => {
    const found = await ask({ posture: sealed(posture), ...(keys !== undefined && { keys }) });
    expect(found.verification).toEqual({ measuredAtMs: NOW, verified: false });
  });
});
