/** `craton rollout` against a fake boundary: what is shown, asked, sent, and how it ends. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mkdirSync, readFileSync, existsSync } from 'node:fs';
import { DEFAULT_GATE_POLICY } from '@craton/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
  writeJson,
} from '../../test/fake-context.ts';

const ID = `rol_${'a'.repeat(22)}`;
const AT = '2026-11-22T12:00:00.000Z';
const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

type GateChanges = Readonly<Record<string, object>>;

/** A gate as the operator API answers it, with everything passed unless `changes` says otherwise. */
function gate(id: string, changes: object = {}): object {
  return {
    id,
    state: 'passed',
    criteria: DEFAULT_GATE_POLICY.criteria
      .filter((criterion) => criterion.gate === id)
      .map((one) => criterion(one.id, { kind: one.kind })),
    can_be_approved_once: [],
    approvals: { counted: [], not_counted: [], missing: [] },
    blocked_by: [],
    ...changes,
  };
}

function criterion(id: string, changes: object = {}): object {
  const evaluated_at = '2026-11-22T11:59:48.000Z';
  return { id, kind: 'measured', result: 'pass', code: 'passed', evaluated_at, ...changes };
}

const BRIEF = {
  rollout_id: ID,
  state: 'in_review',
  environment: 'development',
  partner_id: 'northstar_controls',
  unit: 'operations',
  gate_type: 'threshold_gate',
  system_scope: 'payments',
  path_id: 'payment-release',
  draft_id: 'drf_1',
  organisation: 'northstar',
  version: 1,
  packet_digest: digestOf('1'),
  opened_at: AT,
  changed_at: AT,
};

function rollout(gates: GateChanges = {}, changes: object = {}): object {
  return {
    ...BRIEF,
    at: AT,
    packet: {
      packet_digest: digestOf('1'),
      scope_digest: digestOf('2'),
      boundary_object_digest: digestOf('3'),
      version: 1,
      author: 'act_ada',
    },
    role_holders: {},
    gate_policy_digest: digestOf('4'),
    separation_of_duties: 'enforced',
    gates: ['G1', 'G2', 'G3', 'G4'].map((id) => gate(id, gates[id])),
    facets: [],
    unsatisfiable: [],
    actions: [],
    frozen_by: [],
    attention: [],
    ...changes,
  };
}

const WAITING = {
  state: 'waiting_for_approval',
  approvals: {
    counted: [{ role: 'craton_operator', actor: 'act_olga', at: AT }],
    not_counted: [{ role: 'security_owner', actor: 'act_ada', code: 'author', at: AT }],
    missing: ['security_owner'],
  },
  blocked_by: [{ subject: 'security_owner', code: 'approval_missing' }],
};

interface Asked {
  readonly line: string;
  readonly body: unknown;
  readonly token: string | undefined;
}

let server: Server;
let asked: Asked[];
let answers: Record<string, unknown>;
let context: FakeContext;
let url: string;

beforeEach(async () => {
  asked = [];
  answers = { [`GET /rollouts/${ID}`]: rollout(), 'GET /rollouts': { rollouts: [BRIEF] } };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const line = `${request.method ?? ''} ${(request.url ?? '').replace('/operator/api', '')}`;
      const text = Buffer.concat(chunks).toString();
      const token = request.headers.authorization;
      asked.push({ line, token, body: text === '' ? undefined : JSON.parse(text) });
      const answer = answers[line] ?? { status: 404, code: 'ERR_NOT_FOUND', detail: 'Nothing.' };
      const { status } = answer as { status?: unknown };
      const code = typeof status === 'number' ? status : 200;
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  context = fakeContext({ env: { CRATON_BOUNDARY_URL: url, CRATON_OPERATOR_TOKEN: 'token' } });
});
afterEach(() => {
  server.close();
});

const run = (...args: string[]): Promise<Ran> => craton(context, 'rollout', ...args);
const bodyOf = (line: string) => asked.find((one) => one.line === line)?.body;

describe('craton rollout status', () => {
  const inconclusive = {
    state: 'waiting_for_evidence',
    criteria: [criterion('G3.1', { result: 'inconclusive', code: 'no_receipts' })],
    blocked_by: [{ subject: 'G3.1', code: 'no_receipts' }],
  };
  const failing = {
    state: 'blocked',
    criteria: [criterion('G2.1', { result: 'fail', code: 'stores_not_separated' })],
    blocked_by: [{ subject: 'G2.1', code: 'stores_not_separated' }],
  };

  it.each<[string, GateChanges, object, number]>([
    ['ready to deploy', {}, { state: 'ready_to_deploy' }, 0],
    ['deployed', {}, { state: 'deployed' }, 0],
    ['rejected', {}, { state: 'rejected' }, 1],
    ['blocked by a criterion', { G2: failing }, {}, 3],
    ['suspended', {}, { state: 'suspended' }, 3],
    ['frozen', {}, { state: 'frozen', frozen_by: ['year_end'] }, 3],
    ['waiting for approval', { G2: WAITING }, {}, 4],
    ['waiting for what could not be measured', { G3: inconclusive }, {}, 5],
    ['locked behind what waits', { G2: WAITING, G3: { ...inconclusive, state: 'locked' } }, {}, 4],
    ['in need of attention', {}, { state: 'attention', attention: ['receipt_not_verified'] }, 5],
  ])('of one that is %s', async (_title, gates, changes, code) => {
    answers[`GET /rollouts/${ID}`] = rollout(gates, changes);
    expect((await run('status', ID)).code).toBe(code);
    const ran = await run('status', ID, '--json');
    expect([ran.code, jsonOf(ran)]).toEqual([code, rollout(gates, changes)]);
  });

  it('says what is measured and what declared, who approved, who is missing, and what is next', async () => {
    answers[`GET /rollouts/${ID}`] = rollout({ G2: WAITING });
    const { out } = await run('status', ID);
    expect(out).toMatch(/G1 Draft coverage {2}✓ passed, 4 of 4 criteria/);
    expect(out).toMatch(/G2\.1 +✓ pass +measured +12 s/);
    expect(out).toMatch(/G2\.4 +✓ pass +measured\+declared +12 s/);
    expect(out).toContain('✓ craton operator: approved by act_olga, 0 s ago');
    expect(out).toContain(
      '~ security owner: act_ada does not count. The author of the packet never',
    );
    expect(out).toContain('… waits for security owner');
    expect(out).toContain(`craton rollout approve ${ID} --gate G2 --role security_owner`);
  });

  it('says why a gate is blocked, and what would help', async () => {
    answers[`GET /rollouts/${ID}`] = rollout({ G2: failing, G3: inconclusive });
    expect((await run('status', ID)).out).toContain('Drafts and production share one store.');
    answers[`GET /rollouts/${ID}`] = rollout({ G3: inconclusive });
    expect((await run('status', ID)).out).toContain(`craton rollout stage ${ID}`);
  });

  it.each([
    ['G2', 'G2.4', 'search_missing', 'craton leak-search --env development --record'],
    ['G3', 'G3.4', 'smoke_test_stale', 'craton smoke self-service --env staging --record'],
    ['G4', 'G4.2', 'incident_channel_not_tested', `craton rollout test-channel ${ID}`],
    ['G4', 'G4.2', 'rollback_owner_not_acknowledged', '--subject rollback_owner'],
    ['G1', 'G1.1', 'fields_missing', `craton rollout request-changes ${ID}`],
    ['G2', 'G2.3', 'snapshot_stale', `craton rollout evaluate ${ID}`],
  ])('at %s names the command that helps where %s is %s', async (gateId, subject, code, line) => {
    const waiting = { state: 'waiting_for_evidence', blocked_by: [{ subject, code }] };
    answers[`GET /rollouts/${ID}`] = rollout({ [gateId]: waiting });
    expect((await run('status', ID)).out).toContain(line);
  });

  it('finds a rollout by its path, and fails where there is none or no boundary', async () => {
    expect((await run('status', 'payment-release')).code).toBe(4);
    expect((await run('status', 'northstar_controls/payment-release')).out).toContain(ID);
    expect((await run('status', 'other')).code).toBe(64);
    answers[`GET /rollouts/${ID}`] = { ...rollout(), gates: 'none' };
    expect((await run('status', ID)).err).toContain('What answered is no boundary');
  });
});

describe('craton rollout approve', () => {
  const flags = ['--gate', 'G2', '--role', 'security_owner'];
  const line = `POST /rollouts/${ID}/approve`;
  beforeEach(() => {
    answers[line] = rollout();
  });

  it('shows digests and scope first, and sends exactly those', async () => {
    const { code, err, out } = await run('approve', ID, ...flags, '--yes', '--reason', 'Looked.');
    expect(code).toBe(0);
    for (const shown of [digestOf('1'), digestOf('2'), digestOf('3'), 'payments', 'operations']) {
      expect(err).toContain(shown);
    }
    expect(out).toContain('Approved at G2 as security owner.');
    expect(bodyOf(line)).toEqual({
      ...{ gate: 'G2', role: 'security_owner', reason: 'Looked.' },
      ...{ packet_digest: digestOf('1'), scope_digest: digestOf('2') },
    });
  });

  it('sends nothing unless somebody confirms', async () => {
    expect((await run('approve', ID, ...flags)).code).toBe(64);
    context = fakeContext({ env: context.env, ask: () => Promise.resolve('payment') });
    expect((await run('approve', ID, ...flags)).code).toBe(1);
    context = fakeContext({ env: context.env, ask: () => Promise.resolve('payment-release') });
    expect((await run('approve', ID, ...flags, '--json')).code).toBe(64);
    expect(bodyOf(line)).toBeUndefined();
    expect((await run('approve', ID, ...flags)).code).toBe(0);
    expect(bodyOf(line)).toBeDefined();
  });

  it('sends nothing about another packet than the one that was looked at', async () => {
    const other = await run('approve', ID, ...flags, '--yes', '--packet-digest', digestOf('9'));
    expect([other.code, bodyOf(line)]).toEqual([3, undefined]);
    const same = await run('approve', ID, ...flags, '--yes', '--packet-digest', digestOf('1'));
    expect(same.code).toBe(0);
  });

  it.each([
    [['role_not_held', 'author'], 3, 'You do not hold the role'],
    [['criteria_not_met'], 4, 'The evidence of this gate does not pass.'],
    [['gate_not_open', 'packet_changed'], 3, 'look at it again'],
  ])('that is refused for %j ends with %i and says why', async (reasons, code, sentence) => {
    answers[line] = { status: 409, code: 'ERR_ROLLOUT_REFUSED', detail: 'Not now.', reasons };
    const ran = await run('approve', ID, ...flags, '--yes');
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(sentence)]);
    const json = await run('approve', ID, ...flags, '--yes', '--json');
    expect(jsonOf(json)).toMatchObject({ code: 'ERR_ROLLOUT_REFUSED', reasons, exit_code: code });
  });

  it('needs gate and role, and for a rejection a reason', async () => {
    expect((await run('approve', ID, '--gate', 'G2')).code).toBe(64);
    expect((await run('approve', ID, '--gate', 'G9', '--role', 'risk_owner')).code).toBe(64);
    expect((await run('reject', ID, ...flags, '--yes')).code).toBe(64);
    expect((await run('request-changes', ID, ...flags, '--yes')).code).toBe(64);
  });
});

describe('craton rollout deploy', () => {
  const line = `POST /rollouts/${ID}/deploy`;
  const decision = { verdict: 'allow', reasons: ['deployment_admitted'], request_id: 'req_1' };

  it('sends the path id that was confirmed, and keeps the key in a file alone', async () => {
    const answer = { done: true, reasons: [], decision, api_key: 'craton_bnd_x', api_key_id: 'k' };
    answers[line] = answer;
    const ran = await run('deploy', ID, '--yes', '--key-out', 'key.txt', '--key-scopes', 'check');
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining('version 1 is live')]);
    expect(ran.out + ran.err).not.toContain('craton_bnd_x');
    expect(readFileSync(join(context.cwd, 'key.txt'), 'utf8')).toBe('craton_bnd_x\n');
    expect(bodyOf(line)).toEqual({
      confirm_path_id: 'payment-release',
      api_key: { scopes: ['check'] },
    });
    const again = await run('deploy', ID, '--yes', '--key-out', 'key.txt');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('exists already')]);
  });

  it('that the boundary rejects ends with 1, in words, and leaves no empty file', async () => {
    const rejected = { ...decision, verdict: 'reject', reasons: ['deployment_not_admitted'] };
    answers[line] = { done: false, reasons: ['evidence_too_old'], decision: rejected };
    const ran = await run('deploy', ID, '--yes', '--key-out', 'key.txt');
    expect([ran.code, ran.out]).toEqual([1, expect.stringContaining('Evidence is older than')]);
    expect(existsSync(join(context.cwd, 'key.txt'))).toBe(false);
  });

  it('asks for confirmation, but going back does not', async () => {
    expect((await run('deploy', ID)).code).toBe(64);
    expect((await run('deploy', ID, '--yes', '--key-days', '3')).code).toBe(64);
    answers[`POST /rollouts/${ID}/rollback`] = { done: true, reasons: [], decision };
    const back = await run('rollback', ID, '--reason', 'Wrong limit');
    expect([back.code, back.out]).toEqual([0, expect.stringContaining('out of service')]);
    answers[`POST /rollouts/${ID}/rollback`] = {
      done: true,
      reasons: [],
      decision,
      live_version: 2,
    };
    expect((await run('rollback', ID, '--reason', 'x')).out).toContain('version 2 is live again');
  });

  it('opens for an emergency with a time that has its form', async () => {
    const glass = `POST /rollouts/${ID}/break-glass`;
    answers[glass] = { done: true, reasons: [], decision };
    const flags = ['--role', 'craton_operator', '--reason', 'Outage', '--yes'];
    expect((await run('break-glass', ID, ...flags, '--for', '30 min')).code).toBe(64);
    expect((await run('break-glass', ID, ...flags, '--for', '30m')).code).toBe(0);
    expect(bodyOf(glass)).toMatchObject({ lasts_s: 1_800, confirm_path_id: 'payment-release' });
  });
});

describe('craton rollout pull', () => {
  const request = { draft_id: 'drf_1', state: 'review_requested', packet_digest: digestOf('1') };
  beforeEach(() => {
    answers['GET /review-requests'] = {
      review_requests: [{ ...request, state: 'withdrawn', packet_digest: digestOf('0') }, request],
    };
    answers['POST /rollouts'] = { rollout_id: ID, outcome: 'opened', unsatisfiable: [] };
  });

  it('lists, and takes a draft by its id or a packet by its digest', async () => {
    expect((await run('pull')).out).toContain('drf_1');
    expect((await run('pull', 'drf_1')).out).toContain(`craton rollout evaluate ${ID}`);
    expect((await run('pull', digestOf('5'))).code).toBe(0);
    expect(asked.filter(({ line }) => line === 'POST /rollouts').map(({ body }) => body)).toEqual([
      { packet_digest: digestOf('1') },
      { packet_digest: digestOf('5') },
    ]);
    expect((await run('pull', 'drf_2')).code).toBe(4);
  });

  it('ends with 3 where a gate can be passed by nobody, and says why', async () => {
    const gates = [{ gate: 'G2', roles: ['security_owner'], code: 'role_unfilled' }];
    answers['POST /rollouts'] = { rollout_id: ID, outcome: 'opened', unsatisfiable: gates };
    const { code, out } = await run('pull', 'drf_1');
    expect([code, out]).toEqual([3, expect.stringContaining('Nobody can pass G2')]);
  });
});

describe('the other commands', () => {
  it('evaluate shows each case of the plan, and ends as status does', async () => {
    answers[`POST /rollouts/${ID}/evaluate`] = {
      results: [],
      cases: [
        {
          case: 'small',
          external_reference: 'a',
          expected: 'allow',
          observed: 'allow',
          code: 'agrees',
        },
        { case: 'huge', external_reference: 'b', expected: 'reject', code: 'not_observed' },
      ],
      rollout: rollout({ G2: WAITING }),
    };
    const { code, out } = await run('evaluate', ID);
    expect([code, out]).toEqual([
      4,
      expect.stringContaining('✓ small: expected allow, observed allow'),
    ]);
    expect(out).toContain(
      '✗ huge: expected reject, observed nothing. Staging was not asked this case.',
    );
  });

  it('test-channel ends with 1 where the message did not arrive', async () => {
    const line = `POST /rollouts/${ID}/test-channel`;
    answers[line] = { delivered: false, code: 'no_receiver', rollout: rollout() };
    expect((await run('test-channel', ID)).code).toBe(1);
    answers[line] = { delivered: true, code: 'delivered', rollout: rollout() };
    expect((await run('test-channel', ID)).code).toBe(0);
  });

  it('evidence import sends whole bundles, and nothing that is none', async () => {
    const line = `POST /rollouts/${ID}/evidence`;
    answers[line] = { imported: 1, rollout: rollout() };
    const bundle = { object: 'craton.receipt.verification_bundle' };
    const file = writeJson(context, 'bundle.json', bundle);
    const { code, out } = await run('evidence', 'import', ID, file);
    expect([code, out]).toEqual([0, expect.stringContaining('Imported: 1 of 1')]);
    expect(bodyOf(line)).toEqual({ bundles: [bundle] });
    const none = writeJson(context, 'none.json', []);
    expect((await run('evidence', 'import', ID, none)).code).toBe(1);
  });

  it('timeline prints a table, JSON or CSV that no spreadsheet runs', async () => {
    const records = [
      { seq: 1, at: AT, actor: 'act_a', kind: 'rollout_opened', digest: digestOf('1'), body: {} },
      { seq: 2, at: AT, actor: '=1+1', kind: 'rejected', digest: 'd', body: { reason: 'No, "x"' } },
    ];
    answers[`GET /rollouts/${ID}/timeline`] = { records };
    answers['GET /paths/northstar_controls/payment-release/history'] = { records };
    expect((await run('timeline', ID)).out).toMatch(/^1 +2026\S+ +act_a +rollout opened/m);
    const { out } = await run('timeline', '--path', 'northstar_controls/payment-release', '--csv');
    expect(out.split('\n')[2]).toBe(`2,${AT},'=1+1,rejected,d,"{""reason"":""No, \\""x\\""""}"`);
    expect((await run('timeline')).code).toBe(64);
    expect((await run('timeline', '--path', 'a')).code).toBe(64);
    expect((await run('list')).out).toContain('northstar_controls/payment-release');
  });

  it('acts as a demo person of the development server alone', async () => {
    const people = [
      { name: 'Samir Security', act_id: 'act_s', roles: ['security_owner'], token: 'samirs' },
      { name: 'Olga Operator', act_id: 'act_o', roles: ['craton_operator'], token: 'olgas' },
    ];
    const credentials = { base_url: url, boundary_api_key: 'b', operator_token: 'ops', people };
    context = fakeContext({ env: { CRATON_DATA_DIR: 'data', CRATON_OPERATOR_TOKEN: 'mine' } });
    mkdirSync(join(context.cwd, 'data'));
    writeJson(context, 'data/dev-credentials.json', credentials);
    const as = async (name: string) => (await run('status', ID, '--as', name), asked.at(-1)?.token);
    expect(await as('samir')).toBe('Bearer samirs');
    expect(await as('Olga Operator')).toBe('Bearer olgas');
    expect(await as('security_owner')).toBe('Bearer samirs');
    const unknown = await run('status', ID, '--as', 'nobody');
    expect([unknown.code, unknown.err]).toEqual([64, expect.stringContaining('Olga Operator')]);
    const both = await run('status', ID, '--as', 'samir', '--token-file', 'x');
    const elsewhere = await run('status', ID, '--as', 'samir', '--url', 'http://127.0.0.1:1');
    expect([both.code, elsewhere.code]).toEqual([64, 64]);
  });
});
