/** A snapshot: what it hides, and that its answer can be made again from it. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import {
  canonicalize,
  decodeBase64url,
  type JsonObject,
  sealReceipt,
  taggedDigest,
  thumbprint,
  utf8,
} from '@craton/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodePosture,
  identityDigest,
  type Posture,
  readinessPosture,
  roleDigest,
} from '../posture/posture.ts';
import { evaluateReadiness } from '../readiness/evaluate-readiness.ts';
import { parseReadinessConfig } from '../readiness/readiness-config.ts';
import type { ReadinessProbes } from '../readiness/readiness-document.ts';
import { anonymousConfig } from './anonymous-config.ts';
import { composeSnapshot, SNAPSHOT_BYTES_MAX } from './snapshot.ts';
import { verifySnapshot } from './verify-snapshot.ts';

const NOW = Date.parse('2026-11-21T18:00:00.000Z');
const keys = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const bytesOf = ({ publicKey: key }: typeof keys) =>
  decodeBase64url(key.export({ format: 'jwk' }).x ?? '');
const publicKey = bytesOf(keys);

const POSTURE: Posture = {
  issuer: 'receipts.example',
  environment: 'production',
  measuredAtMs: NOW - 2_000,
  store: {
    configured: true,
    reachable: true,
    identities: [identityDigest('production')],
    role: roleDigest('one', 'craton'),
    migrationsPending: false,
  },
  signingKey: { source: 'configured', kid: thumbprint(publicKey), attested: true },
  log: { status: 'publishing', oldestWaitingS: 0, promiseKept: true },
  newestReceipt: 'verified',
  rolesFilled: true,
};
const PROBES: ReadinessProbes = {
  nowMs: NOW,
  ageMsMax: 30_000,
  crashed: false,
  draftStore: {
    measuredAtMs: NOW - 1_000,
    reachable: true,
    storeIdentities: [identityDigest('drafts')],
    databaseRole: roleDigest('one', 'drafts'),
    migrationsPending: false,
    canWriteProduction: false,
  },
  verification: { measuredAtMs: NOW - 1_000, verified: true },
};
const VARIABLES = {
  CRATON_ENV: 'production',
  SELF_SERVICE_DATABASE_URL:
    'postgres://ada:secret@db.customer.example:6543/theirs?sslmode=require',
  REQUIRE_SELF_SERVICE_DATABASE_URL: 'true',
};

function signed(posture: Posture, signer = keys) {
  const payload = encodePosture(posture);
  return sealReceipt(payload, sign(null, payload, signer.privateKey), thumbprint(bytesOf(signer)));
}

function snapshotOf(
  variables: Record<string, string> = VARIABLES,
  probes = PROBES,
  given: Posture | 'none' = POSTURE,
): JsonObject {
  const posture = given === 'none' ? undefined : given;
  const { config } = parseReadinessConfig(variables);
  const { detail } = evaluateReadiness(config, posture && readinessPosture(posture), probes);
  const parts = { config, probes, ...(posture && { posture: signed(posture) }) };
  return composeSnapshot(parts, detail);
}

const verify = (snapshot: JsonObject, key = publicKey) =>
  verifySnapshot(utf8(JSON.stringify(snapshot)), key);

/** With a digest that fits, as whoever changes a snapshot would make one. */
function resealed({ digest, ...said }: JsonObject): JsonObject {
  expect(digest).toBeDefined();
  return { ...said, digest: taggedDigest('craton.readiness.snapshot.v1', said) };
}

describe('a snapshot', () => {
  it('is evaluated again, with the same answer and a digest to cite', async () => {
    const snapshot = snapshotOf();
    const { detail, digest, hasPosture } = await verify(snapshot);
    expect([detail.status, digest, hasPosture]).toEqual([
      'ready_for_review',
      snapshot['digest'],
      true,
    ]);
    expect(detail.production_write_from_self_service).toBe(false);
  });

  it('has the form of its schema', () => {
    const schemas = new URL('../../../../spec/schemas/', import.meta.url);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const name of readdirSync(schemas)) {
      ajv.addSchema(JSON.parse(readFileSync(new URL(name, schemas), 'utf8')));
    }
    const isValid = (snapshot: JsonObject) =>
      ajv.validate('urn:craton:spec:v1:readiness-snapshot', snapshot);
    expect(isValid(snapshotOf())).toBe(true);
    expect(
      isValid(snapshotOf({ ...VARIABLES, ALLOW_LOCAL_PRODUCTION_DB: '2026-11-21T18:00:01Z' })),
    ).toBe(true);
    expect(isValid({ ...snapshotOf(), host: 'db.example' })).toBe(false);
  });

  it('without a posture says that nothing in it is signed', async () => {
    const { hasPosture, detail } = await verify(snapshotOf(VARIABLES, PROBES, 'none'));
    expect([hasPosture, detail.degraded_by]).toEqual([false, ['primary_unreachable']]);
  });

  it('holds no host, user, path or password', () => {
    const text = canonicalize(snapshotOf());
    for (const secret of ['customer', 'ada', 'secret', 'theirs', '6543']) {
      expect(text).not.toContain(secret);
    }
  });

  const good = snapshotOf();
  const readiness = good['readiness'] as JsonObject;
  const probes = good['probes'] as JsonObject;
  const draftStore = probes['draft_store'] as JsonObject;
  it.each<[what: string, snapshot: JsonObject, code: string]>([
    ['another answer', { ...good, readiness: { ...readiness, status: 'degraded' } }, 'SNAPSHOT'],
    [
      'another answer, sealed again',
      resealed({ ...good, readiness: { ...readiness, status: 'degraded' } }),
      'SNAPSHOT',
    ],
    [
      'an alarm taken out of the answer',
      resealed({
        ...good,
        probes: { ...probes, draft_store: { ...draftStore, can_write_production: true } },
      }),
      'SNAPSHOT',
    ],
    ['no posture where the answer had one', resealed({ ...good, posture: {} }), 'POSTURE'],
    [
      'the posture of another key',
      resealed({ ...good, posture: { ...signed(POSTURE, other) } }),
      'POSTURE',
    ],
    [
      'the posture of another environment',
      resealed({ ...good, posture: { ...signed({ ...POSTURE, environment: 'staging' }) } }),
      'POSTURE',
    ],
    [
      'a posture that says less',
      resealed({
        ...good,
        posture: { ...signed({ ...POSTURE, newestReceipt: 'none', rolesFilled: false }) },
      }),
      'SNAPSHOT',
    ],
    ['another schema', { ...good, schema: 'craton.readiness.v1' }, 'SNAPSHOT'],
    ['no digest', { ...good, digest: 'sha256:0' }, 'SNAPSHOT'],
    [
      'a flag that is none',
      resealed({ ...good, probes: { ...probes, crashed: 'no' } }),
      'SNAPSHOT',
    ],
    ['another time', { ...good, evaluated_at: '2026-11-21T18:00:01.000Z' }, 'SNAPSHOT'],
  ])('with %s is refused', async (_what, snapshot, code) => {
    await expect(verify(snapshot)).rejects.toMatchObject({
      code: code === 'POSTURE' ? 'ERR_POSTURE' : 'ERR_READINESS_SNAPSHOT',
    });
  });

  it('is refused under another key, when it is too long, and when it is no object', async () => {
    await expect(verify(good, bytesOf(other))).rejects.toMatchObject({ code: 'ERR_POSTURE' });
    for (const text of ['[]', ' '.repeat(SNAPSHOT_BYTES_MAX + 1)]) {
      await expect(verifySnapshot(utf8(text), publicKey)).rejects.toMatchObject({
        code: 'ERR_READINESS_SNAPSHOT',
      });
    }
  });
});

const URLS = [
  '',
  'nonsense',
  'sqlite:/a.db',
  'sqlite:/b.db',
  'postgres://a@localhost/x',
  'postgres://a@127.0.0.1/x',
  'postgres://a@localhost:6000/x',
  'postgres://a@db.example/x',
  'postgres://b@DB.example/x?sslmode=require',
  'postgres://b@db.example/y?sslmode=verify-full',
  'postgres://b@other.example/y',
  'postgres://b@x.railway.internal/y',
  'postgres://b@x.rlwy.net:7000/y',
  'postgres://b@managed.example/y',
];

const someVariables = fc.record({
  CRATON_ENV: fc.constantFrom('', 'development', 'production', 'staging', 'prodution', 'test'),
  HOST: fc.constantFrom('', '0.0.0.0'),
  DATABASE_URL: fc.constantFrom(...URLS),
  SELF_SERVICE_DATABASE_URL: fc.constantFrom(...URLS),
  REQUIRE_SELF_SERVICE_DATABASE_URL: fc.constantFrom('', 'true'),
  ALLOW_LOCAL_PRODUCTION_DB: fc.constantFrom(
    '',
    'true',
    '2026-11-21T18:00:01Z',
    '2026-11-21T17:59:59Z',
  ),
  PRODUCTION_DB_HOST_PATTERNS: fc.constantFrom('', 'managed.example', '*.example'),
});

describe('names that stand for others', () => {
  it('change nothing in any answer, and the snapshot of each verifies', async () => {
    await fc.assert(
      fc.asyncProperty(
        someVariables,
        fc.boolean(),
        fc.boolean(),
        async (variables, hasPosture, isShared) => {
          const { config } = parseReadinessConfig(variables);
          const { environment } = config;
          const signedPosture: Posture | undefined = hasPosture
            ? {
                ...POSTURE,
                // An environment that no posture can name has none.
                environment: /^[a-z][a-z0-9]*$/.test(environment) ? environment : 'production',
                store: {
                  ...POSTURE.store,
                  identities: [identityDigest(isShared ? 'drafts' : 'production')],
                },
              }
            : undefined;
          const posture = signedPosture && readinessPosture(signedPosture);
          const { detail } = evaluateReadiness(config, posture, PROBES);
          expect(evaluateReadiness(anonymousConfig(config), posture, PROBES).detail).toEqual(
            detail,
          );
          const snapshot = snapshotOf(variables, PROBES, signedPosture ?? 'none');
          expect((await verify(snapshot)).detail).toEqual(detail);
        },
      ),
    );
  });
});
