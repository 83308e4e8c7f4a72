import { afterEach, describe, expect, it } from 'vitest';
import { Harness } from '../test/harness.ts';
import { networkOf } from '@craton/service';
import { RATE_LIMITS_OFF, RateLimits, type RateLimitSettings } from './rate-limits.ts';

const clock = { ms: 0 };
let boundary: Harness | undefined;

afterEach(async () => {
  await boundary?.close();
  boundary = undefined;
});

async function openWith(settings: Partial<RateLimitSettings>): Promise<Harness> {
  const rateLimits = new RateLimits({ ...RATE_LIMITS_OFF, ...settings }, () => clock.ms);
  boundary = await Harness.open({ ports: () => ({ rateLimits }) });
  return boundary;
}

async function statuses(count: number, ask: () => Promise<{ statusCode: number }>) {
  const seen: number[] = [];
  for (let index = 0; index < count; index++) seen.push((await ask()).statusCode);
  return seen;
}

describe('rate limits', () => {
  it('answer 429 with Retry-After to a key that asks too often, and not to others', async () => {
    const harness = await openWith({ perKey: 1 });
    const [key, other] = [await harness.makeKey(), await harness.makeKey()];
    const ask = () => harness.get('/v1/streams', key);
    expect(await statuses(3, ask)).toEqual([200, 200, 429]);
    const refused = await harness.check(key);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.json()).toMatchObject({ code: 'ERR_RATE_LIMITED' });
    expect(harness.countRows()['receipts']).toBe(0);
    expect((await harness.get('/v1/streams', other)).statusCode).toBe(200);
    clock.ms += 1000;
    expect(await statuses(2, ask)).toEqual([200, 429]);
  });

  it('answer 429 to an address that asks too often, whatever it asks and says of itself', async () => {
    const harness = await openWith({ perAddress: 1 });
    const from = (remoteAddress: string, forwarded: string) => () =>
      harness.inject({
        url: '/healthz',
        remoteAddress,
        headers: { 'x-forwarded-for': forwarded, forwarded: `for=${forwarded}` },
      });
    expect(await statuses(2, from('192.0.2.1', '198.51.100.1'))).toEqual([200, 200]);
    expect(await statuses(1, from('192.0.2.1', '198.51.100.2'))).toEqual([429]);
    expect(await statuses(1, from('192.0.2.2', '198.51.100.2'))).toEqual([200]);
  });

  it('hold up whoever guesses keys, more tightly, and no good key from there', async () => {
    const harness = await openWith({ failedAuthentications: 3 });
    const key = await harness.makeKey();
    const guess = () => harness.get('/v1/streams', 'none');
    expect(await statuses(5, guess)).toEqual([401, 401, 401, 429, 429]);
    expect((await guess()).headers['retry-after']).toBe('20');
    expect((await harness.get('/v1/streams', key)).statusCode).toBe(200);
    // A key that is good for something else is no guess.
    expect((await harness.get('/operator/api/partners', key)).statusCode).toBe(403);
    clock.ms += 20_000;
    expect(await statuses(2, guess)).toEqual([401, 429]);
  });

  it('of 0 limit nothing', async () => {
    const harness = await openWith({});
    const key = await harness.makeKey();
    const ask = () => harness.get('/v1/streams', key);
    expect(new Set(await statuses(50, ask))).toEqual(new Set([200]));
    expect(new Set(await statuses(50, () => harness.get('/v1/streams')))).toEqual(new Set([401]));
  });
});

describe('whoever stands behind an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
