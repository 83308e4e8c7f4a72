/** The closed sets of words that rollouts are told in (REQUIREMENTS section 5). */
import type { GateRole } from '../gates/gate-catalogue.ts';

export const GATE_IDS = ['G1', 'G2', 'G3', 'G4'] as const;
export type GateId = (typeof GATE_IDS)[number];

export const GATE_ROLES = [
  'platform_owner',
  'risk_owner',
  'security_owner',
  'craton_operator',
  'integration_engineer',
  'business_owner',
] as const satisfies readonly GateRole[];

/** The roles of the gates, and who answers for the way back. */
export const HOLDER_ROLES = [...GATE_ROLES, 'rollback_owner'] as const;
export type HolderRole = (typeof HOLDER_ROLES)[number];

/** The criteria that the seed names. None of them can be waived. */
export const SEED_CRITERIA = [
  ...['G1.1', 'G1.2', 'G1.3', 'G1.4'],
  ...['G2.1', 'G2.2', 'G2.3', 'G2.4'],
  ...['G3.1', 'G3.2', 'G3.3', 'G3.4'],
  ...['G4.1', 'G4.2', 'G4.3', 'G4.4'],
] as const;

/** Exit 3: staging behaves as the plan expects. It counts as a criterion of the third gate. */
export const STAGING_EXIT = 'G3.exit';
/** Exit 4: live, and verification is stable. It is known only after a deployment. */
export const LIVE_EXIT = 'G4.exit';

/** How a criterion stands. Only `pass`, and `waived` where that is possible, let a gate pass. */
export const CRITERION_OUTCOMES = [
  'pass',
  'fail',
  'inconclusive',
  'not_evaluated',
  'waived',
  'stale',
] as const;
export type CriterionOutcome = (typeof CRITERION_OUTCOMES)[number];

/** What an evaluator may find; the other outcomes come from the clock and from people. */
export const EVALUATED_OUTCOMES = ['pass', 'fail', 'inconclusive'] as const;
export type EvaluatedOutcome = (typeof EVALUATED_OUTCOMES)[number];

export const GATE_STATES = [
  'locked',
  'open',
  'blocked',
  'waiting_for_evidence',
  'waiting_for_approval',
  'passed',
  'rejected',
  'expired',
  'invalidated',
] as const;
export type GateState = (typeof GATE_STATES)[number];

export const ROLLOUT_STATES = [
  'draft',
  'review_requested',
  'in_review',
  'ready_to_deploy',
  'deployed',
  'superseded',
  'rolled_back',
  'suspended',
  'changes_requested',
  'withdrawn',
  'rejected',
  'expired',
  'frozen',
  'invalidated',
  'attention',
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** What a deployment record says was done. */
export const DEPLOYMENT_ACTIONS = ['deploy', 'rollback', 'suspend', 'break_glass'] as const;
export type DeploymentAction = (typeof DEPLOYMENT_ACTIONS)[number];

/** `act_` and what tells one person from another; who it is stands in the directory only. */
const ACTOR_ID = /^act_[A-Za-z0-9_-]{1,64}$/;
export const isActorId = (text: string): boolean => ACTOR_ID.test(text);

const ADDED_CRITERION = /^X\.[a-z][a-z0-9_]{0,63}$/;
/** A criterion that an installation adds: `X.` and a label. */
export const isAddedCriterion = (text: string): boolean => ADDED_CRITERION.test(text);
export const isSeedCriterion = (text: string): boolean =>
  SEED_CRITERIA.some((criterion) => criterion === text);
/** One of the sixteen, an exit, or an added one. */
export const isCriterionId = (text: string): boolean =>
  isSeedCriterion(text) || text === STAGING_EXIT || text === LIVE_EXIT || isAddedCriterion(text);
