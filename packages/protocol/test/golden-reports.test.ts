import { describe, expect, it } from 'vitest';
import { parseTime, parseTrustPolicy, utf8, verifyBundle } from '../src/index.ts';
import { essence, goldenCases } from './golden-cases.ts';

describe('golden cases verify as the independent issuer says', () => {
  for (const golden of goldenCases) {
    for (const [variant, given] of Object.entries(golden.bundles)) {
      it(`${golden.name}: ${variant}`, async () => {
        const bundle = given.bundle ?? golden.bundles[given.same_as ?? '']?.bundle;
        const trust = parseTrustPolicy(utf8(given.trust_policy));
        const atMs = parseTime(given.checked_at);
        const report = await verifyBundle(utf8(JSON.stringify(bundle)), trust, { atMs });
        expect(essence(report)).toEqual(essence(given.report));
      });
    }
  }
});
