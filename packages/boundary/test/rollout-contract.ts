/** From a requested review to a live path and back, on each adapter. */
import { type Digest, type JsonObject } from '@craton/protocol';
import { type GateId, type GateRole, judgeRollout, verifyRecordChain } from '@craton/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { breakGlass, reviewBreakGlass } from '../src/rollout/break-glass.ts';
import {
  acknowledge,
  approveGate,
  rejectGate,
  requestChanges,
  withdrawApproval,
} from '../src/rollout/decide-gate.ts';
import { deployRollout } from '../src/rollout/deploy-rollout.ts';
import { describeRollout, describeTimeline } from '../src/rollout/describe-rollout.ts';
import { evaluateRollout } from '../src/rollout/evaluate-criteria.ts';
import { pullReview } from '../src/rollout/open-rollout.ts';
import { loadRollout } from '../src/rollout/read-rollout.ts';
import { areRolesFilled } from '../src/rollout/role-holders.ts';
import { stageRollout } from '../src/rollout/stage-rollout.ts';
import { testIncidentChannel } from '../src/rollout/test-channel.ts';
import { endBreakGlass, rollBack, suspendPath } from '../src/rollout/undo-deployment.ts';
import { FakeSources } from './fake-sources.ts';
import { type StoreMaker, type StoreUnderTest, World } from './ledger-world.ts';
import { APPROVALS, HOLDERS, packetOf, PATH_ID, RolloutSite, steppedUp } from './rollout-world.ts';

const MINUTE_MS = 60_000;

export function describeRollouts(name: string, makeStore: StoreMaker): void {
  describe(`rollouts on ${name}`, () => {
    let store: StoreUnderTest;
    let sources: FakeSources;
    let site: RolloutSite;

    beforeEach(async () => {
      store = makeStore();
      sources = new FakeSources();
      site = new RolloutSite(await World.open(store, { sources }), sources);
      await site.appoint();
    });
    afterEach(async () => {
      await site.world.ledger.close();
      await store.remove();
    });

    const refusedFor = (...reasons: string[]) =>
      expect.objectContaining({ code: 'ERR_ROLLOUT_REFUSED', reasons }) as Error;

    async function open(version = 1, allowUpTo?: number): Promise<string> {
      const packet = site.request(packetOf(version, allowUpTo));
      const packetDigest = packet.packet_digest;
      return (await pullReview(site.ports, { actor: 'act_oda', packetDigest })).rolloutId;
    }

    async function approve(
      rolloutId: string,
      [gate, role, person]: readonly [GateId, GateRole, string],
    ): Promise<void> {
      const { rollout } = await loadRollout(site.ports, rolloutId);
      const { packet_digest: packetDigest, scope_digest: scopeDigest } = rollout.packet;
      await approveGate(site.ports, { rolloutId, person, gate, role, packetDigest, scopeDigest });
    }

    const evaluate = (rolloutId: string) =>
      evaluateRollout(site.ports, { rolloutId, actor: 'act_oda' });

    /** Everything but the deployment. */
    async function makeReady(rolloutId: string): Promise<void> {
      await evaluate(rolloutId);
      for (const approval of APPROVALS.slice(0, 3)) await approve(rolloutId, approval);
      await stageRollout(site.ports, steppedUp('act_otto'), rolloutId);
      const { rollout } = await loadRollout(site.ports, rolloutId);
      const review = site.reviews.get(rollout.packet.packet_digest);
      if (review === undefined) throw new Error('No review.');
      await site.testInStaging(review.packet);
      await evaluate(rolloutId);
      const ros = {
        rolloutId,
        person: 'act_ros',
        subject: 'rollback_owner',
        by: 'session',
      } as const;
      await acknowledge(site.ports, ros);
      await testIncidentChannel(site.ports, { rolloutId, actor: 'act_oda' });
      for (const approval of APPROVALS.slice(3)) await approve(rolloutId, approval);
    }

    const deploy = (rolloutId: string, person = 'act_otto', confirmedPathId = PATH_ID) =>
      deployRollout(site.ports, steppedUp(person), { rolloutId, confirmedPathId });

    const stateOf = async (rolloutId: string) =>
      judgeRollout((await loadRollout(site.ports, rolloutId)).inputs).state;

    async function deployed(version = 1, allowUpTo?: number): Promise<string> {
      const rolloutId = await open(version, allowUpTo);
      await makeReady(rolloutId);
      const outcome = await deploy(rolloutId);
      expect(outcome).toMatchObject({ isDone: true, codes: [] });
      return rolloutId;
    }

    it('lead from a pulled packet to a live path, and nothing is live before', async () => {
      const before = await site.ask(100);
      expect(before).toEqual({ verdict: 'reject', version: undefined });
      const rolloutId = await open();
      expect(await stateOf(rolloutId)).toBe('review_requested');
      await makeReady(rolloutId);
      expect(await stateOf(rolloutId)).toBe('ready_to_deploy');
      expect(await site.ask(100)).toEqual(before);
      const { isDone, answerText } = await deploy(rolloutId);
      expect(isDone).toBe(true);
      const answer = JSON.parse(answerText) as JsonObject;
      expect(answer['decision']).toMatchObject({
        verdict: 'allow',
        reasons: ['all_facets_passed'],
        boundary_snapshot: { path_id: 'deployment-approval', partner_id: 'craton_operations' },
      });
      expect(answer['deployment_record']).toMatchObject({ sig_alg: 'ed25519' });
      expect(await site.ask(100)).toEqual({ verdict: 'allow', version: 1 });
      expect(await stateOf(rolloutId)).toBe('deployed');
      const kinds = (await loadRollout(site.ports, rolloutId)).records.map(({ kind }) => kind);
      expect(kinds).toEqual([
        'rollout_opened',
        'criteria_evaluated',
        ...['approved', 'approved', 'approved', 'staged', 'criteria_evaluated', 'acknowledged'],
        ...['channel_tested', 'approved', 'approved', 'approved', 'criteria_evaluated', 'deployed'],
      ]);
    });

    it('pull the same packet once, and a newer one voids what was approved', async () => {
      const rolloutId = await open();
      const packetDigest = packetOf(1).packet_digest;
      const again = await pullReview(site.ports, { actor: 'act_oda', packetDigest });
      expect(again).toMatchObject({ rolloutId, outcome: 'known', unsatisfiable: [] });
      await evaluate(rolloutId);
      await approve(rolloutId, APPROVALS[0]);
      site.reviews.clear();
      const newer = site.request(packetOf(2));
      const { packet_digest } = newer;
      const pulled = await pullReview(site.ports, {
        actor: 'act_oda',
        packetDigest: packet_digest,
      });
      expect(pulled).toMatchObject({ rolloutId, outcome: 'replaced' });
      const [gate] = judgeRollout((await loadRollout(site.ports, rolloutId)).inputs).gates;
      expect(gate?.approvals).toMatchObject({
        counted: [],
        notCounted: [{ code: 'older_version' }],
      });
    });

    it('refuse an approval by the author, by nobody, of another packet and of a withdrawn one', async () => {
      site.request(packetOf(1), { author: 'act_rita' });
      const { packet_digest: packetDigest, scope_digest: scopeDigest = '' } = packetOf(1);
      const { rolloutId } = await pullReview(site.ports, { actor: 'act_oda', packetDigest });
      await evaluate(rolloutId);
      const asked = { rolloutId, gate: 'G1', packetDigest, scopeDigest } as const;
      const ask = (person: string, role: GateRole, others: object = {}) =>
        approveGate(site.ports, { ...asked, person, role, ...others });
      await expect(ask('act_rita', 'risk_owner')).rejects.toEqual(refusedFor('author'));
      await expect(ask('act_bea', 'risk_owner')).rejects.toEqual(refusedFor('role_not_held'));
      const other = { packetDigest: `sha256:${'9'.repeat(64)}` };
      await expect(ask('act_pat', 'platform_owner', other)).rejects.toEqual(
        refusedFor('packet_changed'),
      );
      site.request(packetOf(1), { isWithdrawn: true });
      await expect(ask('act_pat', 'platform_owner')).rejects.toEqual(
        refusedFor('packet_withdrawn'),
      );
      expect(await stateOf(rolloutId)).toBe('withdrawn');
    });

    it('end with a rejection and its reason, or go back to the author', async () => {
      const rolloutId = await open();
      await evaluate(rolloutId);
      const { packet_digest: packetDigest, scope_digest: scopeDigest = '' } = packetOf(1);
      const rita = { person: 'act_rita', gate: 'G1', role: 'risk_owner' } as const;
      const decision = { rolloutId, ...rita, packetDigest, scopeDigest };
      await expect(rejectGate(site.ports, decision)).rejects.toMatchObject({
        code: 'ERR_REQUEST_FIELD',
        field: 'reason',
      });
      await approveGate(site.ports, decision);
      await withdrawApproval(site.ports, { rolloutId, ...rita, reason: 'I looked again.' });
      await requestChanges(site.ports, { ...decision, reason: 'Name the second approver.' });
      expect(await stateOf(rolloutId)).toBe('changes_requested');
      const second = await open(2);
      expect(second).toBe(rolloutId);
      await evaluate(rolloutId);
      const { rollout } = await loadRollout(site.ports, rolloutId);
      const seen = {
        packetDigest: rollout.packet.packet_digest,
        scopeDigest: rollout.packet.scope_digest,
      };
      await rejectGate(site.ports, { ...decision, ...seen, reason: 'Not this year.' });
      expect(await stateOf(rolloutId)).toBe('rejected');
    });

    it.each([
      ['the deployer approved last', 'act_pat', PATH_ID, ['role_not_held']],
      ['the path is not typed', 'act_otto', 'payment', ['path_not_confirmed']],
    ] as const)('do not deploy if %s', async (_, person, typed, reasons) => {
      const rolloutId = await open();
      await makeReady(rolloutId);
      if (person === 'act_pat') {
        await expect(deploy(rolloutId, person, typed)).rejects.toEqual(refusedFor(...reasons));
        return;
      }
      const outcome = await deploy(rolloutId, person, typed);
      expect(outcome).toMatchObject({ isDone: false, codes: reasons });
      const { decision } = JSON.parse(outcome.answerText) as { decision: JsonObject };
      expect(decision).toMatchObject({ verdict: 'reject', reasons: ['not_admitted'] });
      expect(await site.ask(100)).toEqual({ verdict: 'reject', version: undefined });
      const { records } = await loadRollout(site.ports, rolloutId);
      expect(records.at(-1)).toMatchObject({
        kind: 'deploy_refused',
        body: { codes: reasons, request_id: decision['request_id'] },
      });
    });

    it('measure again before they deploy, and what fails then stops them', async () => {
      const rolloutId = await open();
      await makeReady(rolloutId);
      site.measured = {
        separation: () =>
          Promise.resolve({
            production_identities: ['a'],
            draft_identities: ['a'],
            write_probe: 'refused',
          }),
      };
      const outcome = await deploy(rolloutId);
      expect(outcome.isDone).toBe(false);
      expect(outcome.codes).toContain('environment_not_passed');
      expect(await site.ask(100)).toMatchObject({ version: undefined });
    });

    it('let one of two deployments win', async () => {
      const rolloutId = await open();
      await makeReady(rolloutId);
      const results = await Promise.allSettled([deploy(rolloutId), deploy(rolloutId)]);
      const done = results.filter((result) => result.status === 'fulfilled' && result.value.isDone);
      expect(done).toHaveLength(1);
      const { records } = await loadRollout(site.ports, rolloutId);
      expect(records.filter(({ kind }) => kind === 'deployed')).toHaveLength(1);
    });

    it('supersede an earlier version, and bring it back in one action', async () => {
      const first = await deployed(1);
      const second = await deployed(2, 50);
      expect(await stateOf(first)).toBe('superseded');
      expect(await site.ask(100)).toEqual({ verdict: 'constrain', version: 2 });
      const asked = { rolloutId: second, actor: 'act_ros', reason: 'Wrong limit.' };
      await expect(rollBack(site.ports, { ...asked, actor: 'act_bea' })).rejects.toEqual(
        refusedFor('role_not_held'),
      );
      const undone = await rollBack(site.ports, asked);
      expect(undone).toMatchObject({ isDone: true, liveVersion: 1 });
      expect(await site.ask(100)).toEqual({ verdict: 'allow', version: 1 });
      expect([await stateOf(first), await stateOf(second)]).toEqual(['deployed', 'rolled_back']);
      const suspended = await suspendPath(site.ports, {
        rolloutId: first,
        actor: 'act_oda',
        reason: 'Incident.',
      });
      expect(suspended.isDone).toBe(true);
      expect(await site.ask(100)).toEqual({ verdict: 'reject', version: undefined });
      expect(await stateOf(first)).toBe('suspended');
    });

    it('take a first version out of service when it is rolled back', async () => {
      const rolloutId = await deployed();
      const asked = { rolloutId, actor: 'act_ros', reason: 'Too early.' };
      const undone = await rollBack(site.ports, asked);
      expect(undone.isDone).toBe(true);
      expect(undone).not.toHaveProperty('liveVersion');
      expect(await site.ask(100)).toEqual({ verdict: 'reject', version: undefined });
      await expect(rollBack(site.ports, asked)).rejects.toEqual(refusedFor('state_does_not_allow'));
    });

    it('break glass for a time, end suspended, and wait for a review', async () => {
      const rolloutId = await open();
      const asked = {
        rolloutId,
        role: 'craton_operator',
        confirmedPathId: PATH_ID,
        reason: 'The bank is down.',
        lastsMs: 30 * MINUTE_MS,
      } as const;
      const otto = { person: 'act_otto', isSteppedUp: false };
      await expect(breakGlass(site.ports, otto, asked)).rejects.toEqual(
        refusedFor('step_up_missing'),
      );
      const opened = await breakGlass(site.ports, steppedUp('act_otto'), asked);
      expect(opened.isDone).toBe(true);
      expect(await site.ask(100)).toEqual({ verdict: 'allow', version: 1 });
      expect(await stateOf(rolloutId)).toBe('attention');
      sources.advance(30 * MINUTE_MS);
      await endBreakGlass(site.ports, rolloutId);
      expect(await site.ask(100)).toEqual({ verdict: 'reject', version: undefined });
      expect(await stateOf(rolloutId)).toBe('suspended');
      const review = { rolloutId, person: 'act_otto', reason: 'It was needed.' };
      await expect(reviewBreakGlass(site.ports, review)).rejects.toEqual(
        refusedFor('person_counted'),
      );
      await reviewBreakGlass(site.ports, { ...review, person: 'act_sam' });
    });

    it('tell everything about themselves, and nothing of a draft', async () => {
      const rolloutId = await open();
      await evaluate(rolloutId);
      const loaded = await loadRollout(site.ports, rolloutId);
      const text = JSON.stringify([describeRollout(loaded), describeTimeline(loaded)]);
      expect(text).toContain('G2.4');
      expect(text).not.toContain('Two people of finance');
      expect(text).not.toContain('support@example.com');
    });

    it('notice a record that was changed after it was stored', async () => {
      const rolloutId = await open();
      const [record] = await site.world.ledger.operatorRecords.readChain(`rollout:${rolloutId}`);
      if (record === undefined) throw new Error('No record.');
      const forged = { ...record, actor: 'act_nobody' };
      const readChain = (chain: string) =>
        chain.startsWith('rollout:')
          ? Promise.resolve([forged])
          : site.world.ledger.operatorRecords.readChain(chain);
      const operatorRecords = Object.create(site.world.ledger.operatorRecords, {
        readChain: { value: readChain },
      }) as typeof site.world.ledger.operatorRecords;
      await expect(
        loadRollout({ ...site.ports, operatorRecords }, rolloutId),
      ).rejects.toMatchObject({ code: 'ERR_RECORDS_BROKEN' });
      expect(verifyRecordChain([record])).toMatchObject({ intact: true });
    });

    it('have their people only once somebody was appointed for everything', async () => {
      expect(await areRolesFilled(site.ports)).toBe(true);
      await site.appoint({ ...HOLDERS, rollback_owner: [] });
      expect(await areRolesFilled(site.ports)).toBe(false);
      await site.appoint({ ...HOLDERS, craton_operator: HOLDERS.security_owner });
      expect(await areRolesFilled(site.ports)).toBe(false);
      await site.appoint();
      expect(await areRolesFilled(site.ports)).toBe(true);
    });

    it('know nothing of a packet that nobody asked to review', async () => {
      const packetDigest: Digest = `sha256:${'1'.repeat(64)}`;
      await expect(
        pullReview(site.ports, { actor: 'act_oda', packetDigest }),
      ).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
      await expect(loadRollout(site.ports, 'nowhere')).rejects.toMatchObject({
        code: 'ERR_NOT_FOUND',
      });
    });
  });
}
