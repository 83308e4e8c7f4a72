import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { draftWith, Harness, KEYS, type Saved } from '../../test/harness.ts';
import { SESSION_SECONDS } from './browser-sessions.ts';

let harness: Harness;
beforeAll(() => {
  harness = new Harness();
});
afterAll(async () => {
  await harness.close();
});
beforeEach(() => {
  harness.clockOffsetMs = 0;
});

const FILLED = {
  preset: 'threshold',
  partner_id: 'northstar_controls',
  unit: 'operations',
  system_scope: 'operations_console',
  allow_up_to: '500000',
  authority_context: 'The head of operations approves',
  authority_source: 'approval_workflow',
  none_planned: 'true',
  title: 'Console limits',
};

function post(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return harness.inject({
    method: 'POST',
    url: `/self-service/${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
}

const get = (path: string, cookie = '') =>
  harness.inject({ url: `/self-service${path}`, headers: { cookie } });

/** The cookie of somebody who has signed in. */
async function signIn(key: string): Promise<string> {
  const answer = await post('sign-in', { api_key: key });
  return cookieOf(answer);
}

const cookieOf = ({ headers }: LightMyRequestResponse) =>
  String(headers['set-cookie']).split(';')[0] ?? '';

/** What the API says about a draft. */
async function stored(draftId: string): Promise<Saved> {
  return (await harness.get(`/drafts/${draftId}`, KEYS.ada)).json<Saved>();
}

describe('saving from Start', () => {
  it('needs a key, keeps what was typed, and repeats no key', async () => {
    for (const key of ['', KEYS.unknown, KEYS.expired, KEYS.pull, KEYS.boundary]) {
      const answer = await post('save', { ...FILLED, api_key: key });
      expect([401, 403]).toContain(answer.statusCode);
      expect(answer.body).toContain('value="Console limits"');
      expect(answer.headers['set-cookie']).toBeUndefined();
      if (key !== '') expect(answer.body).not.toContain(key);
    }
    const reader = await post('save', { ...FILLED, api_key: KEYS.reader });
    expect([reader.statusCode, reader.headers['set-cookie']]).toEqual([403, undefined]);
    expect(harness.logged.join('')).not.toContain(KEYS.reader);
  });

  it('saves version 1, leads to its page, and begins a session', async () => {
    const answer = await post('save', { ...FILLED, api_key: KEYS.ada });
    expect(answer.statusCode).toBe(303);
    const path = String(answer.headers.location).replace('/self-service', '');
    expect(path).toMatch(/^\/drafts\/drf_/);
    const set = String(answer.headers['set-cookie']);
    for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/self-service']) {
      expect(set).toContain(flag);
    }
    expect(set).not.toContain(KEYS.ada);
    const page = await get(path, cookieOf(answer));
    expect(page.statusCode).toBe(200);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.body).toContain('<h1>Console limits</h1>');
    expect(page.body).toContain('Request review of version 1');
    const saved = await stored(path.replace('/drafts/', ''));
    expect(saved).toMatchObject({ version: 1, state: 'saved' });
    expect(page.body).toContain(saved.packet_digest);
  });

  it('shows what is wrong at its field, and saves nothing', async () => {
    const before = await harness.store.listHeads('northstar', { limit: 50 });
    const answer = await post('save', { ...FILLED, partner_id: 'No Label', api_key: KEYS.ada });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('<a href="#partner_id">');
    expect(await harness.store.listHeads('northstar', { limit: 50 })).toEqual(before);
  });

  it('makes another version of a draft that is edited, and loses nothing of it', async () => {
    const first = await harness.save({ sla: { hours: '24 by 7' } });
    const cookie = await signIn(KEYS.ada);
    const edit = { ...FILLED, draft_id: first.draft_id, revision: String(first.revision) };
    const answer = await post('save', { ...edit, unit: 'treasury' }, { cookie });
    expect(answer.headers.location).toBe(`/self-service/drafts/${first.draft_id}`);
    const saved = await stored(first.draft_id);
    expect(saved).toMatchObject({
      version: 2,
      packet: {
        draft: {
          sla: { hours: '24 by 7' },
          primary_path: { unit: 'treasury' },
          expected_verdicts: [{ case: 'small' }, { case: 'large' }],
        },
      },
    });
    const late = await post('save', { ...edit, unit: 'payments' }, { cookie });
    expect(late.statusCode).toBe(409);
    expect(late.body).toContain('value="payments"');
  });
});

describe('Start', () => {
  it('continues the own latest draft, and nobody else’s', async () => {
    expect((await get('')).body).not.toContain('Go on with it');
    const mine = await harness.save({ title: 'The newest of Ada' });
    const own = await get('', await signIn(KEYS.ada));
    expect(own.body).toContain('Continue: The newest of Ada');
    expect(own.body).toContain(`href="/self-service/drafts/${mine.draft_id}"`);
    expect((await get('', await signIn(KEYS.colleague))).body).not.toContain('Go on with it');
    expect((await get('', await signIn(KEYS.stranger))).body).not.toContain('Go on with it');
  });
});

describe('the page of a draft', () => {
  it('is for its organisation, and says nothing to others', async () => {
    const { draft_id: draftId } = await harness.save();
    const path = `/drafts/${draftId}`;
    const anonymous = await get(path);
    expect([anonymous.statusCode, anonymous.body.includes('Console limits')]).toEqual([401, false]);
    const stranger = await get(path, await signIn(KEYS.stranger));
    expect([stranger.statusCode, stranger.body.includes('Console limits')]).toEqual([404, false]);
    expect((await get(path, await signIn(KEYS.reader))).statusCode).toBe(200);
    expect((await get('/drafts/drf_x', await signIn(KEYS.ada))).statusCode).toBe(404);
  });

  it('leads back to the draft after signing in', async () => {
    const { draft_id: draftId } = await harness.save();
    const answer = await post('sign-in', { api_key: KEYS.ada, draft_id: draftId });
    expect(answer.headers.location).toBe(`/self-service/drafts/${draftId}`);
    const elsewhere = await post('sign-in', { api_key: KEYS.ada, draft_id: '//evil.example' });
    expect(elsewhere.headers.location).toBe('/self-service');
  });

  it('lists what is open with a link to where it is', async () => {
    const { draft_id: draftId } = await harness.save({ authority: {} });
    const { body } = await get(`/drafts/${draftId}`, await signIn(KEYS.ada));
    expect(body).toMatch(/<a class="mono" href="#path">authority\.context<\/a>/);
    expect(body).not.toContain('Request review of version');
  });

  it('requests a review, and withdraws it', async () => {
    const { draft_id: draftId } = await harness.save();
    const cookie = await signIn(KEYS.ada);
    const act = (name: string, revision: number) =>
      post(`drafts/${draftId}/${name}`, { version: '1', revision: String(revision) }, { cookie });
    expect((await act('review', 1)).statusCode).toBe(303);
    expect(await stored(draftId)).toMatchObject({ state: 'review_requested' });
    const { body } = await get(`/drafts/${draftId}`, cookie);
    expect(body).toContain('Version 1 is under review');
    expect(body).toContain('Editing makes version 2');
    expect((await act('withdraw', 1)).statusCode).toBe(409);
    expect((await act('withdraw', 2)).statusCode).toBe(303);
    expect(await stored(draftId)).toMatchObject({ state: 'withdrawn' });
    expect((await get(`/drafts/${draftId}`, cookie)).body).toContain('Version 1 was withdrawn');
  });

  it('refuses forms of other sites, of readers, and without numbers', async () => {
    const { draft_id: draftId } = await harness.save();
    const about = { version: '1', revision: '1' };
    const cookie = await signIn(KEYS.ada);
    const foreign = { cookie, 'sec-fetch-site': 'cross-site' };
    expect((await post(`drafts/${draftId}/review`, about, foreign)).statusCode).toBe(403);
    const reader = { cookie: await signIn(KEYS.reader) };
    expect((await post(`drafts/${draftId}/review`, about, reader)).statusCode).toBe(403);
    const odd = await post(`drafts/${draftId}/review`, { version: '1e3' }, { cookie });
    expect(odd.statusCode).toBe(400);
    expect(await stored(draftId)).toMatchObject({ state: 'saved' });
  });

  it('compares versions, and exports one as a file', async () => {
    const { draft_id: draftId } = await harness.save();
    const body = { draft: draftWith({ title: 'Other limits' }), revision: 1 };
    await harness.post(`/drafts/${draftId}/versions`, body, KEYS.ada);
    const cookie = await signIn(KEYS.ada);
    const page = await get(`/drafts/${draftId}?from=1&to=2`, cookie);
    expect(page.body).toContain('<del>Console limits</del>');
    expect(page.body).toContain('<ins>Other limits</ins>');
    const file = await get(`/drafts/${draftId}/export?version=1&format=html`, cookie);
    expect(file.headers['content-disposition']).toContain(`${draftId}-v1.html`);
    expect(file.body).toContain("default-src 'none'");
    const data = await get(`/drafts/${draftId}/export?version=1`, cookie);
    expect(data.json()).toMatchObject({ schema: 'craton.packet.v1', version: 1 });
    expect((await get(`/drafts/${draftId}/export?version=9`, cookie)).statusCode).toBe(404);
    expect((await get(`/drafts/${draftId}/export?version=1`)).statusCode).toBe(401);
  });
});

describe('a session', () => {
  it('ends after an hour, with its key, and by signing out', async () => {
    const { draft_id: draftId } = await harness.save();
    const cookie = await signIn(KEYS.ada);
    const statusOf = async () => (await get(`/drafts/${draftId}`, cookie)).statusCode;
    harness.clockOffsetMs = (SESSION_SECONDS - 60) * 1_000;
    expect(await statusOf()).toBe(200);
    harness.clockOffsetMs = SESSION_SECONDS * 1_000;
    expect(await statusOf()).toBe(401);
    harness.clockOffsetMs = 0;
    expect(await statusOf()).toBe(401);
    const other = await signIn(KEYS.ada);
    const out = await post('sign-out', {}, { cookie: other });
    expect(String(out.headers['set-cookie'])).toContain('Max-Age=0');
    expect((await get(`/drafts/${draftId}`, other)).statusCode).toBe(401);
  });

  it('is not begun by a page of another site', async () => {
    const answer = await post('sign-in', { api_key: KEYS.ada }, { 'sec-fetch-site': 'cross-site' });
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([403, undefined]);
  });
});
