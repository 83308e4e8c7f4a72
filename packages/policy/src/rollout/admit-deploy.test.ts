import { formatTime } from '@craton/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  APPROVALS,
  policyWith,
  readyWorld,
  reasonOf,
  RolloutWorld,
  SERVICE_PARTS,
  subjectOf,
} from '../../test/rollouts.ts';
import { FACET_SOURCES, FACETS, judgeFacets } from './admit-deploy.ts';
import { DEFAULT_GATE_POLICY } from './gate-policy.ts';
import { SEED_CRITERIA, STAGING_EXIT } from './terms.ts';

const failedPart = (name: string) => ({
  result: 'fail' as const,
  code: 'fields_missing',
  parts: SERVICE_PARTS.map((part) =>
    part.name === name ? { ...part, result: 'fail' as const } : part,
  ),
});

describe('a deployment', () => {
  it('is admitted when every facet passes at that instant', () => {
    const world = readyWorld();
    expect(world.codes()).toEqual([]);
    expect(world.judgement.state).toBe('ready_to_deploy');
    expect(judgeFacets(world.judgement).map(({ passed }) => passed)).toEqual(
      FACETS.map(() => true),
    );
  });

  it('draws its facets from all sixteen criteria and the exit of staging, each once or by parts', () => {
    const used = FACETS.flatMap((facet) => FACET_SOURCES[facet].criteria);
    expect([...new Set(used)].sort()).toEqual([...SEED_CRITERIA, STAGING_EXIT].sort());
    expect(used.filter((id, index) => used.indexOf(id) !== index)).toEqual(['G4.3']);
  });

  it.each([
    ...['G1.1', 'G1.2', 'G1.4'].map((id) => [id, 'owner_not_passed']),
    ...['G2.1', 'G2.2', 'G2.3', 'G4.4'].map((id) => [id, 'environment_not_passed']),
    ...['G2.4', 'G3.2', 'G3.3'].map((id) => [id, 'security_not_passed']),
    ...['G3.1', 'G3.4', 'G3.exit'].map((id) => [id, 'smoke_test_not_passed']),
  ])('is refused while only %s fails, with %s', (id, code) => {
    for (const result of ['fail', 'inconclusive'] as const) {
      const world = readyWorld();
      world.evaluate(world.result(id, { result, code: 'found' }));
      expect(world.codes()).toEqual([code]);
      world.evaluate(world.result(id));
      expect(world.codes()).toEqual([]);
    }
  });

  it.each(['sla', 'support'])('is refused while only %s is not documented', (part) => {
    const world = readyWorld();
    world.evaluate(world.result('G4.3', failedPart(part)));
    expect(world.codes()).toEqual([`${part}_not_passed`]);
    expect(judgeFacets(world.judgement).filter(({ passed }) => !passed)).toEqual([
      { facet: part, passed: false, lacking: ['G4.3'] },
    ]);
  });

  it('is refused by a result that is better than its parts', () => {
    const world = readyWorld();
    world.evaluate(world.result('G4.3', { ...failedPart('sla'), result: 'pass' }));
    expect(world.codes()).toEqual(['sla_not_passed']);
  });

  it('is refused while the test message did not arrive', () => {
    const world = readyWorld();
    world.add('system', 'channel_tested', {
      packet_digest: world.rollout.packet.packet_digest,
      ...{ delivered: false, evidence_digest: subjectOf('e').packet_digest, code: 'no_answer' },
    });
    expect(world.codes()).toEqual(['rollback_not_passed']);
  });

  it('is refused while the rollback owner, and nobody else, has to acknowledge', () => {
    const world = new RolloutWorld();
    world.evaluateAll();
    world.approveAll();
    const { packet_digest } = world.rollout.packet;
    world.add('system', 'channel_tested', {
      ...{ packet_digest, delivered: true, evidence_digest: packet_digest, code: 'delivered' },
    });
    const acknowledge = (actor: string, subject: 'rollback_owner' | 'business_owner') =>
      world.add(actor, 'acknowledged', { packet_digest, subject, by: 'link' });
    acknowledge('act_pat', 'rollback_owner');
    acknowledge('act_ros', 'business_owner');
    expect(world.codes()).toEqual(['rollback_not_passed']);
    acknowledge('act_ros', 'rollback_owner');
    expect(world.codes()).toEqual([]);
  });

  it.each([
    ['G1', 'owner_not_passed'],
    ['G2', 'security_not_passed'],
    ['G3', 'smoke_test_not_passed'],
    ['G4', 'owner_not_passed'],
  ] as const)('is refused when an approval of %s is taken back, with %s', (gate, code) => {
    const world = readyWorld();
    const [, role, actor] = APPROVALS.find(([id]) => id === gate)!;
    world.add(actor, 'approval_withdrawn', { gate, role, ...reasonOf('I was wrong.') });
    expect(world.codes()).toEqual([code]);
  });

  it.each([
    ['another packet', { packet_digest: subjectOf('2').packet_digest }, 'packet_changed'],
    ['another scope', { scope_digest: subjectOf('2').packet_digest }, 'scope_changed'],
    [
      'another boundary object',
      { boundary_object_digest: subjectOf('2').packet_digest },
      'boundary_object_changed',
    ],
    ['a withdrawn packet', { isWithdrawn: true }, 'packet_withdrawn'],
  ])('is refused when self-service serves %s by now', (_title, changes, code) => {
    const world = readyWorld();
    const packet = { ...world.request().packet!, ...changes };
    expect(world.codes({ packet })).toEqual([code]);
  });

  it('is refused when the packet cannot be read', () => {
    expect(readyWorld().codes({ packet: undefined })).toEqual(['packet_unreadable']);
  });

  it.each([
    ['a path name that was not typed', { confirmedPathId: '' }, 'path_not_confirmed'],
    ['somebody who did not sign in again', { isSteppedUp: false }, 'step_up_missing'],
    ['somebody who is no operator', { actor: 'act_bea' }, 'role_not_held'],
  ])('is refused to %s', (_title, changes, code) => {
    expect(readyWorld().codes(changes)).toContain(code);
  });

  it('is refused to the last approver, unless the policy says otherwise', () => {
    const holders = {
      ...{ platform_owner: ['act_pat'], security_owner: ['act_sam'], rollback_owner: ['act_ros'] },
      ...{ craton_operator: ['act_oda', 'act_pat'], integration_engineer: ['act_ines'] },
      business_owner: ['act_bea'],
    };
    const strict = readyWorld({ holders });
    expect(strict.judgement.lastApprover).toBe('act_pat');
    expect(strict.codes({ actor: 'act_pat' })).toEqual(['deployer_is_last_approver']);
    expect(strict.codes({ actor: 'act_oda' })).toEqual([]);
    const lax = policyWith({ deployer_is_not_last_approver: false });
    expect(readyWorld({ holders, policy: lax }).codes({ actor: 'act_pat' })).toEqual([]);
  });

  it('takes evidence of 60 seconds and refuses it a millisecond later', () => {
    const world = readyWorld();
    world.nowMs += 60_000;
    expect(world.codes()).toEqual([]);
    world.nowMs += 1;
    expect(world.codes()).toEqual(['evidence_too_old']);
    world.evaluateAll();
    expect(world.codes()).toEqual([]);
    world.evaluate(world.result('G2.1', { evaluated_at: formatTime(world.nowMs - 60_001) }));
    expect(world.codes()).toEqual(['evidence_too_old']);
  });

  it('is refused for evidence from the future', () => {
    const world = readyWorld();
    world.evaluate(world.result('G2.1', { evaluated_at: formatTime(world.nowMs + 1) }));
    expect(world.codes()).toEqual(['environment_not_passed']);
  });

  it('does not take a declaration for a measurement', () => {
    const world = readyWorld();
    world.evaluate(world.result('G2.1', { kind: 'declared' }));
    expect(world.codes()).toEqual(['environment_not_passed']);
  });

  it('is refused once the clock of the deployment has run out', () => {
    const world = readyWorld();
    world.nowMs += 3 * 86_400_000 - 1;
    world.evaluateAll();
    expect(world.codes()).toEqual([]);
    world.nowMs += 1;
    expect(world.codes()).toEqual(['execution_expired']);
    expect(world.judgement.state).toBe('expired');
  });

  it('is refused once approvals have lapsed', () => {
    const policy = policyWith({
      clocks: { approval_expires_s: 100, execution_expires_s: 1_000_000 },
    });
    const world = readyWorld({ policy });
    world.nowMs += 99_999;
    world.evaluateAll();
    expect(world.codes()).toEqual([]);
    world.nowMs += 1;
    expect(world.codes()).toContain('approval_expired');
    expect(world.judgement.state).toBe('expired');
  });

  it('is refused in a freeze, which only its role overrides, and only until a time', () => {
    const world = readyWorld();
    world.freezes = [{ id: 'year_end', reason: 'Year end.', time_zone: 'UTC' }];
    expect(world.codes()).toEqual(['frozen']);
    expect(world.judgement.state).toBe('frozen');
    const until = formatTime(world.nowMs + 1_000);
    const override = (actor: string, role: 'business_owner' | 'platform_owner') =>
      world.add(actor, 'freeze_overridden', {
        ...{ window: 'year_end', role, until },
        ...reasonOf('A fix that cannot wait.'),
      });
    override('act_pat', 'platform_owner');
    override('act_pat', 'business_owner');
    expect(world.codes()).toEqual(['frozen']);
    override('act_bea', 'business_owner');
    expect(world.codes()).toEqual([]);
    world.nowMs += 1_000;
    expect(world.codes()).toEqual(['frozen']);
  });

  it('is refused for a criterion that the installation added', () => {
    const added = { id: 'X.legal', gate: 'G2', kind: 'declared', lifetime_s: 60, waivable: true };
    const criteria = [
      ...DEFAULT_GATE_POLICY.criteria,
      added as (typeof DEFAULT_GATE_POLICY.criteria)[0],
    ];
    const world = readyWorld({ policy: policyWith({ criteria }) });
    expect(world.codes()).toEqual([]);
    world.evaluate(world.result('X.legal', { result: 'fail', code: 'not_read' }));
    expect(world.codes()).toEqual(['added_criterion_not_met']);
  });

  it('happens once', () => {
    const world = readyWorld();
    expect(world.deploy()).toBe(true);
    expect(world.judgement.state).toBe('deployed');
    expect(world.codes()).toContain('state_does_not_allow');
  });
});

/** What anybody might do, in any order. */
type Step =
  | {
      readonly do: 'evaluate';
      readonly id: string;
      readonly result: 'pass' | 'fail' | 'inconclusive';
    }
  | { readonly do: 'evaluate_all' | 'way_back' | 'replace' | 'deploy' | 'channel_fails' }
  | { readonly do: 'approve' | 'withdraw'; readonly index: number; readonly actor?: string }
  | { readonly do: 'wait'; readonly ms: number };

const ids = DEFAULT_GATE_POLICY.criteria.map(({ id }) => id);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ do: 'deploy' }) },
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'evaluate_all' }, { do: 'way_back' }) },
  fc.constantFrom<Step>({ do: 'replace' }, { do: 'channel_fails' }),
  fc.record({
    do: fc.constant('evaluate' as const),
    id: fc.constantFrom(...ids),
    result: fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const),
  }),
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('approve' as const),
      index: fc.nat(APPROVALS.length - 1),
    }),
  },
  fc.record({
    do: fc.constantFrom('approve' as const, 'withdraw' as const),
    index: fc.nat(APPROVALS.length - 1),
    actor: fc.constantFrom('act_ada', 'act_pat', 'act_sam', 'act_oda', 'act_root', 'system'),
  }),
  fc.record({
    do: fc.constant('wait' as const),
    ms: fc.constantFrom(1, 30_000, 61_000, 90_000_000),
  }),
);

/** What must be true of the steps so far, kept without the code under test. */
class Oracle {
  nowMs = 0;
  results = new Map<string, { readonly result: string; readonly atMs: number }>();
  approvals: { readonly slot: number; readonly actor: string; readonly atMs: number }[] = [];
  wayBackMs: number | undefined;

  allFacetsPass(): boolean {
    const evaluated = ids.filter((id) => !['G1.3', 'G4.1', 'G4.2'].includes(id));
    const isMeasured = (id: string) => id !== 'G4.3';
    const areFresh = evaluated.every((id) => {
      const found = this.results.get(id);
      const isYoung = found !== undefined && (!isMeasured(id) || this.nowMs - found.atMs <= 60_000);
      return found?.result === 'pass' && isYoung;
    });
    const areApproved = APPROVALS.every(([, , actor], slot) =>
      this.approvals.some((given) => given.slot === slot && given.actor === actor),
    );
    return areFresh && areApproved && this.wayBackMs !== undefined;
  }
}

function take(step: Step, world: RolloutWorld, oracle: Oracle): void {
  switch (step.do) {
    case 'evaluate':
      world.evaluate(world.result(step.id, { result: step.result, code: 'found' }));
      oracle.results.set(step.id, { result: step.result, atMs: oracle.nowMs });
      return;
    case 'evaluate_all':
      world.evaluateAll();
      for (const id of ids) oracle.results.set(id, { result: 'pass', atMs: oracle.nowMs });
      return;
    case 'way_back':
      world.confirmWayBack();
      oracle.wayBackMs = oracle.nowMs;
      return;
    case 'channel_fails': {
      const { packet_digest } = world.rollout.packet;
      const failed = { delivered: false, evidence_digest: packet_digest, code: 'no_answer' };
      world.add('system', 'channel_tested', { packet_digest, ...failed });
      oracle.wayBackMs = undefined;
      return;
    }
    case 'approve': {
      const [gate, role, named] = APPROVALS[step.index]!;
      const actor = step.actor ?? named;
      world.approve(gate, role, actor);
      oracle.approvals.push({ slot: step.index, actor, atMs: oracle.nowMs });
      return;
    }
    case 'withdraw': {
      const [gate, role, named] = APPROVALS[step.index]!;
      const actor = step.actor ?? named;
      world.add(actor, 'approval_withdrawn', { gate, role, ...reasonOf('Not any more.') });
      oracle.approvals = oracle.approvals.filter(
        (given) => given.slot !== step.index || given.actor !== actor,
      );
      return;
    }
    case 'replace':
      world.replacePacket(String(2 + (world.records.length % 8)));
      oracle.results.clear();
      oracle.approvals = [];
      oracle.wayBackMs = undefined;
      return;
    case 'wait':
      world.nowMs += step.ms;
      oracle.nowMs += step.ms;
      return;
    case 'deploy':
  }
}

describe('no sequence of calls', () => {
  it('reaches deployed without every facet passing at that instant', () => {
    let deployed = 0;
    let refused = 0;
    const run = (all: readonly Step[]) => {
      const world = new RolloutWorld();
      const oracle = new Oracle();
      for (const step of all) {
        if (world.rollout.phase === 'deployed') break;
        take(step, world, oracle);
        if (step.do !== 'deploy') continue;
        if (!world.deploy()) {
          refused++;
          continue;
        }
        deployed++;
        expect(oracle.allFacetsPass()).toBe(true);
      }
    };
    const plan = APPROVALS.map((_, index): Step => ({ do: 'approve', index }));
    const prepared = fc
      .tuple(fc.shuffledSubarray([...plan], { minLength: 5 }), fc.array(steps, { maxLength: 6 }))
      .map(([approvals, others]): Step[] => [
        { do: 'way_back' },
        { do: 'evaluate_all' },
        ...approvals,
        ...others,
        { do: 'deploy' },
      ]);
    const arbitrary = fc.oneof(fc.array(steps, { maxLength: 40 }), prepared);
    fc.assert(fc.property(arbitrary, run), { numRuns: 400, seed: 6 });
    // The search is worth something only if it finds both.
    expect(deployed).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(200);
  });
});
