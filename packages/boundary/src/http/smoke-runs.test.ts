/** Records of smoke tests: who may keep them, what is refused, and that they stay. */
import { composeSmokeRun, SMOKE_STEPS, type SmokeRun } from '@craton/policy';
import { formatTime } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness } from '../../test/harness.ts';

let boundary: Harness;
let token: string;
beforeEach(async () => {
  boundary = await Harness.open({ hasStaging: true });
  token = await boundary.makeKey({ kind: 'ops', keyId: 'key_ci', scopes: ['read', 'admin'] });
});
afterEach(async () => {
  await boundary.close();
});

const PATH = '/operator/api/smoke-runs';

function runOf(changes: Partial<SmokeRun> = {}): SmokeRun {
  return composeSmokeRun({
    target: 'boundary',
    environment: ENVIRONMENT,
    build: '0.1.0',
    started_at: formatTime(boundary.nowMs() - 1_000),
    ended_at: formatTime(boundary.nowMs()),
    steps: SMOKE_STEPS.boundary.map((id) => ({ id, status: 'passed', took_ms: 2 })),
    ...changes,
  });
}

const send = (run: object, key = token) =>
  boundary.inject({
    method: 'POST',
    url: PATH,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    payload: JSON.stringify(run),
  });

interface Listed {
  readonly smoke_runs: readonly { readonly record_id: number; readonly run: SmokeRun }[];
}
const list = async (query = '') => (await boundary.get(PATH + query, token)).json<Listed>();

describe('a smoke run', () => {
  it('is kept with its operator, and listed, the newest first', async () => {
    const first = runOf();
    const answer = await send(first);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      record_id: expect.any(Number) as number,
      recorded_at: expect.stringMatching(/Z$/) as string,
      actor: 'key_ci',
      run: first,
    });
    const second = runOf({ target: 'self_service', steps: [] });
    expect((await send(second)).statusCode).toBe(400);
    const failed = runOf({
      steps: SMOKE_STEPS.boundary.map((id) => ({ id, status: 'failed', took_ms: 2, code: 'x' })),
    });
    expect((await send(failed)).statusCode).toBe(200);
    expect((await list()).smoke_runs.map(({ run }) => run)).toEqual([failed, first]);
  });

  it('that is sent again is kept once', async () => {
    const run = runOf();
    const [one, other] = [await send(run), await send(run)];
    expect(other.json()).toEqual(one.json());
    expect((await list()).smoke_runs).toHaveLength(1);
  });

  it('of staging is kept beside those of the instance', async () => {
    expect((await send(runOf({ environment: 'staging' }))).statusCode).toBe(200);
    expect((await list()).smoke_runs).toEqual([]);
    expect((await list('?environment=staging')).smoke_runs).toHaveLength(1);
  });

  it.each([
    ['of an environment that is not served here', { environment: 'elsewhere' }, 'environment'],
    ['of tomorrow', { ended_at: '2099-01-01T00:00:00.000Z' }, 'ended_at'],
  ])('%s is refused by name', async (_what, changes, field) => {
    const answer = await send(runOf(changes));
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
      400,
      'ERR_REQUEST_FIELD',
    ]);
    expect(answer.json<{ detail: string }>().detail).toContain(field);
  });

  it('whose outcome was changed is refused', async () => {
    const failed = runOf({
      steps: SMOKE_STEPS.boundary.map((id) => ({ id, status: 'not_run', took_ms: 0 })),
    });
    expect((await send({ ...failed, outcome: 'passed' })).statusCode).toBe(400);
    expect((await list()).smoke_runs).toEqual([]);
  });

  it('is kept for operators who may administer alone', async () => {
    const reader = await boundary.makeKey({ kind: 'ops', keyId: 'key_look', scopes: ['read'] });
    expect((await send(runOf(), reader)).statusCode).toBe(403);
    expect((await send(runOf(), await boundary.makeKey())).statusCode).toBe(403);
    expect((await boundary.get(PATH, reader)).statusCode).toBe(200);
  });
});
