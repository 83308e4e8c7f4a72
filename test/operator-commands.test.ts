/** The operator's commands against a real boundary, over a real socket. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admitOperator } from '../packages/boundary/src/commands/admit-operator.ts';
import {
  ENVIRONMENT,
  Harness,
  type HarnessOptions,
  PARTNER_ID,
} from '../packages/boundary/test/harness.ts';
import { SAMPLE_DOCUMENT } from '../packages/boundary/test/sample.ts';
import {
  craton as runCraton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
  writeJson,
  writeText,
} from '../packages/cli/test/fake-context.ts';

let boundary: Harness;
let context: FakeContext;

async function start(options: HarnessOptions = {}): Promise<void> {
  boundary = await Harness.open(options);
  const url = await boundary.server.listen({ host: '127.0.0.1', port: 0 });
  const token = await boundary.makeKey({ kind: 'ops', scopes: ['read', 'admin'] });
  context = fakeContext({ env: { CRATON_BOUNDARY_URL: url, CRATON_OPERATOR_TOKEN: token } });
}

beforeEach(() => start());
afterEach(() => boundary.close());

const craton = (...args: string[]): Promise<Ran> => runCraton(context, ...args);

async function good(...args: string[]): Promise<string> {
  const { code, out, err } = await craton(...args);
  expect([code, err]).toEqual([0, '']);
  return out;
}

const goodJson = async <T>(...args: string[]): Promise<T> =>
  JSON.parse(await good(...args, '--json')) as T;

describe('craton partners', () => {
  it('adds and lists', async () => {
    const added = await good('partners', 'add', 'newcomer', '--unit', 'west,north', 'east');
    expect(added).toContain('Partner newcomer is known.');
    expect(added).toContain('east north west');
    const listed = await good('partners', 'list');
    expect(listed).toMatch(/^PARTNER +ADDED +UNITS$/m);
    expect(listed).toMatch(/^newcomer +\d{4}-\S+ +east north west$/m);
    expect(await goodJson('partners', 'list')).toMatchObject({
      partners: [{ partner_id: 'newcomer' }, { partner_id: PARTNER_ID }, {}],
    });
    expect(await goodJson('partners', 'add', 'newcomer')).toMatchObject({
      units: ['east', 'north', 'west'],
    });
  });

  it('says what the boundary refuses', async () => {
    const { code, err } = await craton('partners', 'add', 'New Comer');
    expect(code).toBe(1);
    expect(err).toContain('partner_id does not have the required form. (400 ERR_REQUEST_FIELD)');
    expect(err).toContain('Request id: req_');
  });
});

describe('craton paths', () => {
  const next = { ...SAMPLE_DOCUMENT, version: 2, enforcement: 'observe' };

  it('applies, lists and shows', async () => {
    writeJson(context, 'path.json', next);
    const applied = await good('paths', 'apply', 'path.json');
    expect(applied).toContain(
      `sample-threshold version 2 of ${PARTNER_ID} is live in development.`,
    );
    const listed = await good('paths', 'list');
    expect(listed).toMatch(/sample-threshold +1 {2,}\d{4}/);
    expect(listed).toMatch(/sample-threshold +2 +live +\d{4}\S+ +sha256:[0-9a-f]{64}/);
    const shown = await good('paths', 'show', PARTNER_ID, 'sample-threshold');
    expect(shown).toContain('sample-threshold version 2, observe');
    expect(await goodJson('paths', 'show', PARTNER_ID, 'sample-threshold')).toEqual(next);
    const show = ['paths', 'show', PARTNER_ID, 'sample-threshold'];
    const first = await goodJson(...show, '--path-version', '1');
    expect(first).toEqual(SAMPLE_DOCUMENT);
    expect((await craton('paths', 'show', PARTNER_ID, 'none')).err).toContain('404 ERR_NOT_FOUND');
    const wrong = await craton('paths', 'show', PARTNER_ID, 'none', '--path-version', 'one');
    expect(wrong.code).toBe(64);
  });

  it('sends nothing that is not in order', async () => {
    writeJson(context, 'path.json', { ...next, enforcement: 'maybe' });
    const { code, err } = await craton('paths', 'apply', 'path.json');
    expect([code, err.includes('enforcement must be one of')]).toEqual([1, true]);
    expect(await boundary.ledger.admin.listPaths(ENVIRONMENT)).toHaveLength(1);
  });

  it('is told by the boundary that the rollout gates deploy paths', async () => {
    await boundary.close();
    await start({ ports: () => ({ hasDevelopmentPrivileges: false }) });
    writeJson(context, 'path.json', next);
    const { code, err } = await craton('paths', 'apply', 'path.json');
    expect(code).toBe(1);
    expect(err).toContain('Paths are deployed through the rollout gates here');
    expect(err).toContain('ERR_PATH_APPLY_REFUSED');
  });
});

interface Issued {
  readonly key: string;
  readonly key_id: string;
}

describe('craton api-keys', () => {
  it('issues a key that works, into a file of its owner alone', async () => {
    const out = await good('api-keys', 'issue', '--partner', PARTNER_ID, '--out', 'key.txt');
    const file = join(context.cwd, 'key.txt');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = readFileSync(file, 'utf8').trim();
    expect(out).not.toContain(key);
    expect(out).toContain('check claim confirm read');
    expect((await boundary.check(key)).statusCode).toBe(200);
  });

  it('prints a key once, and lists it without showing it', async () => {
    const out = await good('api-keys', 'issue', '--partner', PARTNER_ID, '--scopes', 'check');
    const [, key = ''] = /again:\n(craton_bnd_\S+)\n/.exec(out) ?? [];
    expect((await boundary.check(key)).statusCode).toBe(200);
    const listed = await good('api-keys', 'list');
    expect(listed).toMatch(new RegExp(`^key_\\S+ +bnd +${PARTNER_ID} +check +until 2\\S+ +2`, 'm'));
    expect(listed).not.toContain(key.slice(0, -6).split('_').at(-1));
  });

  it('revokes, and says so in the list', async () => {
    const issue = ['api-keys', 'issue', '--partner', PARTNER_ID, '--days', '1'];
    const { key, key_id } = await goodJson<Issued>(...issue);
    expect(await good('api-keys', 'revoke', key_id)).toContain(`${key_id} is revoked since 2`);
    expect((await boundary.check(key)).statusCode).toBe(401);
    expect(await good('api-keys', 'list')).toMatch(new RegExp(`^${key_id} .*revoked 2`, 'm'));
    const unknown = await craton('api-keys', 'revoke', 'key_none');
    expect([unknown.code, unknown.err.includes('404 ERR_NOT_FOUND')]).toEqual([1, true]);
  });

  it('issues tokens of people, who must be known', async () => {
    const issue = ['api-keys', 'issue', '--kind', 'ops', '--scopes', 'read,review'];
    const nobody = await craton(...issue, '--person', 'act_nobody');
    expect([nobody.code, nobody.err.includes('409 ERR_LEDGER_CHANGE')]).toEqual([1, true]);
    const without = await craton(...issue);
    expect([without.code, without.err.includes('act_id is missing')]).toEqual([1, true]);
    const person = { actId: 'act_ada', issuer: 'https://id.example', subject: 'ada' };
    await boundary.ledger.admin.apply({ kind: 'upsert_person', ...person });
    expect(await good(...issue, '--person', 'act_ada')).toMatch(/^ {2}person +act_ada$/m);
    expect(await good('api-keys', 'list')).toMatch(/^key_\S+ +ops +act_ada +read review +until/m);
  });

  it('issues auditor tokens, which can do nothing else', async () => {
    const issue = ['api-keys', 'issue', '--kind', 'ops', '--scopes'];
    const both = await craton(...issue, 'audit,admin');
    expect([both.code, both.err.includes('scopes must be audit alone')]).toEqual([1, true]);
    const { key } = await goodJson<Issued>(...issue, 'audit');
    expect((await boundary.get('/operator/api/events', key)).statusCode).toBe(200);
  });

  it('issues operator tokens, which look and do not change unless asked for', async () => {
    const { key } = await goodJson<Issued>('api-keys', 'issue', '--kind', 'ops');
    const { CRATON_BOUNDARY_URL: url = '' } = context.env;
    writeText(context, 'token.txt', `${key}\n`);
    const other = { ...context, env: {} };
    const flags = ['--url', url, '--token-file', 'token.txt'];
    expect((await runCraton(other, 'partners', 'list', ...flags)).code).toBe(0);
    const add = await runCraton(other, 'partners', 'add', 'newcomer', ...flags);
    expect(add.code).toBe(1);
    expect(add.err).toContain('403 ERR_FORBIDDEN');
    expect(add.err).toContain('lacks the scope');
    const admin = ['api-keys', 'issue', '--kind', 'ops', '--scopes', 'read,admin'];
    writeText(context, 'token.txt', (await goodJson<Issued>(...admin)).key);
    expect((await runCraton(other, 'partners', 'add', 'newcomer', ...flags)).code).toBe(0);
  });

  it('makes no key if the file is there, and leaves no file without a key', async () => {
    writeText(context, 'key.txt', 'precious');
    const taken = await craton('api-keys', 'issue', '--partner', PARTNER_ID, '--out', 'key.txt');
    expect([taken.code, taken.err.includes('exists already')]).toEqual([1, true]);
    expect(readFileSync(join(context.cwd, 'key.txt'), 'utf8')).toBe('precious');
    expect(await boundary.ledger.admin.listEvents(0, 10)).toEqual([]);
    const refused = await craton('api-keys', 'issue', '--partner', 'nobody', '--out', 'other.txt');
    expect([refused.code, refused.err.includes('409 ERR_LEDGER_CHANGE')]).toEqual([1, true]);
    expect(existsSync(join(context.cwd, 'other.txt'))).toBe(false);
  });

  it.each([
    [['issue', '--kind', 'pull']],
    [['issue', '--days', '0']],
    [['issue', '--days', 'many']],
    [['revoke']],
    [['make']],
    [['make', '--environment', 'Production']],
    [['make', '--environment', 'production', '--kind', 'bnd']],
  ])('%j is a wrong command line', async (args) => {
    expect((await craton('api-keys', ...args)).code).toBe(64);
  });
});

describe('the first operator of a store', () => {
  interface Made {
    readonly sha256: string;
    readonly key: string;
  }

  it('makes a token offline; a start with its digest lets it in', async () => {
    const empty = await Harness.open();
    const url = await empty.server.listen({ host: '127.0.0.1', port: 0 });
    const make = ['api-keys', 'make', '--environment', ENVIRONMENT];
    const { sha256, key } = await goodJson<Made>(...make);
    const own = fakeContext({ env: { CRATON_BOUNDARY_URL: url, CRATON_OPERATOR_TOKEN: key } });
    const before = await runCraton(own, 'partners', 'list');
    expect(before.err).toContain('401 ERR_UNAUTHENTICATED');
    const { reader, admin } = empty.ledger;
    const ports = { reader, admin, environment: ENVIRONMENT, nowMs: () => Date.now() };
    expect(await admitOperator(ports, sha256)).toBe('admitted');
    const issue = 'api-keys issue --kind ops --scopes read,admin --out token.txt'.split(' ');
    expect((await runCraton(own, ...issue)).code).toBe(0);
    await empty.close();
  });

  it('is told the digest of what went into the file', async () => {
    const make = ['api-keys', 'make', '--environment', 'production', '--out', 'token.txt'];
    const out = await good(...make);
    const token = readFileSync(join(context.cwd, 'token.txt'), 'utf8').trim();
    expect(token).toMatch(/^craton_ops_production_/);
    expect(out).not.toContain(token);
    const digest = await import('node:crypto').then(({ hash }) => hash('sha256', token));
    expect(out).toContain(`CRATON_OPERATOR_BOOTSTRAP_SHA256=${digest}`);
    expect(statSync(join(context.cwd, 'token.txt')).mode & 0o777).toBe(0o600);
  });
});

describe('craton events', () => {
  it('lists who changed what', async () => {
    await good('partners', 'add', 'newcomer');
    await good('partners', 'add', 'another');
    const listed = await good('events');
    expect(listed).toMatch(/^1 +2\S+ +key_\S+ +partner_added +\{"partner_id":"newcomer"/m);
    const { events } = await goodJson<{ events: object[] }>('events', '--after', '1');
    expect(events).toMatchObject([{ event_id: 2, subject: { partner_id: 'another' } }]);
    expect((await craton('events', '--limit', '0')).code).toBe(64);
    expect((await craton('events', '--after', '-1')).code).toBe(64);
  });
});

describe('the operator token', () => {
  it('of development is found by itself, and shown to that server only', async () => {
    const { CRATON_BOUNDARY_URL: url = '', CRATON_OPERATOR_TOKEN: token } = context.env;
    const data = join(context.cwd, 'data');
    mkdirSync(data);
    const credentials = { base_url: url, boundary_api_key: 'x', operator_token: token };
    writeJson(context, 'data/dev-credentials.json', credentials);
    const local = { ...context, env: { CRATON_DATA_DIR: data } };
    expect((await runCraton(local, 'partners', 'list')).code).toBe(0);
    const other = await runCraton(local, 'partners', 'list', '--url', 'https://other.example');
    expect(other.code).toBe(64);
    expect(other.err).toContain('There is no operator token.');
    expect(other.err).toContain('Give --token-file FILE, or set CRATON_OPERATOR_TOKEN.');
  });

  it('is not sent over a network in the clear', async () => {
    const { code } = await craton('partners', 'list', '--url', 'http://boundary.example');
    expect(code).toBe(64);
  });

  it('stays out of failures', async () => {
    const { CRATON_OPERATOR_TOKEN: token = '' } = context.env;
    const json = jsonOf(await craton('partners', 'add', 'New', '--json'));
    expect(json).toMatchObject({ object: 'craton.cli.failure.v1', code: 'ERR_REQUEST_FIELD' });
    expect(JSON.stringify(json)).not.toContain(token);
  });
});
