/** Signing in with a real OpenID Connect provider, and what a session may then do. */
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { CLIENT_SECRET, ProviderBrowser, TestProvider } from '../../test/identity-provider.ts';
import { makePerson, makeProposal } from '../../test/people.ts';
import { SecretSearch } from '@craton/policy';
import { SESSION_IDLE_MS, SESSION_MS_MAX } from '../people/operator-sessions.ts';
import { SIGN_IN_MS_MAX } from '../people/sign-in.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ORIGIN = 'http://127.0.0.1:8080';
const SESSION = '/operator/api/session';
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

let provider: TestProvider;
let boundary: Harness;

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  vi.spyOn(console, 'info').mockReturnValue(undefined);
  provider = await TestProvider.open(ORIGIN);
});
afterAll(async () => {
  await provider.close();
});
beforeEach(async () => {
  boundary = await Harness.open({ ports: (real) => provider.peopleOf(real) });
});
afterEach(async () => {
  vi.useRealTimers();
  await boundary.close();
});

/** What a browser keeps of an answer: `name=value` of each cookie that was set, by its name. */
function cookiesOf({ headers }: LightMyRequestResponse): Map<string, string> {
  const lines = [headers['set-cookie'] ?? []].flat();
  return new Map(lines.map((line) => [line.split('=')[0] ?? '', line.split(';')[0] ?? '']));
}

const codeOf = (answer: LightMyRequestResponse) => [
  answer.statusCode,
  answer.json<{ code: string }>().code,
];

interface Begun {
  readonly location: string;
  /** `name=value`. */
  readonly cookie: string;
}

async function begin(query = '', headers: Record<string, string> = {}): Promise<Begun> {
  const answer = await boundary.inject({ url: `/operator/sign-in${query}`, headers });
  expect(answer.statusCode).toBe(303);
  const cookie = cookiesOf(answer).get('craton_sign_in') ?? '';
  return { location: String(answer.headers.location), cookie };
}

const comeBack = (url: URL, cookie: string) =>
  boundary.inject({ url: `${url.pathname}${url.search}`, headers: { cookie } });

interface SignedIn {
  readonly answer: LightMyRequestResponse;
  /** `name=value` of the session. */
  readonly cookie: string;
  readonly returned: URL;
  readonly begun: Begun;
}

async function signIn(browser: ProviderBrowser, query = '', before?: string): Promise<SignedIn> {
  const begun = await begin(query);
  const returned = await browser.signIn(begun.location);
  const sent = before === undefined ? begun.cookie : `${begun.cookie}; ${before}`;
  const answer = await comeBack(returned, sent);
  return { answer, begun, returned, cookie: cookiesOf(answer).get('craton_operator') ?? '' };
}

interface Session {
  readonly actor: string;
  readonly act_id: string;
  readonly scopes: readonly string[];
  readonly csrf_token: string;
  readonly expires_at: string;
}

const ask = (cookie: string, url = SESSION) => boundary.inject({ url, headers: { cookie } });

async function sessionOf(cookie: string): Promise<Session> {
  const answer = await ask(cookie);
  expect(answer.statusCode).toBe(200);
  return answer.json<Session>();
}

/** Makes somebody hold a role, by two people who are asked for nothing else. */
async function giveRole(actId: string): Promise<void> {
  const proposer = await makePerson(boundary);
  const other = await makePerson(boundary);
  const proposal = await makeProposal(boundary, proposer.actId, actId);
  const answer = await boundary.inject({
    method: 'POST',
    url: '/operator/api/governance/confirm',
    headers: { authorization: `Bearer ${other.token}`, 'content-type': 'application/json' },
    payload: JSON.stringify({ proposal }),
  });
  expect(answer.statusCode).toBe(200);
}

describe('a sign-in', () => {
  it('asks the provider with state, nonce and PKCE, and for a sign-in of the last hour', async () => {
    const { location } = await begin();
    const url = new URL(location);
    expect(url.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      redirect_uri: `${ORIGIN}/operator/sign-in/callback`,
      code_challenge_method: 'S256',
      max_age: '3600',
      state: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
      nonce: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
    });
    expect((await begin()).location).not.toBe(location);
  });

  it('makes a person known under a random id, with a session and no scope', async () => {
    const { answer, cookie } = await signIn(new ProviderBrowser('ada'));
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/operator']);
    const [, line = ''] = [answer.headers['set-cookie'] ?? []].flat();
    expect(line).toMatch(
      /^craton_operator=[A-Za-z0-9_-]{43}; Max-Age=28800; Path=\/operator; HttpOnly; SameSite=Lax$/,
    );
    const session = await sessionOf(cookie);
    expect(session).toMatchObject({ via: 'session', scopes: [], actor: session.act_id });
    expect(session.act_id).toMatch(/^act_[A-Za-z0-9_-]{22}$/);
    const person = await boundary.ledger.operatorRecords.findPerson(session.act_id);
    expect(person).toMatchObject({
      issuer: provider.issuer,
      subject: 'ada',
      name: 'Name of ada',
      email: 'ada@id.example',
    });
    const events = await boundary.ledger.admin.listEvents(0, 10);
    expect(events.at(-1)).toMatchObject({ actor: session.act_id, action: 'person_signed_in' });
  });

  it('of the same person has the same id, another session, and ends the one before', async () => {
    const browser = new ProviderBrowser('grace');
    const first = await signIn(browser);
    const { act_id: actId } = await sessionOf(first.cookie);
    const second = await signIn(browser, '', first.cookie);
    expect(second.cookie).not.toBe(first.cookie);
    expect((await sessionOf(second.cookie)).act_id).toBe(actId);
    expect((await ask(first.cookie)).statusCode).toBe(401);
  });

  it('never takes over a session that somebody put into the browser', async () => {
    const planted = `craton_operator=${'A'.repeat(43)}`;
    const { cookie } = await signIn(new ProviderBrowser('ada'), '', planted);
    expect(cookie).not.toBe(planted);
    expect((await ask(planted)).statusCode).toBe(401);
  });

  it('leads back to a page of the operator side, and to no other', async () => {
    const { answer } = await signIn(new ProviderBrowser('ada'), '?return_to=/operator/rollouts/r1');
    expect(answer.headers.location).toBe('/operator/rollouts/r1');
    for (const place of [
      '//evil.example',
      'https://evil.example/operator',
      '/v1',
      '/operator/../x',
    ]) {
      const refused = await boundary.get(
        `/operator/sign-in?return_to=${encodeURIComponent(place)}`,
      );
      expect([refused.statusCode, refused.json<{ field: string }>().field]).toEqual([
        400,
        'return_to',
      ]);
    }
  });

  it('has cookies that only https gets, and only for this host, where the address is https', async () => {
    const harness = await Harness.open({
      ports: (real) => {
        const ports = { ...real, baseUrl: () => 'https://craton.example' };
        return { ...provider.peopleOf(ports), baseUrl: ports.baseUrl };
      },
    });
    const answer = await harness.inject({ url: '/operator/sign-in' });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-craton_sign_in=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    await harness.close();
  });
});

describe('a return from the provider is refused', () => {
  const refusedSignIn = [400, 'ERR_SIGN_IN'];
  const sessions = () => boundary.countRows()['sessions'];

  it('a second time', async () => {
    const { returned, begun } = await signIn(new ProviderBrowser('ada'));
    const again = await comeBack(returned, begun.cookie);
    expect(codeOf(again)).toEqual(refusedSignIn);
    expect(again.headers['set-cookie']).toMatch(/^craton_sign_in=; Max-Age=0;/);
    expect(sessions()).toBe(1);
  });

  it.each<[string, (returned: URL, begun: Begun) => Promise<[URL, string]> | [URL, string]]>([
    ['without the cookie of its sign-in', (returned) => [returned, '']],
    ['to another browser', async (returned) => [returned, (await begin()).cookie]],
    [
      'with another state',
      (returned, { cookie }) => {
        returned.searchParams.set('state', 'A'.repeat(43));
        return [returned, cookie];
      },
    ],
    [
      'without a state',
      (returned, { cookie }) => {
        returned.searchParams.delete('state');
        return [returned, cookie];
      },
    ],
    [
      'with another code',
      (returned, { cookie }) => {
        returned.searchParams.set('code', 'A'.repeat(43));
        return [returned, cookie];
      },
    ],
    [
      'by another provider',
      (returned, { cookie }) => {
        returned.searchParams.set('iss', 'https://evil.example');
        return [returned, cookie];
      },
    ],
    [
      'with a cookie whose page was changed',
      (returned, { cookie }) => [
        returned,
        cookie.replace(/[^.]+$/, Buffer.from('/operator/keys').toString('base64url')),
      ],
    ],
    [
      'with a cookie whose step-up was taken away',
      (returned, { cookie }) => [returned, cookie.replace('.0.', '.1.')],
    ],
  ])('%s', async (_title, change) => {
    const begun = await begin();
    const returned = await new ProviderBrowser('ada').signIn(begun.location);
    expect(codeOf(await comeBack(...(await change(returned, begun))))).toEqual(refusedSignIn);
    expect(sessions()).toBe(0);
  });

  it('with another nonce', async () => {
    const { location, cookie } = await begin();
    const url = new URL(location);
    url.searchParams.set('nonce', 'A'.repeat(43));
    const returned = await new ProviderBrowser('ada').signIn(url.href);
    expect(codeOf(await comeBack(returned, cookie))).toEqual(refusedSignIn);
    expect(sessions()).toBe(0);
  });

  it('after ten minutes', async () => {
    const { location, cookie } = await begin();
    const returned = await new ProviderBrowser('ada').signIn(location);
    boundary.clockOffsetMs = SIGN_IN_MS_MAX;
    expect(codeOf(await comeBack(returned, cookie))).toEqual(refusedSignIn);
  });

  it('where the person cancelled', async () => {
    const { location, cookie } = await begin();
    const state = new URL(location).searchParams.get('state') ?? '';
    const url = new URL(`${ORIGIN}/operator/sign-in/callback`);
    url.search = new URLSearchParams({
      error: 'access_denied',
      state,
      iss: provider.issuer,
    }).toString();
    expect(codeOf(await comeBack(url, cookie))).toEqual(refusedSignIn);
  });
});

describe('where the provider', () => {
  it('does not answer, the answer is 503 and leaves no cookie', async () => {
    const gone = await TestProvider.open(ORIGIN);
    await gone.close();
    const harness = await Harness.open({ ports: (real) => gone.peopleOf(real) });
    const answer = await harness.get('/operator/sign-in');
    expect(codeOf(answer)).toEqual([503, 'ERR_IDENTITY_PROVIDER']);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    await harness.close();
  });

  it('is not set, nobody signs in', async () => {
    const harness = await Harness.open();
    for (const url of ['/operator/sign-in', '/operator/sign-in/callback?code=x']) {
      expect(codeOf(await harness.get(url))).toEqual([404, 'ERR_NOT_FOUND']);
    }
    const cookie = `craton_operator=${'A'.repeat(43)}`;
    expect((await harness.inject({ url: SESSION, headers: { cookie } })).statusCode).toBe(401);
    await harness.close();
  });
});

describe('a session', () => {
  it('ends an hour after its last request', async () => {
    const { cookie } = await signIn(new ProviderBrowser('ada'));
    boundary.clockOffsetMs = SESSION_IDLE_MS - 60_000;
    await sessionOf(cookie);
    boundary.clockOffsetMs = 2 * SESSION_IDLE_MS - 120_000;
    await sessionOf(cookie);
    boundary.clockOffsetMs = 3 * SESSION_IDLE_MS;
    expect((await ask(cookie)).statusCode).toBe(401);
  });

  it('ends eight hours after its sign-in, however much it is used', async () => {
    const { cookie } = await signIn(new ProviderBrowser('ada'));
    for (let offsetMs = 0; offsetMs < SESSION_MS_MAX - 60_000; offsetMs += SESSION_IDLE_MS / 2) {
      boundary.clockOffsetMs = offsetMs;
      await sessionOf(cookie);
    }
    boundary.clockOffsetMs = SESSION_MS_MAX;
    expect((await ask(cookie)).statusCode).toBe(401);
  });

  it('ends on every node by signing out, with the form of a page', async () => {
    const { cookie } = await signIn(new ProviderBrowser('ada'));
    const { csrf_token: csrf } = await sessionOf(cookie);
    const otherNode = provider.peopleOf({ ...boundary.ports }).sessions;
    expect(await otherNode?.find({ cookie })).toBeDefined();
    const send = (payload: string, headers = {}) =>
      boundary.inject({
        method: 'POST',
        url: '/operator/sign-out',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload,
      });
    expect(codeOf(await send(`csrf_token=${csrf}`))).toEqual([403, 'ERR_CSRF']);
    expect(codeOf(await send('csrf_token=x', OWN_PAGE))).toEqual([403, 'ERR_CSRF']);
    const answer = await send(`csrf_token=${csrf}`, OWN_PAGE);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/']);
    expect(answer.headers['set-cookie']).toMatch(/^craton_operator=; Max-Age=0;/);
    expect((await ask(cookie)).statusCode).toBe(401);
    expect(await otherNode?.find({ cookie })).toBeUndefined();
    expect((await send(`csrf_token=${csrf}`, OWN_PAGE)).statusCode).toBe(401);
  });

  it('opens nothing of the boundary, and no key opens what is a session’s', async () => {
    const { cookie } = await signIn(new ProviderBrowser('ada'));
    for (const url of ['/v1/streams', '/v1/paths/sample-threshold']) {
      expect((await ask(cookie, url)).statusCode).toBe(401);
    }
    const check = await boundary.inject({
      method: 'POST',
      url: '/v1/boundary/check',
      headers: { cookie, 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(check.statusCode).toBe(401);
    const key = await boundary.makeKey();
    const both = { cookie, authorization: `Bearer ${key}` };
    expect((await boundary.inject({ url: SESSION, headers: both })).statusCode).toBe(403);
    const none = { cookie, authorization: 'Bearer none' };
    expect((await boundary.inject({ url: SESSION, headers: none })).statusCode).toBe(401);
  });

  it('ends when its person is erased, who is somebody new at the next sign-in', async () => {
    const browser = new ProviderBrowser('ada');
    const { cookie } = await signIn(browser);
    const { act_id: actId } = await sessionOf(cookie);
    const token = await boundary.makeKey({ kind: 'ops', scopes: ['admin'] });
    const erased = await boundary.inject({
      method: 'POST',
      url: `/operator/api/people/${actId}/erase`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(Object.keys(erased.json<object>()).sort()).toEqual(['act_id', 'erased_at', 'roles']);
    expect((await ask(cookie)).statusCode).toBe(401);
    const again = await signIn(browser);
    expect((await sessionOf(again.cookie)).act_id).not.toBe(actId);
  });

  it('has the scopes of its roles from the moment that they are confirmed', async () => {
    const { cookie } = await signIn(new ProviderBrowser('ada'));
    const { act_id: actId } = await sessionOf(cookie);
    expect(codeOf(await ask(cookie, '/operator/api/people'))).toEqual([403, 'ERR_FORBIDDEN']);
    await giveRole(actId);
    expect((await sessionOf(cookie)).scopes).toEqual(['read', 'review']);
    expect((await ask(cookie, '/operator/api/people')).statusCode).toBe(200);
  });
});

describe('a change by a session', () => {
  let cookie: string;
  let csrf: string;
  beforeEach(async () => {
    ({ cookie } = await signIn(new ProviderBrowser('ada')));
    const session = await sessionOf(cookie);
    csrf = session.csrf_token;
    await giveRole(session.act_id);
  });

  const refuse = (headers: Record<string, string>, proposal = `sha256:${'0'.repeat(64)}`) =>
    boundary.inject({
      method: 'POST',
      url: '/operator/api/governance/refuse',
      headers: { cookie, 'content-type': 'application/json', ...headers },
      payload: JSON.stringify({ proposal, reason: 'Because.' }),
    });

  it.each<[string, Record<string, string>]>([
    ['has no token', { ...OWN_PAGE }],
    ['has the token of nobody', { ...OWN_PAGE, 'x-csrf-token': 'A'.repeat(43) }],
    ['does not say where it is from', { 'x-csrf-token': 'CSRF' }],
    ['is from another site', { 'x-csrf-token': 'CSRF', 'sec-fetch-site': 'cross-site' }],
    ['is from a neighbour', { 'x-csrf-token': 'CSRF', 'sec-fetch-site': 'same-site' }],
    ['is from another origin', { 'x-csrf-token': 'CSRF', origin: 'https://evil.example' }],
    [
      'is from another origin, whatever it says beside',
      { 'x-csrf-token': 'CSRF', origin: 'https://evil.example', ...OWN_PAGE },
    ],
    ['is from nowhere', { 'x-csrf-token': 'CSRF', origin: 'null' }],
  ])('is refused if it %s', async (_title, headers) => {
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'CSRF' ? csrf : value]),
    );
    expect(codeOf(await refuse(sent))).toEqual([403, 'ERR_CSRF']);
  });

  it.each<[string, Record<string, string>]>([
    ['fetched', OWN_PAGE],
    ['fetched by an old browser', { origin: ORIGIN }],
    ['sent as a form without a referrer', { origin: 'null', ...OWN_PAGE }],
  ])('is made if it was %s by our own page', async (_title, headers) => {
    expect(codeOf(await refuse({ ...headers, 'x-csrf-token': csrf }))).toEqual([
      404,
      'ERR_NOT_FOUND',
    ]);
  });

  it('is refused with the token of another session', async () => {
    const other = await signIn(new ProviderBrowser('eve'));
    const { csrf_token: foreign } = await sessionOf(other.cookie);
    expect(codeOf(await refuse({ ...OWN_PAGE, 'x-csrf-token': foreign }))).toEqual([
      403,
      'ERR_CSRF',
    ]);
  });

  it('needs a sign-in of the last five minutes where it counts, and a second sign-in is one', async () => {
    const browser = new ProviderBrowser('ada');
    const first = await signIn(browser);
    const { act_id: actId } = await sessionOf(first.cookie);
    const proposer = await makePerson(boundary);
    const proposal = await makeProposal(boundary, proposer.actId, actId);
    const confirm = async (session: string) => {
      const { csrf_token: token } = await sessionOf(session);
      return boundary.inject({
        method: 'POST',
        url: '/operator/api/governance/confirm',
        headers: {
          ...OWN_PAGE,
          ...{ cookie: session, 'x-csrf-token': token, 'content-type': 'application/json' },
        },
        payload: JSON.stringify({ proposal }),
      });
    };
    // The provider keeps time by this clock, too.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6 * 60_000 });
    const late = await confirm(first.cookie);
    expect(codeOf(late)).toEqual([403, 'ERR_SIGN_IN_AGAIN']);
    expect(late.json<{ detail: string }>().detail).toContain('/operator/sign-in?step_up=1');

    // Without a step-up the provider remembers, and says so.
    const remembered = await signIn(browser, '', first.cookie);
    expect(codeOf(await confirm(remembered.cookie))).toEqual([403, 'ERR_SIGN_IN_AGAIN']);

    const { location } = await begin('?step_up=1');
    expect(new URL(location).searchParams.get('prompt')).toBe('login');
    const again = await signIn(browser, '?step_up=1', remembered.cookie);
    expect((await confirm(again.cookie)).statusCode).toBe(200);
  });
});

describe('nothing secret', () => {
  it('stands in the store, the log or an answer', async () => {
    const { answer, cookie, returned, begun } = await signIn(new ProviderBrowser('ada'));
    const { csrf_token: csrf } = await sessionOf(cookie);
    await comeBack(returned, begun.cookie);
    const search = new SecretSearch();
    search.add('store', boundary.storedBytes());
    search.add('log', boundary.lines.join('\n'));
    search.add('answer', answer.body);
    const secrets = [
      CLIENT_SECRET,
      cookie.split('=')[1] ?? '',
      csrf,
      begun.cookie.split('=')[1] ?? '',
      returned.searchParams.get('code') ?? '',
    ];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(search.find(secret)).toEqual([]);
    }
    // It would be found: the id of the person is in both.
    const { act_id: actId } = await sessionOf(cookie);
    search.add('log later', boundary.lines.join('\n'));
    expect(search.find(actId)).toEqual(expect.arrayContaining(['store', 'log later']));
  });
});
