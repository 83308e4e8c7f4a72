/** A rollout as the operator API tells it, read for showing. */
import {
  GATE_IDS,
  GATE_STATES,
  type GateState,
  ROLLOUT_STATES,
  type RolloutState,
  CRITERION_OUTCOMES,
  type CriterionOutcome,
} from '@craton/policy';
import { CratonError, isDigest, isTime, type JsonValue, Members } from '@craton/protocol';
import { notOurs } from '../server/server-client.ts';

export interface RolloutBrief {
  readonly rolloutId: string;
  readonly state: RolloutState;
  readonly partnerId: string;
  readonly pathId: string;
  readonly draftId: string;
  readonly version: number;
  readonly packetDigest: string;
  readonly changedAt: string;
}

export interface RolloutView extends RolloutBrief {
  readonly environment: string;
  readonly unit: string;
  readonly gateType: string;
  readonly systemScope: string;
  /** When the boundary judged it. */
  readonly at: string;
  readonly scopeDigest: string;
  readonly boundaryObjectDigest: string;
  readonly author: string;
  readonly separationOfDuties: string;
  readonly gates: readonly GateView[];
  readonly unsatisfiable: readonly UnsatisfiableView[];
  readonly actions: readonly string[];
  readonly frozenBy: readonly string[];
  readonly attention: readonly string[];
  readonly executionExpiresAt?: string;
  readonly approvalExpiresAt?: string;
}

export interface GateView {
  readonly id: (typeof GATE_IDS)[number];
  readonly state: GateState;
  readonly criteria: readonly CriterionView[];
  readonly counted: readonly ApprovalView[];
  readonly notCounted: readonly (ApprovalView & { readonly code: string })[];
  readonly missing: readonly string[];
  readonly blockedBy: readonly { readonly subject: string; readonly code: string }[];
}

export interface CriterionView {
  readonly id: string;
  readonly kind: string;
  readonly result: CriterionOutcome;
  readonly code: string;
  readonly evaluatedAt?: string;
  readonly detail?: string;
}

export interface ApprovalView {
  readonly role: string;
  readonly actor: string;
  readonly at: string;
}

export interface UnsatisfiableView {
  readonly gate: string;
  readonly roles: readonly string[];
  readonly code: string;
}

/** An expected verdict of the plan beside the one that staging gave. */
export interface StagingCaseView {
  readonly name: string;
  readonly expected: string;
  readonly observed?: string;
  readonly code: string;
}

/** Reads one rollout. Fails if it is not what a boundary answers. */
export function parseRollout(value: JsonValue | undefined): RolloutView {
  return understood(() => {
    const members = Members.of(value, 'rollout', 'ERR_FORMAT');
    const packet = members.members('packet');
    return {
      ...readBrief(members),
      environment: members.text('environment'),
      unit: members.text('unit'),
      gateType: members.text('gate_type'),
      systemScope: members.text('system_scope'),
      at: members.text('at', isTime),
      scopeDigest: packet.text('scope_digest', isDigest),
      boundaryObjectDigest: packet.text('boundary_object_digest', isDigest),
      author: packet.text('author'),
      separationOfDuties: members.text('separation_of_duties'),
      gates: members.membersList('gates').map(readGate),
      unsatisfiable: parseUnsatisfiable(members),
      actions: members.textList('actions'),
      frozenBy: members.textList('frozen_by'),
      attention: members.textList('attention'),
      ...readClocks(members),
    };
  });
}

/** Reads the list of rollouts. Fails as `parseRollout`. */
export function parseRollouts(value: JsonValue): readonly RolloutBrief[] {
  return understood(() =>
    Members.of(value, '', 'ERR_FORMAT').membersList('rollouts').map(readBrief),
  );
}

/** Reads the gates that nobody can bring to pass. */
export function parseUnsatisfiable(members: Members): readonly UnsatisfiableView[] {
  return members.membersList('unsatisfiable').map((gate) => ({
    gate: gate.text('gate'),
    roles: gate.textList('roles'),
    code: gate.text('code'),
  }));
}

/** Reads what an evaluation compared. Fails as `parseRollout`. */
export function parseCases(value: JsonValue): readonly StagingCaseView[] {
  return understood(() => Members.of(value, '', 'ERR_FORMAT').membersList('cases').map(readCase));
}

/** What was answered, or the failure of whoever is no boundary. */
export function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CratonError) throw notOurs(error.message.replace(/\.$/, ''));
    throw error;
  }
}

function readBrief(members: Members): RolloutBrief {
  return {
    rolloutId: members.text('rollout_id'),
    state: members.oneOf('state', ROLLOUT_STATES),
    partnerId: members.text('partner_id'),
    pathId: members.text('path_id'),
    draftId: members.text('draft_id'),
    version: members.integer('version', 1),
    packetDigest: members.text('packet_digest', isDigest),
    changedAt: members.text('changed_at', isTime),
  };
}

/** The clocks that run. */
function readClocks(
  members: Members,
): Pick<RolloutView, 'executionExpiresAt' | 'approvalExpiresAt'> {
  const executionExpiresAt = members.optionalText('execution_expires_at', isTime);
  const approvalExpiresAt = members.optionalText('approval_expires_at', isTime);
  return {
    ...(executionExpiresAt !== undefined && { executionExpiresAt }),
    ...(approvalExpiresAt !== undefined && { approvalExpiresAt }),
  };
}

function readCase(one: Members): StagingCaseView {
  const observed = one.optionalText('observed');
  return {
    name: one.text('case'),
    expected: one.text('expected'),
    ...(observed !== undefined && { observed }),
    code: one.text('code'),
  };
}

function readGate(gate: Members): GateView {
  const approvals = gate.members('approvals');
  return {
    id: gate.oneOf('id', GATE_IDS),
    state: gate.oneOf('state', GATE_STATES),
    criteria: gate.membersList('criteria').map(readCriterion),
    counted: approvals.membersList('counted').map(readApproval),
    notCounted: approvals
      .membersList('not_counted')
      .map((one) => ({ ...readApproval(one), code: one.text('code') })),
    missing: approvals.textList('missing'),
    blockedBy: gate
      .membersList('blocked_by')
      .map((block) => ({ subject: block.text('subject'), code: block.text('code') })),
  };
}

function readCriterion(criterion: Members): CriterionView {
  const evaluatedAt = criterion.optionalText('evaluated_at', isTime);
  const detail = criterion.optionalText('detail');
  return {
    id: criterion.text('id'),
    kind: criterion.text('kind'),
    result: criterion.oneOf('result', CRITERION_OUTCOMES),
    code: criterion.text('code'),
    ...(evaluatedAt !== undefined && { evaluatedAt }),
    ...(detail !== undefined && { detail }),
  };
}

function readApproval(approval: Members): ApprovalView {
  return {
    role: approval.text('role'),
    actor: approval.text('actor'),
    at: approval.text('at', isTime),
  };
}
