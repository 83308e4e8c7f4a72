/** The four gates at a time: what passed, what waits for whom, and what can be done next. */
import { CratonError, parseTime } from '@craton/protocol';
import { gatePolicyDigest, type PolicyGate } from './gate-policy.ts';
import { type JudgedApprovals, judgeApprovals } from './judge-approvals.ts';
import {
  APPROVED_CRITERIA,
  isMet,
  judgeCriterion,
  type JudgedCriterion,
  type JudgeInputs,
} from './judge-criteria.ts';
import { breakGlassEndMs, hasOpenReview } from './fold-rollout.ts';
import type { GateId, GateState, RolloutState } from './terms.ts';

export interface JudgedGate {
  readonly id: GateId;
  readonly state: GateState;
  readonly criteria: readonly JudgedCriterion[];
  readonly approvals: JudgedApprovals;
  /** Labels: criteria by code, approvals that miss. Empty if it passed. */
  readonly blockedBy: readonly GateBlock[];
}

export interface GateBlock {
  /** Id of a criterion, or a role that has not approved. */
  readonly subject: string;
  readonly code: string;
}

/** What can be done with a rollout; whether a person may is asked of the `admit` functions. */
export type RolloutAction =
  | 'evaluate'
  | 'approve'
  | 'reject'
  | 'request_changes'
  | 'acknowledge'
  | 'test_channel'
  | 'stage'
  | 'import_evidence'
  | 'override_freeze'
  | 'deploy'
  | 'break_glass'
  | 'check_stability'
  | 'rollback'
  | 'suspend'
  | 'review_break_glass';

export interface Judgement {
  readonly state: RolloutState;
  readonly gates: readonly JudgedGate[];
  readonly actions: readonly RolloutAction[];
  /** Absent until all gates have passed. */
  readonly executionExpiresAtMs?: number;
  /** When the first counted approval lapses; absent while none counts. */
  readonly approvalExpiresAtMs?: number;
  /** Windows that hold and were not overridden. */
  readonly frozenBy: readonly string[];
  /** Who approved last, over all gates. */
  readonly lastApprover?: string;
  /** Stamped into what is signed where one person may fill every role. */
  readonly separationOfDuties: 'enforced' | 'waived_single_operator';
}

/**
 * Judges a rollout at `nowMs`. Throws `ERR_GATE_POLICY` if the policy is not the one that was in
 * force when review was requested.
 */
export function judgeRollout(inputs: JudgeInputs): Judgement {
  const { rollout, policy } = inputs;
  if (gatePolicyDigest(policy) !== rollout.opened.gate_policy_digest) {
    throw new CratonError(
      'ERR_GATE_POLICY',
      'policy_digest differs: judge a rollout by the policy with which it was opened.',
      { field: 'policy_digest' },
    );
  }
  const gates = judgeGates(inputs);
  const clocks = clocksOf(gates, inputs);
  const frozenBy = inputs.frozenBy.filter((window) => !isOverridden(window, inputs));
  const state = stateOf({ ...inputs, frozenBy }, gates, clocks.executionExpiresAtMs);
  return {
    ...{ state, gates, frozenBy, ...clocks },
    actions: actionsOf(state, gates, inputs),
    separationOfDuties: policy.single_operator ? 'waived_single_operator' : 'enforced',
  };
}

function judgeGates(inputs: JudgeInputs): readonly JudgedGate[] {
  const gates: JudgedGate[] = [];
  for (const gate of inputs.policy.gates) {
    const isReached = gates.every(({ state }) => state === 'passed');
    gates.push(judgeGate(gate, isReached, inputs));
  }
  return gates;
}

function judgeGate(gate: PolicyGate, isReached: boolean, inputs: JudgeInputs): JudgedGate {
  const approvals = judgeApprovals(gate, inputs);
  const isApproved = approvals.missing.length === 0;
  const criteria = inputs.policy.criteria
    .filter((criterion) => criterion.gate === gate.id)
    .map((criterion) => judgeCriterion(criterion, inputs))
    .map((judged) => (isApproved ? approvedCriterion(judged, approvals) : judged));
  const state = gateState({ gate, criteria, approvals, isReached }, inputs);
  const open = state === 'passed' ? [] : blocksOf(gate, criteria, approvals);
  return { id: gate.id, state, criteria, approvals, blockedBy: open };
}

/** A criterion that people answer passes by their approvals. */
function approvedCriterion(judged: JudgedCriterion, { counted }: JudgedApprovals): JudgedCriterion {
  if (!APPROVED_CRITERIA.includes(judged.id)) return judged;
  const evaluatedAtMs = Math.max(...counted.map(({ atMs }) => atMs));
  return { ...judged, result: 'pass', code: 'approved', evaluatedAtMs };
}

/** The criteria that must be met before anybody can approve. */
export function evidenceOf(criteria: readonly JudgedCriterion[]): readonly JudgedCriterion[] {
  return criteria.filter(({ id }) => !APPROVED_CRITERIA.includes(id));
}

function gateState(
  { gate, criteria, approvals, isReached }: Standing,
  { rollout }: JudgeInputs,
): GateState {
  const { phase, rejection } = rollout;
  if (phase === 'rejected' && rejection?.body.gate === gate.id) return 'rejected';
  if (!isReached) return 'locked';
  if (phase === 'withdrawn' || phase === 'invalidated') return 'invalidated';
  const evidence = evidenceOf(criteria);
  const isUntouched = evidence.every(({ result }) => result === 'not_evaluated');
  const given = approvals.counted.length + approvals.notCounted.length;
  if (isUntouched && given === 0) return 'open';
  if (evidence.some(({ result }) => result === 'fail')) return 'blocked';
  if (!evidence.every(isMet)) return 'waiting_for_evidence';
  if (approvals.missing.length === 0) return 'passed';
  return approvalState(approvals);
}

interface Standing {
  readonly gate: PolicyGate;
  readonly criteria: readonly JudgedCriterion[];
  readonly approvals: JudgedApprovals;
  readonly isReached: boolean;
}

/** Approvals lapsed, or were given for an older version: the same people may look again. */
function approvalState({ counted, notCounted }: JudgedApprovals): GateState {
  if (notCounted.some(({ code }) => code === 'approval_expired')) return 'expired';
  const isVoided = notCounted.some(({ code }) => code === 'older_version');
  return isVoided && counted.length === 0 ? 'invalidated' : 'waiting_for_approval';
}

function blocksOf(
  { rule }: PolicyGate,
  criteria: readonly JudgedCriterion[],
  { missing }: JudgedApprovals,
): readonly GateBlock[] {
  const open = evidenceOf(criteria).filter((criterion) => !isMet(criterion));
  const code = rule === 'any' ? 'approval_of_one_missing' : 'approval_missing';
  return [
    ...open.map(({ id, code: why }) => ({ subject: id, code: why })),
    ...missing.map((role) => ({ subject: role, code })),
  ];
}

function clocksOf(
  gates: readonly JudgedGate[],
  { policy: { clocks } }: JudgeInputs,
): Pick<Judgement, 'executionExpiresAtMs' | 'approvalExpiresAtMs' | 'lastApprover'> {
  const counted = gates.flatMap(({ approvals }) => approvals.counted);
  if (counted.length === 0) return {};
  const newest = counted.reduce((one, other) => (other.atMs >= one.atMs ? other : one));
  const oldestMs = Math.min(...counted.map(({ atMs }) => atMs));
  const isPassed = gates.every(({ state }) => state === 'passed');
  return {
    lastApprover: newest.actor,
    approvalExpiresAtMs: oldestMs + clocks.approval_expires_s * 1_000,
    ...(isPassed && { executionExpiresAtMs: newest.atMs + clocks.execution_expires_s * 1_000 }),
  };
}

function isOverridden(window: string, { rollout, policy, nowMs }: JudgeInputs): boolean {
  return rollout.freezeOverrides.some(({ actor, body }) => {
    const isHolder = rollout.opened.role_holders[body.role]?.includes(actor) === true;
    const mayOverride = policy.freeze_override_roles.includes(body.role) && isHolder;
    return body.window === window && mayOverride && nowMs < parseTime(body.until);
  });
}

function stateOf(
  inputs: JudgeInputs,
  gates: readonly JudgedGate[],
  executionExpiresAtMs: number | undefined,
): RolloutState {
  const { rollout, nowMs } = inputs;
  const { phase } = rollout;
  switch (phase) {
    case 'in_review':
      return reviewState(inputs, gates, executionExpiresAtMs);
    case 'deployed':
      return needsAttention(inputs) ? 'attention' : 'deployed';
    case 'break_glass':
      return nowMs < (breakGlassEndMs(rollout) ?? 0) ? 'attention' : 'suspended';
    default:
      return phase;
  }
}

function needsAttention({ rollout }: JudgeInputs): boolean {
  const { attention, stability } = rollout;
  return attention.length > 0 || (stability !== undefined && stability.body.result === 'fail');
}

function reviewState(
  { rollout, frozenBy, nowMs }: JudgeInputs,
  gates: readonly JudgedGate[],
  executionExpiresAtMs: number | undefined,
): RolloutState {
  if (executionExpiresAtMs !== undefined) {
    if (nowMs >= executionExpiresAtMs) return 'expired';
    return frozenBy.length > 0 ? 'frozen' : 'ready_to_deploy';
  }
  if (gates.some(({ state }) => state === 'expired')) return 'expired';
  const isUntouched = rollout.results.size === 0 && rollout.approvals.length === 0;
  return isUntouched ? 'review_requested' : 'in_review';
}

const REVIEWING = [
  ...(['evaluate', 'reject', 'request_changes', 'acknowledge'] as const),
  ...(['test_channel', 'import_evidence'] as const),
] as const;
const LIVE = ['evaluate', 'check_stability', 'rollback', 'suspend'] as const;

function actionsOf(
  state: RolloutState,
  gates: readonly JudgedGate[],
  { rollout }: JudgeInputs,
): readonly RolloutAction[] {
  const review = hasOpenReview(rollout) ? (['review_break_glass'] as const) : [];
  switch (rollout.phase) {
    case 'in_review':
      return [
        ...REVIEWING,
        ...(isApprovable(gates) ? (['approve'] as const) : []),
        ...(isStageable(gates) ? (['stage'] as const) : []),
        ...(state === 'ready_to_deploy' ? (['deploy'] as const) : []),
        ...(state === 'frozen' ? (['override_freeze'] as const) : []),
        'break_glass',
      ];
    case 'deployed':
    case 'break_glass':
      return [...LIVE, ...review];
    case 'suspended':
      return ['rollback', ...review];
    default:
      return review;
  }
}

/** Whether some gate has its evidence and lacks approvals. */
function isApprovable(gates: readonly JudgedGate[]): boolean {
  return gates.some((gate) => canBeApproved(gate));
}

/** Whether a gate is reached, not rejected, has all its evidence, and lacks approvals. */
export function canBeApproved({ state, criteria, approvals }: JudgedGate): boolean {
  if (state === 'locked' || state === 'rejected' || approvals.missing.length === 0) return false;
  return evidenceOf(criteria).every(isMet);
}

/** Staging is open once the first two gates have passed. */
export function isStageable(gates: readonly JudgedGate[]): boolean {
  return gates.slice(0, 2).every(({ state }) => state === 'passed');
}
