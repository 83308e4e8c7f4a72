/** With real receipts of the published cases: what published material alone can show. */
import { readFileSync } from 'node:fs';
import { type Bundle, type JsonObject, utf8 } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { verifyPublished } from './verify-published.ts';

const GOLDEN = new URL('../../../../spec/vectors/golden/', import.meta.url);

function goldenBundle(name: string, form: 'full' | 'minimal'): Bundle {
  const file: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, GOLDEN), 'utf8'));
  return (file as { bundles: Record<string, { bundle: Bundle }> }).bundles[form]?.bundle as Bundle;
}

const full = goldenBundle('001-allow', 'full');
const minimal = goldenBundle('001-allow', 'minimal');
const bytesOf = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const verify = (bundle: unknown, keys: unknown = full.key_bundle) =>
  verifyPublished({ bundle: bytesOf(bundle), keySet: bytesOf(keys) });

function attested(changes: JsonObject): Bundle['attestation'] {
  const payload = JSON.parse(
    Buffer.from(full.attestation.payload_b64, 'base64').toString(),
  ) as JsonObject;
  const text = JSON.stringify(
    Object.fromEntries(
      Object.entries({ ...payload, ...changes }).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
  return { ...full.attestation, payload_b64: Buffer.from(text).toString('base64') };
}

describe('published keys', () => {
  it.each([
    ['full', full],
    ['minimal', minimal],
  ])('verify a %s bundle, whatever keys it brings itself', async (_form, bundle) => {
    const { payload } = await verify({ ...bundle, key_bundle: { keys: [] } });
    expect(payload).toMatchObject({ receipt_type: 'boundary_decision', verdict: 'allow' });
  });

  it.each<[what: string, bundle: unknown, keys: unknown]>([
    ['without the key', full, { keys: [] }],
    [
      'with another key under its name',
      full,
      { keys: full.key_bundle.keys.map((key) => ({ ...key, x: `${key.x.slice(0, -2)}AA` })) },
    ],
    [
      'for a signature of something else',
      { ...full, receipt: { ...full.receipt, signature: `${'A'.repeat(86)}==` } },
      full.key_bundle,
    ],
    [
      'for an opening of something else',
      {
        ...full,
        opening: { ...full.opening, request_id: 'req_00000000-0000-7000-8000-000000000000' },
      },
      full.key_bundle,
    ],
    ['without an attestation', { ...full, attestation: undefined }, full.key_bundle],
    [
      'under an attestation of another issuer',
      { ...full, attestation: attested({ issuer: 'other.example' }) },
      full.key_bundle,
    ],
    [
      'under an attestation that was over',
      { ...full, attestation: attested({ not_after: '2020-01-01T00:00:00.000Z' }) },
      full.key_bundle,
    ],
    [
      'under an attestation for another environment',
      { ...full, attestation: attested({ environments: ['elsewhere'] }) },
      full.key_bundle,
    ],
  ])('verify nothing %s', async (_what, bundle, keys) => {
    await expect(verify(bundle, keys)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(?:VERIFICATION|KEY_FORMAT|KEY_REFUSED)$/) as string,
    });
  });

  it('say what failed, and tell it from a runtime that cannot verify', async () => {
    await expect(verify(full, { keys: [] })).rejects.toMatchObject({ field: 'signature' });
    await expect(verify({ ...full, attestation: undefined })).rejects.toMatchObject({
      field: 'attestation',
    });
    const unable = verifyPublished(
      { bundle: bytesOf(full), keySet: bytesOf(full.key_bundle) },
      () => Promise.reject(new Error('no Ed25519 here')),
    );
    await expect(unable).rejects.toThrow();
  });
});
