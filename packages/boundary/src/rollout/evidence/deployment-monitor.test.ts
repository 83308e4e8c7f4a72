/** What becomes of a deployment while nobody looks: a clock that stands still, and a real store. */
import { formatTime } from '@craton/protocol';
import { judgeRollout, type KeyRouteEvidence, rolloutChain } from '@craton/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeSources } from '../../../test/fake-sources.ts';
import { type StoreUnderTest, World } from '../../../test/ledger-world.ts';
import {
  APPROVALS,
  packetOf,
  PATH_ID,
  RolloutSite,
  steppedUp,
} from '../../../test/rollout-world.ts';
import { makeSqliteStore } from '../../../test/sqlite-store.ts';
import { breakGlass } from '../break-glass.ts';
import { acknowledge, approveGate } from '../decide-gate.ts';
import { deployRollout } from '../deploy-rollout.ts';
import { evaluateRollout } from '../evaluate-criteria.ts';
import { pullReview } from '../open-rollout.ts';
import { loadRollout } from '../read-rollout.ts';
import { stageRollout } from '../stage-rollout.ts';
import { testIncidentChannel } from '../test-channel.ts';
import { suspendPath } from '../undo-deployment.ts';
import { DeploymentMonitor } from './deployment-monitor.ts';

const MINUTE_MS = 60_000;
/** Of the default policy: 12 checks in an hour. */
const SLOT_MS = 5 * MINUTE_MS;
const SLOTS = 12;

let store: StoreUnderTest;
let sources: FakeSources;
let site: RolloutSite;
/** How many receipts each check was given, and what strangers make of them. */
let checked: number[];
let isVerified: boolean;
let restarted: string[];

beforeEach(async () => {
  store = makeSqliteStore();
  sources = new FakeSources();
  site = new RolloutSite(await World.open(store, { sources }), sources);
  await site.appoint();
  [checked, isVerified, restarted] = [[], true, []];
});
afterEach(async () => {
  await site.world.ledger.close();
  await store.remove();
});

const monitor = (): DeploymentMonitor =>
  new DeploymentMonitor({
    ...{ ...site.ports, rollouts: site.ports },
    keyRoute: (receipts): Promise<KeyRouteEvidence> => {
      checked.push(receipts.length);
      const verified = isVerified ? receipts.length : 0;
      const digests = receipts.map(() => `sha256:${'a'.repeat(64)}`);
      return Promise.resolve({
        ...{ jwks_reached: true, receipts: digests, verified, wrong_keys_refused: true },
      });
    },
    onWindowRestarted: (rolloutId) => restarted.push(rolloutId),
  });

async function open(): Promise<string> {
  const packetDigest = site.request(packetOf(1)).packet_digest;
  return (await pullReview(site.ports, { actor: 'act_oda', packetDigest })).rolloutId;
}

async function deployed(): Promise<string> {
  const rolloutId = await open();
  const { packet } = (await loadRollout(site.ports, rolloutId)).rollout;
  const approve = async (approvals: readonly (typeof APPROVALS)[number][]): Promise<void> => {
    for (const [gate, role, person] of approvals) {
      const { packet_digest: packetDigest, scope_digest: scopeDigest } = packet;
      const said = { rolloutId, person, gate, role, packetDigest, scopeDigest };
      await approveGate(site.ports, said);
    }
  };
  await evaluateRollout(site.ports, { rolloutId, actor: 'act_oda' });
  await approve(APPROVALS.slice(0, 3));
  await stageRollout(site.ports, steppedUp('act_otto'), rolloutId);
  await site.testInStaging(packetOf(1));
  await evaluateRollout(site.ports, { rolloutId, actor: 'act_oda' });
  await acknowledge(site.ports, {
    ...{ rolloutId, person: 'act_ros', subject: 'rollback_owner', by: 'session' },
  });
  await testIncidentChannel(site.ports, { rolloutId, actor: 'act_oda' });
  await approve(APPROVALS.slice(3));
  const asked = { rolloutId, confirmedPathId: PATH_ID };
  const { isDone } = await deployRollout(site.ports, steppedUp('act_otto'), asked);
  expect(isDone).toBe(true);
  return rolloutId;
}

const stateOf = async (rolloutId: string) =>
  judgeRollout((await loadRollout(site.ports, rolloutId)).inputs).state;
const stabilityOf = async (rolloutId: string) =>
  (await loadRollout(site.ports, rolloutId)).rollout.stability?.body;

async function pass(one: DeploymentMonitor, slots: number): Promise<void> {
  for (let slot = 0; slot < slots; slot++) {
    sources.advance(SLOT_MS);
    await one.turn();
  }
}

describe('after a deployment', () => {
  it('its receipts are verified through the window, and the result is recorded once', async () => {
    const rolloutId = await deployed();
    const one = monitor();
    await one.turn();
    await one.turn();
    expect(checked).toEqual([1]);
    await pass(one, SLOTS - 1);
    expect(await stabilityOf(rolloutId)).toBeUndefined();
    await pass(one, 1);
    expect(await stabilityOf(rolloutId)).toMatchObject({
      ...{ checks: SLOTS + 1, verified: SLOTS + 1, result: 'pass' },
      window_ends_at: formatTime(sources.nowMs()),
    });
    await pass(one, 3);
    await pass(monitor(), 1);
    expect(checked).toHaveLength(SLOTS + 1);
    const chain = await site.ports.operatorRecords.readChain(rolloutChain(rolloutId));
    expect(chain.filter(({ kind }) => kind === 'stability_checked')).toHaveLength(1);
    expect([await stateOf(rolloutId), restarted]).toEqual(['deployed', []]);
  });

  it('the newest receipts of the path are verified, where there are any', async () => {
    await deployed();
    for (let ask = 0; ask < 7; ask++) await site.ask(10 + ask);
    await monitor().turn();
    expect(checked).toEqual([5]);
  });

  it('one receipt that does not verify shows the rollout as needing attention', async () => {
    const rolloutId = await deployed();
    const one = monitor();
    await pass(one, 2);
    isVerified = false;
    await pass(one, 1);
    expect(await stabilityOf(rolloutId)).toMatchObject({ checks: 3, verified: 2, result: 'fail' });
    expect(await stateOf(rolloutId)).toBe('attention');
  });

  it('a process that was away begins the window again, and says so', async () => {
    const rolloutId = await deployed();
    await pass(monitor(), 2);
    sources.advance(3 * SLOT_MS);
    const later = monitor();
    await later.turn();
    const beganMs = sources.nowMs();
    expect(restarted).toEqual([rolloutId]);
    await pass(later, SLOTS);
    expect(await stabilityOf(rolloutId)).toMatchObject({
      ...{ checks: SLOTS + 1, result: 'pass' },
      window_ends_at: formatTime(beganMs + SLOTS * SLOT_MS),
    });
  });

  it('nothing more is checked once the path is out of service', async () => {
    const rolloutId = await deployed();
    const one = monitor();
    await one.turn();
    await suspendPath(site.ports, { rolloutId, actor: 'act_oda', reason: 'Out of service.' });
    await pass(one, SLOTS);
    expect([checked.length, await stabilityOf(rolloutId)]).toEqual([1, undefined]);
  });
});

describe('an emergency deployment', () => {
  it('ends at its time, once, whether or not the process was there when it began', async () => {
    const rolloutId = await open();
    await breakGlass(site.ports, steppedUp('act_otto'), {
      ...{ rolloutId, role: 'craton_operator', confirmedPathId: PATH_ID },
      ...{ reason: 'The other way is down.', lastsMs: 30 * MINUTE_MS },
    });
    const early = monitor();
    sources.advance(30 * MINUTE_MS - 1);
    await early.turn();
    expect(await stateOf(rolloutId)).toBe('attention');
    sources.advance(1);
    await monitor().turn();
    await early.turn();
    expect(await stateOf(rolloutId)).toBe('suspended');
    expect(await site.ask(100)).toEqual({ verdict: 'reject', version: undefined });
    const { records } = await loadRollout(site.ports, rolloutId);
    const ends = records.filter(({ kind }) => kind === 'suspended');
    expect(ends.map(({ body }) => body)).toMatchObject([{ cause: 'break_glass_expired' }]);
  });
});
