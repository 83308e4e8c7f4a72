/** kill -9 of the whole service under load, again and again, on one store. */
import { describe, expect, it } from 'vitest';
import { parseBoundaryConfig } from '../../src/config.ts';
import { CrashRun, recordCounts, ROUND_TIMEOUT_MS, ROUNDS } from './crash-run.ts';
import { type CrashStore, postgresCrashStore, sqliteCrashStore } from './crash-store.ts';

const STORES: readonly [name: string, make: () => CrashStore | Promise<CrashStore>][] = [
  ['SQLite', sqliteCrashStore],
  ['PostgreSQL', postgresCrashStore],
];

/** Why the service cannot run on a store yet, if it cannot: its own words. */
function obstacleOf(name: string): string | undefined {
  if (name === 'SQLite') return undefined;
  const environment = {
    CRATON_SIGNING_KEY: Buffer.alloc(32, 1).toString('base64'),
    CRATON_ATTESTATIONS_FILE: 'attestations.json',
    DATABASE_URL: 'postgres://nobody@127.0.0.1/nothing',
  };
  try {
    parseBoundaryConfig(environment);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'no reason given';
  }
}

describe.each(STORES)('the service on %s, killed under load', (name, make) => {
  const obstacle = obstacleOf(name);
  it.skipIf(obstacle !== undefined)(
    `loses, changes and doubles nothing (${ROUNDS} rounds)${obstacle === undefined ? '' : `: ${obstacle}`}`,
    async () => {
      const store = await make();
      try {
        const run = new CrashRun(store, (service) => service.kill());
        const counts = await run.run();
        recordCounts(`kill -9, ${name}`, counts);
        expect(counts.acknowledged).toBeGreaterThan(10 * ROUNDS);
        expect(counts.found).toBe(counts.acknowledged);
        expect(counts.replayed).toBeGreaterThan(ROUNDS);
      } finally {
        await store.remove();
      }
    },
    (ROUNDS + 1) * ROUND_TIMEOUT_MS,
  );
});
