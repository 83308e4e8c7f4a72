import { recomputeVerdict } from '@craton/policy';
import { CratonError, encodeBase64, utf8 } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { fullBundle, goldenCases, loggedBundle } from '../../test/golden.ts';
import { check } from './check.ts';
import type { Gathered } from './gather.ts';

const SETTINGS = { atMs: 0, require: 'payload,signature,issuer', recompute: recomputeVerdict };

function ready(bundle: unknown, trustPolicy?: string): Extract<Gathered, { state: 'ready' }> {
  const bytes = utf8(JSON.stringify(bundle));
  return { state: 'ready', bundle: bytes, trustPolicy, usesKeysOfPage: false };
}

const full = fullBundle('constrain_raw_unicode');
const atMs = Date.parse(full.checked_at);

const ALL = goldenCases.flatMap(({ name, bundles: all }) =>
  Object.entries(all).map(
    ([form, one]) =>
      [`${name}, ${form}`, { ...one, bundle: one.bundle ?? all['full']?.bundle }] as const,
  ),
);

describe('the page’s check', () => {
  it.each(ALL)('says of %s what the specification says', async (_, golden) => {
    const gathered = ready(golden.bundle, golden.trust_policy);
    const settings = { ...SETTINGS, atMs: Date.parse(golden.checked_at) };
    const { report } = await check(gathered, settings);
    expect(report.checks.map(({ id, status, code }) => [id, status, code])).toEqual(
      golden.report.checks.map(({ id, status, code }) => [id, status, code]),
    );
    expect(report.outcome).toBe(golden.report.outcome);
  });

  it('shows payload and opening once signature and commitment hold', async () => {
    const { signed, steps } = await check(ready(full.bundle, full.trust_policy), {
      ...SETTINGS,
      atMs,
    });
    expect(signed?.payload).toMatchObject({ verdict: 'constrain' });
    expect(signed?.opening).toEqual(full.bundle['opening']);
    expect(steps).toHaveLength(6);
  });

  it('hides the payload where the signature fails, and still says how to see it fail', async () => {
    const receipt = { ...(full.bundle['receipt'] as Record<string, string>) };
    const payload = Buffer.from(receipt['payload_b64']!, 'base64').toString();
    const changed = payload.replace('dual_control_required', 'dual_control_forgotten');
    receipt['payload_b64'] = encodeBase64(utf8(changed));
    const checked = await check(ready({ ...full.bundle, receipt }, full.trust_policy), {
      ...SETTINGS,
      atMs,
    });
    expect(checked.report.outcome).toBe('failed');
    expect(checked.signed).toBeUndefined();
    expect(checked.steps.length).toBeGreaterThan(0);
  });

  it('hides an opening that does not fit the commitment', async () => {
    const opening = { ...(full.bundle['opening'] as object), request_hash: 'sha256:00' };
    const { signed, report } = await check(ready({ ...full.bundle, opening }), {
      ...SETTINGS,
      atMs,
    });
    expect(report.outcome).toBe('failed');
    expect(signed).toBeDefined();
    expect(signed?.opening).toBeUndefined();
  });

  it.each([
    ['last-of-70', { index: 69, size: 70 }],
    ['proof-hash-changed', undefined],
    ['log-not-in-policy', undefined],
  ])('says where %s stands in the log, if its proof holds', async (name, place) => {
    const { bundle, trust_policy, checked_at } = loggedBundle(name);
    const settings = { ...SETTINGS, atMs: Date.parse(checked_at) };
    expect((await check(ready(bundle, trust_policy), settings)).inclusion).toEqual(place);
  });

  it('says that there is no trust policy, and trusts nobody', async () => {
    const checked = await check(ready(full.bundle), { ...SETTINGS, atMs });
    expect(checked.hasTrustPolicy).toBe(false);
    expect(checked.report.outcome).toBe('insufficient');
    expect(checked.report.checks.find(({ id }) => id === 'issuer')?.status).toBe('not_checked');
  });

  it('has no commands where there are no bytes to check', async () => {
    const receipt = { ...(full.bundle['receipt'] as object), payload_b64: 'not base64' };
    const { steps } = await check(ready({ ...full.bundle, receipt }), { ...SETTINGS, atMs });
    expect(steps).toEqual([]);
  });

  it.each([
    ['a trust policy of another kind', ready(full.bundle, 'hello\n'), SETTINGS],
    ['an unknown line that is asked for', ready(full.bundle), { ...SETTINGS, require: 'luck' }],
    ['no bundle', ready({}), SETTINGS],
  ])('refuses %s', async (_, gathered, settings) => {
    await expect(check(gathered, settings)).rejects.toBeInstanceOf(CratonError);
  });
});
