import { describe, expect, it } from 'vitest';
import { askReviewStatus } from './ask-review-status.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const STATUS = {
  packet_digest: DIGEST,
  state: 'in_review',
  gates: [{ id: 'G1', state: 'passed' }],
  changed_at: '2026-11-22T03:00:00.000Z',
};

/** Asks a production side that answers so. */
function ask(status: number, body: unknown) {
  const asked: string[] = [];
  const fetch = (url: string | URL | Request) => {
    asked.push(url instanceof Request ? url.url : url.toString());
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  };
  const answer = askReviewStatus({ boundaryUrl: 'https://boundary.example', fetch }, DIGEST);
  return { asked, answer };
}

describe('the status of a review', () => {
  it('is what the production side says of this packet', async () => {
    const { asked, answer } = ask(200, STATUS);
    expect(await answer).toEqual({
      status: 'known',
      state: 'in_review',
      gates: STATUS.gates,
      changed_at: STATUS.changed_at,
    });
    expect(asked).toEqual([
      `https://boundary.example/operator/api/review-status/${encodeURIComponent(DIGEST)}`,
    ]);
  });

  it.each([
    ['another packet', 200, { ...STATUS, packet_digest: `sha256:${'2'.repeat(64)}` }],
    ['a state that is no label', 200, { ...STATUS, state: '<b>' }],
    ['a gate that is none', 200, { ...STATUS, gates: [{ id: 'G5', state: 'passed' }] }],
    ['a list', 200, []],
    ['an error', 503, STATUS],
    ['too much', 200, { ...STATUS, more: 'x'.repeat(20_000) }],
  ])('is unknown for an answer with %s', async (_title, status, body) => {
    expect(await ask(status, body).answer).toEqual({ status: 'unreachable' });
  });

  it('says that nobody has pulled the packet yet, and that nobody can be asked', async () => {
    expect(await ask(404, {}).answer).toEqual({ status: 'not_pulled' });
    expect(await askReviewStatus({}, DIGEST)).toEqual({ status: 'unreachable' });
    const fetch = () => Promise.reject(new TypeError('no way'));
    const boundaryUrl = 'https://boundary.example';
    expect(await askReviewStatus({ boundaryUrl, fetch }, DIGEST)).toEqual({
      status: 'unreachable',
    });
  });
});
