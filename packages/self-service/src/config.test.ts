import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseSelfServiceConfig } from './config.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const OWN = 'postgres://drafts@127.0.0.1/drafts';
const PRIMARY = 'postgres://craton@127.0.0.1/craton';
const MANAGED = 'postgres://x@db.railway.internal/drafts';

const folder = mkdtempSync(join(tmpdir(), 'craton-config-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function placeOf(environment: Record<string, string>): string {
  const { drafts } = parseSelfServiceConfig(environment, NOW_MS);
  return drafts.kind === 'refused' ? 'refused' : drafts.url.expose();
}

describe('drafts go', () => {
  it.each<[what: string, environment: Record<string, string>, place: string]>([
    ['into a file of development', { CRATON_DATA_DIR: '/d' }, 'sqlite:/d/self-service.db'],
    ['into their own database whenever it is set', { SELF_SERVICE_DATABASE_URL: OWN }, OWN],
    [
      'into their own database also beside the primary one',
      { SELF_SERVICE_DATABASE_URL: OWN, DATABASE_URL: PRIMARY },
      OWN,
    ],
    ['into the primary database in development alone', { DATABASE_URL: PRIMARY }, PRIMARY],
    [
      'nowhere with the require flag and no database of their own',
      { DATABASE_URL: PRIMARY, REQUIRE_SELF_SERVICE_DATABASE_URL: 'true' },
      'refused',
    ],
    ['nowhere in production without one', { CRATON_ENV: 'production' }, 'refused'],
    [
      'nowhere in production with the primary database alone',
      { CRATON_ENV: 'production', DATABASE_URL: PRIMARY },
      'refused',
    ],
    [
      'nowhere in production with one database under both names',
      { CRATON_ENV: 'production', DATABASE_URL: PRIMARY, SELF_SERVICE_DATABASE_URL: PRIMARY },
      'refused',
    ],
    ['nowhere near a managed host', { SELF_SERVICE_DATABASE_URL: MANAGED }, 'refused'],
    [
      'to a managed host by the override',
      {
        SELF_SERVICE_DATABASE_URL: MANAGED,
        CRATON_ENV: 'development',
        ALLOW_LOCAL_PRODUCTION_DB: 'true',
      },
      MANAGED,
    ],
    ['nowhere for a URL that means nothing', { SELF_SERVICE_DATABASE_URL: 'mysql://x' }, 'refused'],
  ])('%s', (_what, environment, place) => {
    expect(placeOf(environment)).toBe(place);
  });
});

describe('a start is refused', () => {
  it.each([
    ['a setting that is not known', { CRATON_DRAFT: 'x' }, 'CRATON_DRAFT'],
    ['a port that is none', { PORT: '99999' }, 'PORT'],
    [
      'a file of keys that is not there',
      { CRATON_SELF_SERVICE_API_KEYS_FILE: join(folder, 'gone') },
      'CRATON_SELF_SERVICE_API_KEYS_FILE',
    ],
  ])('for %s, by its name', (_what, environment, field) => {
    expect(() => parseSelfServiceConfig(environment, NOW_MS)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG', field }) as Error,
    );
  });

  const digest = {
    key_id: 'ada',
    sha256: '0'.repeat(64),
    expires_at: '2027-01-01T00:00:00.000Z',
  };
  const good = { ...digest, person: 'Ada', organisation: 'northstar', scopes: ['read'] };
  const pull = { ...digest, scopes: ['pull'] };

  function keysOf(...keys: readonly object[]) {
    const file = join(folder, 'keys.json');
    writeFileSync(file, JSON.stringify({ keys }));
    return parseSelfServiceConfig({ CRATON_SELF_SERVICE_API_KEYS_FILE: file }, NOW_MS).keys;
  }

  it('for no good file of keys of people, or of the operator side', () => {
    expect(keysOf(good)).toMatchObject([{ kind: 'person', person: 'Ada', scopes: ['read'] }]);
    expect(keysOf(pull)).toMatchObject([{ kind: 'pull' }]);
  });

  it.each<[what: string, keys: readonly object[]]>([
    ['a person who may pull, too', [{ ...good, scopes: ['read', 'pull'] }]],
    ['a pull key of a person', [{ ...good, scopes: ['pull'] }]],
    ['a scope that is not known', [{ ...good, scopes: ['admin'] }]],
    ['no scope', [{ ...good, scopes: [] }]],
    ['nobody’s name', [{ ...good, person: ' ' }]],
    ['an organisation that is no label', [{ ...good, organisation: 'North Star' }]],
    ['a key instead of its digest', [{ ...good, sha256: 'craton_ssv_development_x' }]],
    ['no end', [{ ...good, expires_at: undefined }]],
    ['the same key twice', [good, { ...good, key_id: 'other' }]],
    ['an unknown member', [{ ...good, admin: true }]],
  ])('for a file of keys with %s, and shows none of it', (_what, keys) => {
    const refused = (): unknown => keysOf(...keys);
    expect(refused).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }) as Error);
    expect(refused).not.toThrow(/0{64}|craton_ssv_/);
  });
});
