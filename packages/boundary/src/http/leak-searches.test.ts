/** Records of leak searches: who may keep them, what is refused, and that they stay. */
import { composeLeakReport, type LeakReport } from '@craton/policy';
import { formatTime } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness } from '../../test/harness.ts';

let boundary: Harness;
let token: string;
beforeEach(async () => {
  boundary = await Harness.open();
  token = await boundary.makeKey({ kind: 'ops', keyId: 'key_ci', scopes: ['read', 'admin'] });
});
afterEach(async () => {
  await boundary.close();
});

const PATH = '/operator/api/leak-searches';

const reportOf = (changes: Partial<LeakReport> = {}): LeakReport =>
  composeLeakReport({
    ...{ environment: ENVIRONMENT, build: '0.1.0', planted: ['DATABASE_URL'], found: [] },
    started_at: formatTime(boundary.nowMs() - 1_000),
    ended_at: formatTime(boundary.nowMs()),
    ...{ searched: 800, searched_bytes: 1_000_000 },
    ...changes,
  });
const send = (report: object, key = token) =>
  boundary.inject({
    method: 'POST',
    url: PATH,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    payload: JSON.stringify(report),
  });
interface Listed {
  readonly leak_searches: readonly { readonly report: LeakReport }[];
}
const list = async () => (await boundary.get(PATH, token)).json<Listed>().leak_searches;

describe('a leak search', () => {
  it('is kept with its operator, once, and listed, the newest first', async () => {
    const [first, second] = [reportOf(), reportOf({ found: ['DATABASE_URL in GET / 200'] })];
    const answer = await send(first);
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        record_id: expect.any(Number) as number,
        recorded_at: expect.stringMatching(/Z$/) as string,
        actor: 'key_ci',
        report: first,
      },
    ]);
    expect((await send(first)).json()).toEqual(answer.json());
    expect((await send(second)).statusCode).toBe(200);
    expect((await list()).map(({ report }) => report)).toEqual([second, first]);
  });

  it.each([
    ['of an environment that is not served here', { environment: 'elsewhere' }, 'environment'],
    ['of tomorrow', { ended_at: '2099-01-01T00:00:00.000Z' }, 'ended_at'],
  ])('%s is refused by name', async (_what, changes, field) => {
    const answer = await send(reportOf(changes));
    expect([answer.statusCode, answer.json<{ field: string }>().field]).toEqual([400, field]);
    expect(await list()).toEqual([]);
  });

  it('is kept for operators with the scope admin only', async () => {
    const reader = await boundary.makeKey({ kind: 'ops', scopes: ['read'] });
    const partner = await boundary.makeKey();
    const sent = [await send(reportOf(), reader), await send(reportOf(), partner)];
    expect(sent.map(({ statusCode }) => statusCode)).toEqual([403, 403]);
  });
});
