/** The golden cases of `spec/vectors`, typed as far as the tests here read them. */
import type { VerificationReport } from '../src/index.ts';
import { listJson, readJson, specVectors } from './files.ts';

export interface Variant {
  readonly trust_policy: string;
  readonly checked_at: string;
  readonly bundle?: Readonly<Record<string, unknown>>;
  readonly same_as?: string;
  readonly report: VerificationReport;
}

export interface GoldenCase {
  readonly name: string;
  readonly bundles: Readonly<Record<string, Variant>>;
}

export const goldenCases = listJson(new URL('golden/', specVectors)).map((file) =>
  readJson<GoldenCase>(file),
);

export function goldenCase(name: string): GoldenCase {
  const found = goldenCases.find((golden) => golden.name === name);
  if (found === undefined) throw new Error(`There is no golden case ${name}.`);
  return found;
}

/** Id, status, code and voucher; the wording for people is not part of a vector. */
export function essence(report: VerificationReport) {
  const { subject, required, outcome } = report;
  const checks = report.checks
    // This package has no rule engine; the line is tested where there is one.
    .filter(({ id }) => id !== 'verdict_recomputed')
    .map(({ id, status, code, vouched_by }) => ({ id, status, code, vouched_by }));
  return { subject, required, outcome, checks };
}
