import { formatTime } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { policyWith, reasonOf, START_MS } from '../../test/rollouts.ts';
import { activeWaivers, foldGovernance, holdersFor, NO_GOVERNANCE } from './fold-governance.ts';
import { activeFreezes } from './freeze-window.ts';
import { DEFAULT_GATE_POLICY, type GatePolicy, gatePolicyDigest } from './gate-policy.ts';
import { composeRecord, governanceChain, readRecords, type StoredRecord } from './record-chain.ts';
import type { BodyOf, FreezeWindow, GovernanceKind, RoleHolders } from './records.ts';

class GovernanceWorld {
  readonly records: StoredRecord[] = [];
  nowMs = START_MS;

  add<K extends GovernanceKind>(actor: string, kind: K, body: BodyOf<'governance', K>) {
    const last = this.records.at(-1);
    const chain = governanceChain('production');
    const place = { chain, atMs: this.nowMs, actor, ...(last && { last }) };
    const record = composeRecord('governance', place, { kind, body });
    this.records.push(record);
    return record.digest as `sha256:${string}`;
  }

  proposeHolders(actor: string, role_holders: RoleHolders, scope = {}) {
    return this.add(actor, 'role_holders_proposed', { role_holders, ...scope, ...REASON });
  }

  proposePolicy(actor: string, policy: GatePolicy, digest = gatePolicyDigest(policy)) {
    return this.add(actor, 'gate_policy_proposed', { policy, policy_digest: digest, ...REASON });
  }

  state(isProductionLike = true) {
    return foldGovernance(readRecords('governance', this.records), { isProductionLike });
  }
}

const REASON = reasonOf('Agreed in the weekly meeting.');
const HELD = { security_owner: ['act_sam'] };

describe('role holders', () => {
  it('hold from the moment that a second person confirms', () => {
    const world = new GovernanceWorld();
    const proposal = world.proposeHolders('act_pat', HELD);
    expect(world.state().holders.size).toBe(0);
    expect(world.state().open).toMatchObject([{ digest: proposal, proposer: 'act_pat' }]);
    world.add('act_bea', 'role_holders_confirmed', { proposal });
    expect(holdersFor(world.state(), 'northstar', 'a-path')).toEqual(HELD);
    expect(world.state().open).toEqual([]);
  });

  it('of a path stand before those of every path, role by role', () => {
    const world = new GovernanceWorld();
    for (const [holders, scope] of [
      [{ security_owner: ['act_sam'], risk_owner: ['act_rita'] }, {}],
      [{ security_owner: ['act_sue'] }, { partner_id: 'northstar', path_id: 'a-path' }],
    ] as const) {
      const proposal = world.proposeHolders('act_pat', holders, scope);
      world.add('act_bea', 'role_holders_confirmed', { proposal });
    }
    expect(holdersFor(world.state(), 'northstar', 'a-path')).toEqual({
      security_owner: ['act_sue'],
      risk_owner: ['act_rita'],
    });
    expect(holdersFor(world.state(), 'northstar', 'other')).toMatchObject(HELD);
  });

  it.each([
    ['the person who proposed it', 'act_pat', 'act_pat', 'same_person'],
    ['a key', 'act_pat', 'key_1', 'not_a_person'],
    ['a start', 'start', 'start', 'not_a_person'],
  ])('are not confirmed by %s', (_title, proposer, confirmer, code) => {
    const world = new GovernanceWorld();
    const proposal = world.proposeHolders(proposer, HELD);
    world.add(confirmer, 'role_holders_confirmed', { proposal });
    expect(world.state()).toMatchObject({ refused: [{ seq: 2, code }] });
    expect(world.state().holders.size).toBe(0);
  });

  it('are confirmed once, by the kind that belongs to them, and not after a refusal', () => {
    const world = new GovernanceWorld();
    const proposal = world.proposeHolders('act_pat', HELD);
    world.add('act_bea', 'gate_policy_confirmed', { proposal });
    world.add('act_bea', 'proposal_refused', { proposal, ...REASON });
    world.add('act_bea', 'role_holders_confirmed', { proposal });
    expect(world.state().refused.map(({ code }) => code)).toEqual([
      'proposal_unknown',
      'proposal_unknown',
    ]);
    expect(world.state().holders.size).toBe(0);
  });

  it('may be set up by a start where nothing is like production', () => {
    const world = new GovernanceWorld();
    const proposal = world.proposeHolders('start', HELD);
    world.add('start', 'role_holders_confirmed', { proposal });
    expect(holdersFor(world.state(false), 'a', 'b')).toEqual(HELD);
  });
});

describe('the gate policy in force', () => {
  const alone = policyWith({ version: 2, single_operator: true });

  it('is the default until two people change it', () => {
    const world = new GovernanceWorld();
    expect(world.state()).toEqual(NO_GOVERNANCE);
    const policy = policyWith({ version: 2, evidence_age_s_max: 30 });
    const proposal = world.proposePolicy('act_pat', policy);
    world.add('act_bea', 'gate_policy_confirmed', { proposal });
    expect(world.state().policy).toEqual(policy);
  });

  it('lets one person confirm alone only where nothing is like production', () => {
    const world = new GovernanceWorld();
    const proposal = world.proposePolicy('act_pat', alone);
    world.add('act_bea', 'gate_policy_confirmed', { proposal });
    const holders = world.proposeHolders('act_pat', HELD);
    world.add('act_pat', 'role_holders_confirmed', { proposal: holders });
    expect(holdersFor(world.state(false), 'a', 'b')).toEqual(HELD);
    expect(world.state(true)).toMatchObject({
      policy: DEFAULT_GATE_POLICY,
      refused: [
        { seq: 2, code: 'policy_not_allowed_here' },
        { seq: 4, code: 'same_person' },
      ],
    });
  });

  it('is not another one than its digest says', () => {
    const world = new GovernanceWorld();
    const other = gatePolicyDigest(policyWith({ version: 3 }));
    const proposal = world.proposePolicy('act_pat', policyWith({ version: 2 }), other);
    world.add('act_bea', 'gate_policy_confirmed', { proposal });
    expect(world.state().refused).toEqual([{ seq: 2, code: 'policy_digest_differs' }]);
  });
});

describe('a waiver', () => {
  const added = {
    ...{ id: 'X.legal', gate: 'G2', kind: 'declared', lifetime_s: 60, waivable: true },
  } as (typeof DEFAULT_GATE_POLICY.criteria)[0];
  const policy = policyWith({ criteria: [...DEFAULT_GATE_POLICY.criteria, added] });

  function waived(criterion: string, expiresAtMs: number, confirmer = 'act_bea') {
    const world = new GovernanceWorld();
    const changed = world.proposePolicy('act_pat', policy);
    world.add('act_bea', 'gate_policy_confirmed', { proposal: changed });
    const proposal = world.add('act_pat', 'waiver_proposed', {
      ...{ rollout_id: 'rollout-1', criterion, expires_at: formatTime(expiresAtMs) },
      ...REASON,
    });
    world.add(confirmer, 'waiver_confirmed', { proposal });
    return { world, proposal };
  }
  const holdsAt = (world: GovernanceWorld, nowMs: number, rolloutId = 'rollout-1') =>
    activeWaivers(world.state(), rolloutId, nowMs).length === 1;

  it('holds until its end, for one rollout, until it is revoked', () => {
    const { world, proposal } = waived('X.legal', START_MS + 1_000);
    expect(holdsAt(world, START_MS + 999)).toBe(true);
    expect(holdsAt(world, START_MS + 1_000)).toBe(false);
    expect(holdsAt(world, START_MS, 'rollout-2')).toBe(false);
    world.add('act_sam', 'waiver_revoked', { proposal, ...REASON });
    expect(holdsAt(world, START_MS)).toBe(false);
  });

  it('never holds longer than 30 days, by one person alone, or for a criterion of the seed', () => {
    const { world } = waived('X.legal', START_MS + 400 * 86_400_000);
    expect(holdsAt(world, START_MS + 30 * 86_400_000 - 1)).toBe(true);
    expect(holdsAt(world, START_MS + 30 * 86_400_000)).toBe(false);
    expect(holdsAt(waived('X.legal', START_MS + 1_000, 'act_pat').world, START_MS)).toBe(false);
    expect(holdsAt(waived('G2.1', START_MS + 1_000).world, START_MS)).toBe(false);
  });
});

describe('a freeze window', () => {
  const weekly = (days: readonly string[], from_minute: number, until_minute: number) => ({
    id: 'w',
    reason: 'r',
    time_zone: 'Europe/Berlin',
    weekly: { days, from_minute, until_minute },
  });
  /** 2026-11-20 is a Friday; Berlin is one hour ahead of UTC. */
  it.each<[string, FreezeWindow, string, boolean]>([
    ['begins to the minute', weekly(['5'], 17 * 60, 24 * 60), '2026-11-20T16:00:00.000Z', true],
    ['not before', weekly(['5'], 17 * 60, 24 * 60), '2026-11-20T15:59:59.999Z', false],
    ['ends with the day there', weekly(['5'], 17 * 60, 24 * 60), '2026-11-20T23:00:00.000Z', false],
    ['goes on after midnight', weekly(['5'], 17 * 60, 6 * 60), '2026-11-21T04:59:00.000Z', true],
    ['until its minute', weekly(['5'], 17 * 60, 6 * 60), '2026-11-21T05:00:00.000Z', false],
    ['on its days only', weekly(['6'], 17 * 60, 6 * 60), '2026-11-21T04:59:00.000Z', false],
    ['from Sunday into Monday', weekly(['7'], 1_200, 60), '2026-11-22T23:30:00.000Z', true],
    [
      'once, until its end',
      { id: 'w', reason: 'r', time_zone: 'UTC', until: '2026-11-20T00:00:00.000Z' },
      '2026-11-20T00:00:00.000Z',
      false,
    ],
    [
      'once, from its beginning',
      { id: 'w', reason: 'r', time_zone: 'UTC', from: '2026-11-20T00:00:00.000Z' },
      '2026-11-20T00:00:00.000Z',
      true,
    ],
    [
      'always, if its time zone is unknown',
      { ...weekly(['1'], 0, 1), time_zone: 'Mars/Base' },
      '2026-11-20T12:00:00.000Z',
      true,
    ],
  ])('holds %s', (_title, window, at, isFrozen) => {
    expect(activeFreezes([window], Date.parse(at))).toEqual(isFrozen ? ['w'] : []);
  });

  it('replaces one of its id, and is removed by it', () => {
    const world = new GovernanceWorld();
    const window = { id: 'w', reason: 'Year end.', time_zone: 'UTC' };
    world.add('act_pat', 'freeze_window_set', { window });
    world.add('act_pat', 'freeze_window_set', { window: { ...window, time_zone: 'Asia/Tokyo' } });
    expect(world.state().freezeWindows).toMatchObject([{ time_zone: 'Asia/Tokyo' }]);
    world.add('act_pat', 'freeze_window_removed', { id: 'w', ...REASON });
    expect(world.state().freezeWindows).toEqual([]);
  });
});
