import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Attestation, publicJwk } from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { afterAll, describe, expect, it } from 'vitest';
import { attest, ENVIRONMENT, ISSUER } from '../test/harness.ts';
import { createSigner } from './signing/signer.ts';
import {
  loadVerificationMaterial,
  type RoleKey,
  type VerificationMaterial,
} from './verification-material.ts';

const folder = mkdtempSync(join(tmpdir(), 'craton-material-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const signing = createSigner(Buffer.alloc(32, 1)).publicKey;
const retired = createSigner(Buffer.alloc(32, 2)).publicKey;
const HOUR_MS = 3_600_000;
const SCOPE = { publicKey: signing, issuer: ISSUER, environment: ENVIRONMENT };

let count = 0;
function write(content: unknown): string {
  const path = join(folder, `${++count}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function load(attestations: unknown, retiredKeys?: unknown, nowMs = Date.now()) {
  return loadVerificationMaterial(
    {
      attestationsFile: write(attestations),
      retiredKeysFile: retiredKeys === undefined ? undefined : write(retiredKeys),
    },
    { ...SCOPE, nowMs },
  );
}

function variableRefused(...files: [unknown, unknown?]): string | undefined {
  try {
    load(...files);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain(folder);
    return error.field;
  }
  throw new Error('It was accepted.');
}

describe('loadVerificationMaterial', () => {
  it('has the signing key first, then retired ones, each with its attestations', () => {
    const mine = attest(signing);
    const other = attest(signing, { rootSeed: Buffer.alloc(32, 5), rootKeyId: 'second-root' });
    const old = attest(retired, { notAfterMs: Date.now() - HOUR_MS });
    const material = load([mine, old, other], { keys: [publicJwk(retired)] });
    expect(material.keys).toEqual([publicJwk(signing), publicJwk(retired)]);
    expect(material.attestationsOf(publicJwk(signing).kid)).toEqual([mine, other]);
    expect(material.attestationsOf(publicJwk(retired).kid)).toEqual([old]);
    expect(material.attestationsOf('nobody')).toEqual([]);
  });

  it('publishes nothing of the file but the members of attestations', () => {
    const { attestations } = load([{ ...attest(signing), note: 'canary' }]);
    expect(JSON.stringify(attestations)).not.toContain('canary');
  });

  it('knows when the attested time is over', () => {
    const notAfterMs = Date.now() + HOUR_MS;
    const material = load([attest(signing, { notAfterMs })]);
    expect(material.isAttestedAt(notAfterMs)).toBe(true);
    expect(material.isAttestedAt(notAfterMs + 1)).toBe(false);
  });

  const good = (): Attestation => attest(signing);
  const payloadOf = (attestation: Attestation): Record<string, unknown> =>
    JSON.parse(Buffer.from(attestation.payload_b64, 'base64').toString()) as Record<
      string,
      unknown
    >;
  const withPayload = (payload: unknown): Attestation => ({
    ...good(),
    payload_b64: Buffer.from(JSON.stringify(payload)).toString('base64'),
  });
  const subject = () => payloadOf(good())['subject'] as Record<string, unknown>;

  const refusals: readonly [title: string, attestations: () => unknown][] = [
    ['an empty list', () => []],
    ['a single attestation without a list', () => good()],
    ['no JSON', () => 'not json'],
    ['a duplicate member', () => '[{"object":1,"object":2}]'],
    ['an entry that is no attestation', () => [{}]],
    [
      'an entry whose wrapper names another root than its payload',
      () => [good(), { ...good(), root_key_id: 'another-root' }],
    ],
    ['another key alone', () => [attest(retired)]],
    ['another issuer', () => [attest(signing, { issuer: 'other.example' })]],
    ['another environment', () => [attest(signing, { environments: ['production'] })]],
    ['a time that is over', () => [attest(signing, { notAfterMs: Date.now() - 1 })]],
    ['a time that has not come', () => [attest(signing, { notBeforeMs: Date.now() + HOUR_MS })]],
    [
      'another use',
      () => [withPayload({ ...payloadOf(good()), subject: { ...subject(), allowed_use: 'log' } })],
    ],
    [
      'another key under the same kid',
      () => [
        withPayload({
          ...payloadOf(good()),
          subject: { ...subject(), public_key_b64: Buffer.from(retired).toString('base64') },
        }),
      ],
    ],
  ];
  it.each(refusals)('refuses attestations with %s, by the variable', (_title, attestations) => {
    expect(variableRefused(attestations())).toBe('CRATON_ATTESTATIONS_FILE');
  });

  it('refuses a file that is not there', () => {
    const files = { attestationsFile: join(folder, 'none') };
    expect(() => loadVerificationMaterial(files, { ...SCOPE, nowMs: 0 })).toThrow(ConfigError);
  });

  it.each([
    ['a private part', { keys: [{ ...publicJwk(retired), d: 'AAAA' }] }],
    ['another kind of key', { keys: [{ kty: 'EC' }] }],
    ['no JSON', '{'],
  ])('refuses retired keys with %s, by the variable', (_title, keys) => {
    const attestations = [good(), attest(retired)];
    expect(variableRefused(attestations, keys)).toBe('CRATON_RETIRED_KEYS_FILE');
  });

  it('publishes the signing key once, also where the set holds it too', () => {
    const attestations = [good(), attest(retired)];
    const { keys } = load(attestations, { keys: [publicJwk(retired), publicJwk(signing)] });
    expect(keys).toEqual([publicJwk(signing), publicJwk(retired)]);
  });

  describe('refuses one key in two roles, by the variable', () => {
    const ROOT_SEED = Buffer.alloc(32, 9);
    const root = createSigner(ROOT_SEED).publicKey;
    const log = createSigner(Buffer.alloc(32, 4)).publicKey;

    function loadWith(otherKeys: readonly RoleKey[]): VerificationMaterial {
      return loadVerificationMaterial(
        {
          attestationsFile: write([attest(signing, { rootSeed: ROOT_SEED }), attest(retired)]),
          retiredKeysFile: write({ keys: [publicJwk(retired)] }),
        },
        { ...SCOPE, nowMs: Date.now(), otherKeys },
      );
    }

    it.each([
      ['a root', root],
      ['a retired signing key', retired],
    ])('another key that is %s', (_title, publicKey) => {
      const variable = 'CRATON_LOG_KEY';
      expect(loadWith([{ variable, publicKey: log }]).keys).toHaveLength(2);
      expect(() => loadWith([{ variable, publicKey }])).toThrow(ConfigError);
      expect(() => loadWith([{ variable, publicKey }])).toThrow(/^CRATON_LOG_KEY /);
    });

    it('the signing key that is a root', () => {
      // Another root attests it, and it attests the retired key.
      const rootSeed = Buffer.alloc(32, 1);
      const files = {
        attestationsFile: write([attest(signing), attest(retired, { rootSeed, rootKeyId: 'r' })]),
      };
      const scope = { ...SCOPE, nowMs: Date.now() };
      expect(() => loadVerificationMaterial(files, scope)).toThrow(/^CRATON_SIGNING_KEY /);
    });
  });

  it('refuses a retired key that nobody attests', () => {
    expect(variableRefused([good()], { keys: [publicJwk(retired)] })).toBe(
      'CRATON_ATTESTATIONS_FILE',
    );
  });
});

describe('a key of its own for staging', () => {
  const staging = createSigner(Buffer.alloc(32, 3)).publicKey;
  const ofStaging = attest(staging, { environments: ['staging'] });
  const loadBoth = (attestations: readonly Attestation[], retiredKeys?: unknown) =>
    loadVerificationMaterial(
      {
        attestationsFile: write(attestations),
        ...(retiredKeys !== undefined && { retiredKeysFile: write(retiredKeys) }),
      },
      { ...SCOPE, stagingPublicKey: staging, nowMs: Date.now() },
    );

  it('is published beside the other, and its end takes nothing with it', () => {
    const short = attest(staging, {
      environments: ['staging'],
      notAfterMs: Date.now() + HOUR_MS,
    });
    const material = loadBoth([attest(signing), short], { keys: [publicJwk(staging)] });
    expect(material.keys).toEqual([publicJwk(signing), publicJwk(staging)]);
    expect(material.attestationsOf(publicJwk(staging).kid)).toEqual([short]);
    expect(material.isAttestedAt(Date.now())).toBe(true);
    expect(material.isAttestedAt(Date.now() + 2 * HOUR_MS)).toBe(true);
  });

  it('needs an attestation for staging, as the other needs one for its environment', () => {
    const refusals: readonly (readonly Attestation[])[] = [
      [attest(signing)],
      [attest(signing), attest(staging)],
      [attest(signing, { environments: ['staging'] }), ofStaging],
      [ofStaging],
    ];
    for (const attestations of refusals) {
      expect(() => loadBoth(attestations)).toThrow(/^CRATON_ATTESTATIONS_FILE holds no/);
    }
    expect(() => loadBoth([attest(signing)])).toThrow(/CRATON_STAGING_SIGNING_KEY/);
  });

  it('is no root', () => {
    const rootSeed = Buffer.alloc(32, 3);
    const attestations = [attest(signing, { rootSeed }), ofStaging];
    expect(() => loadBoth(attestations)).toThrow(/^CRATON_STAGING_SIGNING_KEY is a root key/);
  });
});
