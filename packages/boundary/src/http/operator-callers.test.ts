/** Every route for operators with every kind of caller: who is let in, and who is not. */
import { composeApiKey } from '@craton/protocol';
import type { RouteDocument } from '@craton/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodRequest, type Subjects } from '../../test/good-requests.ts';
import { Harness } from '../../test/harness.ts';
import { makePeople, makePerson } from '../../test/people.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { Scope } from '../ledger/port.ts';
import { OperatorSessions } from '../people/operator-sessions.ts';
import { API_DOCUMENTS } from './api-document.ts';

let boundary: Harness;
let subjects: Subjects;
/** The headers by which each kind of caller says who they are. */
let callers: ReadonlyMap<string, Record<string, string>>;

const OPERATOR_ROUTES = API_DOCUMENTS.filter(({ keyHolder }) => keyHolder === 'operator');
const SCOPES: readonly Scope[] = ['read', 'admin', 'review', 'deploy', 'audit'];
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

beforeAll(async () => {
  boundary = await Harness.open({
    hasStaging: true,
    ports: (real) => ({ sessions: new OperatorSessions({ ...real, origin: real.baseUrl }) }),
  });
  const people = await makePeople(boundary);
  subjects = { key: '', operatorToken: '', requestId: '', keyId: 'key_none', ...people };
  callers = new Map([
    ['nobody', {}],
    ['a stranger', bearer('craton_ops_development_none')],
    ['a person who drafts', bearer(keyOfSelfService())],
    ['a host', bearer(await boundary.makeKey())],
    ['a host in staging', bearer(await boundary.makeKey({ kind: 'sts', environment: 'staging' }))],
    ['a pull of reviews', bearer(await boundary.makeKey({ kind: 'pull', scopes: ['read'] }))],
    ...(await tokens()),
    ...(await sessions()),
  ]);
});
afterAll(async () => {
  await boundary.close();
});

/** Whole and of the right form, as self-service would take it. */
const keyOfSelfService = (): string =>
  composeApiKey(
    { kind: 'ssv', environment: 'development', random: new Uint8Array(32).fill(7) },
    nodeSha256,
  );

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

async function tokens(): Promise<[string, Record<string, string>][]> {
  const made: [string, Record<string, string>][] = [];
  for (const scope of SCOPES) {
    const token = await boundary.makeKey({ kind: 'ops', scopes: [scope] });
    made.push([`a token with ${scope}`, bearer(token)]);
  }
  const expired = await boundary.makeKey({ kind: 'ops', scopes: SCOPES, expiresAtMs: 1 });
  return [...made, ['an expired token with everything', bearer(expired)]];
}

async function sessions(): Promise<[string, Record<string, string>][]> {
  const [reviewer, operator, nobody, erased] = [
    await makePerson(boundary, ['read']),
    await makePerson(boundary, ['read']),
    await makePerson(boundary, ['read']),
    await makePerson(boundary, ['read']),
  ];
  await giveRoles(reviewer.actId, operator.actId, erased.actId);
  const open = await sessionOf(reviewer.actId);
  const gone = await sessionOf(erased.actId);
  await boundary.ledger.admin.apply({ kind: 'erase_person', actId: erased.actId });
  return [
    ['a session of a reviewer', open],
    ['a session of a reviewer without CSRF token', { cookie: open.cookie ?? '', ...OWN_PAGE }],
    ['a session of Craton’s operator', await sessionOf(operator.actId)],
    ['a session without a role', await sessionOf(nobody.actId)],
    ['a session of an erased person', gone],
  ];
}

async function giveRoles(reviewer: string, operator: string, other: string): Promise<void> {
  const send = async (path: string, token: string, body: object) => {
    const answer = await boundary.inject({
      method: 'POST',
      url: `/operator/api/governance/${path}`,
      headers: { ...bearer(token), 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    });
    expect(answer.statusCode).toBe(200);
    return answer.json<{ proposal: string }>();
  };
  const { proposerToken, personToken } = subjects;
  const holders = { security_owner: [reviewer, other].sort(), craton_operator: [operator] };
  const asked = { role_holders: holders, reason: 'As agreed.' };
  const { proposal } = await send('role-holders', proposerToken, asked);
  await send('confirm', personToken, { proposal });
}

/** As a browser with an open page of ours has it. */
async function sessionOf(actId: string): Promise<Record<string, string>> {
  const ports = boundary.ports;
  const store = new OperatorSessions({ ...ports, origin: ports.baseUrl });
  const { cookie: line, changes } = store.begin(actId, boundary.nowMs(), {});
  await boundary.ledger.admin.apply(...changes);
  const cookie = line.split(';')[0] ?? '';
  const csrf = (await store.find({ cookie }))?.csrfToken ?? '';
  return { cookie, 'x-csrf-token': csrf, ...OWN_PAGE };
}

/** What each kind of caller gets by the scope that a route asks for; 200: is let in. */
const EXPECTED: Readonly<Record<string, (scope: string | undefined, method: string) => number>> = {
  nobody: () => 401,
  'a stranger': () => 401,
  'a person who drafts': () => 401,
  'a host': () => 403,
  'a host in staging': () => 403,
  'a pull of reviews': () => 403,
  'a token with read': (scope) => allowed(scope, ['read']),
  'a token with admin': (scope) => allowed(scope, ['admin']),
  'a token with review': (scope) => allowed(scope, ['review']),
  'a token with deploy': (scope) => allowed(scope, ['deploy']),
  'a token with audit': (scope) => allowed(scope, ['read', 'audit']),
  'an expired token with everything': () => 401,
  'a session of a reviewer': (scope) => allowed(scope, ['read', 'review']),
  'a session of a reviewer without CSRF token': (scope, method) =>
    method === 'GET' ? allowed(scope, ['read', 'review']) : 403,
  'a session of Craton’s operator': (scope) => allowed(scope, ['read', 'review', 'deploy']),
  'a session without a role': (scope) => allowed(scope, []),
  'a session of an erased person': () => 401,
};

function allowed(scope: string | undefined, given: readonly string[]): number {
  return scope === undefined || given.includes(scope) ? 200 : 403;
}

/** A request that is refused as soon as its caller was let in: nothing is ever changed. */
async function ask(document: RouteDocument, headers: Record<string, string>) {
  const { url } = goodRequest(document, subjects);
  const { method } = document;
  const json = method === 'POST' ? { 'content-type': 'application/json' } : {};
  return boundary.inject({
    method,
    url,
    headers: { ...headers, ...json },
    ...(method === 'POST' && { payload: '{"a":1,"a":1}' }),
  });
}

describe.each(OPERATOR_ROUTES.map((one) => [`${one.method} ${one.path}`, one] as const))(
  '%s',
  (_title, document) => {
    it.each(Object.entries(EXPECTED))('lets %s in, or not', async (caller, expected) => {
      const headers = callers.get(caller);
      if (headers === undefined) throw new Error(`Nobody made ${caller}.`);
      const answer = await ask(document, headers);
      const wanted = expected(document.scope, document.method);
      if (wanted === 200) {
        // Let in: refused for what was sent, or for what people alone may do, or answered.
        const code = answer.statusCode < 400 ? undefined : answer.json<{ code: string }>().code;
        const isOfNobody = code === 'ERR_FORBIDDEN' && answer.body.includes('belongs to no person');
        expect(isOfNobody || ![401, 403].includes(answer.statusCode)).toBe(true);
        return;
      }
      expect(answer.statusCode).toBe(wanted);
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      const codes = wanted === 401 ? ['ERR_UNAUTHENTICATED'] : ['ERR_FORBIDDEN', 'ERR_CSRF'];
      expect(codes).toContain(answer.json<{ code: string }>().code);
    });
  },
);

it('asks every kind of caller that there is', () => {
  expect([...callers.keys()].sort()).toEqual(Object.keys(EXPECTED).sort());
});
