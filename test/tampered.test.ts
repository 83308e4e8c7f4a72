/**
 * Tampered, attacked and logged bundles: each names the line, the code and the exit code that a
 * verifier must give. They are the second verifier's, in Python, as well.
 */
import { readdirSync, readFileSync } from 'node:fs';
import {
  CratonError,
  parseTime,
  parseTrustPolicy,
  utf8,
  verifyBundle,
  type VerificationReport,
  type VerifyOptions,
} from '@craton/protocol';
import { recomputeVerdict } from '@craton/policy';
import { describe, expect, it } from 'vitest';

interface TamperedCase {
  readonly name: string;
  readonly about: string;
  readonly trust_policy: string;
  readonly checked_at: string;
  readonly bundle?: unknown;
  /** The bundle where it is no JSON that this language would write. */
  readonly bundle_text?: string;
  readonly options?: {
    readonly stream_key?: string;
    readonly action_digest?: string;
    readonly audience?: string;
    readonly known_obligations?: readonly string[];
    readonly require?: string;
  };
  readonly expected: {
    readonly bad_input?: true;
    readonly exit_code: number;
    readonly outcome?: string;
    readonly lines?: Readonly<Record<string, string>>;
  };
}

function optionsOf({ options = {}, checked_at }: TamperedCase): VerifyOptions {
  const { stream_key, action_digest, audience, known_obligations, require } = options;
  return {
    atMs: parseTime(checked_at),
    extraChecks: { verdict_recomputed: recomputeVerdict },
    ...(stream_key !== undefined && { streamKey: stream_key }),
    ...(action_digest !== undefined && { actionDigest: action_digest }),
    ...(audience !== undefined && { audience }),
    ...(known_obligations && { knownObligations: known_obligations }),
    ...(require !== undefined && { require }),
  };
}

async function verify(given: TamperedCase): Promise<VerificationReport | CratonError> {
  try {
    const trust = parseTrustPolicy(utf8(given.trust_policy));
    const text = given.bundle_text ?? JSON.stringify(given.bundle);
    return await verifyBundle(utf8(text), trust, optionsOf(given));
  } catch (error) {
    if (error instanceof CratonError) return error;
    throw error;
  }
}

describe.each(['tampered', 'logged'])('%s bundles', (folder) => {
  const url = new URL(`../spec/vectors/${folder}/`, import.meta.url);
  const cases = readdirSync(url)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(new URL(name, url), 'utf8')) as TamperedCase);

  it.each(cases.map((given) => [given.name, given] as const))('%s', async (_, given) => {
    const { bad_input, outcome, lines } = given.expected;
    const answer = await verify(given);
    if (bad_input === true) {
      expect(answer, given.about).toBeInstanceOf(CratonError);
      return;
    }
    if (answer instanceof CratonError) throw answer;
    const codes = Object.fromEntries(answer.checks.map(({ id, code }) => [id, code]));
    expect({ outcome: answer.outcome, lines: codes }, given.about).toEqual({ outcome, lines });
  });
});
