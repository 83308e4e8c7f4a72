import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimPayload } from '@craton/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type FakeAnswers,
  type FakeBoundary,
  honestReport,
  startFakeBoundary,
} from '../../test/fake-boundary.ts';
import {
  craton,
  fakeContext,
  type FakeContext,
  type Golden,
  jsonOf,
  type Ran,
  readGolden,
  writeText,
} from '../../test/fake-context.ts';

const CLAIM = readGolden('083-claim');
const CLAIM_OF_ACTION = readGolden('084-claim-of-action');
const LATE_CLAIM = readGolden('085-claim-after-expiry');
const CONFIRMATION = readGolden('072-confirmation-executed');
const ACTION = `sha256:${'33'.repeat(32)}`;
let boundary: FakeBoundary | undefined;

afterEach(() => boundary?.close());

/** A boundary that answers one case, and a context whose clock is that of the case. */
async function setUp(golden: Golden, answers = honestReport(golden)): Promise<FakeContext> {
  boundary = await startFakeBoundary(answers);
  const context = fakeContext({
    env: { CRATON_API_KEY: 'craton_bnd_development_test', CRATON_BOUNDARY_URL: boundary.url },
    now: () => Date.parse(golden.full.checked_at),
  });
  writeText(context, 'trust.txt', golden.full.trust_policy);
  return context;
}

const payloadOf = ({ expected }: Golden) => JSON.parse(expected.payload) as ClaimPayload;
const commitmentOf = (golden: Golden): string => payloadOf(golden).commitment_id;

function run(context: FakeContext, command: string, ...flags: string[]): Promise<Ran> {
  return craton(context, command, ...flags, '--trust', 'trust.txt');
}

describe('craton claim', () => {
  it('says who executes once claim and decision hold, and saves the bundle', async () => {
    const context = await setUp(CLAIM);
    const id = commitmentOf(CLAIM);
    const ran = await run(context, 'claim', id, '--bundle', 'bundle.json');
    expect([ran.err, ran.code]).toEqual(['', 0]);
    expect(ran.out).toContain('Claimed: you are the one who executes. allow');
    expect(ran.out).toContain('usable once until 2026-11-21T18:05:27.000Z');
    const saved = readFileSync(join(context.cwd, 'bundle.json'), 'utf8');
    expect(JSON.parse(saved)).toEqual(CLAIM.full.bundle);
    const { request_id } = payloadOf(CLAIM);
    expect(boundary?.requests.map(({ url }) => url)).toEqual([
      '/v1/boundary/claim',
      `/v1/receipts/${request_id}/bundle?form=full`,
    ]);
    expect(JSON.parse(boundary?.requests[0]?.body ?? '')).toEqual({ commitment_id: id });
  });

  it('names the decision by its request id, and the action', async () => {
    const context = await setUp(CLAIM_OF_ACTION);
    const { request_id } = payloadOf(CLAIM_OF_ACTION).confirms;
    const flags = ['--action-digest', ACTION, '--idempotency-key', 'attempt-1', '--json'];
    const ran = await run(context, 'claim', request_id, ...flags);
    expect(ran.code).toBe(0);
    expect(jsonOf(ran)).toMatchObject({
      object: 'craton.claim.v1',
      holds: true,
      verdict: 'allow',
      commitment_id: commitmentOf(CLAIM_OF_ACTION),
      decision_request_id: request_id,
      request_id: payloadOf(CLAIM_OF_ACTION).request_id,
      faults: [],
    });
    const [sent] = boundary?.requests ?? [];
    expect(JSON.parse(sent?.body ?? '')).toEqual({ request_id, action_digest: ACTION });
    expect(sent?.headers).toMatchObject({ 'idempotency-key': 'attempt-1' });
  });

  const receipt = { ...CLAIM.full.bundle.receipt };
  const forged = { ...receipt, signature: `A${receipt.signature.slice(1)}` };
  const unlinked = { ...CLAIM.full.bundle, linked: undefined };
  const lies: readonly [
    title: string,
    golden: Golden,
    answers: Partial<FakeAnswers>,
    message: string,
  ][] = [
    ['the claim of another decision', CLAIM_OF_ACTION, {}, 'about another decision'],
    ['an expired decision', LATE_CLAIM, {}, 'the decision expired at 2026-11-21T18:05:04.000Z'],
    ['a confirmation in its place', CONFIRMATION, {}, 'the receipt is no claim'],
    [
      'a reject that was executed',
      readGolden('077-confirmation-after-reject'),
      {},
      'the decision is a reject',
    ],
    [
      'a forged signature',
      CLAIM,
      { bundle: { status: 200, body: { ...CLAIM.full.bundle, receipt: forged } } },
      'Failed: signature',
    ],
    [
      'a bundle without the decision',
      CLAIM,
      { bundle: { status: 200, body: unlinked } },
      'the decision is not in the bundle',
    ],
    [
      'the bundle of another receipt',
      CLAIM,
      { bundle: { status: 200, body: CLAIM_OF_ACTION.full.bundle } },
      'the bundle holds another receipt',
    ],
  ];
  it.each(lies)('does not believe %s', async (_title, golden, answers, message) => {
    const context = await setUp(golden, { ...honestReport(golden), ...answers });
    const id = message.includes('another decision') ? commitmentOf(CLAIM) : commitmentOf(golden);
    const ran = await run(context, 'claim', id);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('Not claimed: do not execute.');
    expect(ran.out).toContain(message);
    const json = jsonOf(await run(context, 'claim', id, '--json'));
    expect(json).toMatchObject({ holds: false });
    expect(json).not.toHaveProperty('verdict');
  });

  it('does not believe a claim of another action, nor one that is bound to none', async () => {
    const context = await setUp(CLAIM_OF_ACTION);
    const ran = await run(context, 'claim', commitmentOf(CLAIM_OF_ACTION));
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('the receipt names another action');
    expect(ran.out).toContain('the decision is bound to another action');
  });

  it('tells the loser that somebody else won', async () => {
    const problem = {
      detail: 'The decision is claimed already: do not execute it again.',
      code: 'ERR_ALREADY_CLAIMED',
    };
    const answers = { ...honestReport(CLAIM), check: { status: 409, body: problem } };
    const ran = await run(await setUp(CLAIM, answers), 'claim', commitmentOf(CLAIM));
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(
      'claimed already: do not execute it again. (409 ERR_ALREADY_CLAIMED)',
    );
    expect(boundary?.requests).toHaveLength(1);
  });
});

describe('craton confirm', () => {
  const id = commitmentOf(CONFIRMATION);
  const good = [id, '--outcome', 'executed', '--executed-at', '2026-11-21T18:01:40Z'];

  it('records the outcome and verifies its receipt', async () => {
    const context = await setUp(CONFIRMATION);
    const ran = await run(context, 'confirm', ...good);
    expect([ran.err, ran.code]).toEqual(['', 0]);
    expect(ran.out).toContain('Confirmed: executed\n');
    expect(ran.out).toContain('host_key_1 (same_key)');
    expect(JSON.parse(boundary?.requests[0]?.body ?? '')).toEqual({
      commitment_id: id,
      outcome: 'executed',
      executed_at: '2026-11-21T18:01:40.000Z',
    });
    expect(boundary?.requests[0]?.url).toBe('/v1/boundary/confirm');
    expect(jsonOf(await run(context, 'confirm', ...good, '--json'))).toMatchObject({
      object: 'craton.confirm.v1',
      holds: true,
      outcome: 'executed',
      flags: [],
      confirmer: { class: 'same_key' },
      commitment_id: id,
    });
  });

  it('shows flags, which are no failure', async () => {
    const golden = readGolden('079-confirmation-conflict');
    const flags = [commitmentOf(golden), '--outcome', 'not_executed'];
    const ran = await run(await setUp(golden), 'confirm', ...flags);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('Confirmed: not_executed; flags: conflicts_with_earlier');
  });

  it('does not believe another outcome or time than was sent', async () => {
    for (const flags of [
      [id, '--outcome', 'failed', '--executed-at', '2026-11-21T18:01:40Z'],
      [id, '--outcome', 'executed'],
    ]) {
      const ran = await run(await setUp(CONFIRMATION), 'confirm', ...flags);
      expect(ran.code).toBe(1);
      expect(ran.out).toContain('says something else than what was sent');
      boundary?.close();
    }
    const claimed = await run(
      await setUp(CLAIM),
      'confirm',
      commitmentOf(CLAIM),
      '--outcome',
      'failed',
    );
    expect(claimed.out).toContain('the receipt is no confirmation');
  });

  it.each([
    ['an unknown outcome', [id, '--outcome', 'done'], 1],
    ['no outcome', [id], 64],
    ['no id of a decision', ['1', '--outcome', 'executed'], 64],
    ['a malformed digest', [...good, '--action-digest', 'x'], 1],
    ['a malformed time', [id, '--outcome', 'executed', '--executed-at', 'now'], 64],
    ['a time of nothing', [id, '--outcome', 'not_executed', '--executed-at', '2026-11-21'], 1],
    ['a line that is none', [...good, '--require', 'luck'], 64],
  ])('sends nothing with %s', async (_title, flags, code) => {
    const ran = await run(await setUp(CONFIRMATION), 'confirm', ...flags);
    expect(ran.code).toBe(code);
    expect(boundary?.requests).toEqual([]);
  });

  it('takes no boundary’s word for what is no bundle', async () => {
    const answers = { ...honestReport(CONFIRMATION), bundle: { status: 200, body: '[]' } };
    const ran = await run(await setUp(CONFIRMATION, answers), 'confirm', ...good);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('it sent no bundle')]);
    const empty = { ...honestReport(CONFIRMATION), check: { status: 200, body: {} } };
    const other = await run(await setUp(CONFIRMATION, empty), 'confirm', ...good);
    expect(other.err).toContain('names no request_id');
  });
});
