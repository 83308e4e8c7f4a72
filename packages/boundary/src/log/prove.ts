/** Proofs for receipts that have an index: as many reads as the tree is high. */
import { decodeUtf8, formatTlogProof, inclusionProofFromTiles } from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { inconsistent } from './inconsistent.ts';
import type { LogReader, StoredCheckpoint } from './port.ts';
import { tileReader } from './read-tiles.ts';

/**
 * The `log_proof` of PROTOCOL section 6 as JSON text: the entry at `index` (below the checkpoint's
 * size), and the text of its `.tlog-proof`. Throws `ERR_LOG_INCONSISTENT` if the entry is not there.
 */
export async function logProofText(
  log: Pick<LogReader, 'readTile' | 'listEntries'>,
  index: number,
  { treeSize, note }: StoredCheckpoint,
): Promise<string> {
  const [entry] = await log.listEntries(index, index + 1);
  if (entry === undefined) throw inconsistent('An entry of the log is missing');
  const hashes = await inclusionProofFromTiles(index, treeSize, tileReader(log), nodeSha256);
  const proof = formatTlogProof({ index, hashes, checkpoint: note });
  return `{"entry":${decodeUtf8(entry)},"proof":${JSON.stringify(proof)}}`;
}
