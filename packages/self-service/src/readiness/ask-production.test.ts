/** What is believed of the production side, and what is not. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodePosture, type Posture } from '@craton/policy';
import { type Bundle, decodeBase64url, publicJwk, sealReceipt, thumbprint } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { askProduction, type ProductionPorts } from './ask-production.ts';

const postureKeys = generateKeyPairSync('ed25519');
const otherKeys = generateKeyPairSync('ed25519');
const bytesOf = ({ publicKey }: typeof postureKeys) =>
  decodeBase64url(publicKey.export({ format: 'jwk' }).x ?? '');
const publicKey = bytesOf(postureKeys);
const NOW = 1_000;

/** A receipt of the published cases stands for the sample. */
const golden = new URL('../../../../spec/vectors/golden/001-allow.json', import.meta.url);
const SAMPLE = (
  JSON.parse(readFileSync(golden, 'utf8')) as { bundles: { full: { bundle: Bundle } } }
).bundles.full.bundle;
const PAYLOAD = JSON.parse(Buffer.from(SAMPLE.receipt.payload_b64, 'base64').toString()) as {
  issuer: string;
  environment: string;
};
const { issuer, environment } = PAYLOAD;

const POSTURE: Posture = {
  issuer,
  environment,
  measuredAtMs: NOW,
  store: { configured: true, reachable: true, identities: [], migrationsPending: false },
  signingKey: { source: 'configured', kid: SAMPLE.receipt.kid, attested: true },
  log: { status: 'publishing', oldestWaitingS: 0, promiseKept: true },
  newestReceipt: 'none',
};

function sealed(posture: Posture, keys = postureKeys): string {
  const payload = encodePosture(posture);
  const signature = sign(null, payload, keys.privateKey);
  return JSON.stringify(sealReceipt(payload, signature, thumbprint(bytesOf(keys))));
}

const JWKS = JSON.stringify(SAMPLE.key_bundle);

/** Answers of a production side; a missing one is a connection that fails. */
function ask(
  answers: { posture?: string; keys?: string; sample?: string },
  changes: Partial<ProductionPorts> = {},
) {
  const bodies: Record<string, string | undefined> = {
    posture: answers.posture,
    'jwks.json': answers.keys,
    'sample-receipt': 'sample' in answers ? answers.sample : JSON.stringify(SAMPLE),
  };
  const send = ((url: string) => {
    const body = bodies[url.split('/').at(-1) ?? ''];
    if (body === undefined) return Promise.reject(new TypeError('fetch failed'));
    return Promise.resolve(new Response(body, { status: body === '' ? 404 : 200 }));
  }) as typeof fetch;
  return askProduction({
    boundaryUrl: 'https://boundary.example',
    publicKey,
    environment,
    nowMs: () => NOW,
    fetch: send,
    ...changes,
  });
}

describe('the production side', () => {
  it('is believed under the pinned key', async () => {
    const posture = sealed(POSTURE);
    const answer = await ask({ posture, keys: JWKS });
    expect(Buffer.from(answer.signedPosture ?? []).toString()).toBe(posture);
    expect(answer).toMatchObject({
      posture: POSTURE,
      verification: { measuredAtMs: NOW, verified: true },
    });
  });

  it.each([
    ['does not answer', {}],
    ['has no posture', { posture: '' }],
    ['signs with another key', { posture: sealed(POSTURE, otherKeys) }],
    ['is another environment', { posture: sealed({ ...POSTURE, environment: 'elsewhere' }) }],
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

describe('the sample receipt', () => {
  const other = publicJwk(publicKey);
  const [key] = SAMPLE.key_bundle.keys;
  const { source, attested } = POSTURE.signingKey;
  const keysOf = (...keys: unknown[]) => JSON.stringify({ keys });

  it.each([
    ['no keys', undefined, POSTURE],
    ['the keys of somebody else', keysOf(other), POSTURE],
    ['another key under this kid', keysOf({ ...key, x: other.x }), POSTURE],
    ['keys that are none', '[]', POSTURE],
    ['a newest receipt that does not verify', JWKS, { ...POSTURE, newestReceipt: 'failed' }],
    ['another key that signs now', JWKS, { ...POSTURE, signingKey: { source, attested } }],
    ['another issuer', JWKS, { ...POSTURE, issuer: 'other.example' }],
  ] as const)('is not verified beside %s', async (_title, keys, posture) => {
    const found = await ask({ posture: sealed(posture), ...(keys !== undefined && { keys }) });
    expect(found.verification).toEqual({ measuredAtMs: NOW, verified: false });
  });

  const changed = (part: object) => JSON.stringify({ ...SAMPLE, ...part });
  it.each([
    ['is not there', undefined],
    ['is no bundle', '{}'],
    [
      'has another signature',
      changed({ receipt: { ...SAMPLE.receipt, signature: 'A'.repeat(86) + '==' } }),
    ],
    ['has no attestation', changed({ attestation: undefined })],
    ['is too long', JSON.stringify(SAMPLE) + ' '.repeat(300_000)],
  ])('is not verified if it %s', async (_title, sample) => {
    const found = await ask({
      posture: sealed(POSTURE),
      keys: JWKS,
      ...(sample === undefined ? { sample: undefined as never } : { sample }),
    });
    expect(found.verification).toEqual({ measuredAtMs: NOW, verified: false });
  });
});
