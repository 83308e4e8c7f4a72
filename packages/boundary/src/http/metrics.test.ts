import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { BoundaryMetrics } from './metrics.ts';

const PAGE = new URL('../../../../docs/reference/metrics.md', import.meta.url);

let metrics: BoundaryMetrics;
let boundary: Harness;

const openWith = (hasOpenMetrics: boolean): Promise<Harness> =>
  Harness.open({
    ports: ({ writer }) => ({
      metrics,
      hasOpenMetrics,
      writer: metrics.watchVerdicts({
        ...boundRest(),
        check: (command) => writer.check(command),
        claim: (command) => writer.claim(command),
        confirm: (command) => writer.confirm(command),
      }),
    }),
  });

/** What routes never call. */
function boundRest() {
  return { commit: () => Promise.resolve([]), close: () => Promise.resolve() };
}

beforeEach(async () => {
  metrics = new BoundaryMetrics();
  boundary = await openWith(true);
});
afterEach(async () => {
  await boundary.close();
});

const lines = async () => (await boundary.get('/metrics')).body.split('\n');

describe('/metrics', () => {
  it('counts verdicts, refusals and the time of checks', async () => {
    const key = await boundary.makeKey();
    const sizes = [1, 2, 70_000_000].map((decision_size_usd) => ({ decision_size_usd }));
    for (const members of sizes) await boundary.check(key, members);
    for (let again = 0; again < 2; again++) {
      await boundary.check(key, {}, { 'idempotency-key': 'once' });
    }
    await boundary.check('none');
    await boundary.check(key, '{');
    await boundary.get('/nowhere');
    const text = await lines();
    expect(text).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^craton_verdicts_total\{verdict="allow"\} [1-9]/),
        expect.stringMatching(/^craton_verdicts_total\{verdict="(?:reject|constrain)"\} [1-9]/),
        'craton_refusals_total{code="ERR_UNAUTHENTICATED"} 1',
        'craton_refusals_total{code="ERR_JSON_SYNTAX"} 1',
        'craton_refusals_total{code="ERR_NOT_FOUND"} 1',
        // Refusals are quick and would make checks look quicker than they are.
        'craton_check_duration_seconds_count 5',
      ]),
    );
    const verdicts = text.filter((line) => line.startsWith('craton_verdicts_total{'));
    // Four were issued; the fifth answer was a replay.
    expect(verdicts.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0)).toBe(4);
  });

  it('shows the queue, the writer and its batches', async () => {
    const health = { state: 'issuing', queued: 7, inFlight: 5 } as const;
    metrics.watchLedger(() => health);
    metrics.onBatch({ commits: 12, tookMs: 4 });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'craton_queue_depth 7',
        'craton_entries_in_flight 5',
        'craton_ledger_issuing 1',
        'craton_commit_batch_size_sum 12',
        'craton_commit_duration_seconds_sum 0.004',
      ]),
    );
  });

  it('names no partner, reference, key or path', async () => {
    const key = await boundary.makeKey({ keyId: 'key_robin' });
    await boundary.check(key, { external_reference: 'robin-ref', case_id: 'robin-case' });
    await boundary.get('/v1/receipts/robin', key);
    const text = (await lines()).join('\n');
    expect(text).toContain('verdict="');
    for (const word of ['robin', 'northstar', 'sample-threshold', key]) {
      expect(text).not.toContain(word);
    }
  });

  it('asks for an operator’s key where it is not open', async () => {
    await boundary.close();
    boundary = await openWith(false);
    const operator = await boundary.makeKey({ kind: 'ops', scopes: ['read'] });
    const caller = await boundary.makeKey();
    expect((await boundary.get('/metrics')).statusCode).toBe(401);
    expect((await boundary.get('/metrics', caller)).statusCode).toBe(403);
    const answer = await boundary.get('/metrics', operator);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('has the metrics that its page lists, and no other', async () => {
    metrics.watchLedger(() => ({ state: 'issuing', queued: 0, inFlight: 0 }));
    metrics.watchLog(boundary.log.view, () => boundary.nowMs());
    const listed = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(craton_[a-z_]+)`/gm)];
    const served = (await lines()).flatMap((line) => /^# TYPE (craton_\S+)/.exec(line)?.[1] ?? []);
    expect(served.sort()).toEqual(listed.map((match) => match[1]).sort());
  });
});
