/** The power goes while the service writes: what the disk had not flushed is gone. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BoundaryProcess } from './boundary-process.ts';
import { CrashRun, recordCounts, ROUND_TIMEOUT_MS, ROUNDS } from './crash-run.ts';
import { sqliteFile } from './crash-store.ts';
import { VolatileDisk, whyNoVolatileDisk } from './volatile-disk.ts';

const WITHOUT_SYNC = new URL('./without-sync.ts', import.meta.url).href;
const CONTROLS = Math.max(2, Math.floor(ROUNDS / 5));
const obstacle = whyNoVolatileDisk();

async function withDisk<T>(work: (run: CrashRun) => Promise<T>): Promise<T> {
  const disk = new VolatileDisk();
  const cut = async (service: BoundaryProcess): Promise<void> => {
    disk.cutPower();
    await service.endAnyway();
    disk.restorePower();
  };
  try {
    return await work(new CrashRun(sqliteFile(join(disk.files, 'ledger.db')), cut));
  } finally {
    disk.remove();
  }
}

describe.skipIf(obstacle !== undefined)(
  `the service on SQLite, on a disk that loses what was not flushed${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    it(
      `loses nothing that was acknowledged (${ROUNDS} power cuts)`,
      async () => {
        const counts = await withDisk((run) => run.run());
        recordCounts('power cut, SQLite', counts);
        expect(counts.acknowledged).toBeGreaterThan(10 * ROUNDS);
        expect(counts.found).toBe(counts.acknowledged);
      },
      (ROUNDS + 1) * ROUND_TIMEOUT_MS,
    );

    it(
      'is able to lose: a control that does not wait for the disk loses receipts',
      async () => {
        const total = { rounds: CONTROLS, acknowledged: 0, found: 0 };
        for (let round = 0; round < CONTROLS; round++) {
          const { acknowledged, found } = await withDisk((run) =>
            run.runControl(['--import', WITHOUT_SYNC]),
          );
          total.acknowledged += acknowledged;
          total.found += found;
        }
        recordCounts('power cut, SQLite with synchronous=NORMAL (the control)', total);
        expect(total.found).toBeLessThan(total.acknowledged);
      },
      2 * CONTROLS * ROUND_TIMEOUT_MS,
    );
  },
);
