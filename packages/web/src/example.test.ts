import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalize,
  commitmentId,
  parseTrustPolicy,
  utf8,
  verifyBundle,
  verifyEd25519,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  EXAMPLE_BUNDLE,
  EXAMPLE_KEY,
  EXAMPLE_OPENING,
  EXAMPLE_PAYLOAD,
  EXAMPLE_REQUEST,
  EXAMPLE_SIGNATURE,
  EXAMPLE_TRUST_POLICY,
  exampleDecision,
  examplePayloadText,
} from './example.ts';

const golden = join(import.meta.dirname, '../../../spec/vectors/golden/001-allow.json');

describe('the example on the pages', () => {
  it('is the first golden case', () => {
    const { input, expected, bundles } = JSON.parse(readFileSync(golden, 'utf8'));
    expect(EXAMPLE_REQUEST).toBe(input.body_text);
    expect(EXAMPLE_OPENING).toBe(expected.opening);
    expect(examplePayloadText()).toBe(expected.payload);
    expect(EXAMPLE_TRUST_POLICY).toBe(bundles.full.trust_policy);
    expect(canonicalize(JSON.parse(EXAMPLE_BUNDLE))).toBe(canonicalize(bundles.full.bundle));
  });

  it('is signed by the key that it names, and by no other bytes', async () => {
    await expect(verifyEd25519(EXAMPLE_KEY, EXAMPLE_PAYLOAD, EXAMPLE_SIGNATURE)).resolves.toBe(
      true,
    );
    const changed = EXAMPLE_PAYLOAD.with(10, 0x20);
    await expect(verifyEd25519(EXAMPLE_KEY, changed, EXAMPLE_SIGNATURE)).resolves.toBe(false);
  });

  it('commits to its opening', () => {
    expect(exampleDecision().commitment_id).toBe(commitmentId(JSON.parse(EXAMPLE_OPENING)));
  });

  it('verifies under its trust policy', async () => {
    const trust = parseTrustPolicy(utf8(EXAMPLE_TRUST_POLICY));
    const report = await verifyBundle(utf8(EXAMPLE_BUNDLE), trust, { atMs: 1_795_284_060_000 });
    expect(report.outcome).toBe('reached');
  });
});
