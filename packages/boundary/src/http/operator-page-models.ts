/** What the pages of operators show, judged at this moment for whoever looks. */
import {
  admitApproval,
  admitDeploy,
  admitRollback,
  admitStage,
  admitSuspend,
  type CurrentPacket,
  type GateRole,
  HOLDER_ROLES,
  judgeFacets,
  type JudgedGate,
  type Judgement,
  judgeRollout,
  type PathHistory,
  unsatisfiableGates,
} from '@craton/policy';
import { formatTime } from '@craton/protocol';
import type {
  GateModel,
  InboxEntry,
  OfferedAction,
  OperatorViewer,
  PathAction,
  RolloutPageModel,
  SiteModel,
  TimelineEntry,
} from '@craton/web';
import type { LoadedRollout } from '../rollout/read-rollout.ts';

/** Names of people by their `act_` ids; an erased person has none, and a key neither. */
export type Names = (actor: string) => string;

/** Who looks, at what time, and how they are known. */
export interface Looking {
  readonly site: SiteModel;
  readonly viewer: OperatorViewer;
  /** `act_` id. */
  readonly person: string;
  /** Whether they have just shown who they are. */
  readonly isSteppedUp: boolean;
  /** Whether their roles open what deploys. */
  readonly mayDeploy: boolean;
  readonly nameOf: Names;
}

/** The packet as it was pulled: what self-service serves now is asked again before anything is done. */
function pulledPacket({ rollout: { packet } }: LoadedRollout): NonNullable<CurrentPacket> {
  const { packet_digest, scope_digest, boundary_object_digest } = packet;
  return { packet_digest, scope_digest, boundary_object_digest, isWithdrawn: false };
}

type Admitted = ReturnType<typeof admitDeploy>;
const codesOf = (admission: Admitted): readonly string[] =>
  admission.admitted ? [] : admission.codes;

/** The actions of a rollout, and why this person cannot do one. */
export function offeredActions(
  loaded: LoadedRollout,
  judgement: Judgement,
  { person: actor, isSteppedUp, mayDeploy }: Looking,
): readonly OfferedAction[] {
  const { inputs, rollout } = loaded;
  const packet = pulledPacket(loaded);
  const isHolder = rollout.opened.role_holders.rollback_owner?.includes(actor) === true;
  const scope = mayDeploy ? [] : ['role_not_held'];
  const refusals: Readonly<Record<string, () => readonly string[]>> = {
    evaluate: () => [],
    test_channel: () => [],
    acknowledge: () => (isHolder ? [] : ['role_not_held']),
    stage: () => [...scope, ...codesOf(admitStage(inputs, { actor, packet }))],
    deploy: () => {
      const confirmedPathId = rollout.opened.path_id;
      return codesOf(admitDeploy(inputs, { actor, confirmedPathId, isSteppedUp, packet }));
    },
    rollback: () => [...scope, ...codesOf(admitRollback(inputs, actor))],
    suspend: () => [...scope, ...codesOf(admitSuspend(inputs, actor))],
  };
  // Whoever wonders why nothing can be deployed finds the reasons here.
  const isReviewed = rollout.phase === 'in_review';
  const names = isReviewed ? [...judgement.actions, 'deploy'] : judgement.actions;
  return [...new Set(names)].flatMap((action) => {
    const found = refusals[action];
    return found === undefined ? [] : [{ action, refusals: [...new Set(found())] }];
  });
}

function gateModel(
  loaded: LoadedRollout,
  judged: JudgedGate,
  { person: actor, nameOf }: Looking,
): GateModel {
  const { rollout, inputs } = loaded;
  const { role_holders: holders } = rollout.opened;
  const rules = inputs.policy.gates.find(({ id }) => id === judged.id);
  const roles = rules?.roles ?? [];
  const seen = pulledPacket(loaded);
  const own = roles.filter((role) => holders[role]?.includes(actor) === true);
  const isOpen = rollout.phase === 'in_review' && judged.state !== 'locked';
  const request = (role: GateRole) => ({ actor, gate: judged.id, role, seen, packet: seen });
  const authors = [rollout.packet.author, ...rollout.packet.author_people];
  const unsatisfiable = unsatisfiableGates(holders, authors, inputs.policy);
  return {
    judged: withNames(judged, nameOf),
    rule: rules?.rule ?? 'all',
    owners: roles.map((role) => ({ role, people: (holders[role] ?? []).map(nameOf) })),
    offered: isOpen
      ? own.map((role) => ({ role, refusals: codesOf(admitApproval(inputs, request(role))) }))
      : [],
    isUnsatisfiable: unsatisfiable.some(({ gate }) => gate === judged.id),
  };
}

function withNames(judged: JudgedGate, nameOf: Names): JudgedGate {
  const { counted, notCounted, missing } = judged.approvals;
  return {
    ...judged,
    approvals: {
      counted: counted.map((one) => ({ ...one, actor: nameOf(one.actor) })),
      notCounted: notCounted.map((one) => ({ ...one, actor: nameOf(one.actor) })),
      missing,
    },
  };
}

/** The page of one rollout, without what came of the last form. */
export function rolloutModel(loaded: LoadedRollout, looking: Looking): RolloutPageModel {
  const { rollout, inputs } = loaded;
  const { site, viewer, nameOf } = looking;
  const { opened, packet } = rollout;
  const judgement = judgeRollout(inputs);
  const { environment, partner_id, unit, gate_type, system_scope, path_id } = opened;
  const { approvalExpiresAtMs, executionExpiresAtMs } = judgement;
  return {
    ...{ site, viewer, rolloutId: rollout.rolloutId, state: judgement.state },
    at: formatTime(inputs.nowMs),
    scope: { environment, partner_id, unit, gate_type, system_scope, path_id },
    packet: {
      version: packet.version,
      packetDigest: packet.packet_digest,
      scopeDigest: packet.scope_digest,
      boundaryObjectDigest: packet.boundary_object_digest,
      requestedAt: packet.requested_at,
      author: nameOf(packet.author),
    },
    gates: judgement.gates.map((gate) => gateModel(loaded, gate, looking)),
    facets: judgeFacets(judgement),
    holders: HOLDER_ROLES.map((role) => ({
      role,
      people: (opened.role_holders[role] ?? []).map(nameOf),
    })),
    actions: offeredActions(loaded, judgement, looking),
    frozenBy: judgement.frozenBy,
    attention: rollout.attention,
    ...(approvalExpiresAtMs !== undefined && {
      approvalExpiresAt: formatTime(approvalExpiresAtMs),
    }),
    ...(executionExpiresAtMs !== undefined && {
      executionExpiresAt: formatTime(executionExpiresAtMs),
    }),
    timeline: timelineOf(loaded, nameOf),
  };
}

function timelineOf({ records }: LoadedRollout, nameOf: Names): readonly TimelineEntry[] {
  return records.map(({ seq, atMs, actor, kind, digest, body }) => ({
    ...{ seq, at: formatTime(atMs), who: nameOf(actor), kind, digest },
    bodyText: JSON.stringify(body, undefined, 2),
  }));
}

/** Actions that say that somebody is waited for. */
const OWN_TURN = ['stage', 'deploy', 'acknowledge'];

/** One rollout in the inbox. */
export function inboxEntry(loaded: LoadedRollout, looking: Looking): InboxEntry {
  const { rollout, inputs } = loaded;
  const judgement = judgeRollout(inputs);
  const { partner_id, path_id } = rollout.opened;
  const isReviewed = rollout.phase === 'in_review';
  const gate = isReviewed ? judgement.gates.find(({ state }) => state !== 'passed') : undefined;
  const offered = gate && gateModel(loaded, gate, looking).offered;
  const canApprove = offered?.some(({ refusals }) => refusals.length === 0) === true;
  const isAcknowledged = rollout.acknowledgements.some(
    ({ actor, body }) =>
      actor === looking.person && body.packet_digest === rollout.packet.packet_digest,
  );
  const actions = offeredActions(loaded, judgement, looking)
    .filter(({ action, refusals }) => OWN_TURN.includes(action) && refusals.length === 0)
    .map(({ action }) => action)
    .filter((action) => action !== 'acknowledge' || !isAcknowledged)
    .filter((action) => action !== 'stage' || rollout.staged === undefined);
  const expiresAtMs = isReviewed
    ? (judgement.executionExpiresAtMs ?? judgement.approvalExpiresAtMs)
    : undefined;
  return {
    rolloutId: rollout.rolloutId,
    path: `${partner_id}/${path_id}`,
    state: judgement.state,
    version: rollout.packet.version,
    changedAt: formatTime(rollout.last.atMs),
    ...(gate && { gate: gate.id }),
    reasons: [...new Set(gate?.blockedBy.map(({ code }) => code) ?? rollout.attention)],
    yours: [...(canApprove ? ['approve'] : []), ...actions],
    ...(expiresAtMs !== undefined && { expiresAt: formatTime(expiresAtMs) }),
  };
}

const DAY_MS = 86_400_000;

/** Each entry stands in the first group that fits it. */
export function groupEntries(entries: readonly InboxEntry[], nowMs: number) {
  const isExpiring = ({ state, expiresAt }: InboxEntry) =>
    state === 'expired' || (expiresAt !== undefined && Date.parse(expiresAt) - nowMs < DAY_MS);
  const groupOf = (entry: InboxEntry) => {
    if (entry.yours.length > 0) return 'yours';
    if (['attention', 'suspended'].includes(entry.state)) return 'attention';
    if (isExpiring(entry)) return 'expiring';
    return ['rejected', 'frozen', 'invalidated'].includes(entry.state) || isBlocked(entry)
      ? 'blocked'
      : 'others';
  };
  const inGroup = (name: string) => entries.filter((entry) => groupOf(entry) === name);
  return {
    yours: inGroup('yours'),
    blocked: inGroup('blocked'),
    expiring: inGroup('expiring'),
    attention: inGroup('attention'),
    others: inGroup('others'),
  };
}

/** Something beyond an approval is missing. */
function isBlocked({ state, reasons }: InboxEntry): boolean {
  const isReviewed = state === 'in_review' || state === 'review_requested';
  return isReviewed && reasons.some((code) => !code.startsWith('approval_'));
}

type RecordedDeployment = PathHistory['deployments'][number];

/** One deployment action, with when and by whom its record was written. */
export function pathAction(
  body: RecordedDeployment,
  at: string,
  who: string,
): PathAction & { readonly policyDigest?: string } {
  const { action, live, path_version: version, policy_digest: policyDigest } = body;
  return {
    ...{ at, who, action, isLive: live, rolloutId: body.rollout_id },
    recordDigest: body.record_digest,
    ...(version !== undefined && { version }),
    ...(policyDigest !== undefined && { policyDigest }),
  };
}
