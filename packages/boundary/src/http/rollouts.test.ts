/** The routes of rollouts: the whole story over HTTP, every route with every caller, every error. */
import {
  canonicalize,
  CratonError,
  type ErrorCode,
  type JsonObject,
  parseTrustPolicy,
} from '@craton/protocol';
import { COMMON_ERRORS, ERROR_MEANINGS, type RouteDocument } from '@craton/service';
import type { LightMyRequestResponse } from 'fastify';
import Value from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, ISSUER, PARTNER_ID, ROOT_KEY } from '../../test/harness.ts';
import type { Answer } from '../../test/ledger-world.ts';
import { rolloutRequest } from '../../test/rollout-requests.ts';
import { APPROVALS, HOLDERS, packetOf, PATH_ID, RolloutSite } from '../../test/rollout-world.ts';
import type { LiveEvidence } from '../rollout/live-evidence.ts';
import { ROLLOUT_DOCUMENTS } from './rollout-documents.ts';

let boundary: Harness;
let site: RolloutSite;
const tokens = new Map<string, string>();
let trustsStaging = false;

/** The root of the harness, for staging alone. */
const STAGING_TRUST = {
  policy: parseTrustPolicy(
    Buffer.from(
      `craton-policy v1\nroot test-root ${ROOT_KEY.toString('base64')} ${ISSUER} staging\n`,
    ),
  ),
  digest: `sha256:${'8'.repeat(64)}`,
} as const;

async function setUp(): Promise<void> {
  const made: { site?: RolloutSite } = {};
  boundary = await Harness.open({
    hasStaging: true,
    ports: ({ rollouts }) => ({
      rollouts: {
        ...rollouts,
        isProductionLike: true,
        get stagingTrust() {
          return trustsStaging ? STAGING_TRUST : undefined;
        },
        reviews: {
          list: () => demandSite(made).ports.reviews.list(),
          find: (digest) => demandSite(made).ports.reviews.find(digest),
        },
        evidence: lateEvidence(() => demandSite(made).ports.evidence),
        channels: { sendTest: (...call) => demandSite(made).ports.channels.sendTest(...call) },
      },
    }),
  });
  const { ledger } = boundary;
  const sources = {
    nowMs: () => boundary.nowMs(),
    randomBytes: () => new Uint8Array(16),
    requestId: () => '',
  };
  site = new RolloutSite(
    {
      ledger,
      addKey: async (members) => {
        await boundary.makeKey({ ...members, kind: 'sts' });
      },
      issue: () => Promise.reject(new Error('Over HTTP only.')),
    },
    sources,
  );
  made.site = site;
  await site.appoint();
  for (const person of new Set(Object.values(HOLDERS).flat())) await addPerson(person);
  await addPerson('act_ada');
}

function demandSite({ site: made }: { site?: RolloutSite }): RolloutSite {
  if (made === undefined) throw new Error('The site is not there yet.');
  return made;
}

function lateEvidence(evidence: () => LiveEvidence): LiveEvidence {
  return {
    build: 'build-1',
    stagingEnvironment: 'staging',
    separation: () => evidence().separation(),
    secrets: () => evidence().secrets(),
    readiness: () => evidence().readiness(),
    leaks: () => evidence().leaks(),
    stagingChecks: (packet) => evidence().stagingChecks(packet),
    samples: () => evidence().samples(),
    keyRoute: (checks) => evidence().keyRoute(checks),
    smokeRuns: () => evidence().smokeRuns(),
    deployRoutes: () => evidence().deployRoutes(),
  };
}

async function addPerson(actId: string): Promise<void> {
  await boundary.ledger.admin.apply({
    kind: 'upsert_person',
    actId,
    issuer: 'https://id.example',
    subject: actId,
  });
  const scopes = ['read', 'review', 'deploy'] as const;
  tokens.set(actId, await boundary.makeKey({ kind: 'ops', scopes, actId }));
}

beforeEach(setUp);
afterEach(async () => {
  tokens.clear();
  trustsStaging = false;
  await boundary.close();
});

const BASE = '/operator/api/rollouts';

async function send(
  person: string,
  method: 'GET' | 'POST',
  url: string,
  body: object = {},
): Promise<LightMyRequestResponse> {
  const authorization = `Bearer ${tokens.get(person) ?? person}`;
  return boundary.inject({
    method,
    url,
    headers: {
      authorization,
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(method === 'POST' && { payload: JSON.stringify(body) }),
  });
}

async function act(person: string, rolloutId: string, name: string, body: object = {}) {
  const answer = await send(person, 'POST', `${BASE}/${rolloutId}/${name}`, body);
  const document = ROLLOUT_DOCUMENTS.find(({ path }) => path.endsWith(`}/${name}`));
  if (answer.statusCode === 200) Value.Assert(document?.answer.schema ?? {}, answer.json());
  return answer;
}

async function pull(version = 1): Promise<string> {
  const { packet_digest } = site.request(packetOf(version));
  const answer = await send('act_oda', 'POST', BASE, { packet_digest });
  expect(answer.statusCode).toBe(200);
  return answer.json<{ rollout_id: string }>().rollout_id;
}

const subject = (version = 1) => {
  const { packet_digest, scope_digest } = packetOf(version);
  return { packet_digest, scope_digest };
};

async function approve(rolloutId: string, from: number, to?: number): Promise<void> {
  for (const [gate, role, person] of APPROVALS.slice(from, to)) {
    const answer = await act(person, rolloutId, 'approve', { gate, role, ...subject() });
    expect([person, answer.statusCode]).toEqual([person, 200]);
  }
}

/** The integrator's tests, over HTTP, with a key of staging. */
async function testInStaging(): Promise<void> {
  const key = await boundary.makeKey({ kind: 'sts', environment: 'staging' });
  for (const { request } of packetOf(1).draft.expected_verdicts ?? []) {
    const answer = await boundary.check(key, {
      gate_type: 'threshold_gate',
      system_scope: 'payments',
      ...request,
    });
    expect(answer.statusCode).toBe(200);
    site.noteStaging(answer.json<Answer>());
  }
}

async function ready(): Promise<string> {
  const rolloutId = await pull();
  await act('act_oda', rolloutId, 'evaluate');
  await approve(rolloutId, 0, 3);
  expect((await act('act_otto', rolloutId, 'stage')).statusCode).toBe(200);
  await testInStaging();
  await act('act_oda', rolloutId, 'evaluate');
  await act('act_ros', rolloutId, 'acknowledge', { subject: 'rollback_owner' });
  await act('act_oda', rolloutId, 'test-channel');
  await approve(rolloutId, 3);
  return rolloutId;
}

const deploy = (rolloutId: string, members: object = {}) =>
  act('act_otto', rolloutId, 'deploy', { confirm_path_id: PATH_ID, ...members });

describe('a rollout over HTTP', () => {
  it('goes from a pulled packet to a live path with a key, and back', async () => {
    const rolloutId = await ready();
    const shown = await send('act_sam', 'GET', `${BASE}/${rolloutId}`);
    expect(shown.json()).toMatchObject({ state: 'ready_to_deploy', path_id: PATH_ID });
    const deployed = await deploy(rolloutId, { api_key: { scopes: ['check'] } });
    const answer = deployed.json<JsonObject & { api_key: string }>();
    expect(answer).toMatchObject({ done: true, reasons: [], decision: { verdict: 'allow' } });
    const body = { gate_type: 'threshold_gate', system_scope: 'payments', decision_size_usd: 10 };
    const checked = await boundary.check(answer.api_key, body);
    expect(checked.json()).toMatchObject({
      verdict: 'allow',
      boundary_snapshot: { path_id: PATH_ID, path_version: 1 },
    });
    const undone = await act('act_ros', rolloutId, 'rollback', { reason: 'Too early.' });
    expect(undone.json()).toMatchObject({ done: true });
    expect((await boundary.check(answer.api_key, body)).json()).toMatchObject({
      verdict: 'reject',
      boundary_snapshot: { path_id: 'unmatched' },
    });
    const timeline = await send('act_sam', 'GET', `${BASE}/${rolloutId}/timeline`);
    const { records } = timeline.json<{ records: { kind: string }[] }>();
    expect(records.at(-1)?.kind).toBe('rolled_back');
    const history = await send(
      'act_sam',
      'GET',
      `/operator/api/paths/${PARTNER_ID}/${PATH_ID}/history`,
    );
    expect(history.json<{ records: object[] }>().records).toMatchObject([
      { body: { action: 'deploy', live: true } },
      { body: { action: 'rollback', live: false } },
    ]);
    expect(canonicalize(records)).not.toContain('Two people of finance');
  });

  it('is a table for whoever wants one, and acknowledged by whoever has a link', async () => {
    const rolloutId = await pull();
    const url = `${BASE}/${rolloutId}`;
    const table = await send('act_sam', 'GET', `${url}/timeline.csv`);
    expect(table.headers['content-type']).toBe('text/csv; charset=utf-8');
    const [columns, line = ''] = table.body.split('\r\n');
    expect(columns).toBe('seq,at,actor,kind,digest,body');
    expect(line).toMatch(/^1,.*,act_oda,rollout_opened,sha256:/);
    const history = `/operator/api/paths/${PARTNER_ID}/${PATH_ID}/history.csv`;
    expect((await send('act_sam', 'GET', history)).body).toBe('seq,at,actor,kind,digest,body\r\n');
    const asked = { subject: 'rollback_owner', person: 'act_ros' };
    const made = await act('act_oda', rolloutId, 'acknowledgement-links', asked);
    const { link } = made.json<{ link: string }>();
    const { pathname } = new URL(link);
    expect((await boundary.get(pathname)).statusCode).toBe(200);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const use = () => boundary.inject({ method: 'POST', url: pathname, headers, payload: '' });
    expect((await use()).statusCode).toBe(200);
    expect((await use()).statusCode).toBe(404);
    const timeline = await send('act_sam', 'GET', `${url}/timeline`);
    expect(timeline.json<{ records: object[] }>().records.at(-1)).toMatchObject({
      actor: 'act_ros',
      kind: 'acknowledged',
      body: { by: 'link' },
    });
    for (const [person, wrong, reason] of [
      ['act_oda', { ...asked, person: 'act_bea' }, 'role_not_held'],
      ['act_ros', asked, 'acknowledge_yourself'],
    ] as const) {
      const refused = await act(person, rolloutId, 'acknowledgement-links', wrong);
      expect(refused.json()).toMatchObject({ reasons: [reason] });
    }
  });

  it('counts what a staging instance of its own has signed, under the policy for there', async () => {
    const packet = packetOf(1);
    const elsewhere = await Harness.open({ hasStaging: true });
    await elsewhere.ledger.admin.apply(
      { kind: 'upsert_partner', partnerId: PARTNER_ID, units: ['operations'] },
      {
        kind: 'apply_path',
        environment: 'staging',
        documentText: canonicalize(packet.boundary_object),
      },
    );
    const key = await elsewhere.makeKey({ kind: 'sts', environment: 'staging' });
    const bundles: JsonObject[] = [];
    for (const { request } of packet.draft.expected_verdicts ?? []) {
      const scope = { gate_type: 'threshold_gate', system_scope: 'payments' };
      const answer = await elsewhere.check(key, { ...scope, ...request });
      const { request_id } = answer.json<{ request_id: string }>();
      const bundle = await elsewhere.get(`/v1/receipts/${request_id}/bundle?form=full`, key);
      bundles.push(bundle.json<JsonObject>());
    }
    const own = await boundary.makeKey();
    const { request_id } = (await boundary.check(own)).json<{ request_id: string }>();
    const ownBundle = await boundary.get(`/v1/receipts/${request_id}/bundle?form=full`, own);
    await elsewhere.close();
    const rolloutId = await pull();
    const import_ = (sent: readonly JsonObject[]) =>
      act('act_ines', rolloutId, 'evidence', { bundles: sent });
    expect((await import_(bundles)).json()).toMatchObject({ reasons: ['no_staging_trust'] });
    trustsStaging = true;
    const damaged = { ...bundles[1], receipt: { ...(bundles[0]?.['receipt'] as JsonObject) } };
    expect((await import_([bundles[0] ?? {}, damaged])).json()).toMatchObject({
      field: 'bundles[1]',
      reasons: ['bundle_not_verified'],
    });
    expect((await import_([ownBundle.json<JsonObject>()])).json()).toMatchObject({
      reasons: ['bundle_not_verified'],
    });
    expect((await import_(bundles)).json()).toMatchObject({ imported: bundles.length });
    expect((await import_(bundles)).json()).toMatchObject({ imported: 0 });
    const evaluated = await act('act_oda', rolloutId, 'evaluate');
    const { results, cases } = evaluated.json<Record<'results' | 'cases', object[]>>();
    expect(cases).toMatchObject(bundles.map(() => ({ code: 'agrees' })));
    for (const id of ['G3.1', 'G3.2', 'G3.exit']) {
      expect(results).toContainEqual(expect.objectContaining({ id, result: 'pass' }));
    }
  });

  it('is refused over HTTP with every reason, and signed when it is a deployment', async () => {
    const rolloutId = await pull();
    const early = await act('act_rita', rolloutId, 'approve', {
      ...{ gate: 'G1', role: 'risk_owner' },
      ...subject(),
    });
    expect(early.json()).toMatchObject({
      code: 'ERR_ROLLOUT_REFUSED',
      reasons: ['criteria_not_met'],
    });
    const refused = await deploy(rolloutId);
    expect(refused.json()).toMatchObject({
      done: false,
      decision: { verdict: 'reject', receipt: { sig_alg: 'ed25519' } },
    });
    expect(refused.json<{ reasons: string[] }>().reasons).toContain('owner_not_passed');
    expect(refused.json()).not.toHaveProperty('deployment_record');
  });

  it('shows whoever has a packet how far its review is, and nothing else', async () => {
    const { packet_digest } = packetOf(1);
    const url = `/operator/api/review-status/${packet_digest}`;
    expect((await boundary.get(url)).statusCode).toBe(404);
    await pull();
    const answer = await boundary.get(url);
    const document = ROLLOUT_DOCUMENTS.find(
      ({ operationId }) => operationId === 'showReviewStatus',
    );
    Value.Assert(document?.answer.schema ?? {}, answer.json());
    expect(answer.json()).toMatchObject({
      state: 'review_requested',
      gates: [{ id: 'G1' }, {}, {}, {}],
    });
    expect(answer.body).not.toContain('act_');
  });

  it('lists what is under review, and rejects, sends back, takes back, breaks glass, reviews', async () => {
    const rolloutId = await pull();
    const listed = await send('act_oda', 'GET', '/operator/api/review-requests');
    expect(listed.json()).toMatchObject({ review_requests: [{ state: 'review_requested' }] });
    await act('act_oda', rolloutId, 'evaluate');
    await approve(rolloutId, 0, 1);
    const rita = { gate: 'G1', role: 'risk_owner' };
    const taken = await act('act_rita', rolloutId, 'withdraw-approval', { ...rita, reason: 'No.' });
    expect(taken.statusCode).toBe(200);
    const glass = await act('act_otto', rolloutId, 'break-glass', {
      role: 'craton_operator',
      confirm_path_id: PATH_ID,
      reason: 'The bank is down.',
      lasts_s: 600,
    });
    expect(glass.json()).toMatchObject({ done: true, decision: { verdict: 'allow' } });
    const suspended = await act('act_oda', rolloutId, 'suspend', { reason: 'Over.' });
    expect(suspended.json()).toMatchObject({ done: true });
    const reviewed = await act('act_sam', rolloutId, 'review-break-glass', { reason: 'Fine.' });
    expect(reviewed.statusCode).toBe(200);
    const other = await pull(2);
    await act('act_oda', other, 'evaluate');
    const decision = { ...rita, ...subject(2), reason: 'Name the approver.' };
    const back = await act('act_rita', other, 'request-changes', decision);
    expect(back.json()).toMatchObject({ state: 'changes_requested' });
    const third = await pull(3);
    await act('act_oda', third, 'evaluate');
    const rejected = await act('act_rita', third, 'reject', { ...decision, ...subject(3) });
    expect(rejected.json()).toMatchObject({ state: 'rejected' });
    const all = await send('act_sam', 'GET', BASE);
    const states = all.json<{ rollouts: { state: string }[] }>().rollouts.map(({ state }) => state);
    expect(states.sort()).toEqual(['rejected', 'suspended']);
  });
});

interface Asked {
  readonly authorization?: string;
  readonly payload?: Buffer;
  readonly contentType?: string;
  readonly query?: string;
}

async function ask(document: RouteDocument, asked: Asked = {}): Promise<LightMyRequestResponse> {
  const token = tokens.get('act_otto') ?? '';
  const { authorization = `Bearer ${token}`, payload, contentType, query = '' } = asked;
  const { url, headers, ...request } = rolloutRequest(document, { authorization });
  return boundary.inject({
    ...request,
    url: url + query,
    headers: { ...headers, ...(contentType && { 'content-type': contentType }) },
    ...(payload && { payload }),
  });
}

const CALLERS = ['nobody', 'partner', 'staging', 'pull', 'reader', 'auditor', 'nobodys'] as const;

async function tokenOf(caller: (typeof CALLERS)[number]): Promise<string> {
  switch (caller) {
    case 'nobody':
      return 'none';
    case 'partner':
      return boundary.makeKey();
    case 'staging':
      return boundary.makeKey({ kind: 'sts', environment: 'staging' });
    case 'pull':
      return boundary.makeKey({ kind: 'pull', scopes: ['read'] });
    case 'reader':
      return boundary.makeKey({ kind: 'ops', scopes: ['read'], actId: 'act_ada' });
    case 'auditor':
      return boundary.makeKey({ kind: 'ops', scopes: ['audit'], actId: 'act_ada' });
    case 'nobodys':
      return boundary.makeKey({ kind: 'ops', scopes: ['read', 'review', 'deploy'] });
  }
}

const KEYED = ROLLOUT_DOCUMENTS.filter(({ keyHolder }) => keyHolder === 'operator');

describe('every route of rollouts with every caller', () => {
  it('opens to who may, and to nobody else', async () => {
    const answers = new Map<string, string[]>();
    for (const caller of CALLERS) {
      const authorization = `Bearer ${await tokenOf(caller)}`;
      for (const document of KEYED) {
        const answer = await ask(document, { authorization });
        const isTable = answer.headers['content-type']?.toString().startsWith('text/csv') === true;
        const { code = 'let_in' } = isTable ? {} : answer.json<{ code?: string }>();
        const isRefused = code === 'ERR_UNAUTHENTICATED' || code === 'ERR_FORBIDDEN';
        const seen = isRefused ? code : 'let_in';
        answers.set(caller, [...(answers.get(caller) ?? []), `${document.operationId} ${seen}`]);
      }
    }
    const of = (caller: (typeof CALLERS)[number], seen: string) =>
      (answers.get(caller) ?? []).filter((line) => line.endsWith(seen)).length;
    expect(of('nobody', 'ERR_UNAUTHENTICATED')).toBe(KEYED.length);
    for (const caller of ['partner', 'staging', 'pull'] as const) {
      expect([caller, of(caller, 'let_in')]).toEqual([caller, 0]);
    }
    const readings = KEYED.filter(({ method }) => method === 'GET').length;
    for (const caller of ['reader', 'auditor'] as const) {
      expect([caller, of(caller, 'let_in')]).toEqual([caller, readings]);
    }
    // A key that is nobody's measures and pulls; what only a person can do, it cannot.
    const impersonal = (answers.get('nobodys') ?? []).filter((line) => line.endsWith('let_in'));
    expect(impersonal.map((line) => line.split(' ')[0]).sort()).toEqual(
      [
        ...KEYED.filter(({ method }) => method === 'GET').map(({ operationId }) => operationId),
        ...['pullReview', 'evaluateRollout', 'testIncidentChannel', 'importEvidence'],
      ].sort(),
    );
  });
});

const conflicting = () => Promise.reject(new CratonError('ERR_RECORD_CONFLICT', 'Meanwhile.'));

/** How each error is provoked; the rest is what every route with a body has in common. */
const PROVOCATIONS: Partial<
  Record<ErrorCode, (document: RouteDocument) => Promise<LightMyRequestResponse>>
> = {
  ERR_NOT_FOUND: (document) => ask(document),
  ERR_REQUEST_FIELD: (document) =>
    document.method === 'GET'
      ? ask(document, { query: '?extra=1' })
      : ask(document, { payload: Buffer.from('{"extra":1}') }),
  ERR_CONTENT_TYPE: (document) => ask(document, { contentType: 'text/plain' }),
  ERR_ENCODING: (document) => ask(document, { payload: Buffer.from([0xff]) }),
  ERR_JSON_SYNTAX: (document) => ask(document, { payload: Buffer.from('{') }),
  ERR_JSON_DUPLICATE_KEY: (document) => ask(document, { payload: Buffer.from('{"a":1,"a":1}') }),
  ERR_JSON_NUMBER: (document) => ask(document, { payload: Buffer.from('{"a":1e5}') }),
  ERR_JSON_DEPTH: (document) =>
    ask(document, { payload: Buffer.from('['.repeat(20) + ']'.repeat(20)) }),
  ERR_JSON_UNICODE: (document) => ask(document, { payload: Buffer.from('"\\ud800"') }),
  ERR_REQUEST_TOO_LARGE: (document) =>
    ask(document, { payload: Buffer.from('x'.repeat(1024 * 1024 + 1)) }),
};

describe('every route of rollouts with what it can be sent', () => {
  const cases = ROLLOUT_DOCUMENTS.flatMap((document) =>
    document.errors
      .filter((code) => PROVOCATIONS[code] !== undefined)
      .filter((code) => !(code === 'ERR_NOT_FOUND' && document.operationId === 'pullReview'))
      .map((code) => [document.operationId, code, document] as const),
  );

  it.each(cases)('%s answers %s', async (_id, code, document) => {
    const answer = await PROVOCATIONS[code]?.(document);
    expect([answer?.statusCode, answer?.json<{ code: string }>().code]).toEqual([
      ERROR_MEANINGS[code].status,
      code,
    ]);
  });

  it('knows no packet that was not sent for review', async () => {
    const packet_digest = `sha256:${'7'.repeat(64)}`;
    const answer = await send('act_oda', 'POST', BASE, { packet_digest });
    expect(answer.json()).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('says where it cannot ask self-service, and where somebody was quicker', async () => {
    const { reviews } = site.ports;
    const failing = () => Promise.reject(new CratonError('ERR_NOT_READY', 'No answer.'));
    Object.assign(reviews, { list: failing });
    const listed = await send('act_oda', 'GET', '/operator/api/review-requests');
    expect(listed.json()).toMatchObject({ code: 'ERR_NOT_READY' });
    const rolloutId = await pull();
    Object.assign(boundary.ledger.admin, { apply: conflicting });
    const answer = await act('act_oda', rolloutId, 'evaluate');
    expect(answer.json()).toMatchObject({ code: 'ERR_RECORD_CONFLICT' });
  });

  it('documents only errors that exist, and each route once', () => {
    const codes = ROLLOUT_DOCUMENTS.flatMap(({ errors }) => [...COMMON_ERRORS, ...errors]);
    for (const code of codes) expect(ERROR_MEANINGS[code]).toBeDefined();
    const routes = ROLLOUT_DOCUMENTS.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(routes).size).toBe(routes.length);
  });
});
