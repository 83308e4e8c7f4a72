import { formatTime } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  APPROVALS,
  HOLDERS,
  policyWith,
  readyWorld,
  reasonOf,
  RolloutWorld,
  subjectOf,
} from '../../test/rollouts.ts';
import { foldRollout } from './fold-rollout.ts';
import { DEFAULT_GATE_POLICY } from './gate-policy.ts';
import { unsatisfiableGates } from './judge-approvals.ts';
import { judgeRollout } from './judge-gates.ts';
import { readRecords } from './record-chain.ts';
import type { GateId } from './terms.ts';

const statesOf = (world: RolloutWorld) => world.judgement.gates.map(({ state }) => state);
const gateOf = (world: RolloutWorld, id: GateId) =>
  world.judgement.gates.find((gate) => gate.id === id)!;
const uncounted = (world: RolloutWorld, id: GateId) =>
  gateOf(world, id).approvals.notCounted.map(({ actor, code }) => [actor, code]);
const criterionOf = (world: RolloutWorld, id: string) =>
  world.judgement.gates.flatMap(({ criteria }) => criteria).find((one) => one.id === id)!;

describe('the gates', () => {
  it('open one after the other', () => {
    const world = new RolloutWorld();
    expect(world.judgement.state).toBe('review_requested');
    expect(statesOf(world)).toEqual(['open', 'locked', 'locked', 'locked']);
    world.evaluateAll();
    expect(world.judgement.state).toBe('in_review');
    expect(statesOf(world)).toEqual(['waiting_for_approval', 'locked', 'locked', 'locked']);
    world.approve('G1', 'platform_owner', 'act_pat');
    expect(statesOf(world)).toEqual(['passed', 'waiting_for_approval', 'locked', 'locked']);
    world.approve('G2', 'security_owner', 'act_sam');
    expect(gateOf(world, 'G2').approvals.missing).toEqual(['craton_operator']);
    world.approve('G2', 'craton_operator', 'act_oda');
    world.approve('G3', 'integration_engineer', 'act_ines');
    expect(statesOf(world)).toEqual(['passed', 'passed', 'passed', 'waiting_for_evidence']);
    world.confirmWayBack();
    world.approve('G4', 'business_owner', 'act_bea');
    world.approve('G4', 'platform_owner', 'act_pat');
    expect(statesOf(world)).toEqual(['passed', 'passed', 'passed', 'passed']);
    expect(world.judgement.actions).toContain('deploy');
    expect(world.judgement.separationOfDuties).toBe('enforced');
  });

  it('lock again behind one that fails, and open again with it', () => {
    const world = readyWorld();
    world.evaluate(world.result('G1.1', { result: 'fail', code: 'fields_missing' }));
    expect(statesOf(world)).toEqual(['blocked', 'locked', 'locked', 'locked']);
    expect(gateOf(world, 'G1').blockedBy).toEqual([{ subject: 'G1.1', code: 'fields_missing' }]);
    expect(world.judgement.actions).not.toContain('deploy');
    world.evaluate(world.result('G1.1'));
    expect(statesOf(world)).toEqual(['passed', 'passed', 'passed', 'passed']);
  });

  it('wait for evidence that is inconclusive or stale, however it was approved', () => {
    const world = readyWorld();
    world.evaluate(world.result('G2.1', { result: 'inconclusive', code: 'store_not_reached' }));
    expect(statesOf(world)[1]).toBe('waiting_for_evidence');
    world.evaluate(world.result('G2.1'));
    world.nowMs += 86_400_000 - 1;
    expect(statesOf(world)[1]).toBe('passed');
    world.nowMs += 1;
    expect(statesOf(world)[1]).toBe('waiting_for_evidence');
    expect(criterionOf(world, 'G2.1')).toMatchObject({ result: 'stale', code: 'evidence_stale' });
  });

  it('end with the evaluator when it says an earlier end', () => {
    const world = readyWorld();
    world.evaluate(world.result('G2.1', { valid_until: formatTime(world.nowMs + 10) }));
    world.nowMs += 10;
    expect(criterionOf(world, 'G2.1').result).toBe('stale');
  });

  it('pass by either role where one is enough', () => {
    const world = new RolloutWorld();
    world.evaluateAll();
    expect(gateOf(world, 'G1').approvals.missing).toEqual(['platform_owner', 'risk_owner']);
    expect(criterionOf(world, 'G1.3').result).toBe('not_evaluated');
    world.approve('G1', 'risk_owner', 'act_rita');
    expect(statesOf(world)[0]).toBe('passed');
    expect(criterionOf(world, 'G1.3')).toMatchObject({ result: 'pass', kind: 'declared' });
  });

  it('are judged by the policy with which the rollout was opened, and by no other', () => {
    const { inputs } = readyWorld();
    expect(() => judgeRollout({ ...inputs, policy: policyWith({ version: 2 }) })).toThrow(
      expect.objectContaining({ code: 'ERR_GATE_POLICY' }),
    );
  });

  it('take a waiver for a criterion that was added, and for none of the seed', () => {
    const added = {
      ...{ id: 'X.legal', gate: 'G2', kind: 'declared', lifetime_s: 60, waivable: true },
    } as (typeof DEFAULT_GATE_POLICY.criteria)[0];
    const criteria = [...DEFAULT_GATE_POLICY.criteria, added];
    const world = readyWorld({ policy: policyWith({ criteria }) });
    const failed = { result: 'fail' as const, code: 'found' };
    world.evaluate(world.result('X.legal', failed), world.result('G2.1', failed));
    const waive = (criterion: string) => ({
      ...{ proposal: subjectOf('7').packet_digest, proposer: 'act_pat', confirmer: 'act_bea' },
      ...{ confirmedAtMs: world.nowMs, isRevoked: false },
      body: {
        ...{ rollout_id: 'rollout-1', criterion, expires_at: formatTime(world.nowMs + 1_000) },
        ...reasonOf('Known, and harmless.'),
      },
    });
    const { gates } = judgeRollout({
      ...world.inputs,
      waivers: [waive('X.legal'), waive('G2.1')],
    });
    const results = new Map(gates.flatMap((gate) => gate.criteria.map((one) => [one.id, one])));
    expect(results.get('X.legal')).toMatchObject({ result: 'waived' });
    expect(results.get('G2.1')?.result).toBe('fail');
  });
});

describe('an approval', () => {
  it('of the author does not count, nor of anybody with the key of the author', () => {
    const authorPeople = ['act_ada', 'act_pat'];
    const world = new RolloutWorld({ author: 'act_ada', authorPeople });
    world.evaluateAll();
    world.approve('G1', 'platform_owner', 'act_pat');
    expect(uncounted(world, 'G1')).toEqual([['act_pat', 'author']]);
    expect(statesOf(world)[0]).toBe('waiting_for_approval');
    world.approve('G1', 'platform_owner', 'act_paul');
    expect(statesOf(world)[0]).toBe('passed');
  });

  it('of one person fills one role of a gate, whatever that person administers', () => {
    const everywhere = ['act_root'];
    const holders = Object.fromEntries(Object.keys(HOLDERS).map((role) => [role, everywhere]));
    const world = new RolloutWorld({ holders });
    world.evaluateAll();
    world.approve('G1', 'platform_owner', 'act_root');
    world.approve('G2', 'security_owner', 'act_root');
    world.approve('G2', 'craton_operator', 'act_root');
    expect(uncounted(world, 'G2')).toEqual([['act_root', 'person_counted']]);
    expect(statesOf(world)).toEqual(['passed', 'waiting_for_approval', 'locked', 'locked']);
  });

  it.each([
    ['a role that the person does not hold', 'security_owner', 'act_bea', 'role_not_held'],
    ['a role of another gate', 'business_owner', 'act_bea', 'role_not_of_gate'],
    ['nobody in particular', 'security_owner', 'system', 'not_a_person'],
    ['a key', 'security_owner', 'key_1', 'not_a_person'],
  ] as const)('by %s does not count', (_title, role, actor, code) => {
    const world = new RolloutWorld();
    world.approve('G2', role, actor);
    expect(uncounted(world, 'G2')).toEqual([[actor, code]]);
  });

  it('given twice counts once', () => {
    const world = new RolloutWorld();
    world.approve('G2', 'security_owner', 'act_sam');
    world.approve('G2', 'security_owner', 'act_sam');
    expect(uncounted(world, 'G2')).toEqual([['act_sam', 'role_filled']]);
  });

  it.each([
    ['an edit', ['2']],
    ['an edit that was undone', ['2', '1']],
  ])('for an older version does not count after %s', (_title, letters) => {
    const world = readyWorld();
    for (const letter of letters) world.replacePacket(letter);
    expect(world.judgement.state).toBe('in_review');
    expect(statesOf(world)[0]).toBe('waiting_for_evidence');
    world.evaluateAll();
    expect(statesOf(world)).toEqual(['invalidated', 'locked', 'locked', 'locked']);
    expect(uncounted(world, 'G1')).toEqual([['act_pat', 'older_version']]);
    expect(criterionOf(world, 'G4.2').result).toBe('not_evaluated');
    expect(world.judgement.actions).toContain('approve');
    world.confirmWayBack();
    world.approveAll();
    expect(world.judgement.state).toBe('ready_to_deploy');
  });

  it.each([['packet_digest'], ['scope_digest'], ['boundary_object_digest']] as const)(
    'with another %s does not count',
    (name) => {
      const world = new RolloutWorld();
      const subject = { ...subjectOf('1'), [name]: subjectOf('9').packet_digest };
      world.add('act_pat', 'approved', { gate: 'G1', role: 'platform_owner', ...subject });
      expect(uncounted(world, 'G1')).toEqual([['act_pat', 'older_version']]);
    },
  );

  it('taken back does not count, and can be given again', () => {
    const world = readyWorld();
    const [gate, role, actor] = APPROVALS[0];
    world.add(actor, 'approval_withdrawn', { gate, role, ...reasonOf('Not yet.') });
    expect(uncounted(world, gate)).toEqual([[actor, 'withdrawn']]);
    world.approve(gate, role, actor);
    expect(statesOf(world)[0]).toBe('passed');
  });

  it('is taken back by its giver only', () => {
    const world = readyWorld();
    const [gate, role] = APPROVALS[0];
    world.add('act_paul', 'approval_withdrawn', { gate, role, ...reasonOf('Not mine.') });
    expect(statesOf(world)[0]).toBe('passed');
  });
});

describe('one operator', () => {
  it('fills every role where nothing is like production, and it is stamped', () => {
    const alone = ['act_ada'];
    const holders = Object.fromEntries(Object.keys(HOLDERS).map((role) => [role, alone]));
    const policy = policyWith({ single_operator: true });
    const world = new RolloutWorld({ holders, policy });
    world.evaluateAll();
    const { packet_digest } = world.rollout.packet;
    world.add('act_ada', 'acknowledged', {
      packet_digest,
      subject: 'rollback_owner',
      by: 'session',
    });
    world.add('system', 'channel_tested', {
      ...{ packet_digest, delivered: true, evidence_digest: packet_digest, code: 'delivered' },
    });
    for (const [gate, role] of APPROVALS) world.approve(gate, role, 'act_ada');
    expect(world.codes({ actor: 'act_ada' })).toEqual([]);
    expect(world.judgement.separationOfDuties).toBe('waived_single_operator');
    expect(unsatisfiableGates(holders, alone, policy)).toEqual([]);
  });
});

describe('gates that nobody can pass', () => {
  const author = ['act_ada'];
  it.each([
    ['nobody holds a role', { ...HOLDERS, security_owner: [] }, 'G2', 'role_unfilled'],
    ['only the author does', { ...HOLDERS, security_owner: author }, 'G2', 'only_the_author'],
    [
      'one person holds both',
      { ...HOLDERS, security_owner: ['act_sam'], craton_operator: ['act_sam'] },
      'G2',
      'too_few_people',
    ],
    [
      'nobody but the author holds either',
      { ...HOLDERS, platform_owner: author, risk_owner: author },
      'G1',
      'only_the_author',
    ],
  ])('are named up front: %s', (_title, holders, gate, code) => {
    const named = unsatisfiableGates(holders, author, DEFAULT_GATE_POLICY);
    expect(named).toContainEqual(expect.objectContaining({ gate, code }));
  });

  it('are none with these holders', () => {
    expect(unsatisfiableGates(HOLDERS, author, DEFAULT_GATE_POLICY)).toEqual([]);
    const one = { ...HOLDERS, risk_owner: [], platform_owner: ['act_pat'] };
    expect(unsatisfiableGates(one, author, DEFAULT_GATE_POLICY)).toEqual([]);
  });
});

describe('a rollout', () => {
  it.each([
    ['withdrawn', 'invalidated'],
    ['changes_requested', 'passed'],
  ] as const)('that was %s waits for another packet', (kind, state) => {
    const world = readyWorld();
    const { packet_digest } = world.rollout.packet;
    if (kind === 'withdrawn') world.add('act_ada', kind, { packet_digest });
    else world.add('act_sam', kind, { ...subjectOf('1'), ...reasonOf('Name the unit.') });
    expect(world.judgement.state).toBe(kind);
    expect(statesOf(world)[0]).toBe(state);
    expect(world.codes()).toContain('state_does_not_allow');
    expect(() => world.approve('G1', 'platform_owner', 'act_pat')).toThrow(
      expect.objectContaining({ code: 'ERR_OPERATOR_RECORD', field: 'kind' }),
    );
    world.replacePacket('2');
    expect(world.rollout.phase).toBe('in_review');
  });

  it('that was rejected says at which gate, and by whom', () => {
    const world = readyWorld();
    const body = {
      gate: 'G2',
      role: 'security_owner',
      ...subjectOf('1'),
      ...reasonOf('Too wide.'),
    };
    world.add('act_sam', 'rejected', body as never);
    expect(world.judgement.state).toBe('rejected');
    expect(statesOf(world)[1]).toBe('rejected');
    expect(world.rollout.rejection).toMatchObject({ actor: 'act_sam' });
    expect(world.codes()).toContain('state_does_not_allow');
  });

  it('does not begin without its opening, nor twice', () => {
    const records = readRecords('rollout', readyWorld().records);
    const refusal = expect.objectContaining({ code: 'ERR_OPERATOR_RECORD' });
    expect(() => foldRollout([])).toThrow(refusal);
    expect(() => foldRollout(records.slice(1))).toThrow(refusal);
    expect(() => foldRollout([records[0]!, ...records])).toThrow(refusal);
  });

  it('ignores results for another packet', () => {
    const world = new RolloutWorld();
    const results = [world.result('G1.1')];
    world.add('system', 'criteria_evaluated', {
      ...{ results },
      packet_digest: subjectOf('9').packet_digest,
    });
    expect(world.rollout.results.size).toBe(0);
  });
});
