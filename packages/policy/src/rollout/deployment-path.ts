/** The built-in path by which deployments are decided: a path document like any other. */
import type { JsonObject } from '@craton/protocol';
import { CEL_PROFILE, PATH_SCHEMA, type PathDocument, type Rule } from '../path-document.ts';
import {
  type AdmissionCode,
  type Facet,
  type FacetCode,
  FACETS,
  type JudgedFacet,
  judgeFacets,
} from './admit-deploy.ts';
import type { Judgement } from './judge-gates.ts';
import { DEPLOYMENT_ACTIONS, type DeploymentAction } from './terms.ts';
import { isMet } from './judge-criteria.ts';

/** Whose stream the decisions about deployments are in. */
export const OPERATIONS_PARTNER = 'craton_operations';
export const DEPLOYMENT_PATH_ID = 'deployment-approval';
export const DEPLOYMENT_GATE_TYPE = 'deployment_approval_gate';
export const DEPLOYMENT_SCOPE = 'boundary_paths';
export const DEPLOYMENT_DECISION_TYPE = 'deployment_approval_request';
/** The source of the authority that a deployment cites: the approvals of the gates. */
export const DEPLOYMENT_SOURCE = 'rollout_gates';

const GATES = 4;
/** One for gates 1 and 3, two for gates 2 and 4. */
const APPROVALS_MIN = 6;
const IS_DEPLOY = "facts.action == 'deploy'";
const FULFILLED = [
  ...[IS_DEPLOY, `facts.gates_passed == ${GATES}`, 'facts.criteria_failed == 0'],
  ...['facts.refusals == 0', '!facts.break_glass'],
  ...FACETS.map((facet) => `facts.${facet}`),
].join(' && ');

function rejects(id: string, when: string, reason: string): Rule {
  return { id, when, verdict: 'reject', reason };
}

function allows(id: string, when: string, reason: string): Rule {
  return { id, when, verdict: 'allow', reason };
}

function facetRule(facet: Facet): Rule {
  const reason: FacetCode = `${facet}_not_passed`;
  return rejects(facet.replace('_', '-'), `${IS_DEPLOY} && !facts.${facet}`, reason);
}

const ACTION_LIST = DEPLOYMENT_ACTIONS.map((action) => `'${action}'`).join(', ');

const RULES: readonly Rule[] = [
  rejects('unknown-action', `!(facts.action in [${ACTION_LIST}])`, 'action_unknown'),
  allows(
    'all-passed',
    `${FULFILLED} && !facts.single_operator && facts.approvals >= ${APPROVALS_MIN}`,
    'all_facets_passed',
  ),
  allows(
    'all-passed-by-one',
    `${FULFILLED} && facts.single_operator`,
    'all_facets_passed_single_operator',
  ),
  ...FACETS.map(facetRule),
  rejects(
    'gates',
    `${IS_DEPLOY} && (facts.gates_passed < ${GATES} || facts.criteria_failed > 0)`,
    'gates_not_passed',
  ),
  rejects(
    'approvals',
    `${IS_DEPLOY} && !facts.single_operator && facts.approvals < ${APPROVALS_MIN}`,
    'approvals_missing',
  ),
  rejects('not-admitted', 'facts.refusals > 0', 'not_admitted'),
  allows('rollback-asked', "facts.action == 'rollback'", 'rollback_requested'),
  allows('suspension-asked', "facts.action == 'suspend'", 'suspension_requested'),
  allows('emergency', "facts.action == 'break_glass' && facts.break_glass", 'break_glass_opened'),
];

/** The path document. `salt`: 16 random bytes, base64url, kept by the installation. */
export function deploymentApprovalPath(salt: string): PathDocument {
  const counted = (name: string) => ({ name, type: 'integer', required: true, min: 0 }) as const;
  const answered = (name: string) => ({ name, type: 'boolean', required: true }) as const;
  return {
    schema: PATH_SCHEMA,
    path_id: DEPLOYMENT_PATH_ID,
    version: 1,
    salt,
    partner_id: OPERATIONS_PARTNER,
    gate_type: DEPLOYMENT_GATE_TYPE,
    system_scope: DEPLOYMENT_SCOPE,
    decision_types: [DEPLOYMENT_DECISION_TYPE],
    authority: {
      sources: [DEPLOYMENT_SOURCE],
      owners: ['business_owner'],
      minimum_class: 'submitted',
    },
    facts: [
      { name: 'action', type: 'string', required: true, max_length: 16 },
      ...['gates_passed', 'criteria_failed', 'approvals', 'refusals'].map(counted),
      ...[...FACETS, 'single_operator', 'break_glass'].map(answered),
    ],
    action_digest: 'required',
    enforcement: 'enforce',
    reference_reuse: 'flag',
    on_unavailable: { mode: 'block' },
    policy: { profile: CEL_PROFILE, lifetime_s: 60, rules: RULES },
  };
}

/** The facts of a deployment's check: `codes` are those of its admission, empty if admitted. */
export function deploymentFacts(
  action: DeploymentAction,
  judgement: Judgement,
  codes: readonly AdmissionCode[],
): JsonObject {
  const { gates, separationOfDuties } = judgement;
  const criteria = gates.flatMap((gate) => gate.criteria);
  return {
    action,
    gates_passed: gates.filter(({ state }) => state === 'passed').length,
    criteria_failed: criteria.filter((criterion) => !isMet(criterion)).length,
    approvals: gates.flatMap(({ approvals }) => approvals.counted).length,
    refusals: codes.length,
    ...Object.fromEntries(judgeFacets(judgement).map(answerOf)),
    single_operator: separationOfDuties === 'waived_single_operator',
    break_glass: action === 'break_glass',
  };
}

function answerOf({ facet, passed }: JudgedFacet): readonly [Facet, boolean] {
  return [facet, passed];
}
