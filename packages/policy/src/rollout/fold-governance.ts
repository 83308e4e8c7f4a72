/** Who holds which role, which policy holds, what is frozen and waived: from two-person records. */
import { type Digest, parseTime } from '@craton/protocol';
import {
  assertPolicyFits,
  DEFAULT_GATE_POLICY,
  type GatePolicy,
  gatePolicyDigest,
} from './gate-policy.ts';
import type { GovernanceRecord } from './record-chain.ts';
import type { BodyOf, FreezeWindow, GovernanceKind, RoleHolders } from './records.ts';
import { isActorId } from './terms.ts';

/** A change that one person proposed and another has not confirmed or refused yet. */
export interface OpenProposal {
  readonly digest: string;
  readonly atMs: number;
  readonly proposer: string;
  readonly kind: ProposalKind;
}
export type ProposalKind = Extract<GovernanceKind, `${string}_proposed`>;
type ProposalRecord = GovernanceRecord & { readonly kind: ProposalKind };

/** A waiver in force or over; whether it holds is asked with `activeWaivers`. */
export interface ConfirmedWaiver {
  readonly proposal: string;
  readonly body: BodyOf<'governance', 'waiver_proposed'>;
  readonly proposer: string;
  readonly confirmer: string;
  readonly confirmedAtMs: number;
  readonly isRevoked: boolean;
}

/** Why a record of the chain changed nothing. */
export type GovernanceRefusal =
  | 'same_person'
  | 'not_a_person'
  | 'proposal_unknown'
  | 'policy_not_allowed_here'
  | 'policy_digest_differs';

export interface Governance {
  readonly policy: GatePolicy;
  /** Keyed by `<partner_id>/<path_id>`, and `` for those of every path. */
  readonly holders: ReadonlyMap<string, RoleHolders>;
  readonly freezeWindows: readonly FreezeWindow[];
  readonly waivers: readonly ConfirmedWaiver[];
  readonly open: readonly OpenProposal[];
  readonly refused: readonly { readonly seq: number; readonly code: GovernanceRefusal }[];
}

export interface GovernanceContext {
  readonly isProductionLike: boolean;
}

/** The installation as it starts: the default policy, and nobody holds anything. */
export const NO_GOVERNANCE: Governance = {
  policy: DEFAULT_GATE_POLICY,
  holders: new Map(),
  freezeWindows: [],
  waivers: [],
  open: [],
  refused: [],
};

/**
 * Folds a chain `governance:<environment>`. Total: a confirmation by the proposer, by nobody, or of
 * nothing is listed in `refused` and changes nothing. Outside production-like environments a policy
 * with `single_operator` lets one person confirm their own proposals, and what acts by itself at
 * the start (`start`) may set up the first holders.
 */
export function foldGovernance(
  records: readonly GovernanceRecord[],
  context: GovernanceContext,
): Governance {
  const proposals = new Map<string, ProposalRecord>();
  return records.reduce<Governance>((governance, record) => {
    if (isProposal(record)) {
      proposals.set(record.digest, record);
      const { digest, atMs, actor, kind } = record;
      const opened = { digest, atMs, kind, proposer: actor };
      return { ...governance, open: [...governance.open, opened] };
    }
    return applyRecord({ governance, record, proposals, context });
  }, NO_GOVERNANCE);
}

interface Step {
  readonly governance: Governance;
  readonly record: Exclude<GovernanceRecord, ProposalRecord>;
  readonly proposals: ReadonlyMap<string, ProposalRecord>;
  readonly context: GovernanceContext;
}

function isProposal(record: GovernanceRecord): record is ProposalRecord {
  return record.kind.endsWith('_proposed');
}

function applyRecord(step: Step): Governance {
  const { governance, record } = step;
  switch (record.kind) {
    case 'freeze_window_set':
      return {
        ...governance,
        freezeWindows: [...others(record.body.window.id), record.body.window],
      };
    case 'freeze_window_removed':
      return { ...governance, freezeWindows: others(record.body.id) };
    case 'waiver_revoked':
      return { ...governance, waivers: revoked(governance, record.body.proposal) };
    case 'proposal_refused':
      return { ...governance, open: without(governance, record.body.proposal) };
    case 'role_holders_confirmed':
    case 'gate_policy_confirmed':
    case 'waiver_confirmed':
      return confirm(step, record.body.proposal, record.kind);
  }
  function others(id: string): readonly FreezeWindow[] {
    return governance.freezeWindows.filter((window) => window.id !== id);
  }
}

function confirm(step: Step, proposed: Digest, kind: GovernanceKind): Governance {
  const { governance, record, proposals, context } = step;
  const refuse = (code: GovernanceRefusal): Governance => ({
    ...governance,
    refused: [...governance.refused, { seq: record.seq, code }],
  });
  const proposal = proposals.get(proposed);
  const isOpen = governance.open.some(({ digest }) => digest === proposed);
  if (proposal === undefined || !isOpen) return refuse('proposal_unknown');
  if (proposal.kind.replace('_proposed', '_confirmed') !== kind) return refuse('proposal_unknown');
  const code = refusalOfPeople(governance, [proposal.actor, record.actor], context);
  if (code !== undefined) return refuse(code);
  const confirmed = { ...governance, open: without(governance, proposed) };
  return takeUp(confirmed, proposal, { step, refuse });
}

function takeUp(
  governance: Governance,
  proposal: ProposalRecord,
  { step, refuse }: { step: Step; refuse: (code: GovernanceRefusal) => Governance },
): Governance {
  switch (proposal.kind) {
    case 'role_holders_proposed': {
      const { partner_id, path_id, role_holders } = proposal.body;
      const key = scopeKey(partner_id, path_id);
      return { ...governance, holders: new Map([...governance.holders, [key, role_holders]]) };
    }
    case 'gate_policy_proposed': {
      const { policy, policy_digest } = proposal.body;
      if (gatePolicyDigest(policy) !== policy_digest) return refuse('policy_digest_differs');
      if (!isAllowed(policy, step.context)) return refuse('policy_not_allowed_here');
      return { ...governance, policy };
    }
    case 'waiver_proposed': {
      const { body, actor, digest } = proposal;
      const { actor: confirmer, atMs: confirmedAtMs } = step.record;
      const people = { proposer: actor, confirmer, confirmedAtMs };
      const waiver = { proposal: digest, body, ...people, isRevoked: false };
      return { ...governance, waivers: [...governance.waivers, waiver] };
    }
  }
}

function isAllowed(policy: GatePolicy, { isProductionLike }: GovernanceContext): boolean {
  try {
    assertPolicyFits(policy, isProductionLike);
    return true;
  } catch {
    return false;
  }
}

function refusalOfPeople(
  { policy }: Governance,
  [proposer, confirmer]: readonly [string, string],
  { isProductionLike }: GovernanceContext,
): GovernanceRefusal | undefined {
  const isStart = !isProductionLike && proposer === 'start' && confirmer === 'start';
  if (isStart) return undefined;
  if (!isActorId(proposer) || !isActorId(confirmer)) return 'not_a_person';
  const isAlone = policy.single_operator && !isProductionLike;
  return proposer === confirmer && !isAlone ? 'same_person' : undefined;
}

function without({ open }: Governance, proposal: string): readonly OpenProposal[] {
  return open.filter(({ digest }) => digest !== proposal);
}

function revoked({ waivers }: Governance, proposal: string): readonly ConfirmedWaiver[] {
  return waivers.map((waiver) =>
    waiver.proposal === proposal ? { ...waiver, isRevoked: true } : waiver,
  );
}

function scopeKey(partnerId: string | undefined, pathId: string | undefined): string {
  return partnerId === undefined || pathId === undefined ? '' : `${partnerId}/${pathId}`;
}

/** The holders for a path: its own for the roles that it names, else those of every path. */
export function holdersFor(
  { holders }: Governance,
  partnerId: string,
  pathId: string,
): RoleHolders {
  return { ...holders.get(''), ...holders.get(scopeKey(partnerId, pathId)) };
}

/** The waivers that hold for a rollout at a time, for criteria that can be waived. */
export function activeWaivers(
  { waivers, policy }: Governance,
  rolloutId: string,
  nowMs: number,
): readonly ConfirmedWaiver[] {
  return waivers.filter(({ body, isRevoked, confirmedAtMs }) => {
    const endMs = Math.min(parseTime(body.expires_at), confirmedAtMs + policy.waiver_s_max * 1_000);
    const isWaivable = policy.criteria.some(
      ({ id, waivable }) => id === body.criterion && waivable,
    );
    return body.rollout_id === rolloutId && !isRevoked && isWaivable && nowMs < endMs;
  });
}
