import { describe, expect, it } from 'vitest';
import { fakeContext } from '../../test/fake-context.ts';
import { checkReadiness } from './check-readiness.ts';

const PRODUCTION = {
  CRATON_ENV: 'production',
  SELF_SERVICE_DATABASE_URL: 'postgres://a@drafts.example/drafts',
  REQUIRE_SELF_SERVICE_DATABASE_URL: 'true',
};
const idsOf = (env: Record<string, string>) =>
  checkReadiness(fakeContext({ env })).map(({ id, status }) => `${status} ${id}`);

describe('what readiness would say', () => {
  it.each<[what: string, env: Record<string, string>, found: readonly string[]]>([
    ['nothing where nobody speaks of self-service', { CRATON_ENV: 'production' }, []],
    ['all is well', PRODUCTION, ['ok readiness']],
    [
      'one database under two names',
      { ...PRODUCTION, DATABASE_URL: PRODUCTION.SELF_SERVICE_DATABASE_URL },
      ['blocked draft_store_shared_with_primary'],
    ],
    [
      'a managed database on a development machine, wherever it is named',
      { CRATON_ENV: 'development', DATABASE_URL: 'postgres://a@x.railway.internal/craton' },
      ['blocked production_database_refused'],
    ],
    [
      'an override in production',
      { ...PRODUCTION, ALLOW_LOCAL_PRODUCTION_DB: 'true' },
      ['blocked local_override_enabled_in_production'],
    ],
    [
      'an override that is over',
      { CRATON_ENV: 'development', ALLOW_LOCAL_PRODUCTION_DB: '2020-01-01T00:00:00Z' },
      ['blocked override_expired'],
    ],
    [
      'a flag that is not set',
      { ...PRODUCTION, REQUIRE_SELF_SERVICE_DATABASE_URL: '' },
      ['missing require_self_service_database_url'],
    ],
    [
      'no draft store where one is required',
      { CRATON_ENV: 'development', REQUIRE_SELF_SERVICE_DATABASE_URL: 'true' },
      ['missing self_service_database_url'],
    ],
    [
      'a name with a slip of the pen',
      { ...PRODUCTION, CRATON_ENV: 'prodution' },
      ['missing recognised_environment'],
    ],
    [
      'a URL that is none',
      { CRATON_ENV: 'development', SELF_SERVICE_DATABASE_URL: 'mysql://secret@x' },
      ['blocked readiness'],
    ],
  ])('%s', (_what, env, found) => {
    expect(idsOf(env)).toEqual(found);
  });

  it('each with its fix, and no value of a setting', () => {
    const env = { ...PRODUCTION, DATABASE_URL: PRODUCTION.SELF_SERVICE_DATABASE_URL };
    const [finding] = checkReadiness(fakeContext({ env }));
    expect(finding?.fix).toContain('SELF_SERVICE_DATABASE_URL');
    expect(JSON.stringify(finding)).not.toContain('drafts.example');
  });

  it('leaves a URL in a secret file to the server', () => {
    const { SELF_SERVICE_DATABASE_URL: url, ...others } = PRODUCTION;
    expect(url).toBeDefined();
    expect(idsOf({ ...others, SELF_SERVICE_DATABASE_URL_FILE: 'url.txt' })).toEqual([
      'ok readiness',
    ]);
  });
});
