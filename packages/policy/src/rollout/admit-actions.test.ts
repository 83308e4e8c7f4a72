import { formatTime } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { readyWorld, reasonOf, RECEIPTS, RolloutWorld, subjectOf } from '../../test/rollouts.ts';
import {
  admitApproval,
  admitBreakGlass,
  admitRejection,
  admitRollback,
  admitStage,
  admitSuspend,
  type ApprovalRequest,
  type BreakGlassRequest,
} from './admit-actions.ts';
import type { Admission } from './admit-deploy.ts';
import { breakGlassEndMs, hasOpenReview } from './fold-rollout.ts';
import { foldPath } from './fold-path.ts';
import { composeRecord, pathChain, readRecords, type StoredRecord } from './record-chain.ts';
import type { BodyOf } from './records.ts';

const codesOf = (admission: Admission) =>
  admission.admitted ? [] : Array.from(admission.codes).sort();

function evaluated(): RolloutWorld {
  const world = new RolloutWorld();
  world.evaluateAll();
  return world;
}

function requestOf(world: RolloutWorld, changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const { packet } = world.request();
  return {
    ...{ actor: 'act_pat', gate: 'G1', role: 'platform_owner', seen: packet, packet },
    ...changes,
  };
}

const older = { ...subjectOf('9'), isWithdrawn: false };

describe('an approval', () => {
  it.each<[string, Partial<ApprovalRequest>, readonly string[]]>([
    ['by a holder at an open gate', {}, []],
    [
      'at a gate that is locked',
      { gate: 'G2', role: 'security_owner', actor: 'act_sam' },
      ['gate_not_open'],
    ],
    ['in a role that is not held', { actor: 'act_bea' }, ['role_not_held']],
    [
      'in a role of another gate',
      { role: 'business_owner', actor: 'act_bea' },
      ['role_not_of_gate'],
    ],
    ['by what is no person', { actor: 'system' }, ['not_a_person']],
    [
      'of what was seen before an edit',
      { seen: older },
      ['boundary_object_changed', 'packet_changed'],
    ],
    ['while self-service cannot be asked', { packet: undefined }, ['packet_unreadable']],
  ])('%s is answered', (_title, changes, codes) => {
    const world = evaluated();
    expect(codesOf(admitApproval(world.inputs, requestOf(world, changes)))).toEqual(codes);
  });

  it('waits for the evidence of its gate', () => {
    const world = evaluated();
    world.evaluate(world.result('G1.1', { result: 'inconclusive', code: 'open' }));
    expect(codesOf(admitApproval(world.inputs, requestOf(world)))).toEqual(['criteria_not_met']);
  });

  it.each(['G2.1', 'G2.2', 'G2.3', 'G2.4'])('of the security owner waits for %s', (id) => {
    const world = evaluated();
    world.approve('G1', 'platform_owner', 'act_pat');
    const asked = requestOf(world, { gate: 'G2', role: 'security_owner', actor: 'act_sam' });
    expect(codesOf(admitApproval(world.inputs, asked))).toEqual([]);
    world.evaluate(world.result(id, { result: 'fail', code: 'found' }));
    expect(codesOf(admitApproval(world.inputs, asked))).toEqual(['criteria_not_met']);
  });

  it('is refused to the author, and to one who has approved in that gate', () => {
    const byAuthor = new RolloutWorld({ author: 'act_pat' });
    byAuthor.evaluateAll();
    expect(codesOf(admitApproval(byAuthor.inputs, requestOf(byAuthor)))).toEqual(['author']);
    const world = evaluated();
    world.approve('G1', 'platform_owner', 'act_pat');
    world.approve('G2', 'security_owner', 'act_sam');
    const again = { gate: 'G2', role: 'craton_operator', actor: 'act_sam' } as const;
    const twice = requestOf(world, again);
    expect(codesOf(admitApproval(world.inputs, twice))).toEqual(['person_counted']);
    const filled = requestOf(world, { gate: 'G2', role: 'security_owner', actor: 'act_sam' });
    expect(codesOf(admitApproval(world.inputs, filled))).toEqual(['role_filled']);
  });

  it('is refused once the rollout is live', () => {
    const world = readyWorld();
    world.deploy();
    const codes = codesOf(admitApproval(world.inputs, requestOf(world)));
    expect(codes).toContain('state_does_not_allow');
  });
});

describe('a rejection', () => {
  it('needs no evidence, and somebody who could approve', () => {
    const world = evaluated();
    world.evaluate(world.result('G1.1', { result: 'fail', code: 'found' }));
    expect(codesOf(admitRejection(world.inputs, requestOf(world)))).toEqual([]);
    const stranger = requestOf(world, { actor: 'act_bea' });
    expect(codesOf(admitRejection(world.inputs, stranger))).toEqual(['role_not_held']);
    const locked = requestOf(world, { gate: 'G4' });
    expect(codesOf(admitRejection(world.inputs, locked))).toEqual(['gate_not_open']);
  });
});

describe('staging', () => {
  it('is open to operators and engineers once gates 1 and 2 have passed', () => {
    const world = evaluated();
    const ask = (actor: string) => {
      const { packet } = world.request();
      return codesOf(admitStage(world.inputs, { actor, packet }));
    };
    world.approve('G1', 'platform_owner', 'act_pat');
    expect(ask('act_oda')).toEqual(['first_gates_not_passed']);
    world.approve('G2', 'security_owner', 'act_sam');
    world.approve('G2', 'craton_operator', 'act_oda');
    expect(ask('act_oda')).toEqual([]);
    expect(ask('act_ines')).toEqual([]);
    expect(ask('act_bea')).toEqual(['role_not_held']);
    expect(codesOf(admitStage(world.inputs, { actor: 'act_oda', packet: older }))).toEqual([
      'boundary_object_changed',
      'packet_changed',
    ]);
  });
});

describe('the way back', () => {
  it('is open while the path is live, with gates failing and everything frozen', () => {
    const world = readyWorld();
    expect(codesOf(admitRollback(world.inputs, 'act_ros'))).toEqual(['state_does_not_allow']);
    world.deploy();
    world.freezes = [{ id: 'all', reason: 'All of it.', time_zone: 'UTC' }];
    world.nowMs += 400 * 86_400_000;
    for (const actor of ['act_ros', 'act_oda', 'act_pat']) {
      expect(codesOf(admitRollback(world.inputs, actor))).toEqual([]);
      expect(codesOf(admitSuspend(world.inputs, actor))).toEqual([]);
    }
    expect(codesOf(admitRollback(world.inputs, 'act_bea'))).toEqual(['role_not_held']);
  });

  it('goes on from a suspended path, which is not suspended twice', () => {
    const world = readyWorld();
    world.deploy();
    world.add('act_ros', 'suspended', { cause: 'operator', ...reasonOf('Odd.'), ...RECEIPTS });
    expect(world.judgement.state).toBe('suspended');
    expect(codesOf(admitSuspend(world.inputs, 'act_ros'))).toEqual(['state_does_not_allow']);
    expect(codesOf(admitRollback(world.inputs, 'act_ros'))).toEqual([]);
    world.add('act_ros', 'rolled_back', { ...reasonOf('Odd.'), ...RECEIPTS });
    expect(codesOf(admitRollback(world.inputs, 'act_ros'))).toEqual(['state_does_not_allow']);
    expect(world.codes()).toContain('state_does_not_allow');
  });

  it('from the version after makes this one live again', () => {
    const world = readyWorld();
    world.deploy();
    const { record_digest } = RECEIPTS;
    world.add('system', 'superseded', { by_rollout_id: 'rollout-2', record_digest });
    expect(world.judgement.state).toBe('superseded');
    world.add('system', 'restored', { by_rollout_id: 'rollout-2', record_digest });
    expect(world.judgement.state).toBe('deployed');
  });
});

describe('a live path', () => {
  it('calls for attention when verification fails, until somebody has looked', () => {
    const world = readyWorld();
    world.deploy();
    const checked = (result: 'pass' | 'fail' | 'inconclusive') => {
      const window_ends_at = formatTime(world.nowMs);
      const evidence_digest = RECEIPTS.record_digest;
      world.add('system', 'stability_checked', {
        ...{ checks: 1, verified: 1, window_ends_at, result, evidence_digest },
      });
      return world.judgement.state;
    };
    expect(checked('inconclusive')).toBe('deployed');
    expect(checked('fail')).toBe('attention');
    expect(checked('pass')).toBe('deployed');
    const evidence_digest = RECEIPTS.record_digest;
    world.add('system', 'attention_raised', { code: 'evidence_stale', evidence_digest });
    expect(world.judgement.state).toBe('attention');
    world.add('act_oda', 'attention_cleared', reasonOf('Measured again.'));
    expect(world.judgement.state).toBe('deployed');
  });
});

describe('breaking glass', () => {
  const ask = (world: RolloutWorld, changes: Partial<BreakGlassRequest> = {}) => {
    const { packet, confirmedPathId, isSteppedUp } = world.request();
    const expiresAtMs = world.nowMs + 3_600_000;
    const request = { actor: 'act_oda', packet, confirmedPathId, isSteppedUp, expiresAtMs };
    return codesOf(admitBreakGlass(world.inputs, { ...request, isReviewOpen: false, ...changes }));
  };

  it.each<[string, Partial<BreakGlassRequest>, readonly string[]]>([
    ['past the gates by an operator', {}, []],
    ['while an earlier one was not reviewed', { isReviewOpen: true }, ['review_still_open']],
    ['by somebody without the role', { actor: 'act_bea' }, ['role_not_held']],
    ['without signing in again', { isSteppedUp: false }, ['step_up_missing']],
    ['without the name of the path', { confirmedPathId: 'threshold' }, ['path_not_confirmed']],
    ['for ever', { expiresAtMs: 9e15 }, ['expiry_out_of_bounds']],
    ['for no time', { expiresAtMs: 0 }, ['expiry_out_of_bounds']],
    [
      'of a packet that was withdrawn',
      { packet: { ...subjectOf('1'), isWithdrawn: true } },
      ['packet_withdrawn'],
    ],
  ])('%s is answered', (_title, changes, codes) => {
    expect(ask(new RolloutWorld(), changes)).toEqual(codes);
  });

  function broken(): RolloutWorld {
    const world = new RolloutWorld();
    const expires_at = formatTime(world.nowMs + 3_600_000);
    world.add('act_oda', 'break_glass_opened', {
      ...{ ...subjectOf('1'), role: 'craton_operator', expires_at },
      ...{ ...reasonOf('Payments are stuck.'), ...RECEIPTS },
    });
    return world;
  }

  it('is loud while it lasts, and ends suspended, not live', () => {
    const world = broken();
    expect(world.judgement.state).toBe('attention');
    world.nowMs = breakGlassEndMs(world.rollout)!;
    expect(world.judgement.state).toBe('suspended');
    world.add('system', 'expired', { clock: 'break_glass' });
    expect(world.rollout.phase).toBe('suspended');
    expect(breakGlassEndMs(world.rollout)).toBeUndefined();
  });

  it('is reviewed afterwards, by the record that it left', () => {
    const world = broken();
    expect(hasOpenReview(world.rollout)).toBe(true);
    world.add('act_pat', 'break_glass_closed', { ...reasonOf('Done.'), ...RECEIPTS });
    expect(world.rollout.phase).toBe('suspended');
    const review = (letter: string) =>
      world.add('act_sam', 'break_glass_reviewed', {
        ...{ record_digest: subjectOf(letter).packet_digest, ...reasonOf('It was needed.') },
      });
    review('9');
    expect(hasOpenReview(world.rollout)).toBe(true);
    expect(world.judgement.actions).toContain('review_break_glass');
    review('f');
    expect(hasOpenReview(world.rollout)).toBe(false);
  });
});

describe('the history of a path', () => {
  const chain = pathChain('northstar', 'a-path');
  const records: StoredRecord[] = [];
  const add = (changes: Partial<BodyOf<'path', 'deployment_recorded'>>) => {
    const last = records.at(-1);
    const body = { rollout_id: 'rollout-1', action: 'deploy', live: true, ...RECEIPTS, ...changes };
    const record = { kind: 'deployment_recorded', body } as const;
    const place = { chain, atMs: 1, actor: 'act_oda', ...(last && { last }) };
    records.push(composeRecord('path', place, record as never));
    return foldPath(readRecords('path', records));
  };

  it('says what is live, what the next record names, and what waits for its review', () => {
    expect(foldPath([])).toEqual({ deployments: [], isReviewOpen: false });
    expect(add({ path_version: 1 }).live).toMatchObject({ path_version: 1 });
    const broken = add({ action: 'break_glass', record_digest: subjectOf('b').packet_digest });
    expect(broken).toMatchObject({ isReviewOpen: true, live: { action: 'break_glass' } });
    const suspended = add({ action: 'suspend', live: false });
    expect(suspended).not.toHaveProperty('live');
    expect(suspended).toMatchObject({
      isReviewOpen: true,
      lastRecordDigest: RECEIPTS.record_digest,
    });
    const last = records.at(-1)!;
    const body = { record_digest: subjectOf('b').packet_digest, ...reasonOf('It was needed.') };
    const place = { chain, atMs: 1, actor: 'act_sam', last };
    records.push(composeRecord('path', place, { kind: 'break_glass_reviewed', body }));
    expect(foldPath(readRecords('path', records))).toMatchObject({ isReviewOpen: false });
  });
});
