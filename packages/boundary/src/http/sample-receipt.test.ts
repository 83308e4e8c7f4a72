/** The sample receipt: everybody reads it, anybody verifies it, and it is about nobody. */
import { SAMPLE_PARTNER, SAMPLE_RECEIPT_PATH, verifyPublished } from '@craton/policy';
import { utf8 } from '@craton/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness } from '../../test/harness.ts';
import { keepSampleReceipt } from '../commands/keep-sample-receipt.ts';

let boundary: Harness;
beforeEach(async () => {
  boundary = await Harness.open();
});
afterEach(async () => {
  await boundary.close();
});

const sample = () => boundary.inject({ method: 'GET', url: SAMPLE_RECEIPT_PATH });
const keySet = async () =>
  (await boundary.inject({ method: 'GET', url: '/protocol/v1/jwks.json' })).body;

describe('the sample receipt', () => {
  it('is not there before it was issued', async () => {
    expect((await sample()).statusCode).toBe(404);
  });

  it('verifies under the published keys, is a reject, and is of a partner of its own', async () => {
    await boundary.check(await boundary.makeKey());
    await boundary.keepSample();
    const { statusCode, headers, body } = await sample();
    expect([statusCode, headers['cache-control']]).toEqual([200, 'no-store']);
    const { payload } = await verifyPublished({ bundle: utf8(body), keySet: utf8(await keySet()) });
    expect(payload).toMatchObject({
      environment: ENVIRONMENT,
      verdict: 'reject',
      reasons: ['no_live_boundary'],
      boundary_snapshot: { path_id: 'unmatched', partner_id: SAMPLE_PARTNER },
    });
  });

  it('is issued once for each signing key, with an API key that nobody has', async () => {
    const { reader, admin, writer } = boundary.ledger;
    const streams = async () =>
      (await reader.listStreams({ environment: ENVIRONMENT, partnerId: SAMPLE_PARTNER })).map(
        ({ last_seq: seq }) => seq,
      );
    await boundary.keepSample();
    await boundary.keepSample();
    expect(await streams()).toEqual([1]);
    const next = { reader, admin, writer, environment: ENVIRONMENT, kid: 'of the next key' };
    await keepSampleReceipt({ ...next, nowMs: () => boundary.nowMs() });
    expect(await streams()).toEqual([2]);
    const keys = await admin.listApiKeyRecords();
    expect(
      keys.map(({ scopes, expiresAtMs }) => [scopes, expiresAtMs < Date.now() + 61_000]),
    ).toEqual([
      [['check'], true],
      [['check'], true],
    ]);
  });

  it('that cannot be issued says why', async () => {
    boundary.clockOffsetMs = 60_000;
    await boundary.check(await boundary.makeKey());
    await boundary.keepSample();
    const { reader, admin } = boundary.ledger;
    const writer = {
      check: () =>
        Promise.resolve({
          kind: 'unavailable',
          code: 'ERR_QUEUE_FULL',
          message: 'Later.',
          retryAfterS: 1,
        } as const),
    };
    const kept = keepSampleReceipt({
      ...{ reader, admin, writer },
      environment: ENVIRONMENT,
      kid: 'of the next key',
      nowMs: () => boundary.nowMs(),
    });
    await expect(kept).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' });
  });
});
