/** Whether a deployment may happen at this instant: seven facets, clocks, digests, people. */
import type { PacketSubjectDigests } from './fold-rollout.ts';
import { isMet, type JudgedCriterion, type JudgeInputs } from './judge-criteria.ts';
import { type Judgement, judgeRollout } from './judge-gates.ts';
import { type GateId, isAddedCriterion } from './terms.ts';

export const FACETS = [
  'owner',
  'environment',
  'security',
  'sla',
  'smoke_test',
  'rollback',
  'support',
] as const;
export type Facet = (typeof FACETS)[number];

interface FacetSource {
  readonly criteria: readonly string[];
  /** Of G4.3, which answers for two facets. */
  readonly part?: string;
  /** Gates whose approvals belong to it. */
  readonly approvedBy: readonly GateId[];
}

const SERVICE_CRITERION = 'G4.3';

/** From which criteria and approvals each facet comes: together all sixteen, and the exit of staging. */
export const FACET_SOURCES: Readonly<Record<Facet, FacetSource>> = {
  owner: { criteria: ['G1.1', 'G1.2', 'G1.3', 'G1.4', 'G4.1'], approvedBy: ['G1', 'G4'] },
  environment: { criteria: ['G2.1', 'G2.2', 'G2.3', 'G4.4'], approvedBy: [] },
  security: { criteria: ['G2.4', 'G3.2', 'G3.3'], approvedBy: ['G2'] },
  sla: { criteria: [SERVICE_CRITERION], part: 'sla', approvedBy: [] },
  smoke_test: { criteria: ['G3.1', 'G3.4', 'G3.exit'], approvedBy: ['G3'] },
  rollback: { criteria: ['G4.2'], approvedBy: [] },
  support: { criteria: [SERVICE_CRITERION], part: 'support', approvedBy: [] },
};

export interface JudgedFacet {
  readonly facet: Facet;
  readonly passed: boolean;
  /** Criteria that are not met, and roles that have not approved. */
  readonly lacking: readonly string[];
}

/** The seven facets of a judged rollout. */
export function judgeFacets({ gates }: Judgement): readonly JudgedFacet[] {
  const criteria = new Map(gates.flatMap((gate) => gate.criteria.map((one) => [one.id, one])));
  return FACETS.map((facet) => {
    const { criteria: ids, part, approvedBy } = FACET_SOURCES[facet];
    const unmet = ids.filter((id) => !isMetFor(criteria.get(id), part));
    const unapproved = gates
      .filter(({ id }) => approvedBy.includes(id))
      .flatMap(({ approvals }) => approvals.missing);
    const lacking = [...unmet, ...unapproved];
    return { facet, passed: lacking.length === 0, lacking };
  });
}

/** A criterion of several parts that failed is met for the facet whose part passed. */
function isMetFor(criterion: JudgedCriterion | undefined, part: string | undefined): boolean {
  if (criterion === undefined) return false;
  if (isMet(criterion) || part === undefined) return isMet(criterion);
  const isCurrent = criterion.result === 'fail' || criterion.result === 'inconclusive';
  const found = criterion.parts?.find(({ name }) => name === part);
  return isCurrent && found?.result === 'pass';
}

export type FacetCode = `${Facet}_not_passed`;

/** Why something that was asked for is not done. */
export type AdmissionCode =
  | FacetCode
  | 'added_criterion_not_met'
  | 'state_does_not_allow'
  | 'packet_unreadable'
  | 'packet_withdrawn'
  | 'packet_changed'
  | 'scope_changed'
  | 'boundary_object_changed'
  | 'frozen'
  | 'approval_expired'
  | 'execution_expired'
  | 'evidence_too_old'
  | 'path_not_confirmed'
  | 'step_up_missing'
  | 'role_not_held'
  | 'deployer_is_last_approver'
  | 'gate_not_open'
  | 'criteria_not_met'
  | 'role_not_of_gate'
  | 'author'
  | 'person_counted'
  | 'role_filled'
  | 'not_a_person'
  | 'first_gates_not_passed'
  | 'review_still_open'
  | 'expiry_out_of_bounds';

export type Admission =
  | { readonly admitted: true; readonly judgement: Judgement }
  | {
      readonly admitted: false;
      readonly judgement: Judgement;
      /** At least one; in no order that means anything. */
      readonly codes: readonly AdmissionCode[];
    };

/** The packet as self-service serves it now; undefined if it cannot be read. */
export type CurrentPacket = (PacketSubjectDigests & { readonly isWithdrawn: boolean }) | undefined;

export interface DeployRequest {
  readonly actor: string;
  /** Typed by the person, to the letter. */
  readonly confirmedPathId: string;
  /** Whether the person has just shown again who they are. */
  readonly isSteppedUp: boolean;
  readonly packet: CurrentPacket;
}

/**
 * Admits a deployment at `inputs.nowMs`. Whoever writes it calls this on the state under which it
 * writes: a rollout that was admitted a moment ago is not.
 */
export function admitDeploy(inputs: JudgeInputs, request: DeployRequest): Admission {
  const judgement = judgeRollout(inputs);
  const failing = judgeFacets(judgement).filter(({ passed }) => !passed);
  return admissionOf(judgement, [
    ...failing.map(({ facet }): AdmissionCode => `${facet}_not_passed`),
    ...unless(addedAreMet(judgement), 'added_criterion_not_met'),
    ...unless(isDeployable(inputs, judgement, failing.length > 0), 'state_does_not_allow'),
    ...packetCodes(inputs, request.packet),
    ...clockCodes(inputs, judgement),
    ...unless(isFresh(inputs, judgement), 'evidence_too_old'),
    ...unless(request.confirmedPathId === inputs.rollout.opened.path_id, 'path_not_confirmed'),
    ...unless(request.isSteppedUp, 'step_up_missing'),
    ...unless(holdsRole(inputs, request.actor, ['craton_operator']), 'role_not_held'),
    ...unless(isOtherThanApprover(inputs, judgement, request.actor), 'deployer_is_last_approver'),
  ]);
}

/** A list of one code, or none. */
export function unless(isFine: boolean, code: AdmissionCode): readonly AdmissionCode[] {
  return isFine ? [] : [code];
}

/** Admitted if there is no code. */
export function admissionOf(judgement: Judgement, codes: readonly AdmissionCode[]): Admission {
  if (codes.length === 0) return { admitted: true, judgement };
  return { admitted: false, judgement, codes: [...new Set(codes)] };
}

/** Whether a person holds one of the roles, as they were when review was requested. */
export function holdsRole(
  { rollout }: JudgeInputs,
  actor: string,
  roles: readonly (keyof JudgeInputs['rollout']['opened']['role_holders'])[],
): boolean {
  return roles.some((role) => rollout.opened.role_holders[role]?.includes(actor) === true);
}

/** What is under review must be what is served now, to the digest. */
export function packetCodes(
  { rollout: { packet } }: JudgeInputs,
  current: CurrentPacket,
): readonly AdmissionCode[] {
  if (current === undefined) return ['packet_unreadable'];
  return [
    ...unless(!current.isWithdrawn, 'packet_withdrawn'),
    ...unless(current.packet_digest === packet.packet_digest, 'packet_changed'),
    ...unless(current.scope_digest === packet.scope_digest, 'scope_changed'),
    ...unless(
      current.boundary_object_digest === packet.boundary_object_digest,
      'boundary_object_changed',
    ),
  ];
}

function addedAreMet({ gates }: Judgement): boolean {
  return gates.every(({ criteria }) =>
    criteria.every((one) => !isAddedCriterion(one.id) || isMet(one)),
  );
}

/** Frozen, expired and unfinished gates say so by codes of their own. */
function isDeployable(
  { rollout }: JudgeInputs,
  judgement: Judgement,
  isRefusedAnyway: boolean,
): boolean {
  const isPassed = judgement.gates.every(({ state }) => state === 'passed');
  const isToldElsewhere = isRefusedAnyway || !addedAreMet(judgement);
  return rollout.phase === 'in_review' && (isPassed || isToldElsewhere);
}

function clockCodes({ nowMs }: JudgeInputs, judgement: Judgement): readonly AdmissionCode[] {
  const { executionExpiresAtMs, frozenBy, gates } = judgement;
  const hasLapsed = gates.some(
    ({ approvals }) =>
      approvals.missing.length > 0 &&
      approvals.notCounted.some(({ code }) => code === 'approval_expired'),
  );
  const isLate = executionExpiresAtMs !== undefined && nowMs >= executionExpiresAtMs;
  return [
    ...unless(frozenBy.length === 0, 'frozen'),
    ...unless(!hasLapsed, 'approval_expired'),
    ...unless(!isLate, 'execution_expired'),
  ];
}

/** What people declare has lifetimes of its own; what is measured is measured again just before. */
const NOT_MEASURED_AGAIN: readonly string[] = ['G4.2'];

/** Criteria that must be evaluated within the last `evidence_age_s_max` seconds. */
export function measuredCriteria({ policy }: JudgeInputs): readonly string[] {
  return policy.criteria
    .filter(({ id, kind }) => kind !== 'declared' && !NOT_MEASURED_AGAIN.includes(id))
    .map(({ id }) => id);
}

function isFresh(inputs: JudgeInputs, { gates }: Judgement): boolean {
  const measured = measuredCriteria(inputs);
  const ageMsMax = inputs.policy.evidence_age_s_max * 1_000;
  return gates
    .flatMap(({ criteria }) => criteria)
    .filter(({ id, result }) => measured.includes(id) && result !== 'waived')
    .every(
      ({ evaluatedAtMs }) =>
        evaluatedAtMs !== undefined && inputs.nowMs - evaluatedAtMs <= ageMsMax,
    );
}

function isOtherThanApprover(
  { policy }: JudgeInputs,
  { lastApprover }: Judgement,
  actor: string,
): boolean {
  const isAsked = policy.deployer_is_not_last_approver && !policy.single_operator;
  return !isAsked || actor !== lastApprover;
}
