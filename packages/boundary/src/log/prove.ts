/** Proofs for receipts that have an index: as many reads as the tree is high. */
import {
  decodeUtf8,
  formatTlogProof,
  inclusionProofFromTiles,
  leafHash,
  verifyInclusion,
} from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { inconsistent } from './inconsistent.ts';
import type { LogReader, StoredCheckpoint } from './port.ts';
import { tileReader } from './read-tiles.ts';

/**
 * The `log_proof` of PROTOCOL section 6 as JSON text: the entry at `index` (below the checkpoint's
 * size), and the text of its `.tlog-proof`. Throws `ERR_LOG_INCONSISTENT` if the stored log does not
 * show what was signed: a proof that would fail is never handed out.
 */
export async function logProofText(
  log: Pick<LogReader, 'readTile' | 'listEntries'>,
  index: number,
  { treeSize, root, note }: StoredCheckpoint,
): Promise<string> {
  const [entry] = await log.listEntries(index, index + 1);
  if (entry === undefined) throw inconsistent('An entry of the log is missing');
  const hashes = await inclusionProofFromTiles(index, treeSize, tileReader(log), nodeSha256);
  const claim = {
    index: BigInt(index),
    size: BigInt(treeSize),
    leafHash: leafHash(entry, nodeSha256),
    root,
    proof: hashes,
  };
  if (!verifyInclusion(claim, nodeSha256)) {
    throw inconsistent('An entry or a tile of the log is not what was signed');
  }
  const proof = formatTlogProof({ index, hashes, checkpoint: note });
  return `{"entry":${decodeUtf8(entry)},"proof":${JSON.stringify(proof)}}`;
}
