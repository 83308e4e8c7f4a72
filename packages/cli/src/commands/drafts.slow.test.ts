/** The commands against a running self-service, from the first words to the withdrawal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePacket } from '@craton/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, startCraton } from '../../test/craton-process.ts';
import { craton, fakeContext, type FakeContext, jsonOf } from '../../test/fake-context.ts';
import { newFolder } from '../../test/temporary-folder.ts';

let started: Running;
let context: FakeContext;
beforeAll(async () => {
  const folder = newFolder();
  const data = join(folder, '.craton');
  started = startCraton(folder, ['start', '--json'], { PORT: '0', CRATON_DATA_DIR: data });
  await started.waitFor('craton.start.v1');
  context = fakeContext({ cwd: folder, env: { CRATON_DATA_DIR: data } });
});
afterAll(async () => {
  await started.end('SIGKILL');
});

const DRAFT = {
  schema: 'craton.draft.v1',
  title: 'Console limits',
  primary_path: {
    production_bound: true,
    partner_id: 'northstar_controls',
    unit: 'operations',
    gate_type: 'threshold_gate',
    system_scope: 'operations_console',
    decision_types: ['threshold_execution_request'],
  },
  authority: { context: 'The head of operations approves', source: 'approval_workflow' },
  policy: { preset: 'threshold' },
  expected_verdicts: [{ case: 'small', request: { decision_size_usd: 1 }, verdict: 'allow' }],
  none_planned: true,
};

function writeDraft(name: string, changes: object = {}): string {
  writeFileSync(join(context.cwd, name), JSON.stringify({ ...DRAFT, ...changes }));
  return name;
}

interface Answer {
  readonly draft_id: string;
  readonly revision: number;
  readonly state: string;
}

async function json(...args: string[]): Promise<Answer> {
  const ran = await craton(context, 'draft', ...args, '--json');
  expect([ran.code, ran.err]).toEqual([0, '']);
  return jsonOf(ran) as Answer;
}

describe('craton draft', () => {
  it('composes from words and from a preset, and keeps the draft in a new file', async () => {
    const words = await craton(
      context,
      'draft',
      'compose',
      '--description',
      'export customer records',
    );
    expect(words.code).toBe(0);
    expect(words.out).toContain('data_export');
    const kept = ['compose', '--preset', 'threshold', '--out', 'composed.json'];
    const composed = await craton(context, 'draft', ...kept);
    expect(composed.out).toContain('Missing: primary_path.partner_id');
    const draft = JSON.parse(readFileSync(join(context.cwd, 'composed.json'), 'utf8')) as object;
    expect(draft).toMatchObject({ policy: { preset: 'threshold' } });
    expect((await craton(context, 'draft', ...kept)).code).toBe(1);
    expect((await craton(context, 'draft', 'compose')).code).toBe(64);
  });

  it('previews in sentences, unsigned', async () => {
    const { code, out } = await craton(context, 'draft', 'preview', writeDraft('a.json'));
    expect(code).toBe(0);
    expect(out).toContain('Preview, unsigned; nothing is kept.');
    expect(out).toContain('agrees  small: expected allow, observed allow');
    expect(out).toMatch(/AMOUNT +SUBMITTED/);
    expect(out).toMatch(/G1\.1 {2}pass/);
    const gaps = writeDraft('gaps.json', { primary_path: { production_bound: true } });
    expect((await craton(context, 'draft', 'preview', gaps)).out).toContain('primary_path.unit');
    expect(await json('preview', 'a.json')).toMatchObject({ state: 'previewed' });
  });

  it('saves, requests review, exports, withdraws', async () => {
    const saved = await json('save', writeDraft('b.json'));
    expect(saved).toMatchObject({ state: 'saved', revision: 1, production_write: false });
    const id = saved.draft_id;
    const next = writeDraft('c.json', { title: 'Other limits' });
    const second = await json('save', next, '--draft', id, '--revision', '1');
    expect(second).toMatchObject({ version: 2, revision: 2 });
    const late = await craton(context, 'draft', 'save', 'b.json', '--draft', id, '--revision', '1');
    expect(late.code).toBe(1);
    expect(late.err).toContain('ERR_DRAFT_CONFLICT');
    expect(await json('request-review', id)).toMatchObject({ review_version: 2, revision: 3 });
    const list = await craton(context, 'draft', 'show');
    expect(list.out).toContain(id);
    expect(list.out).toContain('review_requested');
    const shown = await craton(context, 'draft', 'show', id, '--draft-version', '1');
    expect(shown.out).toMatch(/state +saved/);
    const html = ['draft', 'export', id, '--format', 'html', '--out', 'plan.html'];
    expect((await craton(context, ...html)).out).toBe('The plan is in plan.html.\n');
    expect(readFileSync(join(context.cwd, 'plan.html'), 'utf8')).toContain('Other limits');
    const exported = await craton(context, 'draft', 'export', id, '--draft-version', '1');
    expect(parsePacket(Buffer.from(exported.out)).packet.draft.title).toBe('Console limits');
    expect(await json('withdraw', id)).toMatchObject({ state: 'withdrawn', revision: 4 });
    const again = await craton(context, 'draft', 'withdraw', id);
    expect([again.code, again.err]).toEqual([64, expect.stringContaining('No version')]);
  });

  it('refuses a bad draft before anything is sent, and half a command line', async () => {
    const bad = writeDraft('bad.json', { unknown: 1 });
    const refused = await craton(context, 'draft', 'save', bad, '--url', 'http://127.0.0.1:1');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('unknown')]);
    expect((await craton(context, 'draft', 'save', 'b.json', '--draft', 'x')).code).toBe(64);
    expect((await craton(context, 'draft', 'show', 'x', '--draft-version', '0')).code).toBe(64);
    const missing = await craton(
      context,
      'draft',
      'show',
      'drf_00000000-0000-7000-8000-000000000000',
    );
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('ERR_NOT_FOUND')]);
  });

  it('shows the development key to no other server', async () => {
    const other = await craton(context, 'draft', 'show', '--url', 'http://127.0.0.1:1');
    expect([other.code, other.err]).toEqual([64, expect.stringContaining('no self-service key')]);
  });
});
