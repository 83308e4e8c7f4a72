import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Environment } from '@craton/service';
import { afterAll, describe, expect, it } from 'vitest';
import { isLoopback, parseBoundaryConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'craton-settings-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const SEED = Buffer.alloc(32, 7).toString('base64');
const OTHER_SEED = Buffer.alloc(32, 8).toString('base64');
const DEVELOPMENT = { CRATON_SIGNING_KEY: SEED, CRATON_ATTESTATIONS_FILE: 'attestations.json' };
const PRODUCTION = {
  ...DEVELOPMENT,
  CRATON_ENV: 'production',
  CRATON_ISSUER: 'craton.example',
  DATABASE_URL: 'sqlite:/data/boundary.db',
  HOST: '0.0.0.0',
};

/** Variables at fault, and what is said; no value may be in it. */
function refusalOf(environment: Environment): { variables: string[]; message: string } {
  try {
    parseBoundaryConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const value of Object.values(environment)) {
      if (value !== undefined && value.length > 7) expect(error.message).not.toContain(value);
    }
    const variables = error.problems.map(({ variable }) => variable);
    return { variables, message: error.message };
  }
  throw new Error('The configuration was accepted.');
}

describe('development', () => {
  it('needs a key and its attestation, and nothing else', () => {
    const config = parseBoundaryConfig(DEVELOPMENT);
    expect(config).toMatchObject({
      environment: 'development',
      isProductionLike: false,
      hasDevelopmentPrivileges: true,
      host: '127.0.0.1',
      port: 8080,
      dataDir: '.craton',
      issuer: 'craton.localhost',
    });
    const path = join('.craton', 'boundary.db');
    expect(config.database.expose()).toEqual({ kind: 'sqlite', path });
    expect(config).toMatchObject({ isDatabaseConfigured: false, signingKeySource: 'configured' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(JSON.stringify(config)).not.toContain(SEED);
  });

  it('knows a key that was generated, and a store that was named', () => {
    const config = parseBoundaryConfig({
      ...DEVELOPMENT,
      CRATON_SIGNING_KEY: `development:${SEED}`,
      DATABASE_URL: 'sqlite:boundary.db',
    });
    expect(config).toMatchObject({ isDatabaseConfigured: true, signingKeySource: 'development' });
    const own = { CRATON_DATA_DIR: 'data', DATABASE_URL: `sqlite:${join('data', 'boundary.db')}` };
    expect(parseBoundaryConfig({ ...DEVELOPMENT, ...own }).isDatabaseConfigured).toBe(false);
  });

  it.each(['development', 'local', 'test', ' Development '])('is %s', (name) => {
    const config = parseBoundaryConfig({ ...DEVELOPMENT, CRATON_ENV: name });
    expect([config.environment, config.hasDevelopmentPrivileges]).toEqual([
      name.trim().toLowerCase(),
      true,
    ]);
  });

  it('ends with an address that others reach, however the environment is called', () => {
    const config = parseBoundaryConfig({
      ...PRODUCTION,
      CRATON_ENV: 'development',
      HOST: '192.0.2.1',
    });
    expect([config.isProductionLike, config.hasDevelopmentPrivileges]).toEqual([false, false]);
  });

  it('without privileges has no default for issuer and store', () => {
    const { variables } = refusalOf({ ...DEVELOPMENT, CRATON_ENV: 'development', HOST: '0.0.0.0' });
    expect(variables).toEqual(['DATABASE_URL', 'CRATON_ISSUER']);
  });

  it('is taken from NODE_ENV if nothing else names it', () => {
    expect(parseBoundaryConfig({ ...DEVELOPMENT, NODE_ENV: 'test' }).environment).toBe('test');
    const both = { ...PRODUCTION, NODE_ENV: 'development' };
    expect(parseBoundaryConfig(both).environment).toBe('production');
  });
});

describe('an environment without a name', () => {
  it.each([
    ['HOST', { HOST: '0.0.0.0' }],
    ['HOST', { HOST: '::' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://user:canary-pw@db.example/x' }],
  ])('is refused if %s points away from this machine', (name, members) => {
    const { variables, message } = refusalOf({ ...DEVELOPMENT, ...members });
    expect(variables[0]).toBe('CRATON_ENV');
    expect(message.split('\n')[0]).toContain(name);
    expect(message).not.toContain('canary');
  });
});

describe('production', () => {
  it('is what it was told to be', () => {
    expect(parseBoundaryConfig(PRODUCTION)).toMatchObject({
      environment: 'production',
      isProductionLike: true,
      hasDevelopmentPrivileges: false,
      host: '0.0.0.0',
      issuer: 'craton.example',
    });
  });

  it('may have its store on PostgreSQL, whose password is not shown', () => {
    const url = 'postgres://user:canary-pw@db.example/x';
    const config = parseBoundaryConfig({ ...PRODUCTION, DATABASE_URL: url });
    expect(config.database.expose()).toEqual({ kind: 'postgres', host: 'db.example', url });
    expect(JSON.stringify(config)).not.toContain('canary-pw');
  });

  it.each(['staging', 'preview', 'prodution', 'dev'])('is also %s', (name) => {
    const config = parseBoundaryConfig({ ...PRODUCTION, CRATON_ENV: name, HOST: '127.0.0.1' });
    expect([config.isProductionLike, config.hasDevelopmentPrivileges]).toEqual([true, false]);
  });

  it.each([
    ['CRATON_SIGNING_KEY'],
    ['CRATON_ATTESTATIONS_FILE'],
    ['CRATON_ISSUER'],
    ['DATABASE_URL'],
  ])('is refused without %s', (name) => {
    expect(refusalOf({ ...PRODUCTION, [name]: undefined }).variables).toEqual([name]);
  });

  it.each(['offline-root', 'dev-credentials.json'])(
    'is refused with a key beside %s, by the variable',
    (mark) => {
      const place = join(folder, mark.replace('.', '-'));
      mkdirSync(place);
      const file = join(place, 'signing-key.txt');
      writeFileSync(file, SEED);
      const keyed = {
        ...PRODUCTION,
        CRATON_SIGNING_KEY: undefined,
        CRATON_SIGNING_KEY_FILE: file,
      };
      expect(parseBoundaryConfig(keyed).isProductionLike).toBe(true);
      if (mark === 'offline-root') mkdirSync(join(place, mark));
      else writeFileSync(join(place, mark), '{}');
      expect(refusalOf(keyed).variables).toEqual(['CRATON_SIGNING_KEY_FILE']);
    },
  );

  const KEYS = ['CRATON_SIGNING_KEY', 'CRATON_LOG_KEY', 'CRATON_POSTURE_KEY'];
  it.each(KEYS)('is refused with a generated key in %s, wherever its file lies', (name) => {
    const generated = `development:${Buffer.alloc(32, 9).toString('base64')}`;
    const file = join(folder, `${name}.txt`);
    writeFileSync(file, `${generated}\n`);
    const inline = { ...PRODUCTION, [name]: generated };
    expect(refusalOf(inline).variables).toEqual([name]);
    const filed = { ...PRODUCTION, [name]: undefined, [`${name}_FILE`]: file };
    expect(refusalOf(filed).variables).toEqual([`${name}_FILE`]);
    const here = { ...inline, CRATON_ENV: 'development', HOST: '127.0.0.1' };
    expect(parseBoundaryConfig(here).isProductionLike).toBe(false);
  });
});

describe('rate limits', () => {
  const limitsOf = (environment: Environment) => parseBoundaryConfig(environment).rateLimits;

  it('are off in development and on elsewhere, unless somebody says otherwise', () => {
    const off = { perKey: 0, perAddress: 0, failedAuthentications: 0 };
    expect(limitsOf(DEVELOPMENT)).toEqual(off);
    const on = { perKey: 2000, perAddress: 4000, failedAuthentications: 60 };
    expect(limitsOf(PRODUCTION)).toEqual(on);
    const said = { CRATON_RATE_LIMIT_PER_KEY: '9', CRATON_RATE_LIMIT_PER_ADDRESS: '0' };
    expect(limitsOf({ ...DEVELOPMENT, ...said })).toEqual({ ...off, perKey: 9 });
    expect(limitsOf({ ...PRODUCTION, ...said })).toEqual({ ...on, perKey: 9, perAddress: 0 });
  });

  it.each(['-1', '1.5', '1e3', '1000001', 'off'])('are not %s', (text) => {
    const variable = 'CRATON_RATE_LIMIT_FAILED_AUTH';
    expect(refusalOf({ ...DEVELOPMENT, [variable]: text }).variables).toEqual([variable]);
  });
});

describe('whatever the environment', () => {
  it.each([
    ['an unknown setting', { CRATON_SIGNING_KEYS: SEED }, ['CRATON_SIGNING_KEYS']],
    ['a seed that is too short', { CRATON_SIGNING_KEY: SEED.slice(4) }, ['CRATON_SIGNING_KEY']],
    ['hex for base64', { CRATON_SIGNING_KEY: 'ab'.repeat(32) }, ['CRATON_SIGNING_KEY']],
    ['half a mark', { CRATON_LOG_KEY: `develop:${OTHER_SEED}` }, ['CRATON_LOG_KEY']],
    ['a mark without a key', { CRATON_LOG_KEY: 'development:' }, ['CRATON_LOG_KEY']],
    [
      'one key in two roles, with and without a mark',
      { CRATON_LOG_KEY: `development:${SEED}` },
      ['CRATON_LOG_KEY'],
    ],
    ['one key in two roles', { CRATON_LOG_KEY: SEED }, ['CRATON_LOG_KEY']],
    [
      'two other roles with one key',
      { CRATON_LOG_KEY: OTHER_SEED, CRATON_POSTURE_KEY: OTHER_SEED },
      ['CRATON_POSTURE_KEY'],
    ],
    ['an issuer that is no name', { CRATON_ISSUER: 'Craton Example' }, ['CRATON_ISSUER']],
    ['a memory store', { DATABASE_URL: 'sqlite::memory:' }, ['DATABASE_URL']],
    ['a store of another kind', { DATABASE_URL: 'mysql://localhost/x' }, ['DATABASE_URL']],
    ['a store without a path', { DATABASE_URL: 'sqlite:' }, ['DATABASE_URL']],
    ['a port that is none', { PORT: 'http' }, ['PORT']],
    ['an address with a path', { CRATON_PUBLIC_URL: 'https://a.example/x' }, ['CRATON_PUBLIC_URL']],
    ['an environment that is no name', { CRATON_ENV: 'my env' }, ['CRATON_ENV']],
  ])('%s is refused', (_title, members, variables) => {
    expect(refusalOf({ ...DEVELOPMENT, ...members }).variables).toEqual(variables);
  });

  it('different keys in all roles are accepted', () => {
    const keys = {
      CRATON_LOG_KEY: OTHER_SEED,
      CRATON_POSTURE_KEY: Buffer.alloc(32, 9).toString('base64'),
    };
    expect(parseBoundaryConfig({ ...DEVELOPMENT, ...keys }).environment).toBe('development');
  });
});

it.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.example', false],
  ['localhost.example', false],
  ['10.0.0.1', false],
])('isLoopback(%s) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

describe('staging', () => {
  const OTHER_SEED = Buffer.alloc(32, 0x77).toString('base64');

  it('is served with a signing key of its own', () => {
    expect(parseBoundaryConfig(PRODUCTION).stagingSeed).toBeUndefined();
    const config = parseBoundaryConfig({ ...PRODUCTION, CRATON_STAGING_SIGNING_KEY: OTHER_SEED });
    expect(config.stagingSeed?.expose()).toEqual(new Uint8Array(32).fill(0x77));
    expect(JSON.stringify(config)).not.toContain(OTHER_SEED);
  });

  it('has no key of another role, and no second key where the instance is staging', () => {
    const same = { ...PRODUCTION, CRATON_STAGING_SIGNING_KEY: PRODUCTION.CRATON_SIGNING_KEY };
    expect(refusalOf(same).variables).toEqual(['CRATON_STAGING_SIGNING_KEY']);
    const itself = { ...PRODUCTION, CRATON_ENV: 'staging', CRATON_STAGING_SIGNING_KEY: OTHER_SEED };
    expect(refusalOf(itself).variables).toEqual(['CRATON_STAGING_SIGNING_KEY']);
    const generated = {
      ...PRODUCTION,
      CRATON_STAGING_SIGNING_KEY: `development:${OTHER_SEED}`,
    };
    expect(refusalOf(generated).variables).toEqual(['CRATON_STAGING_SIGNING_KEY']);
  });
});

describe('sign-in', () => {
  const SECRET = 'a secret of a client'.replaceAll(' ', '-');
  const OIDC = {
    CRATON_OIDC_ISSUER: 'https://id.example/tenant',
    CRATON_OIDC_CLIENT_ID: 'craton',
    CRATON_OIDC_CLIENT_SECRET: SECRET,
  };

  it('is off without settings, and needs https outside development', () => {
    expect(parseBoundaryConfig(DEVELOPMENT).identityProvider).toBeUndefined();
    const config = parseBoundaryConfig({
      ...PRODUCTION,
      ...OIDC,
      CRATON_PUBLIC_URL: 'https://craton.example',
    });
    expect(config.identityProvider).toMatchObject({
      issuer: OIDC.CRATON_OIDC_ISSUER,
      clientId: 'craton',
      allowsHttp: false,
    });
    expect(config.identityProvider?.clientSecret.expose()).toBe(SECRET);
    expect(JSON.stringify(config)).not.toContain(SECRET);
  });

  it('takes http for a provider on this machine, in development alone', () => {
    const local = { ...OIDC, CRATON_OIDC_ISSUER: 'http://127.0.0.1:9000' };
    expect(parseBoundaryConfig({ ...DEVELOPMENT, ...local }).identityProvider).toMatchObject({
      allowsHttp: true,
    });
    const { variables } = refusalOf({
      ...{ ...PRODUCTION, ...local },
      CRATON_PUBLIC_URL: 'http://craton.example',
    });
    expect(variables.sort()).toEqual(['CRATON_OIDC_ISSUER', 'CRATON_PUBLIC_URL']);
  });

  it.each([
    ['CRATON_OIDC_CLIENT_SECRET', { CRATON_OIDC_CLIENT_SECRET: undefined }],
    ['CRATON_OIDC_ISSUER', { CRATON_OIDC_ISSUER: undefined }],
    ['CRATON_OIDC_ISSUER', { CRATON_OIDC_ISSUER: 'http://id.example' }],
    ['CRATON_OIDC_ISSUER', { CRATON_OIDC_ISSUER: 'https://u:p@id.example' }],
    ['CRATON_OIDC_ISSUER', { CRATON_OIDC_ISSUER: 'https://id.example?x=1' }],
    ['CRATON_OIDC_CLIENT_SECRET', { CRATON_OIDC_CLIENT_SECRET: 'short' }],
  ])('with a doubtful %s is refused: %j', (variable, change) => {
    expect(refusalOf({ ...DEVELOPMENT, ...OIDC, ...change }).variables).toEqual([variable]);
  });
});
