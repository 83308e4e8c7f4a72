/** The pages of operators: sign-in, the whole way to a live path by forms alone, and refusals. */
import type { LightMyRequestResponse } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, PARTNER_ID } from '../../test/harness.ts';
import type { Answer } from '../../test/ledger-world.ts';
import { APPROVALS, HOLDERS, packetOf, PATH_ID, RolloutSite } from '../../test/rollout-world.ts';
import { OperatorSessions } from '../people/operator-sessions.ts';

let boundary: Harness;
let site: RolloutSite;
let sessions: OperatorSessions;
const cookies = new Map<string, string>();

const ORIGIN = 'http://127.0.0.1:8080';

beforeEach(async () => {
  const made: { site?: RolloutSite; sessions?: OperatorSessions } = {};
  boundary = await Harness.open({
    hasStaging: true,
    ports: (real) => {
      made.sessions = new OperatorSessions({ ...real, origin: () => ORIGIN });
      const there = () => {
        if (made.site === undefined) throw new Error('The site is not there yet.');
        return made.site.ports;
      };
      return {
        sessions: made.sessions,
        rollouts: {
          ...real.rollouts,
          isProductionLike: true,
          reviews: {
            list: () => there().reviews.list(),
            find: (digest) => there().reviews.find(digest),
          },
          evidence: new Proxy(real.rollouts.evidence, {
            get: (_target, name) => Reflect.get(there().evidence, name) as unknown,
          }),
          channels: { sendTest: (...call) => there().channels.sendTest(...call) },
        },
      };
    },
  });
  const sources = {
    nowMs: () => boundary.nowMs(),
    randomBytes: () => new Uint8Array(16),
    requestId: () => '',
  };
  const addKey = async (members: object) => {
    await boundary.makeKey({ ...members, kind: 'sts' });
  };
  const issue = () => Promise.reject(new Error('Over HTTP only.'));
  site = new RolloutSite({ ledger: boundary.ledger, addKey, issue }, sources);
  made.site = site;
  await site.appoint();
  if (made.sessions === undefined) throw new Error('No sessions.');
  sessions = made.sessions;
  for (const person of new Set(Object.values(HOLDERS).flat())) await signIn(person);
});
afterEach(async () => {
  cookies.clear();
  await boundary.close();
});

async function signIn(actId: string): Promise<void> {
  const { admin } = boundary.ledger;
  const [issuer, name] = ['https://id.example', `Name of ${actId}`];
  await admin.apply({ kind: 'upsert_person', actId, issuer, subject: actId, name });
  const { changes, cookie } = sessions.begin(actId, boundary.nowMs(), {});
  for (const change of changes) await admin.apply(change);
  cookies.set(actId, cookie.split(';')[0] ?? '');
}

const get = (person: string, url: string) =>
  boundary.inject({ url, headers: { cookie: cookies.get(person) ?? '' } });

const tokenOf = ({ body }: LightMyRequestResponse) =>
  /name="csrf_token" value="([^"]+)"/.exec(body)?.[1] ?? '';

/** Sends a form as a browser does: with the token of a page, from a page of this server. */
async function send(
  person: string,
  url: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const page = await get(person, '/operator');
  return boundary.inject({
    method: 'POST',
    url,
    headers: {
      cookie: cookies.get(person) ?? '',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    payload: new URLSearchParams({ csrf_token: tokenOf(page), ...fields }).toString(),
  });
}

async function pull(): Promise<string> {
  const { packet_digest } = site.request(packetOf(1));
  const inbox = await get('act_oda', '/operator');
  expect(inbox.body).toContain(`value="${packet_digest}"`);
  const answer = await send('act_oda', '/operator/rollouts', { packet_digest });
  expect(answer.statusCode).toBe(303);
  return String(answer.headers.location);
}

const decision = (gate: string, role: string) => {
  const { packet_digest, scope_digest = '' } = packetOf(1);
  return { gate, role, packet_digest, scope_digest };
};

async function approve(page: string, from: number, to?: number): Promise<void> {
  for (const [gate, role, person] of APPROVALS.slice(from, to)) {
    const fields = { ...decision(gate, role), decision: 'approve' };
    const answer = await send(person, `${page}/decide`, fields);
    expect([person, gate, answer.statusCode]).toEqual([person, gate, 303]);
  }
}

async function testInStaging(): Promise<void> {
  const key = await boundary.makeKey({ kind: 'sts', environment: 'staging' });
  for (const { request } of packetOf(1).draft.expected_verdicts ?? []) {
    const scope = { gate_type: 'threshold_gate', system_scope: 'payments' };
    const answer = await boundary.check(key, { ...scope, ...request });
    site.noteStaging(answer.json<Answer>());
  }
}

async function ready(): Promise<string> {
  const page = await pull();
  await send('act_oda', `${page}/evaluate`);
  await approve(page, 0, 3);
  expect((await send('act_otto', `${page}/stage`)).statusCode).toBe(303);
  await testInStaging();
  await send('act_oda', `${page}/evaluate`);
  await send('act_ros', `${page}/acknowledge`);
  await send('act_oda', `${page}/test-channel`);
  await approve(page, 3);
  return page;
}

describe('the pages of operators', () => {
  it('go from a requested review to a live path and back, by forms alone', async () => {
    const page = await ready();
    const shown = await get('act_otto', page);
    expect(shown.statusCode).toBe(200);
    expect(shown.headers).toMatchObject({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex' });
    expect(shown.body).toContain('ready to deploy');
    expect((await get('act_otto', '/operator')).body).toContain('You can: Deploy');
    const wrong = await send('act_otto', `${page}/deploy`, { confirm_path_id: 'Payment-Release' });
    expect(wrong.statusCode).toBe(409);
    expect(wrong.body).toContain('The name of the path was not typed to the letter.');
    expect(wrong.body).toContain('value="Payment-Release"');
    const done = await send('act_otto', `${page}/deploy`, { confirm_path_id: PATH_ID });
    expect([done.statusCode, done.headers.location]).toEqual([303, `${page}?done=deploy`]);
    const path = `/operator/paths/${PARTNER_ID}/${PATH_ID}`;
    const live = await get('act_oda', path);
    expect(live.body).toContain('Name of act_otto');
    expect(live.body).toContain(`action="${page}/rollback"`);
    const silent = await send('act_oda', `${page}/rollback`);
    expect(silent.statusCode).toBe(400);
    expect(silent.body).toContain('<a href="#rollback-reason">');
    const undone = await send('act_oda', `${page}/rollback`, { reason: 'Too early.' });
    expect(undone.statusCode).toBe(303);
    expect((await get('act_oda', path)).body).toContain('Nothing: every check on this path');
    expect((await get('act_oda', '/operator/paths')).body).toContain(path);
  });

  it('show the gates with owners, evidence and what is missing', async () => {
    const page = await pull();
    await send('act_oda', `${page}/evaluate`);
    const { body } = await get('act_rita', page);
    expect(body).toMatch(/<li aria-current="step"><span class="number">01/);
    const steps = ['Draft coverage', 'Security review', 'Staging validation'];
    const shown = [...body.matchAll(/<a href="#G[1-4]">([^<]*)</g)].map(([, title]) => title);
    expect(shown).toEqual([...steps, 'Production deployment']);
    expect(body).toMatch(/measured<\/span>, \d+ min ago, evidence <span class="mono">sha256:/);
    expect(body).toContain('One of these approves');
    expect(body).toContain('Name of act_rita');
    expect(body).toContain('Approve gate 1');
    expect(body).toContain(packetOf(1).packet_digest);
    expect(body).toContain('Coverage plan is ready to circulate internally.');
    const { body: others } = await get('act_sam', page);
    expect(others).not.toContain('Approve gate 1');
    expect((await get('act_rita', '/operator')).body).toContain('You can: Approve');
  });

  it('reject with a reason alone, and keep what was typed', async () => {
    const page = await pull();
    const { body: unmeasured } = await get('act_rita', page);
    expect(unmeasured).toContain('Reject, or see why you cannot approve');
    expect(unmeasured).not.toContain('Approve gate 1');
    const bare = await send('act_rita', `${page}/decide`, {
      ...decision('G1', 'risk_owner'),
      decision: 'reject',
    });
    expect(bare.statusCode).toBe(400);
    expect(bare.body).toContain('<a href="#G1-reason">');
    const early = await send('act_rita', `${page}/decide`, {
      ...decision('G1', 'risk_owner'),
      ...{ decision: 'approve', reason: 'Looks fine to me.' },
    });
    expect(early.body).toContain('Not all criteria of the gate are met.');
    expect(early.body).toContain('Looks fine to me.');
    const done = await send('act_rita', `${page}/decide`, {
      ...decision('G1', 'risk_owner'),
      ...{ decision: 'reject', reason: 'The limit is too high.' },
    });
    expect(done.statusCode).toBe(303);
    expect((await get('act_rita', page)).body).toContain('The limit is too high.');
  });

  it('approve nothing but what was seen', async () => {
    const page = await pull();
    await send('act_oda', `${page}/evaluate`);
    const answer = await send('act_rita', `${page}/decide`, {
      ...decision('G1', 'risk_owner'),
      ...{ packet_digest: `sha256:${'0'.repeat(64)}`, decision: 'approve' },
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain('The packet is another one than the one you saw.');
  });
});

describe('who may', () => {
  it('is asked to show again who they are before a deployment', async () => {
    const page = await ready();
    boundary.clockOffsetMs = 6 * 60_000;
    const { body } = await get('act_otto', page);
    expect(body).toContain('/operator/sign-in?step_up=1&amp;return_to=');
    const late = await send('act_otto', `${page}/deploy`, { confirm_path_id: PATH_ID });
    expect(late.statusCode).toBe(409);
    expect(late.body).toContain('Show again who you are');
  });

  it('is not somebody without a session, a token, or a page of ours', async () => {
    const page = await pull();
    for (const url of ['/operator', page, '/operator/paths']) {
      const answer = await boundary.inject({ url });
      expect([url, answer.statusCode]).toEqual([url, 401]);
    }
    const bearer = `Bearer ${await boundary.makeKey({ kind: 'ops', scopes: ['read'] })}`;
    const byToken = await boundary.inject({ url: page, headers: { authorization: bearer } });
    expect(byToken.statusCode).toBe(401);
    const foreign = { 'sec-fetch-site': 'cross-site' };
    const fields = { csrf_token: 'A'.repeat(43) };
    expect((await send('act_oda', `${page}/evaluate`, {}, foreign)).statusCode).toBe(403);
    expect((await send('act_oda', `${page}/evaluate`, fields)).statusCode).toBe(403);
    expect((await send('act_oda', `${page}/evaluate`, { more: 'x' })).statusCode).toBe(400);
    expect((await get('act_oda', page)).body).not.toContain('Criteria evaluated');
  });

  it('is told what role is needed, and holds none', async () => {
    await signIn('act_nobody');
    const answer = await get('act_nobody', '/operator');
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain('You hold no role here yet');
    const page = await pull();
    expect((await get('act_nobody', page)).statusCode).toBe(403);
    const staged = await send('act_rita', `${page}/stage`);
    expect([staged.statusCode, staged.body.includes('Not done')]).toEqual([403, true]);
    expect((await get('act_oda', `/operator/rollouts/rol_${'A'.repeat(22)}`)).statusCode).toBe(404);
    expect((await get('act_oda', `/operator/paths/${PARTNER_ID}/nothing`)).statusCode).toBe(404);
  });
});
