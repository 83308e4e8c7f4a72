/** Claims and confirmations over HTTP, and how they show in routes, bundles and reports. */
import {
  decodeBase64,
  type JsonObject,
  parseTrustPolicy,
  type Receipt,
  readPayload,
  utf8,
  verifyBundle,
  verifyEd25519,
} from '@craton/protocol';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness, OTHER_PARTNER_ID, PARTNER_ID } from '../../test/harness.ts';
import { createSigner } from '../signing/signer.ts';

interface Answer {
  readonly request_id: string;
  readonly commitment_id: string;
  readonly expires_at: string;
  readonly receipt: Receipt;
  readonly opening: JsonObject;
}

const PATHS = ['claim', 'confirm'] as const;
const ACTION = `sha256:${'ab'.repeat(32)}`;
const OTHER_ACTION = `sha256:${'cd'.repeat(32)}`;

let boundary: Harness;
let key: string;
let secondKey: string;
let strangersKey: string;
let count = 0;

beforeAll(async () => {
  boundary = await Harness.open();
  key = await boundary.makeKey({ keyId: 'key_first' });
  secondKey = await boundary.makeKey({ keyId: 'key_second' });
  strangersKey = await boundary.makeKey({ partnerId: OTHER_PARTNER_ID });
});
afterAll(async () => {
  await boundary.close();
});

let offsetMs = 0;
/** Longer than a decision lives. The clock is never set back: receipts were issued by it. */
function letExpire(): void {
  boundary.clockOffsetMs = offsetMs += 301_000;
}

async function decide(members: Record<string, unknown> = {}): Promise<Answer> {
  const reference = { external_reference: `execution-${++count}` };
  const answer = await boundary.check(key, { ...reference, ...members });
  expect(answer.statusCode).toBe(200);
  return answer.json<Answer>();
}

type Body = Record<string, unknown>;

const claim = (body: Body, options: { key?: string; headers?: Record<string, string> } = {}) =>
  boundary.report('claim', options.key ?? key, body, options.headers);
const confirm = (body: Body, options: { key?: string; headers?: Record<string, string> } = {}) =>
  boundary.report('confirm', options.key ?? key, { outcome: 'executed', ...body }, options.headers);
const report = { claim, confirm };

function expectProblem(
  answer: LightMyRequestResponse,
  status: number,
  code: string,
  field?: string,
): void {
  const problem = answer.json<JsonObject>();
  expect([answer.statusCode, problem['code'], problem['field']]).toEqual([status, code, field]);
}

async function expectSigned({ payload_b64, signature, kid }: Receipt): Promise<JsonObject> {
  const bytes = decodeBase64(payload_b64);
  expect(kid).toBe(boundary.signer.kid);
  const isGood = await verifyEd25519(boundary.signer.publicKey, bytes, decodeBase64(signature));
  expect(isGood).toBe(true);
  const reading = readPayload(bytes);
  if ('fault' in reading) throw new Error(reading.fault);
  return reading.payload as unknown as JsonObject;
}

describe('POST /v1/boundary/claim', () => {
  it('answers the winner with its receipt and that of the decision', async () => {
    const decision = await decide();
    const answer = await claim({ commitment_id: decision.commitment_id });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const body = answer.json<Answer & { decision: Receipt }>();
    expect(body).toMatchObject({
      expires_at: decision.expires_at,
      commitment_id: decision.commitment_id,
      confirmer: { key_id: 'key_first', class: 'same_key' },
      confirms: { request_id: decision.request_id },
      decision: decision.receipt,
    });
    const payload = await expectSigned(body.receipt);
    expect(payload).toMatchObject({
      receipt_type: 'execution_claim',
      request_id: body.request_id,
      commitment_id: decision.commitment_id,
    });
  });

  it('answers everybody after the winner 409, with the winner’s receipt', async () => {
    const decision = await decide();
    const body = { request_id: decision.request_id };
    const winner = (await claim(body, { key: secondKey })).json<Answer>();
    for (const other of [key, secondKey]) {
      const answer = await claim(body, { key: other });
      expectProblem(answer, 409, 'ERR_ALREADY_CLAIMED');
      expect(answer.json<JsonObject>()['related_request_id']).toBe(winner.request_id);
    }
  });

  it('has one winner among 100 at once', async () => {
    const { commitment_id } = await decide();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        claim({ commitment_id }, { key: index % 2 === 0 ? key : secondKey }),
      ),
    );
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted();
    expect(statuses).toEqual([200, ...Array.from({ length: 99 }, () => 409)]);
  });

  it('is refused where nothing is permitted, whatever the reason', async () => {
    const reject = await decide({ decision_size_usd: 1_500_000 });
    const unmatched = await decide({ gate_type: 'data_export_gate' });
    const bound = await decide({ action_digest: ACTION });
    const confirmed = await decide();
    const late = await decide();
    const byRequest = ({ request_id }: Answer) => ({ request_id });
    expectProblem(await claim(byRequest(reject)), 409, 'ERR_NOTHING_PERMITTED');
    expectProblem(await claim(byRequest(unmatched)), 409, 'ERR_NOTHING_PERMITTED');
    expectProblem(await claim(byRequest(bound)), 422, 'ERR_ACTION_MISMATCH', 'action_digest');
    const other = await claim({ ...byRequest(bound), action_digest: OTHER_ACTION });
    expectProblem(other, 422, 'ERR_ACTION_MISMATCH', 'action_digest');
    const confirmation = (await confirm(byRequest(confirmed))).json<Answer>();
    const settled = await claim(byRequest(confirmed));
    expectProblem(settled, 409, 'ERR_ALREADY_CONFIRMED');
    expect(settled.json<JsonObject>()['related_request_id']).toBe(confirmation.request_id);
    const good = await claim({ ...byRequest(bound), action_digest: ACTION });
    expect(good.statusCode).toBe(200);
    letExpire();
    expectProblem(await claim(byRequest(late)), 409, 'ERR_DECISION_EXPIRED');
  });
});

describe('POST /v1/boundary/confirm', () => {
  it('records the outcome, however often it is told', async () => {
    const decision = await decide();
    const executed_at = new Date(boundary.nowMs()).toISOString();
    const answer = await confirm({ commitment_id: decision.commitment_id, executed_at });
    expect(answer.statusCode).toBe(200);
    const body = answer.json<Answer>();
    expect(body).toMatchObject({
      outcome: 'executed',
      executed_at,
      flags: [],
      commitment_id: decision.commitment_id,
      confirmer: { key_id: 'key_first', class: 'same_key' },
      confirms: { request_id: decision.request_id },
    });
    expect(await expectSigned(body.receipt)).toMatchObject({
      receipt_type: 'execution_confirmation',
      request_id: body.request_id,
    });
    const again = await confirm({ request_id: decision.request_id }, { key: secondKey });
    expect(again.json()).toMatchObject({ confirmer: { class: 'other_key' }, flags: [] });
    expect(again.json<Answer>().request_id).not.toBe(body.request_id);
  });

  it('flags what it contradicts and accepts it', async () => {
    const reject = await decide({ decision_size_usd: 1_500_000, action_digest: ACTION });
    const flagsOf = async (body: Body) => {
      const answer = await confirm({ commitment_id: reject.commitment_id, ...body });
      expect(answer.statusCode).toBe(200);
      return answer.json<{ flags: string[] }>().flags;
    };
    expect(await flagsOf({ action_digest: ACTION })).toEqual(['after_reject']);
    expect(await flagsOf({})).toEqual(['action_mismatch', 'after_reject']);
    letExpire();
    expect(await flagsOf({ outcome: 'failed', action_digest: OTHER_ACTION })).toEqual([
      'action_mismatch',
      'after_expiry',
      'after_reject',
      'conflicts_with_earlier',
    ]);
  });

  it('refuses a time that is still to come', async () => {
    const { request_id } = await decide();
    const executed_at = new Date(boundary.nowMs() + 3_600_000).toISOString();
    const answer = await confirm({ request_id, executed_at });
    expectProblem(answer, 400, 'ERR_REQUEST_FIELD', 'executed_at');
  });
});

describe.each(PATHS)('POST /v1/boundary/%s', (path) => {
  it.each([
    ['nothing', {}, 'commitment_id'],
    ['two names', { commitment_id: `bnd_${'A'.repeat(43)}`, request_id: 'req_1' }, 'request_id'],
    ['a malformed id', { commitment_id: 'tweet' }, 'commitment_id'],
    [
      'a malformed digest',
      { commitment_id: `bnd_${'A'.repeat(43)}`, action_digest: 'tweet' },
      'action_digest',
    ],
    ['an unknown member', { commitment_id: `bnd_${'A'.repeat(43)}`, note: 'tweet' }, 'note'],
  ])('refuses %s by name and repeats no value', async (_title, body, field) => {
    const answer = await report[path](body);
    expectProblem(answer, 400, 'ERR_REQUEST_FIELD', field);
    expect(answer.body + boundary.lines.join('\n')).not.toContain('tweet');
    expect(boundary.storedBytes().includes('tweet')).toBe(false);
  });

  it('does not know another partner’s decision, nor what is none', async () => {
    const decision = await decide();
    const own = (await report[path]({ request_id: decision.request_id })).json<Answer>();
    const strangers = await report[path](
      { request_id: decision.request_id },
      { key: strangersKey },
    );
    const nobodys = await report[path]({
      request_id: 'req_019aa000-0000-7000-8000-00000000dead',
    });
    const noDecision = await report[path]({ request_id: own.request_id });
    for (const answer of [strangers, nobodys, noDecision]) {
      expectProblem(answer, 404, 'ERR_NOT_FOUND');
      expect(answer.json<JsonObject>()).not.toHaveProperty('related_request_id');
    }
  });

  it('needs its own scope', async () => {
    const { request_id } = await decide();
    const other = path === 'claim' ? 'confirm' : 'claim';
    const scopeless = await boundary.makeKey({ scopes: ['check', other, 'read'] });
    expectProblem(await report[path]({ request_id }, { key: scopeless }), 403, 'ERR_FORBIDDEN');
    const alone = await boundary.makeKey({ scopes: [path] });
    expect((await report[path]({ request_id }, { key: alone })).statusCode).toBe(200);
    expectProblem(await report[path]({}, { key: 'nobody' }), 401, 'ERR_UNAUTHENTICATED');
  });

  it('answers its idempotency key again: to the same key for the same request', async () => {
    const { request_id, commitment_id } = await decide();
    const headers = { 'idempotency-key': `attempt of ${path}` };
    const first = await report[path]({ request_id }, { headers });
    letExpire();
    const second = await report[path]({ request_id }, { headers });
    expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
    expect(second.body).toBe(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    const conflicts = [
      await report[path]({ commitment_id }, { headers }),
      await report[path]({ request_id }, { headers, key: secondKey }),
      await boundary.check(key, {}, headers),
    ];
    for (const answer of conflicts) {
      expectProblem(answer, 409, 'ERR_IDEMPOTENCY_CONFLICT', 'Idempotency-Key');
    }
  });

  it('refuses a malformed idempotency key', async () => {
    const { request_id } = await decide();
    const answer = await report[path]({ request_id }, { headers: { 'idempotency-key': 'a\tb' } });
    expectProblem(answer, 400, 'ERR_REQUEST_FIELD', 'Idempotency-Key');
  });

  it('notes the use of the key', async () => {
    const keyId = `key_used-for-${path}`;
    const used = await boundary.makeKey({ keyId });
    const { request_id } = await decide();
    await report[path]({ request_id }, { key: used });
    const records = await boundary.ledger.admin.listApiKeyRecords();
    const record = records.find((other) => other.keyId === keyId);
    expect(record?.lastUsedAtMs).toBeGreaterThan(0);
  });
});

describe('routes', () => {
  it('show claims and confirmations with their decision, and it with them', async () => {
    const decision = await decide();
    const { commitment_id } = decision;
    const claimed = (await claim({ commitment_id })).json<Answer>();
    const confirmed = (await confirm({ commitment_id })).json<Answer>();
    const item = ({ request_id, receipt }: Answer, receipt_type: string) => ({
      receipt_type,
      receipt,
      commitment_id,
      request_id,
      log: { status: 'pending' },
    });
    const found = await boundary.get(`/v1/receipts/${commitment_id}`, key);
    expect(found.json()).toMatchObject({
      receipt: decision.receipt,
      linked: [item(claimed, 'execution_claim'), item(confirmed, 'execution_confirmation')],
    });
    for (const { request_id, receipt } of [claimed, confirmed]) {
      const own = await boundary.get(`/v1/receipts/${request_id}`, key);
      expect(own.json()).toEqual({
        receipt,
        commitment_id,
        request_id,
        log: { status: 'pending' },
        linked: [{ ...item(decision, 'boundary_decision'), opening: decision.opening }],
      });
      const strangers = await boundary.get(`/v1/receipts/${request_id}`, strangersKey);
      expect(strangers.statusCode).toBe(404);
    }
  });

  it('list each type as a stream of its own', async () => {
    const answer = await boundary.get('/v1/streams', key);
    const { streams } = answer.json<{ streams: { receipt_type: string; last_seq: number }[] }>();
    for (const type of ['execution_claim', 'execution_confirmation']) {
      const lengths = streams.filter(({ receipt_type }) => receipt_type === type);
      const seen: number[] = [];
      let url: string | undefined =
        `/v1/receipts?path=sample-threshold&receipt_type=${type}&limit=3`;
      for (let page = 0; url !== undefined && page < 100; page++) {
        const listed: LightMyRequestResponse = await boundary.get(url, key);
        const lines = listed.body.trimEnd().split('\n');
        seen.push(...lines.map((line) => (JSON.parse(line) as { seq: number }).seq));
        url = /^<(.+)>; rel="next"$/.exec(String(listed.headers.link ?? ''))?.[1];
      }
      expect(seen).toEqual(seen.map((_, index) => index + 1));
      const lastSeqs = lengths.map(({ last_seq }) => last_seq);
      expect(lastSeqs).toContain(seen.length);
    }
    const unknown = await boundary.get('/v1/receipts?path=a&receipt_type=posture', key);
    expectProblem(unknown, 400, 'ERR_REQUEST_FIELD', 'receipt_type');
  });
});

describe('bundles', () => {
  const rootKey = Buffer.from(createSigner(Buffer.alloc(32, 9)).publicKey).toString('base64');
  const trust = parseTrustPolicy(
    utf8(`craton-policy v1\nroot test-root ${rootKey} craton.localhost development\n`),
  );

  /** The codes of the report about a bundle, none of whose lines fails. */
  async function codesOf(id: string, form = 'full'): Promise<Record<string, string>> {
    const answer = await boundary.get(`/v1/receipts/${id}/bundle?form=${form}`, key);
    expect(answer.statusCode).toBe(200);
    const options = { atMs: boundary.nowMs() };
    const { outcome, checks } = await verifyBundle(utf8(answer.body), trust, options);
    expect(outcome).toBe('reached');
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    return Object.fromEntries(checks.map((check) => [check.id, check.code]));
  }

  const confirmationOf = async ({ request_id }: Answer) =>
    (await codesOf(request_id))['confirmation'];

  it('of a decision say how far it was confirmed', async () => {
    const decision = await decide();
    const named = { commitment_id: decision.commitment_id };
    expect(await confirmationOf(decision)).toBe('no_confirmation');
    await claim(named);
    expect(await confirmationOf(decision)).toBe('claimed');
    await confirm(named);
    expect(await confirmationOf(decision)).toBe('confirmed_by_same_key');
    await confirm(named, { key: secondKey });
    expect(await confirmationOf(decision)).toBe('confirmed_by_other_key');
    letExpire();
    await confirm(named);
    expect(await confirmationOf(decision)).toBe('confirmed_with_flags');
    await confirm({ ...named, outcome: 'failed' });
    expect(await confirmationOf(decision)).toBe('confirmations_conflict');
  });

  it('of a rejected or unmatched decision that was executed say so', async () => {
    for (const members of [{ decision_size_usd: 1_500_000 }, { gate_type: 'data_export_gate' }]) {
      const decision = await decide(members);
      await confirm({ request_id: decision.request_id });
      expect(await confirmationOf(decision)).toBe('confirmed_with_flags');
    }
  });

  it.each(PATHS)('of a %s have the decision with its opening', async (path) => {
    const decision = await decide();
    const made = (await report[path]({ request_id: decision.request_id })).json<Answer>();
    const full = await codesOf(made.request_id);
    expect(full).toMatchObject({ confirmation: 'decision_linked', commitment: 'ok' });
    const minimal = await codesOf(made.request_id, 'minimal');
    expect(minimal).toMatchObject({
      confirmation: 'decision_missing',
      commitment: 'opening_missing',
    });
    const owner = { environment: 'development', partnerId: PARTNER_ID };
    const requestId = decision.request_id;
    await boundary.ledger.admin.apply({ kind: 'erase_opening', owner, requestId });
    const erased = await codesOf(made.request_id);
    expect(erased).toMatchObject({
      confirmation: 'decision_linked',
      commitment: 'opening_missing',
    });
    expect(await codesOf(decision.request_id)).toMatchObject({ commitment: 'opening_missing' });
  });

  it('hold as many confirmations as there can be', async () => {
    const decision = await decide();
    await claim({ request_id: decision.request_id });
    for (let number = 0; number < 33; number++) await confirm({ request_id: decision.request_id });
    expect(await confirmationOf(decision)).toBe('confirmed_by_same_key');
    const answer = await boundary.get(`/v1/receipts/${decision.request_id}/bundle`, key);
    expect(answer.json<{ linked: unknown[] }>().linked).toHaveLength(33);
  });
});
