/** Decides what it means that two accounts of a log do not fit, and gathers the evidence. */
import {
  type ConsistencyClaim,
  consistencyProofFromTiles,
  CratonError,
  encodeBase64,
  equalBytes,
  emptyRoot,
  type ReadTile,
  rootFromTiles,
  tileWidth,
  verifyConsistency,
} from '@craton/protocol';
import {
  type AlarmEvidence,
  consistencyEvidence,
  describeHead,
  InconsistentLogError,
} from './alarm.ts';
import { CommandFailure } from '../failure.ts';
import { fastSha256, type Followed } from './follow-tree.ts';
import type { LogReader } from './log-reader.ts';

/** A head of the log, and the note that it stands in where there is one. */
export interface Head {
  readonly treeSize: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  readonly note: string;
}

/**
 * A proof, verified against a signed root, of what the first `size` leaves of its tree hash to.
 * Undefined if the log's tiles do not lead to the signed root.
 */
export async function proveRootAt(
  size: number,
  head: Pick<Head, 'treeSize' | 'root'>,
  reader: LogReader,
): Promise<ConsistencyClaim | undefined> {
  if (size > head.treeSize) return undefined;
  const sizes = { size1: BigInt(size), size2: BigInt(head.treeSize), root2: head.root };
  if (size === head.treeSize) return { ...sizes, root1: head.root, proof: [] };
  if (size === 0) return { ...sizes, root1: emptyRoot(), proof: [] };
  const readTile = tilesOf(reader, head.treeSize);
  try {
    const root1 = await rootFromTiles(size, readTile, fastSha256);
    const proof = await consistencyProofFromTiles(size, head.treeSize, readTile, fastSha256);
    const claim = { ...sizes, root1, proof };
    return verifyConsistency(claim, fastSha256) ? claim : undefined;
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_TILE_FORMAT') return undefined;
    throw error;
  }
}

/** Reads tiles as wide as a tree has them, whichever smaller tree is computed from them. */
function tilesOf(reader: LogReader, treeSize: number): ReadTile {
  return (tile) => reader.tile({ ...tile, width: tileWidth(tile, treeSize) });
}

/** Throws unless two heads of one size are equal, or the first is at the beginning of the second. */
export async function assertExtends(older: Head, newer: Head, reader: LogReader): Promise<void> {
  const claim = await proveRootAt(older.treeSize, newer, reader);
  if (claim === undefined) throw unbacked(older, newer);
  if (!equalBytes(claim.root1, older.root)) throw fork(older, newer, claim);
}

/** Throws the alarm for a smaller head after a larger one; a fork is told as such. */
export async function refuseShrink(larger: Head, smaller: Head, reader: LogReader): Promise<never> {
  const claim = await proveRootAt(smaller.treeSize, larger, reader).catch(() => undefined);
  if (claim !== undefined && !equalBytes(claim.root1, smaller.root)) {
    throw fork(smaller, larger, claim);
  }
  const message = `The log has gone back: after ${describeHead(larger)} it shows ${describeHead(smaller)}.`;
  throw new InconsistentLogError('shrink', message, {
    checkpoints: [larger.note, smaller.note],
    ...(claim && { proof: consistencyEvidence(claim) }),
  });
}

/** Throws unless what was read gives the root that the log signed, tile by tile. */
export async function assertBacked(
  followed: Followed,
  computedRoot: Uint8Array,
  { older, newer }: { readonly older: Head | undefined; readonly newer: Head },
  reader: LogReader,
): Promise<void> {
  const { mismatch } = followed;
  const checkpoints = [...(older ? [older.note] : []), newer.note];
  const evidence: AlarmEvidence = { checkpoints, ...(mismatch && { tile: mismatch }) };
  if (equalBytes(computedRoot, newer.root)) {
    if (mismatch === undefined) return;
    const message = `The log shows a wrong ${mismatch.path}; its entries fit the checkpoint.`;
    throw new InconsistentLogError('tile_mismatch', message, evidence);
  }
  // The entries do not lead to the signed root. Do the tiles?
  const areTilesRight = await doTilesLeadTo(newer, reader);
  if (!areTilesRight) throw unbacked(older, newer);
  if (older !== undefined) await assertExtends(older, newer, reader);
  const message = `The log shows other entries than those under its checkpoint (${describeHead(newer)}).`;
  throw new InconsistentLogError('entry_mismatch', message, evidence);
}

async function doTilesLeadTo({ treeSize, root }: Head, reader: LogReader): Promise<boolean> {
  try {
    const readTile = tilesOf(reader, treeSize);
    return equalBytes(await rootFromTiles(treeSize, readTile, fastSha256), root);
  } catch (error) {
    // What is not there backs nothing either: the contradiction stands.
    if (error instanceof CratonError || error instanceof CommandFailure) return false;
    throw error;
  }
}

function fork(older: Head, newer: Head, claim: ConsistencyClaim): InconsistentLogError {
  const message =
    `The log has forked: it signed ${describeHead(older)}, but the first ${older.treeSize} ` +
    `entries under ${describeHead(newer)} have the root ${encodeBase64(claim.root1)}.`;
  return new InconsistentLogError('fork', message, {
    checkpoints: [older.note, newer.note],
    proof: consistencyEvidence(claim),
  });
}

function unbacked(older: Head | undefined, newer: Head): InconsistentLogError {
  const message =
    `Nothing that the log shows leads to the checkpoint that it signed (${describeHead(newer)}): ` +
    'either it has forked, or it has lost data.';
  const checkpoints = [...(older ? [older.note] : []), newer.note];
  return new InconsistentLogError('checkpoint_unbacked', message, { checkpoints });
}
