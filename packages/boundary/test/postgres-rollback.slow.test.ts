/** Three nodes on one database: what is rolled back on one of them issues nothing on any of them. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemSources } from '../src/ledger/sources.ts';
import { breakGlass } from '../src/rollout/break-glass.ts';
import { pullReview } from '../src/rollout/open-rollout.ts';
import { rollBack } from '../src/rollout/undo-deployment.ts';
import { DEVELOPMENT, World } from './ledger-world.ts';
import { makePostgresStore, type PostgresStoreUnderTest } from './postgres-store.ts';
import { packetOf, PATH_ID, RolloutSite, steppedUp } from './rollout-world.ts';

let store: PostgresStoreUnderTest;
let nodes: World[];

beforeEach(() => {
  store = makePostgresStore();
  nodes = [];
});

afterEach(async () => {
  for (const { ledger } of nodes) await ledger.close();
  await store.remove();
});

/** Makes a packet live, and answers its rollout. */
async function goLive(site: RolloutSite): Promise<string> {
  const { packet_digest: packetDigest } = site.request(packetOf(1));
  const { rolloutId } = await pullReview(site.ports, { actor: 'act_oda', packetDigest });
  const opened = await breakGlass(site.ports, steppedUp('act_otto'), {
    rolloutId,
    role: 'craton_operator',
    confirmedPathId: PATH_ID,
    reason: 'To have something that is live.',
    lastsMs: 3_600_000,
  });
  expect(opened.isDone).toBe(true);
  return rolloutId;
}

it('after a rollback returns no node issues a receipt of the old version', async () => {
  const sources = systemSources();
  for (let node = 0; node < 3; node++) nodes.push(await World.open(store, { sources }));
  const [first] = nodes;
  if (first === undefined) throw new Error('No node.');
  const site = new RolloutSite(first, sources);
  await site.appoint();
  const rolloutId = await goLive(site);
  const lastOfPath = async () => {
    const streams = await first.ledger.reader.listStreams(DEVELOPMENT);
    return streams.find(({ path_id }) => path_id === PATH_ID)?.last_seq ?? 0;
  };
  let isOver = false;
  const isLive = { value: 0 };
  const load = nodes.map(async (world) => {
    while (!isOver) {
      const { boundary_snapshot: snapshot } = await world.issue({
        gate_type: 'threshold_gate',
        system_scope: 'payments',
        decision_size_usd: 10,
      });
      if (snapshot.path_id === PATH_ID) isLive.value++;
    }
  });
  await expect.poll(() => isLive.value, { timeout: 60_000 }).toBeGreaterThan(30);
  const undone = await rollBack(site.ports, { rolloutId, actor: 'act_ros', reason: 'A race.' });
  expect(undone.isDone).toBe(true);
  const last = await lastOfPath();
  // A round of each node after the answer.
  for (const world of nodes) {
    const { boundary_snapshot: snapshot } = await world.issue({
      gate_type: 'threshold_gate',
      system_scope: 'payments',
    });
    expect(snapshot.path_id).toBe('unmatched');
  }
  isOver = true;
  await Promise.all(load);
  expect(await lastOfPath()).toBe(last);
  expect(last).toBeGreaterThan(0);
});
