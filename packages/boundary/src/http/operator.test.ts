/** The operator API: what it changes, who may, and what it remembers. */
import { readFileSync } from 'node:fs';
import type { LightMyRequestResponse } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Harness, OTHER_PARTNER_ID, PARTNER_ID } from '../../test/harness.ts';
import { SAMPLE_DOCUMENT } from '../../test/sample.ts';
import { isApiKeyText } from '../api-key.ts';
import { DAY_MS } from '../commands/issue-api-key.ts';

let boundary: Harness;
let token: string;

const OPERATOR = 'key_operator';

beforeEach(async () => {
  boundary = await Harness.open();
  token = await boundary.makeKey({ kind: 'ops', keyId: OPERATOR, scopes: ['read', 'admin'] });
});
afterEach(async () => {
  await boundary.close();
});

const get = (path: string, key = token) => boundary.get(`/operator/api${path}`, key);

function post(path: string, body: unknown, key = token): Promise<LightMyRequestResponse> {
  return boundary.inject({
    method: 'POST',
    url: `/operator/api${path}`,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

interface IssuedKey {
  readonly key: string;
  readonly key_id: string;
  readonly created_at: string;
  readonly expires_at: string;
}

async function issue(members: object = {}): Promise<IssuedKey> {
  const body = { kind: 'bnd', partner_id: PARTNER_ID, scopes: ['check', 'read'], ...members };
  const answer = await post('/api-keys', body);
  expect(answer.statusCode).toBe(200);
  return answer.json<IssuedKey>();
}

interface Event {
  readonly event_id: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: Record<string, unknown>;
}

const events = async (query = '') =>
  (await get(`/events${query}`)).json<{ events: Event[] }>().events;

interface KeyInfo {
  readonly key_id: string;
  readonly last_used_at?: string;
  readonly revoked_at?: string;
}

async function infoOf(keyId: string): Promise<KeyInfo | undefined> {
  const { api_keys: keys } = (await get('/api-keys')).json<{ api_keys: KeyInfo[] }>();
  return keys.find(({ key_id }) => key_id === keyId);
}

describe('partners', () => {
  it('are added with units, keep what they have, and are listed', async () => {
    const first = await post('/partners', { partner_id: 'newcomer', units: ['west'] });
    expect(first.json()).toMatchObject({ partner_id: 'newcomer', units: ['west'] });
    const second = await post('/partners', { partner_id: 'newcomer', units: ['east'] });
    expect(second.json()).toMatchObject({ units: ['east', 'west'] });
    const bare = await post('/partners', { partner_id: 'newcomer' });
    expect(bare.json()).toMatchObject({ units: ['east', 'west'] });
    const { partners } = (await get('/partners')).json<{ partners: { partner_id: string }[] }>();
    expect(partners.map(({ partner_id }) => partner_id)).toEqual([
      'newcomer',
      PARTNER_ID,
      OTHER_PARTNER_ID,
    ]);
  });

  it.each([
    [{}, 'partner_id'],
    [{ partner_id: 'New Comer' }, 'partner_id'],
    [{ partner_id: 'newcomer', units: ['West'] }, 'units'],
    [{ partner_id: 'newcomer', units: Array.from({ length: 101 }, (_, n) => `u${n}`) }, 'units'],
    [{ partner_id: 'newcomer', units: null }, 'units'],
    [{ partner_id: 'newcomer', name: 'x' }, 'name'],
  ])('%j is refused by %s', async (body, field) => {
    const answer = await post('/partners', body);
    expect([answer.statusCode, answer.json<{ field: string }>().field]).toEqual([400, field]);
    expect(await events()).toEqual([]);
  });

  it('a body that is no object is refused', async () => {
    const answer = await post('/partners', '[]');
    expect(answer.json()).toMatchObject({ code: 'ERR_REQUEST_FIELD' });
  });
});

describe('paths', () => {
  it('are applied, decide at once, and are listed and shown by version', async () => {
    const key = await boundary.makeKey();
    const applied = await post('/paths', {
      ...SAMPLE_DOCUMENT,
      version: 2,
      enforcement: 'observe',
    });
    expect(applied.json()).toMatchObject({
      environment: 'development',
      partner_id: PARTNER_ID,
      path_id: 'sample-threshold',
      version: 2,
    });
    const checked = (await boundary.check(key)).json<{ boundary_snapshot: object }>();
    expect(checked.boundary_snapshot).toMatchObject({ path_version: 2 });
    const { paths } = (await get('/paths')).json<{ paths: { version: number; live: boolean }[] }>();
    expect(paths.map(({ version, live }) => [version, live])).toEqual([
      [1, false],
      [2, true],
    ]);
    const address = `/paths/${PARTNER_ID}/sample-threshold`;
    const live = await get(address);
    expect(live.json()).toMatchObject({ version: 2, enforcement: 'observe' });
    const { policy_digest } = applied.json<{ policy_digest: string }>();
    expect(live.headers['policy-digest']).toBe(policy_digest);
    expect((await get(`${address}?version=1`)).json()).toEqual(SAMPLE_DOCUMENT);
    expect((await get(`${address}?version=3`)).statusCode).toBe(404);
    expect((await get(`/paths/${OTHER_PARTNER_ID}/sample-threshold`)).statusCode).toBe(404);
  });

  it('may be longer than a check', async () => {
    const rules = Array.from({ length: 60 }, (_, n) => ({
      id: `rule-${n}`,
      when: `authority.status == "${'a'.repeat(900)}"`,
      verdict: 'reject',
      reason: 'never',
    }));
    const policy = { ...SAMPLE_DOCUMENT.policy, rules };
    const answer = await post('/paths', { ...SAMPLE_DOCUMENT, version: 2, policy });
    expect(answer.statusCode).toBe(200);
  });

  it('of a version that is there are never changed', async () => {
    const answer = await post('/paths', { ...SAMPLE_DOCUMENT, enforcement: 'observe' });
    expect(answer.json()).toMatchObject({ status: 409, code: 'ERR_LEDGER_CHANGE' });
    expect(answer.json<{ detail: string }>().detail).toContain('higher version');
  });

  it('are refused outside development, before the document is looked at', async () => {
    const elsewhere = await Harness.open({ ports: () => ({ hasDevelopmentPrivileges: false }) });
    const admin = await elsewhere.makeKey({ kind: 'ops', scopes: ['admin'] });
    for (const payload of [JSON.stringify({ ...SAMPLE_DOCUMENT, version: 2 }), '{}']) {
      const answer = await elsewhere.inject({
        method: 'POST',
        url: '/operator/api/paths',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
        payload,
      });
      const { code, status, detail } = answer.json<Record<string, string>>();
      expect([status, code]).toEqual([409, 'ERR_PATH_APPLY_REFUSED']);
      expect(detail).toContain('deployed through the rollout gates');
    }
    const { admin: ledger } = elsewhere.ledger;
    expect(await ledger.listPaths('development')).toHaveLength(1);
    await elsewhere.close();
  });
});

describe('API keys', () => {
  it('work as soon as they are issued, for 90 days', async () => {
    const issued = await issue();
    expect(isApiKeyText(issued.key)).toBe(true);
    expect(issued.key).toMatch(/^craton_bnd_development_/);
    expect((await boundary.check(issued.key)).statusCode).toBe(200);
    const lifetimeMs = Date.parse(issued.expires_at) - Date.parse(issued.created_at);
    expect(lifetimeMs).toBe(90 * DAY_MS);
    boundary.clockOffsetMs = 90 * DAY_MS + 1000;
    expect((await boundary.check(issued.key)).statusCode).toBe(401);
  });

  it('have the lifetime and the scopes that were asked for', async () => {
    const { key } = await issue({ lifetime_days: 1, scopes: ['read'] });
    expect((await boundary.get('/v1/streams', key)).statusCode).toBe(200);
    expect((await boundary.check(key)).statusCode).toBe(403);
    boundary.clockOffsetMs = DAY_MS + 1000;
    expect((await boundary.get('/v1/streams', key)).statusCode).toBe(401);
  });

  it('of operators administer, and belong to no partner', async () => {
    const { key, key_id } = await issue({ kind: 'ops', partner_id: undefined, scopes: ['admin'] });
    expect(key).toMatch(/^craton_ops_development_/);
    expect((await post('/partners', { partner_id: 'newcomer' }, key)).statusCode).toBe(200);
    expect((await get('/partners', key)).statusCode).toBe(403);
    expect(await infoOf(key_id)).not.toHaveProperty('partner_id');
  });

  it.each([
    [{ kind: 'sts' }, 'kind'],
    [{ kind: 'pull' }, 'kind'],
    [{ partner_id: undefined }, 'partner_id'],
    [{ kind: 'ops' }, 'partner_id'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['admin'] }, 'scopes'],
    [{ scopes: ['check', 'check'] }, 'scopes'],
    [{ kind: 'ops', partner_id: undefined, scopes: ['check'] }, 'scopes'],
    [{ scopes: 'check' }, 'scopes'],
    [{ lifetime_days: 0 }, 'lifetime_days'],
    [{ lifetime_days: 367 }, 'lifetime_days'],
    [{ lifetime_days: 1.5 }, 'lifetime_days'],
    [{ lifetime_days: '90' }, 'lifetime_days'],
    [{ key: 'craton_bnd_mine' }, 'key'],
  ])('with %j are refused by %s', async (members, field) => {
    const body = { kind: 'bnd', partner_id: PARTNER_ID, scopes: ['check'], ...members };
    const answer = await post('/api-keys', body);
    expect([answer.statusCode, answer.json<{ field: string }>().field]).toEqual([400, field]);
  });

  it('are nowhere but in the answer', async () => {
    const { key, key_id } = await issue();
    await boundary.check(key);
    const secret = key.slice('craton_bnd_development_'.length, -6);
    const listed = (await get('/api-keys')).body + (await get('/events')).body;
    expect(listed).toContain(key_id);
    expect(listed).not.toContain(secret);
    expect(boundary.lines.join('\n')).not.toContain(secret);
    expect(boundary.storedBytes().includes(secret)).toBe(false);
    expect(readFileSync(boundary.file).includes(secret)).toBe(false);
  });

  it('show when they were last used, exact to a minute', async () => {
    const { key, key_id } = await issue();
    expect(await infoOf(key_id)).not.toHaveProperty('last_used_at');
    await boundary.get('/v1/streams', key);
    // Nobody waits for the note.
    const used = async () => expect(await infoOf(key_id)).toHaveProperty('last_used_at');
    await vi.waitFor(used);
    const first = await infoOf(key_id);
    expect(Math.abs(Date.parse(first?.last_used_at ?? '') - boundary.nowMs())).toBeLessThan(5_000);
    boundary.clockOffsetMs = 30_000;
    await boundary.get('/v1/streams', key);
    expect(await infoOf(key_id)).toEqual(first);
    boundary.clockOffsetMs = 61_000;
    await boundary.check(key);
    expect((await infoOf(key_id))?.last_used_at).not.toBe(first?.last_used_at);
    expect(await infoOf(OPERATOR)).toHaveProperty('last_used_at');
  });
});

describe('revocation', () => {
  const revoke = (keyId: string) => post(`/api-keys/${keyId}/revoke`, {});

  it('is in force when it is answered, for every kind of call', async () => {
    const { key, key_id } = await issue();
    expect((await boundary.check(key)).statusCode).toBe(200);
    expect((await revoke(key_id)).json()).toMatchObject({ key_id });
    expect((await boundary.check(key)).statusCode).toBe(401);
    expect((await boundary.get('/v1/streams', key)).statusCode).toBe(401);
  });

  it('lets nothing be issued after its answer, however many checks are under way', async () => {
    const { key, key_id } = await issue();
    let revokedAt = Infinity;
    let clock = 0;
    const late: number[] = [];
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let index = 0; index < 40; index++) {
        const sentAt = clock++;
        const members = { external_reference: `r-${client}-${index}` };
        const { statusCode } = await boundary.check(key, members);
        if (sentAt > revokedAt) late.push(statusCode);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await revoke(key_id)).statusCode).toBe(200);
    revokedAt = clock;
    const receipts = boundary.countRows()['receipts'];
    await Promise.all(clients);
    expect(late.length).toBeGreaterThan(0);
    expect(new Set(late)).toEqual(new Set([401]));
    expect(boundary.countRows()['receipts']).toBe(receipts);
  });

  it('twice keeps the first time and is one event', async () => {
    const { key_id } = await issue();
    const first = await revoke(key_id);
    boundary.clockOffsetMs = 5_000;
    const second = await revoke(key_id);
    const timeOf = (answer: LightMyRequestResponse) => answer.json<KeyInfo>().revoked_at;
    expect(timeOf(second)).toBe(timeOf(first));
    expect((await events()).map(({ action }) => action)).toEqual([
      'api_key_issued',
      'api_key_revoked',
    ]);
  });

  it('takes no members', async () => {
    const { key_id } = await issue();
    const answer = await post(`/api-keys/${key_id}/revoke`, { reason: 'lost' });
    expect(answer.json()).toMatchObject({ status: 400, field: 'reason' });
    expect(await infoOf(key_id)).not.toHaveProperty('revoked_at');
  });

  it('an operator can end its own key', async () => {
    await revoke(OPERATOR);
    expect((await get('/partners')).statusCode).toBe(401);
  });
});

describe('events', () => {
  it('say who did what to what', async () => {
    await post('/partners', { partner_id: 'newcomer', units: ['west'] });
    await post('/paths', { ...SAMPLE_DOCUMENT, version: 2 });
    const { key_id, expires_at } = await issue();
    await post(`/api-keys/${key_id}/revoke`, {});
    const listed = await events();
    expect(listed.map(({ event_id, actor }) => [event_id, actor])).toEqual(
      [1, 2, 3, 4].map((id) => [id, OPERATOR]),
    );
    expect(listed.map(({ action, subject }) => [action, subject])).toEqual([
      ['partner_added', { partner_id: 'newcomer', units: ['west'] }],
      [
        'path_applied',
        {
          environment: 'development',
          partner_id: PARTNER_ID,
          path_id: 'sample-threshold',
          version: 2,
          policy_digest: expect.stringMatching(/^sha256:/) as string,
        },
      ],
      [
        'api_key_issued',
        {
          key_id,
          kind: 'bnd',
          environment: 'development',
          partner_id: PARTNER_ID,
          scopes: ['check', 'read'],
          expires_at,
        },
      ],
      ['api_key_revoked', { key_id }],
    ]);
  });

  it('come in pages', async () => {
    for (const name of ['a', 'b', 'c']) await post('/partners', { partner_id: name });
    const page = await events('?after=1&limit=1');
    expect(page.map(({ event_id }) => event_id)).toEqual([2]);
    expect(await events('?after=3')).toEqual([]);
    for (const query of ['?limit=0', '?limit=1001', '?after=-1', '?after=x']) {
      expect((await get(`/events${query}`)).statusCode).toBe(400);
    }
  });
});

describe('who may', () => {
  it('read is not admin', async () => {
    const reader = await boundary.makeKey({ kind: 'ops', scopes: ['read'] });
    expect((await get('/partners', reader)).statusCode).toBe(200);
    for (const [path, body] of [
      ['/partners', { partner_id: 'newcomer' }],
      ['/paths', SAMPLE_DOCUMENT],
      ['/api-keys', { kind: 'ops', scopes: ['admin'] }],
      [`/api-keys/${OPERATOR}/revoke`, {}],
    ] as const) {
      const answer = await post(path, body, reader);
      expect([path, answer.statusCode]).toEqual([path, 403]);
    }
    expect(await events()).toEqual([]);
  });

  it.each([
    ['an operator of another environment', { kind: 'ops', environment: 'production' }, 403],
    ['a partner’s key with every scope', { scopes: ['check', 'read', 'admin'] }, 403],
    ['a review key', { kind: 'pull', scopes: ['read', 'admin'] }, 403],
    ['an expired token', { kind: 'ops', scopes: ['read'], expiresAtMs: 1 }, 401],
    ['a revoked token', { kind: 'ops', scopes: ['read'], revokedAtMs: 1 }, 401],
  ] as const)('%s may not', async (_title, members, status) => {
    const key = await boundary.makeKey(members);
    expect((await get('/partners', key)).statusCode).toBe(status);
  });
});
