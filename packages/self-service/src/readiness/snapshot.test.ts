/** The snapshot as it is served: who gets it, and that it can be evaluated again. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { encodePosture, parseReadinessConfig, type Posture, verifySnapshot } from '@craton/policy';
import { decodeBase64url, sealReceipt, thumbprint, utf8 } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, KEYS } from '../../test/harness.ts';
import { Prober } from './prober.ts';

const keys = generateKeyPairSync('ed25519');
const publicKey = decodeBase64url(keys.publicKey.export({ format: 'jwk' }).x ?? '');
const NOW = Date.UTC(2026, 10, 21, 18);

const POSTURE: Posture = {
  issuer: 'receipts.example',
  environment: 'production',
  measuredAtMs: NOW,
  store: { configured: true, reachable: true, identities: [], migrationsPending: false },
  signingKey: { source: 'configured', kid: thumbprint(publicKey), attested: true },
  log: { status: 'publishing', oldestWaitingS: 0, promiseKept: true },
  newestReceipt: 'verified',
};

async function probed(): Promise<Prober> {
  const payload = encodePosture(POSTURE);
  const envelope = sealReceipt(
    payload,
    sign(null, payload, keys.privateKey),
    thumbprint(publicKey),
  );
  const prober = new Prober({
    config: parseReadinessConfig({
      CRATON_ENV: 'production',
      SELF_SERVICE_DATABASE_URL: 'postgres://a:secret@db.example/drafts?sslmode=require',
      REQUIRE_SELF_SERVICE_DATABASE_URL: 'true',
    }).config,
    drafts: { kind: 'refused' },
    askProduction: () =>
      Promise.resolve({
        posture: POSTURE,
        signedPosture: utf8(JSON.stringify({ ...envelope, later: 1 })),
        verification: { measuredAtMs: NOW, verified: true },
      }),
    probeDraftStore: () => Promise.reject(new TypeError('Not asked.')),
    nowMs: () => NOW,
    onFault: (error) => {
      throw error;
    },
  });
  await prober.probe();
  return prober;
}

let harness: Harness;
beforeEach(async () => {
  const prober = await probed();
  harness = new Harness({
    ports: () => ({
      hasOpenDetail: false,
      readiness: () => prober.current(),
      snapshot: () => prober.snapshot(),
    }),
  });
});
afterEach(async () => {
  await harness.close();
});

const get = (key?: string) =>
  harness.inject({
    method: 'GET',
    url: '/self-service/readiness/receipt',
    ...(key !== undefined && { headers: { 'x-api-key': key } }),
  });

describe('the readiness snapshot', () => {
  it.each([
    ['a person', KEYS.reader],
    ['the operator side', KEYS.pull],
  ])('is for %s, and verifies to the answer that is shown', async (_who, key) => {
    const answer = await get(key);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toMatch(/secret|example\/drafts|db\.example/);
    const { detail, hasPosture } = await verifySnapshot(utf8(answer.body), publicKey);
    const shown = await harness.inject({ method: 'GET', url: '/self-service/readiness.json' });
    expect(hasPosture).toBe(true);
    expect(shown.json()).toMatchObject({
      status: detail.status,
      production_write_from_self_service: detail.production_write_from_self_service,
    });
  });

  it.each([
    ['nobody', undefined],
    ['a key of the production side', KEYS.boundary],
    ['a key that is over', KEYS.expired],
  ])('is not for %s', async (_who, key) => {
    expect((await get(key)).statusCode).toBe(401);
  });
});
