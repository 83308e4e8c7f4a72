import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { craton, fakeContext, type FakeContext, jsonOf } from '../../test/fake-context.ts';
import {
  type DataPaths,
  dataPathsOf,
  prepareDataDirectory,
} from '../development/data-directory.ts';
import type { Finding } from '../doctor/finding.ts';
import { checkNodeVersion } from '../doctor/check-settings.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** RFC 8037 appendix A.2. */
const ED25519_X = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';

interface Place {
  readonly context: FakeContext;
  readonly paths: DataPaths;
}

/** A data directory after its first start. */
async function started(env: Record<string, string> = {}): Promise<Place> {
  const base = fakeContext();
  const paths = dataPathsOf(join(base.cwd, 'data'));
  const context = { ...base, env: { CRATON_DATA_DIR: paths.directory, PORT: '0', ...env } };
  const scope = { issuer: 'craton.localhost', environment: 'development', nowMs: Date.now() - 1 };
  await prepareDataDirectory(paths, scope);
  return { context, paths };
}

interface Examined {
  readonly code: number;
  /** What is not in order, by id. */
  readonly found: Readonly<Record<string, string>>;
}

async function examine(context: FakeContext): Promise<Examined> {
  const ran = await craton(context, 'doctor', '--json');
  const { findings, exit_code } = jsonOf(ran) as { findings: Finding[]; exit_code: number };
  expect(exit_code).toBe(ran.code);
  for (const { status, detail, fix } of findings) {
    expect(detail).not.toBe('');
    expect(fix === undefined).toBe(status === 'ok');
  }
  const bad = findings.filter(({ status }) => status !== 'ok');
  return { code: ran.code, found: Object.fromEntries(bad.map(({ id, status }) => [id, status])) };
}

describe('craton doctor', () => {
  it('finds a started data directory in order, and changes nothing in it', async () => {
    const { context, paths } = await started();
    const before = readdirSync(paths.directory, { recursive: true });
    expect(await examine(context)).toEqual({ code: 0, found: {} });
    expect(readdirSync(paths.directory, { recursive: true })).toEqual(before);
    const { out } = await craton(context, 'doctor');
    expect(out).toMatch(/✓ signing_key +ok +kid [A-Za-z0-9_-]{43}, from/);
    expect(out).toContain('Everything is in order.');
  });

  it('says what a first start will make: 4', async () => {
    const context = fakeContext();
    const env = { CRATON_DATA_DIR: join(context.cwd, 'data'), PORT: '0' };
    const { code, found } = await examine({ ...context, env });
    expect(code).toBe(4);
    expect(new Set(Object.values(found))).toEqual(new Set(['missing']));
    expect(existsSync(env.CRATON_DATA_DIR)).toBe(false);
    const { out } = await craton({ ...context, env }, 'doctor');
    expect(out).toContain('Fix: Run craton start');
    expect(out).toMatch(/0 blocked, 6 missing, 0 to attend to\./);
  });

  const damages: [string, string, string, (place: Place) => unknown][] = [
    [
      'a key others can read',
      'signing_key',
      'blocked',
      ({ paths }) => chmodSync(paths.signingKey, 0o640),
    ],
    ['a damaged key', 'log_key', 'blocked', ({ paths }) => writeFileSync(paths.logKey, 'x')],
    ['a lost key', 'posture_key', 'missing', ({ paths }) => rmSync(paths.postureKey)],
    [
      'one key in two roles',
      'keys_differ',
      'blocked',
      ({ paths }) => {
        rmSync(paths.logKey);
        writeFileSync(paths.logKey, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', {
          mode: 0o600,
        });
        rmSync(paths.postureKey);
        writeFileSync(paths.postureKey, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', {
          mode: 0o600,
        });
      },
    ],
    ['a lost attestation', 'attestation', 'missing', ({ paths }) => rmSync(paths.attestations)],
    [
      'a damaged attestation',
      'attestation',
      'blocked',
      ({ paths }) => writeFileSync(paths.attestations, '[{}]'),
    ],
    [
      'no attestation in the list',
      'attestation',
      'blocked',
      ({ paths }) => writeFileSync(paths.attestations, '[]'),
    ],
    ['a lost trust policy', 'trust_policy', 'missing', ({ paths }) => rmSync(paths.trustPolicy)],
    [
      'a damaged trust policy',
      'trust_policy',
      'blocked',
      ({ paths }) => writeFileSync(paths.trustPolicy, 'hi'),
    ],
    [
      'a directory others can write',
      'data_directory',
      'blocked',
      ({ paths }) => chmodSync(paths.directory, 0o777),
    ],
    [
      'a directory others can read',
      'data_directory',
      'degraded',
      ({ paths }) => chmodSync(paths.directory, 0o755),
    ],
    [
      'a database that is none',
      'database',
      'blocked',
      ({ paths }) => writeFileSync(paths.database, 'x'.repeat(999)),
    ],
    [
      'a clock behind the files',
      'clock',
      'blocked',
      ({ paths }) => {
        const later = new Date(Date.now() + 60_000);
        utimesSync(paths.attestations, later, later);
      },
    ],
  ];
  const CODES: Readonly<Record<string, number>> = { blocked: 3, missing: 4, degraded: 5 };

  it.each(damages)('finds %s', async (_title, id, status, damage) => {
    const place = await started();
    damage(place);
    const { code, found } = await examine(place.context);
    const { attestation, ...others } = found;
    expect(found).toMatchObject({ [id]: status });
    expect(Object.keys(others).filter((other) => other !== id)).toEqual([]);
    // Without its key an attestation cannot be compared.
    if (id !== 'attestation')
      expect(attestation).toBe(id === 'signing_key' ? 'degraded' : undefined);
    expect(code).toBe(CODES[status]);
  });

  it('finds an attestation that ends soon, ended, or is for something else', async () => {
    const { context } = await started();
    const inDays = (days: number): FakeContext => {
      const now = Date.now() + days * 24 * 3_600_000;
      return { ...context, now: () => now };
    };
    expect(await examine(inDays(340))).toEqual({ code: 5, found: { attestation: 'degraded' } });
    expect((await examine(inDays(366))).found).toEqual({ attestation: 'blocked' });
    expect((await examine(inDays(-1))).found['attestation']).toBe('blocked');
    for (const change of [{ CRATON_ENV: 'test' }, { CRATON_ISSUER: 'other.example' }]) {
      const changed = { ...context, env: { ...context.env, ...change } };
      expect((await examine(changed)).found).toEqual({ attestation: 'blocked' });
    }
  });

  it('finds misspelt and malformed settings', async () => {
    const { context } = await started({ CRATON_SIGNNG_KEY: 'a', PORT: 'http' });
    expect(await examine(context)).toEqual({
      code: 3,
      found: { setting_known: 'blocked', port_setting: 'blocked' },
    });
    const unnamed = await started({ HOST: '0.0.0.0' });
    expect((await examine(unnamed.context)).found['development']).toBe('blocked');
    const typo = await started({ CRATON_ENV: 'prodution' });
    expect((await examine(typo.context)).found['environment']).toBe('degraded');
  });

  it('finds a port that another program uses, and a boundary that is ready', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    closers.push(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    taken.on('connection', (socket) => socket.destroy());
    const { port } = taken.address() as AddressInfo;
    const busy = await started({ PORT: String(port) });
    expect(await examine(busy.context)).toEqual({ code: 3, found: { port: 'blocked' } });

    const ready = createHttpServer((_request, response) => response.end());
    closers.push(() => ready.close());
    await new Promise<void>((resolve) => ready.listen(0, '127.0.0.1', resolve));
    const own = await started({ PORT: String((ready.address() as AddressInfo).port) });
    expect(await examine(own.context)).toEqual({ code: 0, found: {} });
    const { out } = await craton(own.context, 'doctor');
    expect(out).toContain('A boundary is ready at http://127.0.0.1:');
  });

  it('finds a database that somebody else writes to', async () => {
    const { context, paths } = await started();
    new DatabaseSync(paths.database).close();
    expect(await examine(context)).toEqual({ code: 0, found: {} });
    const lock = new DatabaseSync(`${paths.database}.lock`);
    closers.push(() => lock.close());
    lock.exec('BEGIN EXCLUSIVE');
    expect(await examine(context)).toEqual({ code: 3, found: { database: 'blocked' } });
  });
});

describe('craton doctor outside development', () => {
  it('asks for keys, attestation, issuer and database', async () => {
    const context = { ...fakeContext(), env: { CRATON_ENV: 'production', PORT: '0' } };
    expect(await examine(context)).toEqual({
      code: 4,
      found: {
        craton_issuer: 'missing',
        database_url: 'missing',
        signing_key: 'missing',
        log_key: 'degraded',
        posture_key: 'degraded',
        attestation: 'missing',
        database: 'degraded',
      },
    });
  });

  it('is content with keys made by craton keys, and not with generated ones', async () => {
    const context = fakeContext();
    for (const role of ['root', 'signing', 'log', 'posture']) {
      await craton(context, 'keys', role, '--out', `${role}.txt`);
    }
    const attest =
      'keys attest --root-key root.txt --key signing.public.json --out attestations.json';
    const scope = '--issuer a.example --environment production';
    await craton(context, ...attest.split(' '), ...scope.split(' '));
    const env = {
      CRATON_ENV: 'production',
      PORT: '0',
      CRATON_ISSUER: 'a.example',
      DATABASE_URL: `sqlite:${join(context.cwd, 'boundary.db')}`,
      CRATON_SIGNING_KEY_FILE: 'signing.txt',
      CRATON_LOG_KEY_FILE: 'log.txt',
      CRATON_POSTURE_KEY_FILE: 'posture.txt',
      CRATON_ATTESTATIONS_FILE: 'attestations.json',
    };
    expect(await examine({ ...context, env })).toEqual({ code: 0, found: {} });
    await craton(context, 'keys', 'signing', '--out', 'staging.txt');
    const withStaging = (file: string) => ({ ...env, CRATON_STAGING_SIGNING_KEY_FILE: file });
    expect((await examine({ ...context, env: withStaging('staging.txt') })).found).toEqual({});
    expect((await examine({ ...context, env: withStaging('signing.txt') })).found).toEqual({
      keys_differ: 'blocked',
    });
    mkdirSync(join(context.cwd, 'offline-root'));
    expect((await examine({ ...context, env })).found).toEqual({
      signing_key: 'blocked',
      log_key: 'blocked',
      posture_key: 'blocked',
    });
  });

  it('finds approval issuers that cannot be used, and says which member is at fault', async () => {
    const { context } = await started({ CRATON_APPROVAL_ISSUERS_FILE: 'issuers.json' });
    expect((await examine(context)).found).toEqual({ approvals: 'blocked' });
    const key = { kty: 'OKP', crv: 'Ed25519', kid: 'one', alg: 'EdDSA', x: ED25519_X };
    const point = { kty: 'EC', crv: 'P-256', kid: 'two', alg: 'ES256', x: ED25519_X, y: ED25519_X };
    const cases: readonly [keys: unknown, detail: RegExp][] = [
      [[key], /✓ approvals +ok +1 key of https:\/\/approvals\.example/],
      [[{ ...key, d: 'AAAA' }], /keys\[0\]\.d is the private part/],
      [[key, { ...key, kid: 'other', alg: 'none' }], /keys\[1\]\.alg must be one of EdDSA/],
      [[point], /The key two of https:\/\/approvals\.example is not a public key/],
    ];
    for (const [keys, detail] of cases) {
      const issuers = [{ iss: 'https://approvals.example', jwks: { keys } }];
      writeFileSync(join(context.cwd, 'issuers.json'), JSON.stringify({ issuers }));
      expect((await craton(context, 'doctor')).out).toMatch(detail);
    }
    writeFileSync(join(context.cwd, 'issuers.json'), '{');
    expect((await examine(context)).found).toEqual({ approvals: 'blocked' });
  });

  it('shows no key', async () => {
    const secret = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U';
    const env = { CRATON_ENV: 'production', CRATON_SIGNING_KEY: secret, PORT: '0' };
    const { out, err } = await craton({ ...fakeContext(), env }, 'doctor');
    expect(out).toContain('CRATON_SIGNING_KEY does not hold a key');
    expect(out + err).not.toContain(secret);
  });
});

it('an old Node is named', () => {
  expect(checkNodeVersion('20.19.0')).toMatchObject({ status: 'blocked' });
  expect(checkNodeVersion('24.0.0')).toMatchObject({ status: 'ok' });
});
