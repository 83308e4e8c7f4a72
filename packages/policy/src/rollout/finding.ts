/** What an evaluator found, composed into a result: with its evidence digest and its end. */
import { type Digest, formatTime, type Sha256, taggedDigest } from '@craton/protocol';
import type { GatePolicy } from './gate-policy.ts';
import type { CriterionResult } from './records.ts';
import type { EvaluatedOutcome } from './terms.ts';

export interface EvaluationContext {
  readonly policy: GatePolicy;
  /** When it was measured. Milliseconds since 1970. */
  readonly nowMs: number;
  readonly sha256?: Sha256;
}

export interface Finding {
  readonly id: string;
  readonly evaluator: CriterionResult['evaluator'];
  readonly result: EvaluatedOutcome;
  readonly code: string;
  readonly detail?: string;
  readonly parts?: NonNullable<CriterionResult['parts']>;
  /** Everything that the finding follows from; its canonical form is what is digested. */
  readonly evidence: unknown;
}

/** Digest of `craton.evidence.v1\n` and `{criterion, evidence}`: no evidence serves two criteria. */
export function evidenceDigest(criterion: string, evidence: unknown, sha256?: Sha256): Digest {
  return taggedDigest('craton.evidence.v1', { criterion, evidence }, sha256);
}

/** The result for a record; kind and lifetime are those of the policy. */
export function resultOf(finding: Finding, context: EvaluationContext): CriterionResult {
  const { id, evaluator, result, code, detail, parts, evidence } = finding;
  const { policy, nowMs, sha256 } = context;
  const criterion = policy.criteria.find((one) => one.id === id);
  const kind = criterion?.kind ?? 'measured';
  const endMs = nowMs + (criterion?.lifetime_s ?? policy.evidence_age_s_max) * 1_000;
  return {
    ...{ id, evaluator, result, code },
    kind: kind === 'measured_and_declared' ? 'measured' : kind,
    evidence_digest: evidenceDigest(id, evidence, sha256),
    evaluated_at: formatTime(nowMs),
    valid_until: formatTime(endMs),
    ...(detail !== undefined && { detail }),
    ...(parts !== undefined && { parts }),
  };
}

/** `fail` on the first wrong code, else `inconclusive` on the first open one, else `pass`. */
export function verdictOf(codes: {
  readonly wrong: readonly (string | false)[];
  readonly open: readonly (string | false)[];
}): Pick<Finding, 'result' | 'code'> {
  const wrong = codes.wrong.find((code) => code !== false);
  if (wrong !== undefined) return { result: 'fail', code: wrong };
  const open = codes.open.find((code) => code !== false);
  if (open !== undefined) return { result: 'inconclusive', code: open };
  return { result: 'pass', code: 'passed' };
}
