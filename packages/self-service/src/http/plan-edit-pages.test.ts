import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPLETE_DRAFT, Harness, KEYS, type Saved } from '../../test/harness.ts';

let harness: Harness;
let cookie: string;
beforeAll(async () => {
  harness = new Harness();
  cookie = await signIn(KEYS.ada);
});
afterAll(async () => {
  await harness.close();
});

function post(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = { cookie },
): Promise<LightMyRequestResponse> {
  return harness.inject({
    method: 'POST',
    url: `/self-service/${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
}

const get = (path: string, as = cookie) =>
  harness.inject({ url: `/self-service/${path}`, headers: { cookie: as } });

async function signIn(key: string): Promise<string> {
  const { headers } = await post('sign-in', { api_key: key }, {});
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

async function stored(draftId: string) {
  const answer = await harness.get(`/drafts/${draftId}`, KEYS.ada);
  return answer.json<Saved & { packet: { draft: Record<string, unknown> } }>();
}

/** Saves a section of a fresh draft, and answers what is stored then. */
async function saveSection(section: string, fields: Record<string, string>) {
  const { draft_id: draftId } = await harness.save();
  const answer = await post(`drafts/${draftId}/edit/${section}`, {
    revision: '1',
    go: 'save',
    ...fields,
  });
  return { answer, draftId, ...(await stored(draftId)) };
}

describe('the forms of a plan', () => {
  it('save people, service level and rollback as versions, and keep everything else', async () => {
    const people = await saveSection('people', { risk_owner: 'Rita Risk', platform_owner: 'Ada' });
    expect(people.answer.statusCode).toBe(303);
    expect(people.version).toBe(2);
    expect(people.packet.draft).toEqual({
      ...COMPLETE_DRAFT,
      owners: { risk_owner: 'Rita Risk', platform_owner: 'Ada' },
    });
    const service = await saveSection('service', {
      hours: '24 by 7',
      response_targets: '15 minutes',
      document_url: 'https://bank.example/agreement',
      contact: 'oncall@bank.example',
    });
    expect(service.packet.draft).toEqual({
      ...COMPLETE_DRAFT,
      sla: {
        hours: '24 by 7',
        response_targets: '15 minutes',
        document_url: 'https://bank.example/agreement',
      },
      support: { contact: 'oncall@bank.example' },
    });
    const rollback = await saveSection('rollback', { owner: 'Rolf', incident_channel: '#calls' });
    expect(rollback.packet.draft).toMatchObject({
      rollback: { owner: 'Rolf', incident_channel: '#calls' },
    });
    const gone = await saveSection('people', {});
    expect(gone.packet.draft).not.toHaveProperty('owners');
  });

  it('shows a refusal at its field and above, keeps what was typed, and saves nothing', async () => {
    const { answer, version } = await saveSection('service', {
      hours: '24 by 7',
      document_url: 'ftp://bank.example',
    });
    expect([answer.statusCode, version]).toEqual([422, 1]);
    expect(answer.body).toContain('<a href="#document_url">');
    expect(answer.body).toContain('id="document_url-error"');
    expect(answer.body).toContain('value="24 by 7"');
    expect(answer.body).toContain('Address of the agreement');
  });

  it('repeats nothing that looks like a secret', async () => {
    const secret = `-----BEGIN PRIVATE KEY-----`;
    const { answer, version } = await saveSection('rollback', { owner: secret });
    expect([answer.statusCode, version]).toEqual([422, 1]);
    expect(answer.body).not.toContain('BEGIN PRIVATE');
    expect(answer.body).toContain('<a href="#owner">');
  });

  it('refuses unknown fields, other sites, readers, strangers and late revisions', async () => {
    const { draft_id: draftId } = await harness.save();
    const path = `drafts/${draftId}/edit/rollback`;
    const fields = { revision: '1', owner: 'Rolf' };
    const statusOf = async (sent: Record<string, string>, headers?: Record<string, string>) =>
      (await post(path, sent, headers)).statusCode;
    expect(await statusOf({ ...fields, verdict: 'allow' })).toBe(400);
    expect(await statusOf(fields, { cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf(fields, { cookie: await signIn(KEYS.reader) })).toBe(403);
    expect(await statusOf(fields, { cookie: await signIn(KEYS.stranger) })).toBe(404);
    expect(await statusOf(fields, {})).toBe(401);
    expect((await stored(draftId)).version).toBe(1);
    expect(await statusOf(fields)).toBe(303);
    const late = await post(path, { revision: '1', owner: 'Somebody else' });
    expect(late.statusCode).toBe(409);
    expect(late.body).toContain('value="Somebody else"');
    expect((await get(`drafts/${draftId}/edit/nothing`)).statusCode).toBe(404);
  });
});

describe('expected verdicts by page', () => {
  const typed = {
    case: 'just above',
    amount: '500000.01',
    verdict: 'constrain',
    decision_owner: 'treasury',
    authorization_status: 'present',
    authority_class: 'signature_verified',
  };

  it('are typed by a person, with any member of the request', async () => {
    const { answer, draftId, packet } = await saveSection('cases', typed);
    expect(answer.headers.location).toBe(`/self-service/drafts/${draftId}/edit/cases`);
    expect(packet.draft['expected_verdicts']).toEqual([
      ...COMPLETE_DRAFT.expected_verdicts,
      {
        case: 'just above',
        authority_class: 'signature_verified',
        request: {
          decision_size_usd: 500000.01,
          decision_owner: 'treasury',
          context: { authorization_status: 'present' },
        },
        verdict: 'constrain',
      },
    ]);
    const plan = await get(`drafts/${draftId}`);
    expect(plan.body).toContain('just above');
    const form = await get(`drafts/${draftId}/edit/cases?case=3`);
    expect(form.body).toContain('value="500000.01"');
    expect(form.body).toMatch(/<option value="constrain" selected/);
  });

  it('have no verdict unless somebody chose one', async () => {
    const { answer, version } = await saveSection('cases', { case: 'no verdict', amount: '1' });
    expect([answer.statusCode, version]).toEqual([422, 1]);
    expect(answer.body).toContain('<a href="#verdict">');
    expect(answer.body).toContain('value="no verdict"');
    const fresh = await get(`drafts/${(await harness.save()).draft_id}/edit/cases`);
    expect(fresh.body).toMatch(/<option value="" selected|<option value>Choose/);
    expect(fresh.body).not.toMatch(/<option value="(?:allow|constrain|reject)" selected/);
  });

  it('name the field at fault: the amount, the name, a member of the request', async () => {
    const refused = async (changes: Record<string, string>) =>
      /class="notice[^]*?href="#([a-z_]+)"/.exec(
        (await saveSection('cases', { ...typed, ...changes })).answer.body,
      )?.[1];
    expect(await refused({ amount: '1,000' })).toBe('amount');
    expect(await refused({ case: 'small' })).toBe('case');
    expect(await refused({ decision_owner: '%%' })).toBe('decision_owner');
    expect(await refused({ authorization_source: '%%' })).toBe('authorization_source');
    expect(await refused({ verdict: 'maybe' })).toBe('verdict');
  });

  it('are changed and removed one by one', async () => {
    const { draft_id: draftId } = await harness.save();
    const path = `drafts/${draftId}/edit/cases`;
    const changed = await post(path, {
      ...{ revision: '1', case_number: '2', go: 'save' },
      ...{ case: 'larger', amount: '2000000', verdict: 'reject' },
    });
    expect(changed.statusCode).toBe(303);
    expect(await stored(draftId)).toMatchObject({
      version: 2,
      packet: { draft: { expected_verdicts: [{ case: 'small' }, { case: 'larger' }] } },
    });
    const removed = await post(path, { revision: '2', case_number: '1', go: 'remove' });
    expect(removed.statusCode).toBe(303);
    const { packet } = await stored(draftId);
    expect(packet.draft['expected_verdicts']).toMatchObject([{ case: 'larger' }]);
  });

  it('take the facts of the pattern', async () => {
    const { draft_id: draftId } = await harness.save({
      primary_path: {
        ...COMPLETE_DRAFT.primary_path,
        facts: [
          { name: 'is_urgent', type: 'boolean', required: false },
          { name: 'rows', type: 'integer', required: false },
        ],
      },
    });
    const path = `drafts/${draftId}/edit/cases`;
    const fields = { revision: '1', case: 'facts', verdict: 'allow', fact_is_urgent: 'true' };
    const odd = await post(path, { ...fields, fact_rows: 'many' });
    expect([odd.statusCode, odd.body.includes('<a href="#fact_rows">')]).toEqual([422, true]);
    expect((await post(path, { ...fields, fact_rows: '12' })).statusCode).toBe(303);
    const { packet } = await stored(draftId);
    expect(packet.draft['expected_verdicts']).toContainEqual({
      case: 'facts',
      request: { context: { facts: { is_urgent: true, rows: 12 } } },
      verdict: 'allow',
    });
  });
});

describe('expansion moves by page', () => {
  const two = {
    move_1_type: 'new_unit',
    move_1_unit: 'treasury',
    move_2_type: 'new_system',
    move_2_system_scope: 'console_two',
    move_2_note: 'After the summer',
  };

  it('change their order by buttons, and only a save keeps it', async () => {
    const { draft_id: draftId } = await harness.save();
    const path = `drafts/${draftId}/edit/moves`;
    const moved = await post(path, { ...two, revision: '1', go: 'up_2' });
    expect(moved.statusCode).toBe(200);
    expect(moved.body).toMatch(/name="move_1_type"[^>]*value="new_system"/);
    expect(moved.body).toMatch(/name="move_2_unit"[^>]*value="treasury"/);
    expect((await stored(draftId)).version).toBe(1);
    const removed = await post(path, { ...two, revision: '1', go: 'remove_1' });
    expect(removed.body).toMatch(/name="move_1_type"[^>]*value="new_system"/);
    expect(removed.body).not.toContain('treasury');
    const { answer, packet } = await saveSection('moves', two);
    expect(answer.headers.location).toContain('#moves');
    expect(packet.draft['expansion_moves']).toEqual([
      { kind: 'draft_coverage', order: 1, type: 'new_unit', scope: { unit: 'treasury' } },
      {
        ...{ kind: 'draft_coverage', order: 2, type: 'new_system' },
        ...{ scope: { system_scope: 'console_two' }, note: 'After the summer' },
      },
    ]);
  });

  it('say that none are planned, and not both', async () => {
    const { answer } = await saveSection('moves', { ...two, none_planned: 'true' });
    expect([answer.statusCode, answer.body.includes('<a href="#none_planned">')]).toEqual([
      422,
      true,
    ]);
    const { packet } = await saveSection('moves', { none_planned: 'true' });
    expect(packet.draft).toMatchObject({ none_planned: true });
    expect(packet.draft).not.toHaveProperty('expansion_moves');
    const bare = await saveSection('moves', { move_1_type: 'new_unit' });
    expect(bare.answer.body).toContain('<a href="#move_1_unit">');
  });

  it('change their order on the page Start too', async () => {
    const values = { preset: 'threshold', screen: 'moves', go: 'down_1' };
    const { body } = await post('compose', {
      ...values,
      ...{ move_1_type: 'first', move_1_member: 'unit', move_1_value: 'one' },
      ...{ move_2_type: 'second', move_2_member: 'unit', move_2_value: 'two' },
    });
    expect(body).toMatch(/name="move_1_type"[^>]*value="second"/);
    expect(body).toMatch(/name="move_2_value"[^>]*value="one"/);
  });
});

describe('trying a request', () => {
  const request = (changes: object = {}) =>
    JSON.stringify({
      partner_id: 'northstar_controls',
      gate_type: 'threshold_gate',
      system_scope: 'operations_console',
      decision_type: 'threshold_execution_request',
      external_reference: 'typed',
      decision_size_usd: 500_000,
      context: {
        authorization_status: 'present',
        authorization_reference: 'a',
        authorization_source: 'approval_workflow',
      },
      ...changes,
    });
  const verdictOf = ({ body }: LightMyRequestResponse) =>
    /tried-verdict[^]*?verdict is-([a-z]+)/.exec(body)?.[1];

  it('evaluates what was typed by the rules of the plan, and writes nothing', async () => {
    const { draft_id: draftId } = await harness.save();
    const before = await stored(draftId);
    const path = `drafts/${draftId}/try`;
    const first = await get(path);
    expect([first.statusCode, first.body.includes('northstar_controls')]).toEqual([200, true]);
    expect(verdictOf(await post(path, { request: request() }))).toBe('allow');
    const above = request({ decision_size_usd: 500_000.01 });
    expect(verdictOf(await post(path, { request: above, class: 'submitted' }))).toBe('constrain');
    expect(await stored(draftId)).toEqual(before);
  });

  it('says why a request would be refused, and repeats no secret', async () => {
    const { draft_id: draftId } = await harness.save();
    const path = `drafts/${draftId}/try`;
    const broken = await post(path, { request: '{' });
    expect([broken.statusCode, broken.body.includes('<a href="#request">')]).toEqual([422, true]);
    const unknown = await post(path, { request: request({ payload: 'x' }) });
    expect([unknown.statusCode, verdictOf(unknown)]).toEqual([422, undefined]);
    const card = await post(path, { request: request({ case_id: '4111 1111 1111 1111' }) });
    expect([card.statusCode, card.body.includes('4111')]).toEqual([422, false]);
  });

  it('works on the preview of Start, with everything else kept', async () => {
    const values = {
      preset: 'threshold',
      partner_id: 'northstar_controls',
      unit: 'operations',
      system_scope: 'operations_console',
      allow_up_to: '500000',
      authority_context: 'The head of operations approves',
      authority_source: 'approval_workflow',
      none_planned: 'true',
    };
    const answer = await post('preview', { ...values, request: request(), class: 'submitted' }, {});
    expect([answer.statusCode, verdictOf(answer)]).toEqual([200, 'allow']);
    expect(answer.body).toContain('value="The head of operations approves"');
  });
});
