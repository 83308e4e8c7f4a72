/** What people say about a rollout: approve, reject, ask for changes, acknowledge. */
import {
  admitApproval,
  admitRejection,
  type Admission,
  type ApprovalRequest,
  type GateId,
  type GateRole,
  type JudgeInputs,
} from '@craton/policy';
import { CratonError } from '@craton/protocol';
import { appendTo } from './append-record.ts';
import { readCurrentPacket } from './current-packet.ts';
import type { RolloutPorts } from './ports.ts';
import { type LoadedRollout, loadRollout } from './read-rollout.ts';
import { reasonOf } from './reason.ts';
import { demandAdmitted, refusedFor } from './refuse.ts';

/** A person's word on a gate, bound to what they had before their eyes. */
export interface GateDecision {
  readonly rolloutId: string;
  /** `act_` id. */
  readonly person: string;
  readonly gate: GateId;
  readonly role: GateRole;
  /** The packet and the scope that the person saw. */
  readonly packetDigest: string;
  readonly scopeDigest: string;
  /** Required for a rejection. */
  readonly reason?: string;
}

type Admit = (inputs: JudgeInputs, request: ApprovalRequest) => Admission;

/**
 * Approves a gate in a role. Throws `ERR_NOT_FOUND`, `ERR_ROLLOUT_REFUSED` with every reason,
 * `ERR_RECORD_CONFLICT` if something came between.
 */
export async function approveGate(ports: RolloutPorts, decision: GateDecision): Promise<void> {
  const { loaded, body } = await admitted(ports, decision, admitApproval);
  const { person: actor, gate, role, reason } = decision;
  await appendTo(ports, loaded, {
    actor,
    kind: 'approved',
    body: { gate, role, ...body, ...(reason !== undefined && reasonOf(reason)) },
  });
}

/** Rejects the rollout at a gate; a reason must be given. Throws as `approveGate`. */
export async function rejectGate(ports: RolloutPorts, decision: GateDecision): Promise<void> {
  const { loaded, body } = await admitted(ports, decision, admitRejection);
  const { person: actor, gate, role } = decision;
  const reason = demandReason(decision.reason);
  await appendTo(ports, loaded, {
    actor,
    kind: 'rejected',
    body: { gate, role, ...body, ...reason },
  });
}

/** Sends the packet back to its author, with a reason. Throws as `approveGate`. */
export async function requestChanges(ports: RolloutPorts, decision: GateDecision): Promise<void> {
  const { loaded, body } = await admitted(ports, decision, admitRejection);
  const reason = demandReason(decision.reason);
  await appendTo(ports, loaded, {
    actor: decision.person,
    kind: 'changes_requested',
    body: { ...body, ...reason },
  });
}

/** Takes one's own approval back, with a reason. Throws as `approveGate`. */
export async function withdrawApproval(
  ports: RolloutPorts,
  decision: Pick<GateDecision, 'rolloutId' | 'person' | 'gate' | 'role' | 'reason'>,
): Promise<void> {
  const loaded = await loadRollout(ports, decision.rolloutId);
  const { person: actor, gate, role } = decision;
  const isGiven = loaded.rollout.approvals.some(
    (given) =>
      !given.isWithdrawn &&
      given.actor === actor &&
      given.body.gate === gate &&
      given.body.role === role,
  );
  if (!isGiven) throw refusedFor(['approval_not_given']);
  const reason = demandReason(decision.reason);
  await appendTo(ports, loaded, {
    actor,
    kind: 'approval_withdrawn',
    body: { gate, role, ...reason },
  });
}

async function admitted(
  ports: RolloutPorts,
  { rolloutId, person, gate, role, packetDigest, scopeDigest }: GateDecision,
  admit: Admit,
) {
  const loaded = await loadRollout(ports, rolloutId);
  const { current } = await readCurrentPacket(ports, loaded.rollout);
  await noteWithdrawal(ports, loaded, current?.isWithdrawn === true);
  const { packet_digest, scope_digest, boundary_object_digest } = loaded.rollout.packet;
  const seen = {
    packet_digest: packetDigest === packet_digest ? packet_digest : UNKNOWN_DIGEST,
    scope_digest: scopeDigest === scope_digest ? scope_digest : UNKNOWN_DIGEST,
    boundary_object_digest,
    isWithdrawn: false,
  };
  demandAdmitted(admit(loaded.inputs, { actor: person, gate, role, seen, packet: current }));
  return { loaded, body: { packet_digest, scope_digest, boundary_object_digest } };
}

/** Of nothing: what a person saw was not what is under review. */
const UNKNOWN_DIGEST = `sha256:${'0'.repeat(64)}` as const;

/** What the author took back is noted before anybody decides about it. */
async function noteWithdrawal(
  ports: RolloutPorts,
  loaded: LoadedRollout,
  isWithdrawn: boolean,
): Promise<void> {
  const { phase, packet } = loaded.rollout;
  if (!isWithdrawn || phase !== 'in_review') return;
  const { packet_digest } = packet;
  await appendTo(ports, loaded, { actor: 'system', kind: 'withdrawn', body: { packet_digest } });
  throw refusedFor(['packet_withdrawn']);
}

function demandReason(text: string | undefined) {
  if (text !== undefined && text.trim() !== '') return reasonOf(text);
  throw new CratonError('ERR_REQUEST_FIELD', 'reason is missing; say why.', { field: 'reason' });
}

export type Acknowledgement = 'rollback_owner' | 'business_owner' | 'incident_channel';

/**
 * A person confirms that they are who the plan names. Only who holds the role can, by a session or
 * token of their own. Throws `ERR_ROLLOUT_REFUSED`.
 */
export async function acknowledge(
  ports: RolloutPorts,
  asked: {
    readonly rolloutId: string;
    readonly person: string;
    readonly subject: Acknowledgement;
    readonly by: 'session' | 'link';
  },
): Promise<void> {
  const { rolloutId, person, subject, by } = asked;
  const loaded = await loadRollout(ports, rolloutId);
  const { opened, packet, phase } = loaded.rollout;
  const role = subject === 'incident_channel' ? 'rollback_owner' : subject;
  const isHolder = opened.role_holders[role]?.includes(person) === true;
  if (!isHolder) throw refusedFor(['role_not_held']);
  if (phase !== 'in_review' && phase !== 'deployed') throw refusedFor(['state_does_not_allow']);
  const { packet_digest } = packet;
  await appendTo(ports, loaded, {
    actor: person,
    kind: 'acknowledged',
    body: { subject, packet_digest, by },
  });
}
