/** A rollout as operators read it: no text of the draft, and no name of a person but the act_ id. */
import {
  evidenceOf,
  judgeFacets,
  type JudgedApprovals,
  type JudgedCriterion,
  type JudgedGate,
  judgeRollout,
  unsatisfiableGates,
} from '@craton/policy';
import { formatTime } from '@craton/protocol';
import type { ShownRecord } from './csv.ts';
import type { LoadedRollout } from './read-rollout.ts';

/** Everything of one rollout at the moment at which it was loaded. */
export function describeRollout(loaded: LoadedRollout): object {
  const { rollout, inputs } = loaded;
  const judgement = judgeRollout(inputs);
  const { opened, packet } = rollout;
  const authors = [packet.author, ...packet.author_people];
  const { executionExpiresAtMs, approvalExpiresAtMs } = judgement;
  return {
    ...describeRolloutBriefly(loaded),
    at: formatTime(inputs.nowMs),
    packet,
    role_holders: opened.role_holders,
    gate_policy_digest: opened.gate_policy_digest,
    separation_of_duties: judgement.separationOfDuties,
    gates: judgement.gates.map(describeGate),
    facets: judgeFacets(judgement),
    unsatisfiable: unsatisfiableGates(opened.role_holders, authors, inputs.policy),
    actions: judgement.actions,
    frozen_by: judgement.frozenBy,
    attention: rollout.attention,
    ...(executionExpiresAtMs && { execution_expires_at: formatTime(executionExpiresAtMs) }),
    ...(approvalExpiresAtMs && { approval_expires_at: formatTime(approvalExpiresAtMs) }),
  };
}

/** For lists. */
export function describeRolloutBriefly({ rollout, inputs }: LoadedRollout): object {
  const { opened, packet, rolloutId, last } = rollout;
  const { environment, partner_id, unit, gate_type, system_scope, path_id } = opened;
  return {
    rollout_id: rolloutId,
    state: judgeRollout(inputs).state,
    ...{ environment, partner_id, unit, gate_type, system_scope, path_id },
    draft_id: opened.draft_id,
    organisation: opened.organisation,
    version: packet.version,
    packet_digest: packet.packet_digest,
    opened_at: formatTime(rollout.openedAtMs),
    changed_at: formatTime(last.atMs),
  };
}

function describeGate(gate: JudgedGate): object {
  const { id, state, criteria, approvals, blockedBy } = gate;
  return {
    id,
    state,
    criteria: criteria.map(describeCriterion),
    can_be_approved_once: evidenceOf(criteria).map((criterion) => criterion.id),
    approvals: describeApprovals(approvals),
    blocked_by: blockedBy,
  };
}

function describeCriterion(criterion: JudgedCriterion): object {
  const { id, kind, result, code, evidenceDigest, evaluatedAtMs, validUntilMs } = criterion;
  const { evaluator, detail, parts, waivedBy } = criterion;
  return {
    ...{ id, kind, result, code },
    ...(evidenceDigest !== undefined && { evidence_digest: evidenceDigest }),
    ...(evaluatedAtMs !== undefined && { evaluated_at: formatTime(evaluatedAtMs) }),
    ...(validUntilMs !== undefined && { valid_until: formatTime(validUntilMs) }),
    ...(evaluator !== undefined && { evaluator }),
    ...(detail !== undefined && { detail }),
    ...(parts !== undefined && { parts }),
    ...(waivedBy !== undefined && { waived_by: waivedBy }),
  };
}

function describeApprovals({ counted, notCounted, missing }: JudgedApprovals): object {
  return {
    counted: counted.map(({ role, actor, atMs }) => ({ role, actor, at: formatTime(atMs) })),
    not_counted: notCounted.map(({ role, actor, atMs, code }) => ({
      ...{ role, actor, code },
      at: formatTime(atMs),
    })),
    missing,
  };
}

/** The whole story, record by record. */
export function describeTimeline({ records }: LoadedRollout): readonly ShownRecord[] {
  return records.map(({ seq, atMs, actor, kind, body, digest }) => ({
    ...{ seq, at: formatTime(atMs), actor, kind, digest },
    body,
  }));
}
