/** Decisions about deployments, as data: facts in, verdict and reasons out. */
import { type JsonObject, parseCheckRequest, utf8 } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { jsonOf, readyWorld, RolloutWorld, SERVICE_PARTS } from '../../test/rollouts.ts';
import { composeOpening, submittedAuthority } from '../compose-opening.ts';
import { evaluate } from '../evaluate.ts';
import { readFacts } from '../facts.ts';
import { loadPath } from '../load-path.ts';
import { PathIndex } from '../path-index.ts';
import { admitDeploy, FACETS } from './admit-deploy.ts';
import {
  DEPLOYMENT_DECISION_TYPE,
  DEPLOYMENT_GATE_TYPE,
  DEPLOYMENT_SCOPE,
  DEPLOYMENT_SOURCE,
  deploymentApprovalPath,
  deploymentFacts,
  OPERATIONS_PARTNER,
} from './deployment-path.ts';

const path = loadPath(deploymentApprovalPath('AAECAwQFBgcICQoLDA0ODw'));

function decide(facts: JsonObject, others: JsonObject = {}) {
  const body = {
    ...{ partner_id: OPERATIONS_PARTNER, gate_type: DEPLOYMENT_GATE_TYPE },
    ...{ system_scope: DEPLOYMENT_SCOPE, decision_type: DEPLOYMENT_DECISION_TYPE },
    ...{ decision_owner: 'business_owner', external_reference: 'rollout-1' },
    action_digest: `sha256:${'1'.repeat(64)}`,
    context: {
      authorization_status: 'present',
      authorization_reference: 'rollout-1',
      authorization_source: DEPLOYMENT_SOURCE,
      facts,
    },
    ...others,
  };
  const request = parseCheckRequest(utf8(JSON.stringify(body)));
  const opening = composeOpening({
    request,
    match: new PathIndex([path]).match(request),
    facts: readFacts(path, request),
    authority: submittedAuthority(request),
    ledger: { reference_reused: false },
    nonce: 'AAECAwQFBgcICQoLDA0ODw',
    requestId: 'req_019aa000-0000-7000-8000-000000000001',
    evaluatedAt: '2026-11-21T18:00:00.000Z',
    environment: 'production',
  });
  const { verdict, reasons } = evaluate(path, opening);
  return [verdict, reasons];
}

const FULFILLED = {
  ...{ action: 'deploy', gates_passed: 4, criteria_failed: 0, approvals: 6, refusals: 0 },
  ...Object.fromEntries(FACETS.map((facet) => [facet, true])),
  ...{ single_operator: false, break_glass: false },
};
const NOTHING = {
  ...{ gates_passed: 0, criteria_failed: 17, approvals: 0 },
  ...Object.fromEntries(FACETS.map((facet) => [facet, false])),
};

describe('the path of deployments', () => {
  it.each<[string, JsonObject, string, readonly string[]]>([
    ['everything fulfilled', {}, 'allow', ['all_facets_passed']],
    [
      'everything fulfilled by one person',
      { single_operator: true, approvals: 4 },
      'allow',
      ['all_facets_passed_single_operator'],
    ],
    ...FACETS.map((facet): [string, JsonObject, string, readonly string[]] => [
      `only ${facet} failing`,
      { [facet]: false },
      'reject',
      [`${facet}_not_passed`],
    ]),
    ['a gate not passed', { gates_passed: 3 }, 'reject', ['gates_not_passed']],
    ['a criterion not met', { criteria_failed: 1 }, 'reject', ['gates_not_passed']],
    ['an approval missing', { approvals: 5 }, 'reject', ['approvals_missing']],
    ['refused for another reason', { refusals: 1 }, 'reject', ['not_admitted']],
    [
      'two facets failing for one person',
      { single_operator: true, sla: false, support: false },
      'reject',
      ['sla_not_passed', 'support_not_passed'],
    ],
    [
      'a deployment that says it is an emergency',
      { break_glass: true },
      'reject',
      ['no_rule_matched'],
    ],
    ['an action that there is not', { action: 'activate' }, 'reject', ['action_unknown']],
    [
      'a rollback with nothing passing',
      { ...NOTHING, action: 'rollback' },
      'allow',
      ['rollback_requested'],
    ],
    [
      'a suspension with nothing passing',
      { ...NOTHING, action: 'suspend' },
      'allow',
      ['suspension_requested'],
    ],
    [
      'a rollback that is not admitted',
      { action: 'rollback', refusals: 1 },
      'reject',
      ['not_admitted'],
    ],
    [
      'an emergency with nothing passing',
      { ...NOTHING, action: 'break_glass', break_glass: true },
      'allow',
      ['break_glass_opened'],
    ],
    [
      'an emergency that is not one',
      { ...NOTHING, action: 'break_glass' },
      'reject',
      ['no_rule_matched'],
    ],
    [
      'an emergency that is not admitted',
      { ...NOTHING, action: 'break_glass', break_glass: true, refusals: 1 },
      'reject',
      ['not_admitted'],
    ],
  ])('decides %s', (_title, changes, ...expected) => {
    expect(decide({ ...FULFILLED, ...changes })).toEqual(expected);
  });

  it.each<[string, JsonObject, string]>([
    ['another owner', { decision_owner: 'somebody' }, 'authority_out_of_scope'],
    [
      'no digest of what is deployed',
      { action_digest: undefined as never },
      'action_digest_required',
    ],
  ])('rejects %s', (_title, others, reason) => {
    expect(decide(FULFILLED, others)).toEqual(['reject', [reason]]);
  });

  it('rejects what leaves a fact out', () => {
    const facts = jsonOf({ ...FULFILLED, support: undefined });
    expect(decide(facts)).toEqual(['reject', ['fact_missing']]);
  });
});

describe('the facts of a deployment', () => {
  const factsOf = (world: RolloutWorld) => {
    const admission = admitDeploy(world.inputs, world.request());
    const codes = admission.admitted ? [] : admission.codes;
    return deploymentFacts('deploy', admission.judgement, codes);
  };

  it('are those of the rollout, and the path decides as admission does', () => {
    const world = readyWorld();
    expect(factsOf(world)).toEqual(FULFILLED);
    expect(decide(factsOf(world))).toEqual(['allow', ['all_facets_passed']]);
    const parts = SERVICE_PARTS.map((part) => ({ ...part, result: 'fail' as const }));
    const failed = { result: 'fail' as const, code: 'fields_missing', parts };
    world.evaluate(world.result('G4.3', failed), world.result('G2.1', { ...failed, parts: [] }));
    const [verdict, reasons] = decide(factsOf(world));
    expect(verdict).toBe('reject');
    expect(reasons).toEqual([
      ...['environment_not_passed', 'gates_not_passed', 'not_admitted'],
      ...['sla_not_passed', 'support_not_passed'],
    ]);
  });

  it('reject a rollout of which nothing is known', () => {
    const [verdict, reasons] = decide(factsOf(new RolloutWorld()));
    expect(verdict).toBe('reject');
    expect(reasons).toEqual(expect.arrayContaining(FACETS.map((facet) => `${facet}_not_passed`)));
  });
});
