/** Whether a person may do what is asked for: approve, reject, stage, roll back, break glass. */
import type { GateRole } from '../gates/gate-catalogue.ts';
import {
  type Admission,
  type AdmissionCode,
  admissionOf,
  type CurrentPacket,
  holdsRole,
  packetCodes,
  unless,
} from './admit-deploy.ts';
import { personCode } from './judge-approvals.ts';
import { isMet, type JudgeInputs } from './judge-criteria.ts';
import {
  evidenceOf,
  isStageable,
  type JudgedGate,
  type Judgement,
  judgeRollout,
} from './judge-gates.ts';
import { type GateId, HOLDER_ROLES, type HolderRole } from './terms.ts';

export interface ApprovalRequest {
  readonly actor: string;
  readonly gate: GateId;
  readonly role: GateRole;
  /** What the person had before their eyes, and what self-service serves now. */
  readonly seen: CurrentPacket;
  readonly packet: CurrentPacket;
}

/** Admits an approval: the gate is reached, its evidence passes, the person can fill the role. */
export function admitApproval(inputs: JudgeInputs, request: ApprovalRequest): Admission {
  const judgement = judgeRollout(inputs);
  return admissionOf(judgement, [
    ...reviewCodes(inputs, request),
    ...gateCodes(judgement, request.gate),
    ...personCodes(inputs, judgement, request),
  ]);
}

/** Admits a rejection: by somebody who could approve, whatever the evidence says. */
export function admitRejection(inputs: JudgeInputs, request: ApprovalRequest): Admission {
  const judgement = judgeRollout(inputs);
  const codes = personCodes(inputs, judgement, request);
  return admissionOf(judgement, [
    ...reviewCodes(inputs, request),
    ...unless(gateOf(judgement, request.gate)?.state !== 'locked', 'gate_not_open'),
    ...codes.filter((code) => code !== 'role_filled' && code !== 'person_counted'),
  ]);
}

function reviewCodes(inputs: JudgeInputs, request: ApprovalRequest): readonly AdmissionCode[] {
  return [
    ...unless(inputs.rollout.phase === 'in_review', 'state_does_not_allow'),
    ...packetCodes(inputs, request.seen),
    ...packetCodes(inputs, request.packet),
  ];
}

function gateOf({ gates }: Judgement, id: GateId): JudgedGate | undefined {
  return gates.find((gate) => gate.id === id);
}

function gateCodes(judgement: Judgement, id: GateId): readonly AdmissionCode[] {
  const gate = gateOf(judgement, id);
  if (gate === undefined || gate.state === 'locked') return ['gate_not_open'];
  return unless(evidenceOf(gate.criteria).every(isMet), 'criteria_not_met');
}

function personCodes(
  { rollout, policy }: JudgeInputs,
  judgement: Judgement,
  { actor, role, gate: id }: ApprovalRequest,
): readonly AdmissionCode[] {
  const gate = policy.gates.find((one) => one.id === id);
  const counted = gateOf(judgement, id)?.approvals.counted ?? [];
  if (gate === undefined) return ['role_not_of_gate'];
  const code = personCode({ actor, role }, { gate, counted, rollout, policy });
  switch (code) {
    case undefined:
      return [];
    // These say something about an approval that was given, and never about a person.
    case 'withdrawn':
    case 'older_version':
    case 'approval_expired':
      return ['state_does_not_allow'];
    default:
      return [code];
  }
}

export interface OperatorRequest {
  readonly actor: string;
  readonly packet: CurrentPacket;
}

/** Admits staging: the first two gates have passed for exactly this packet. */
export function admitStage(inputs: JudgeInputs, { actor, packet }: OperatorRequest): Admission {
  const judgement = judgeRollout(inputs);
  return admissionOf(judgement, [
    ...unless(inputs.rollout.phase === 'in_review', 'state_does_not_allow'),
    ...unless(isStageable(judgement.gates), 'first_gates_not_passed'),
    ...packetCodes(inputs, packet),
    ...unless(holdsRole(inputs, actor, STAGERS), 'role_not_held'),
  ]);
}

const STAGERS: readonly HolderRole[] = ['craton_operator', 'integration_engineer'];
/** The way back must never wait for one person. */
const WAY_BACK_ROLES: readonly HolderRole[] = [
  'rollback_owner',
  'craton_operator',
  'platform_owner',
];

/** Admits going back to the version before: no gate, no freeze and no clock stands in the way. */
export function admitRollback(inputs: JudgeInputs, actor: string): Admission {
  return admitWayBack(inputs, actor, ['deployed', 'break_glass', 'suspended']);
}

/** Admits taking the path out of service. */
export function admitSuspend(inputs: JudgeInputs, actor: string): Admission {
  return admitWayBack(inputs, actor, ['deployed', 'break_glass']);
}

function admitWayBack(
  inputs: JudgeInputs,
  actor: string,
  phases: readonly JudgeInputs['rollout']['phase'][],
): Admission {
  return admissionOf(judgeRollout(inputs), [
    ...unless(phases.includes(inputs.rollout.phase), 'state_does_not_allow'),
    ...unless(holdsRole(inputs, actor, WAY_BACK_ROLES), 'role_not_held'),
  ]);
}

export interface BreakGlassRequest extends OperatorRequest {
  readonly confirmedPathId: string;
  readonly isSteppedUp: boolean;
  /** When the path is suspended by itself. Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Whether an earlier emergency deployment of this path waits for its review (`foldPath`). */
  readonly isReviewOpen: boolean;
}

/** Admits an emergency deployment past the gates: by name, for a time, once per review. */
export function admitBreakGlass(inputs: JudgeInputs, request: BreakGlassRequest): Admission {
  const { rollout, policy, nowMs } = inputs;
  const lastsMs = request.expiresAtMs - nowMs;
  const isBounded = lastsMs > 0 && lastsMs <= policy.break_glass.expires_s_max * 1_000;
  const roles = policy.break_glass.roles.filter(isHolderRole);
  return admissionOf(judgeRollout(inputs), [
    ...unless(rollout.phase === 'in_review', 'state_does_not_allow'),
    ...packetCodes(inputs, request.packet),
    ...unless(holdsRole(inputs, request.actor, roles), 'role_not_held'),
    ...unless(request.confirmedPathId === rollout.opened.path_id, 'path_not_confirmed'),
    ...unless(request.isSteppedUp, 'step_up_missing'),
    ...unless(isBounded, 'expiry_out_of_bounds'),
    ...unless(!request.isReviewOpen, 'review_still_open'),
  ]);
}

function isHolderRole(role: string): role is HolderRole {
  return HOLDER_ROLES.some((known) => known === role);
}
