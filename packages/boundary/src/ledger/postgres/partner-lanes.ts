/** Batches by partner: ledgers are independent, and those of one partner come after one another. */
import { ownerOfEntry } from './fetch-plan.ts';
import type { Commit } from '../batch.ts';
import type { Lanes } from '../writer-queue.ts';

const LANES = 4;

/**
 * While one batch of a partner is written, the next one waits for the partner's lock in the server,
 * where it is let in at once. More of them would only be smaller.
 */
export const PARTNER_LANES: Lanes = {
  count: LANES,
  laneOf,
  batchesInFlightMax: 2,
  batchEntriesMax: 64,
};

/** A commit for several partners is in the lane of its first; its locks are in order all the same. */
function laneOf({ entries }: Commit): number {
  const [entry] = entries;
  if (entry === undefined) return 0;
  let hash = 0;
  for (const character of ownerOfEntry(entry).partnerId) {
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  }
  return Math.abs(hash % LANES);
}
