/** Golden cases of the specification. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerificationReport } from '@craton/protocol';

const FOLDER = join(import.meta.dirname, '../../../spec/vectors/golden');

export interface GoldenBundle {
  readonly trust_policy: string;
  readonly checked_at: string;
  /** Absent: that of `full`, checked at another time. */
  readonly bundle?: Record<string, unknown>;
  readonly report: VerificationReport;
}

export interface GoldenCase {
  readonly name: string;
  readonly input: Record<string, unknown> & { readonly receipt_type: string };
  readonly expected: Record<string, unknown> & {
    readonly opening: string;
    readonly payload: string;
    readonly commitment_id: string;
    readonly receipt: Record<string, string>;
    readonly response?: Record<string, unknown>;
    readonly jwk: Record<string, unknown>;
    readonly attestations: Record<string, unknown>[];
  };
  readonly bundles: Readonly<Record<string, GoldenBundle>>;
}

/** All of them, in the order of their numbers. */
export const goldenCases: readonly GoldenCase[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as GoldenCase);

/** A full bundle with its trust policy, and when it was checked. */
export function fullBundle(name: string) {
  const { bundle, ...others } = goldenCase(name).bundles['full'] ?? {};
  if (bundle === undefined) throw new Error(`The golden case ${name} has no full bundle.`);
  return { ...(others as Omit<GoldenBundle, 'bundle'>), bundle };
}

export function goldenCase(name: string): GoldenCase {
  const found = goldenCases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no golden case ${name}.`);
  return found;
}

type LoggedBundle = Pick<GoldenBundle, 'trust_policy' | 'checked_at'> & {
  readonly bundle: Record<string, unknown>;
};

/** A bundle with a log proof, as `spec/vectors/logged` has it. */
export function loggedBundle(name: string): LoggedBundle {
  const text = readFileSync(join(FOLDER, '../logged', `${name}.json`), 'utf8');
  return JSON.parse(text) as LoggedBundle;
}
