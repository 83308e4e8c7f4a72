import { readFileSync } from 'node:fs';
import {
  ERROR_CODES,
  type JsonObject,
  parseKeySet,
  parseStrict,
  publicJwk,
  readAttestation,
  thumbprint,
} from '@craton/protocol';
import { importJWK, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attest, Harness } from '../../test/harness.ts';
import { createSigner } from '../signing/signer.ts';
import { ALL_DOCUMENTS, openApiDocument } from './api-document.ts';

let boundary: Harness;
const retired = createSigner(Buffer.alloc(32, 3));

beforeAll(async () => {
  boundary = await Harness.open({
    ports: ({ material }) => ({
      material: {
        ...material,
        keys: [...material.keys, publicJwk(retired.publicKey)],
        attestations: [...material.attestations, attest(retired.publicKey)],
      },
    }),
  });
  await boundary.keepSample();
});
afterAll(async () => {
  await boundary.close();
});

const DOCUMENTS = [
  '/protocol/v1/spec',
  '/protocol/v1/schema',
  '/protocol/v1/errors',
  '/protocol/v1/jwks.json',
  '/self-service/verify-keys/offline-bundle',
  '/openapi.json',
];

describe.each(DOCUMENTS)('%s', (url) => {
  it('is public JSON that caches may keep for a while, and other origins read', async () => {
    const answer = await boundary.get(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    expect(() => parseStrict(answer.rawPayload, { numbers: 'safe', depthMax: 64 })).not.toThrow();
  });

  it('answers 304 to whoever has it', async () => {
    const { etag } = (await boundary.get(url)).headers;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await boundary.inject({ url, headers: { 'if-none-match': known } });
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
    }
    const other = await boundary.inject({ url, headers: { 'if-none-match': '"other"' } });
    expect(other.statusCode).toBe(200);
  });

  it('has a head', async () => {
    const answer = await boundary.inject({ method: 'HEAD', url });
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
  });
});

describe('keys', () => {
  it('are exactly public Ed25519 entries, retired ones too, and another library reads them', async () => {
    const { keys } = (await boundary.get('/protocol/v1/jwks.json')).json<{ keys: JWK[] }>();
    expect(keys.map(({ kid }) => kid)).toEqual([
      boundary.signer.kid,
      thumbprint(retired.publicKey),
    ]);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
      await expect(importJWK(key)).resolves.toBeDefined();
    }
    expect(parseKeySet({ keys: keys as unknown as JsonObject[] }).size).toBe(2);
  });

  it('come with every attestation for offline use', async () => {
    const answer = await boundary.get('/self-service/verify-keys/offline-bundle');
    const bundle = answer.json<{ keys: JsonObject[]; attestations: JsonObject[] }>();
    expect(parseKeySet({ keys: bundle.keys }).size).toBe(2);
    const attested = bundle.attestations.map((one) => readAttestation(one).payload.subject.kid);
    expect(attested).toEqual(bundle.keys.map(({ kid }) => kid));
    expect(bundle).toMatchObject({ issuer: 'craton.localhost', environment: 'development' });
  });

  it('never show a private part anywhere', async () => {
    for (const url of DOCUMENTS) {
      const { body } = await boundary.get(url);
      expect(body).not.toMatch(/"(?:d|seed|private[a-z_]*|secret[a-z_]*)":/);
    }
  });
});

describe('documents', () => {
  it('/protocol/v1/spec describes this instance and names where everything is', async () => {
    const spec = (await boundary.get('/protocol/v1/spec')).json<{
      resources: Record<string, string>;
    }>();
    expect(spec).toMatchObject({
      protocol: 'craton.receipt.protocol.v1',
      issuer: 'craton.localhost',
      environment: 'development',
      log_origin: 'craton.localhost/development',
      receipt: { sig_alg: 'ed25519' },
    });
    for (const url of Object.values(spec.resources)) {
      expect([url, (await boundary.get(url)).statusCode]).toEqual([url, 200]);
    }
  });

  it('/protocol/v1/schema holds every schema that it refers to', async () => {
    const text = (await boundary.get('/protocol/v1/schema')).body;
    const ids = new Set([...text.matchAll(/"\$id":"([^"]+)"/g)].map(([, id]) => id));
    const references = [...text.matchAll(/"\$ref":"(urn:[^"#]+)/g)].map(([, id]) => id);
    expect(references.length).toBeGreaterThan(5);
    expect(references.filter((id) => !ids.has(id))).toEqual([]);
    expect(ids).toContain('urn:craton:spec:v1:payload');
  });

  it('/protocol/v1/errors is spec/error-codes.json, and problems point into it', async () => {
    const answer = await boundary.get('/protocol/v1/errors');
    const published = readFileSync(new URL('../../../../spec/error-codes.json', import.meta.url));
    expect(answer.json()).toEqual(JSON.parse(published.toString()));
    expect(answer.json<unknown[]>()).toHaveLength(ERROR_CODES.length);
    const { type } = (await boundary.get('/none')).json<{ type: string }>();
    expect(type).toBe('/protocol/v1/errors#ERR_NOT_FOUND');
  });

  it('/openapi.json is spec/openapi.json, and names every route that is no page', async () => {
    const answer = await boundary.get('/openapi.json');
    const published = readFileSync(new URL('../../../../spec/openapi.json', import.meta.url));
    expect(answer.json()).toEqual(JSON.parse(published.toString()));
    expect(answer.json()).toEqual(openApiDocument());
    const { paths } = answer.json<{ paths: Record<string, object> }>();
    const documented = new Set(ALL_DOCUMENTS.map(({ path }) => path));
    expect(Object.keys(paths).sort()).toEqual([...documented].sort());
    for (const { method, path, restParameter } of ALL_DOCUMENTS) {
      const url = path.replace(`{${restParameter ?? ''}}`, '*').replaceAll(/\{([a-z_]+)\}/g, ':$1');
      expect([url, boundary.server.hasRoute({ method, url })]).toEqual([url, true]);
    }
  });
});

describe('health', () => {
  it('/healthz answers', async () => {
    expect((await boundary.get('/healthz')).json()).toEqual({ status: 'ok' });
  });

  it('/readyz measures store, signer, clock, queue and log', async () => {
    const { checks } = (await boundary.get('/readyz')).json<{ checks: { id: string }[] }>();
    expect(checks.map(({ id }) => id)).toEqual([
      'store',
      'signer',
      'clock',
      'queue',
      'log',
      'log_promise',
    ]);
  });
});
