/** How each criterion stands at a time: evidence ages, and what is inconclusive never passes. */
import { type Digest, formatTime, parseTime } from '@craton/protocol';
import type { CriterionKind } from '../gates/gate-catalogue.ts';
import type { ConfirmedWaiver } from './fold-governance.ts';
import type { Rollout } from './fold-rollout.ts';
import type { GatePolicy, PolicyCriterion } from './gate-policy.ts';
import type { CriterionResult } from './records.ts';
import type { CriterionOutcome, GateId } from './terms.ts';

/** What rollouts are judged from. Nothing here is read from a clock. */
export interface JudgeInputs {
  readonly rollout: Rollout;
  /** The policy in force when review was requested: its digest is in the rollout. */
  readonly policy: GatePolicy;
  /** Those of `activeWaivers` at `nowMs`. */
  readonly waivers: readonly ConfirmedWaiver[];
  /** Ids of the freeze windows that hold at `nowMs`: `activeFreezes`. */
  readonly frozenBy: readonly string[];
  readonly nowMs: number;
}

export interface JudgedCriterion {
  readonly id: string;
  readonly gate: GateId;
  readonly kind: CriterionKind;
  readonly result: CriterionOutcome;
  /** Why, as a label. */
  readonly code: string;
  readonly evidenceDigest?: Digest;
  readonly evaluatedAtMs?: number;
  /** From then on it is stale. */
  readonly validUntilMs?: number;
  readonly evaluator?: CriterionResult['evaluator'];
  readonly detail?: string;
  readonly parts?: CriterionResult['parts'];
  /** Proposal of the waiver by which it counts. */
  readonly waivedBy?: string;
}

/** Criteria that approvals of their gate answer, and nothing else does. */
export const APPROVED_CRITERIA: readonly string[] = ['G1.3', 'G4.1'];
/** Answered by the rollback owner and by a message that arrived. */
const WAY_BACK_CRITERION = 'G4.2';

/** Whether a criterion lets its gate pass. */
export function isMet({ result }: Pick<JudgedCriterion, 'result'>): boolean {
  return result === 'pass' || result === 'waived';
}

/** How a criterion stands, approvals aside: those of `APPROVED_CRITERIA` are not evaluated here. */
export function judgeCriterion(criterion: PolicyCriterion, inputs: JudgeInputs): JudgedCriterion {
  const judged = currentOf(criterion, inputs);
  if (isMet(judged) || !criterion.waivable) return judged;
  const waiver = inputs.waivers.find(({ body }) => body.criterion === criterion.id);
  if (waiver === undefined) return judged;
  return { ...judged, result: 'waived', code: 'waived', waivedBy: waiver.proposal };
}

function currentOf(criterion: PolicyCriterion, inputs: JudgeInputs): JudgedCriterion {
  const { id, gate, kind } = criterion;
  const outline = { id, gate, kind };
  if (id === WAY_BACK_CRITERION) return judgeWayBack(criterion, inputs);
  const found = APPROVED_CRITERIA.includes(id) ? undefined : inputs.rollout.results.get(id);
  if (found === undefined) return { ...outline, result: 'not_evaluated', code: 'not_evaluated' };
  const evaluatedAtMs = parseTime(found.evaluated_at);
  const endMs = evaluatedAtMs + criterion.lifetime_s * 1_000;
  const validUntilMs = Math.min(parseTime(found.valid_until), endMs);
  const evidence = {
    evidenceDigest: found.evidence_digest,
    ...{ evaluatedAtMs, validUntilMs, evaluator: found.evaluator },
    ...(found.detail !== undefined && { detail: found.detail }),
    ...(found.parts !== undefined && { parts: found.parts }),
  };
  return { ...outline, ...evidence, ...standing(found, { kind, validUntilMs }, inputs.nowMs) };
}

function standing(
  found: CriterionResult,
  { kind, validUntilMs }: { readonly kind: CriterionKind; readonly validUntilMs: number },
  nowMs: number,
): Pick<JudgedCriterion, 'result' | 'code'> {
  if (!isKnownAs(found.kind, kind)) {
    return { result: 'inconclusive', code: 'evidence_of_another_kind' };
  }
  if (parseTime(found.evaluated_at) > nowMs) {
    return { result: 'inconclusive', code: 'evidence_from_the_future' };
  }
  if (nowMs >= validUntilMs) return { result: 'stale', code: 'evidence_stale' };
  const failing = found.parts?.find(({ result }) => result !== 'pass');
  // A result cannot be better than its parts.
  if (found.result === 'pass' && failing) return { result: failing.result, code: failing.name };
  return { result: found.result, code: found.code };
}

/** What is declared never counts as measured. */
function isKnownAs(found: CriterionResult['kind'], asked: CriterionKind): boolean {
  return found === (asked === 'measured_and_declared' ? 'measured' : asked);
}

/** G4.2: the person acknowledged, for this packet, and a test message arrived. */
function judgeWayBack(
  criterion: PolicyCriterion,
  { rollout, nowMs }: JudgeInputs,
): JudgedCriterion {
  const { id, gate, kind, lifetime_s } = criterion;
  const outline = { id, gate, kind };
  const { packetSeq, packet } = rollout;
  const isOfPacket = ({ seq, body }: Rollout['acknowledgements'][number]): boolean =>
    seq > packetSeq && body.packet_digest === packet.packet_digest;
  const owners = rollout.opened.role_holders.rollback_owner ?? [];
  const acknowledged = rollout.acknowledgements.findLast(
    (given) =>
      given.body.subject === 'rollback_owner' && isOfPacket(given) && owners.includes(given.actor),
  );
  const test = rollout.channelTest;
  const isTested =
    test !== undefined && test.seq > packetSeq && test.body.packet_digest === packet.packet_digest;
  if (isTested && !test.body.delivered) return { ...outline, result: 'fail', code: test.body.code };
  if (acknowledged === undefined) {
    return { ...outline, result: 'not_evaluated', code: 'rollback_owner_not_acknowledged' };
  }
  if (!isTested) {
    return { ...outline, result: 'not_evaluated', code: 'incident_channel_not_tested' };
  }
  const evaluatedAtMs = Math.min(acknowledged.atMs, test.atMs);
  const validUntilMs = evaluatedAtMs + lifetime_s * 1_000;
  const evidence = { evidenceDigest: test.body.evidence_digest, evaluatedAtMs, validUntilMs };
  const isStale = nowMs >= validUntilMs;
  return {
    ...{ ...outline, ...evidence },
    ...(isStale ? { result: 'stale', code: 'evidence_stale' } : { result: 'pass', code: 'passed' }),
  };
}

/** One line about age, for logs and records. */
export function evaluatedAt({ evaluatedAtMs }: JudgedCriterion): string | undefined {
  return evaluatedAtMs === undefined ? undefined : formatTime(evaluatedAtMs);
}
