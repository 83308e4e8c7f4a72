/** The gate policy as data: what the gates of one installation ask for (spec/rollout.md). */
import {
  CratonError,
  type Digest,
  type JsonValue,
  Members,
  type Sha256,
  taggedDigest,
} from '@craton/protocol';
import { type CriterionKind, type GateRole, ROLLOUT_GATES } from '../gates/gate-catalogue.ts';
import {
  count,
  criterionId,
  flag,
  listOf,
  nested,
  only,
  type Reader,
  setOf,
  shape,
  word,
} from './record-shape.ts';
import { GATE_IDS, GATE_ROLES, isSeedCriterion, STAGING_EXIT } from './terms.ts';

export const GATE_POLICY_SCHEMA = 'craton.gate_policy.v1';

/** Evidence may be this old at a deployment, and a policy can only ask for less. Seconds. */
export const EVIDENCE_AGE_S_MAX = 60;
/** A waiver may last this long, and a policy can only ask for less. Seconds. */
export const WAIVER_S_MAX = 30 * 86_400;
const DAY_S = 86_400;

const KINDS = [
  'measured',
  'declared',
  'measured_and_declared',
  'structural',
] as const satisfies readonly CriterionKind[];

const isGateRole = (text: string): boolean => GATE_ROLES.some((known) => known === text);

const roleList: Reader<readonly GateRole[]> = (gate, name) =>
  gate.list(name).map((value) => {
    const found = GATE_ROLES.find((known) => known === value);
    if (found !== undefined) return found;
    throw gate.wrong(name, 'holds an entry that is no role of the gates');
  });

const readCriterion = shape({
  id: criterionId,
  gate: word(GATE_IDS),
  kind: word(KINDS),
  /** Seconds for which an evaluation holds. */
  lifetime_s: count(1),
  /** Only for criteria that the installation adds. */
  waivable: flag,
});

const readShape = shape({
  schema: only(GATE_POLICY_SCHEMA),
  version: count(1),
  gates: listOf(
    shape({
      id: word(GATE_IDS),
      rule: word(['any', 'all']),
      roles: roleList,
    }),
  ),
  criteria: listOf(readCriterion),
  clocks: nested(shape({ approval_expires_s: count(1), execution_expires_s: count(1) })),
  evidence_age_s_max: count(1),
  deployer_is_not_last_approver: flag,
  /** After a deployment: at least so many checks within so many seconds. */
  stability: nested(shape({ window_s: count(1), checks_min: count(1) })),
  /** One person may fill every role. Never in a production-like environment. */
  single_operator: flag,
  waiver_s_max: count(1),
  break_glass: nested(shape({ expires_s_max: count(1), roles: setOf(isGateRole) })),
  freeze_override_roles: setOf(isGateRole),
});

export type GatePolicy = ReturnType<typeof readShape>;
export type PolicyCriterion = GatePolicy['criteria'][number];
export type PolicyGate = GatePolicy['gates'][number];

/**
 * Reads a gate policy strictly. A policy can ask for more than the catalogue, never for less: its
 * gates have the catalogue's roles, every criterion of the seed is there with its kind and cannot
 * be waived.
 *
 * Throws `ERR_GATE_POLICY` naming the member.
 */
export function readGatePolicy(value: JsonValue | undefined): GatePolicy {
  const members = Members.of(value, '', 'ERR_GATE_POLICY');
  const policy = readShape(members);
  if (!sameGates(policy)) throw members.wrong('gates', 'must be those of the gate catalogue');
  checkCriteria(members, policy);
  const { evidence_age_s_max, waiver_s_max } = policy;
  if (evidence_age_s_max > EVIDENCE_AGE_S_MAX) {
    throw members.wrong('evidence_age_s_max', `must be at most ${EVIDENCE_AGE_S_MAX} seconds`);
  }
  if (waiver_s_max > WAIVER_S_MAX) {
    throw members.wrong('waiver_s_max', `must be at most ${WAIVER_S_MAX} seconds, 30 days`);
  }
  return policy;
}

/** Throws `ERR_GATE_POLICY` for what a policy may not say in this environment. */
export function assertPolicyFits(policy: GatePolicy, isProductionLike: boolean): void {
  if (!policy.single_operator || !isProductionLike) return;
  throw new CratonError(
    'ERR_GATE_POLICY',
    'single_operator must be false here: the environment is like production.',
    { field: 'single_operator' },
  );
}

/** Digest of `craton.gate_policy.v1\n` and the canonical policy: in every record of a rollout. */
export function gatePolicyDigest(policy: GatePolicy, sha256?: Sha256): Digest {
  return taggedDigest(GATE_POLICY_SCHEMA, policy, sha256);
}

function sameGates({ gates }: GatePolicy): boolean {
  return (
    gates.length === ROLLOUT_GATES.length &&
    ROLLOUT_GATES.every(({ id, owners }, index) => {
      const gate = gates[index];
      return gate?.id === id && gate.rule === owners.rule && sameList(gate.roles, owners.roles);
    })
  );
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

function checkCriteria(members: Members, { criteria }: GatePolicy): void {
  const ids = new Set(criteria.map(({ id }) => id));
  if (ids.size !== criteria.length) throw members.wrong('criteria', 'names one twice');
  for (const expected of SEED_POLICY_CRITERIA) {
    const found = criteria.find(({ id }) => id === expected.id);
    const fits = found?.gate === expected.gate && found.kind === expected.kind && !found.waivable;
    if (!fits) {
      throw members.wrong(
        'criteria',
        `must hold ${expected.id} as the catalogue has it; it cannot be waived`,
      );
    }
  }
  const isKnown = ({ id }: PolicyCriterion) => id === STAGING_EXIT || isSeedCriterion(id);
  const isStray = criteria.some((one) => !isKnown(one) && !one.id.startsWith('X.'));
  if (isStray) throw members.wrong('criteria', 'holds an exit that no gate can wait for');
}

/** Seconds for which an evaluation of each criterion holds while a rollout is under review. */
const LIFETIMES: Readonly<Record<string, number>> = {
  'G1.1': 30 * DAY_S,
  'G1.2': 30 * DAY_S,
  'G1.3': 30 * DAY_S,
  'G1.4': 30 * DAY_S,
  'G2.1': DAY_S,
  'G2.2': DAY_S,
  'G2.3': DAY_S,
  'G2.4': 7 * DAY_S,
  'G3.1': 30 * DAY_S,
  'G3.2': 30 * DAY_S,
  'G3.3': DAY_S,
  'G3.4': DAY_S,
  'G4.1': 30 * DAY_S,
  'G4.2': 30 * DAY_S,
  'G4.3': 30 * DAY_S,
  'G4.4': DAY_S,
  [STAGING_EXIT]: 30 * DAY_S,
};

const CATALOGUE_CRITERIA = ROLLOUT_GATES.flatMap((gate) =>
  gate.criteria.map(({ id, kind }) => ({ id, gate: gate.id, kind })),
);

/** The sixteen criteria and the exit of staging, as every policy has them. */
export const SEED_POLICY_CRITERIA: readonly PolicyCriterion[] = [
  ...CATALOGUE_CRITERIA,
  { id: STAGING_EXIT, gate: 'G3', kind: 'measured' } as const,
].map((criterion) => ({
  ...criterion,
  lifetime_s: LIFETIMES[criterion.id] ?? DAY_S,
  waivable: false,
}));

/** What holds where an installation says nothing else. */
export const DEFAULT_GATE_POLICY: GatePolicy = {
  schema: GATE_POLICY_SCHEMA,
  version: 1,
  gates: ROLLOUT_GATES.map(({ id, owners }) => ({ id, rule: owners.rule, roles: owners.roles })),
  criteria: SEED_POLICY_CRITERIA,
  clocks: { approval_expires_s: 14 * DAY_S, execution_expires_s: 3 * DAY_S },
  evidence_age_s_max: EVIDENCE_AGE_S_MAX,
  deployer_is_not_last_approver: true,
  stability: { window_s: 3_600, checks_min: 12 },
  single_operator: false,
  waiver_s_max: WAIVER_S_MAX,
  break_glass: { expires_s_max: 4 * 3_600, roles: ['craton_operator', 'platform_owner'] },
  freeze_override_roles: ['business_owner'],
};
