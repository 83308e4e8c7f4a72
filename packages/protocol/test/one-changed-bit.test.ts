import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalBytes,
  canonicalize,
  CratonError,
  parseTime,
  parseTrustPolicy,
  utf8,
  verifyBundle,
} from '../src/index.ts';
import { essence, goldenCase } from './golden-cases.ts';

/** What a verifier says, as text; bad input is an answer too. */
async function answerFor(bytes: Uint8Array, name: string): Promise<string> {
  const { trust_policy, checked_at } = goldenCase(name).bundles['full']!;
  try {
    const trust = parseTrustPolicy(utf8(trust_policy));
    const report = await verifyBundle(bytes, trust, { atMs: parseTime(checked_at) });
    return canonicalize(essence(report));
  } catch (error) {
    if (error instanceof CratonError) return error.code;
    throw error;
  }
}

describe('any one changed bit is refused or reported (the signature covers a subset of fields)', () => {
  it.each(['constrain_raw_unicode', 'confirmation_executed', 'allow_two_roots'])(
    '%s',
    async (name) => {
      const bundle = canonicalBytes(goldenCase(name).bundles['full']!.bundle);
      const honest = await answerFor(bundle, name);
      expect(honest).toContain('"outcome":"reached"');
      await fc.assert(
        fc.asyncProperty(fc.nat(bundle.length * 8 - 1), async (bit) => {
          const changed = Uint8Array.from(bundle);
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          expect(await answerFor(changed, name), `bit ${bit}`).not.toBe(honest);
        }),
        { numRuns: 700 },
      );
    },
  );
});
