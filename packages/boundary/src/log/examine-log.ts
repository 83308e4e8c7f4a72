/**
 * What a publisher looks at before it goes on from what is stored: that the right edge of the tree
 * is what its entries and full tiles say, and that it leads to the checkpoint that was signed last.
 * It reads as many tiles as the tree is high, however many leaves there are.
 */
import {
  CratonError,
  decodeTile,
  edgeRoot,
  encodeTile,
  equalBytes,
  type LeafRange,
  leafHash,
  merkleRoot,
  readEdge,
  rootFromTiles,
  TILE_WIDTH,
  tileWidth,
  type TreeEdge,
  verifyCheckpoint,
} from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { inconsistent } from './inconsistent.ts';
import type { LogSigner } from './log-signer.ts';
import type { LogReader, LogState, StoredCheckpoint } from './port.ts';
import { tileReader } from './read-tiles.ts';

/** A log that fits together, and where it stands. */
export interface Examined {
  readonly edge: TreeEdge;
  readonly state: LogState;
}

/** Throws `ERR_LOG_INCONSISTENT` if anything of it does not fit. */
export async function examineLog(
  log: LogReader,
  signer: Pick<LogSigner, 'key'>,
): Promise<Examined> {
  const state = await log.readState();
  const { treeSize, signed } = state;
  try {
    const edge = await readEdge(treeSize, tileReader(log));
    await examineEntries(log, edge);
    await examineUpperLevels(log, edge);
    if (signed !== undefined) await examineSigned(log, signer, state, signed);
    return { edge, state };
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_TILE_FORMAT') {
      throw inconsistent('A tile of the log is missing or damaged');
    }
    throw error;
  }
}

/** The lowest level is made of the entries: its partial tile, and the full one before it. */
async function examineEntries(log: LogReader, { treeSize, levels }: TreeEdge): Promise<void> {
  const [partial = []] = levels;
  const full = Math.floor(treeSize / TILE_WIDTH);
  await demandEntries(log, { start: full * TILE_WIDTH, end: treeSize }, partial);
  const beyond = await log.listEntries(treeSize, treeSize + 1);
  if (beyond.length > 0) throw inconsistent('The log has an entry beyond its size');
  if (full === 0) return;
  const hashes = await readFullTile(log, 0, full - 1);
  await demandEntries(log, { start: (full - 1) * TILE_WIDTH, end: full * TILE_WIDTH }, hashes);
}

async function demandEntries(
  log: LogReader,
  { start, end }: LeafRange,
  hashes: readonly Uint8Array[],
): Promise<void> {
  const entries = await log.listEntries(start, end);
  const expected = entries.map((entry) => leafHash(entry, nodeSha256));
  if (equalBytes(encodeTile(expected), encodeTile(hashes))) return;
  throw inconsistent('An entry of the log is missing, or is not the one that was hashed');
}

/** The last hash of each level stands for the newest full tile of the level below. */
async function examineUpperLevels(log: LogReader, { treeSize }: TreeEdge): Promise<void> {
  for (let level = 0; ; level++) {
    const full = Math.floor(treeSize / TILE_WIDTH ** (level + 1));
    if (full === 0) return;
    const root = merkleRoot(await readFullTile(log, level, full - 1), nodeSha256);
    const index = Math.floor((full - 1) / TILE_WIDTH);
    const place = (full - 1) % TILE_WIDTH;
    const width = tileWidth({ level: level + 1, index }, treeSize);
    const above = decodeTile(await tileReader(log)({ level: level + 1, index, width }), width);
    const stored = above[place];
    if (stored !== undefined && equalBytes(stored, root)) continue;
    throw inconsistent('A tile of the log does not fit the tile above it');
  }
}

async function readFullTile(
  log: LogReader,
  level: number,
  index: number,
): Promise<readonly Uint8Array[]> {
  const tile = { level, index, width: TILE_WIDTH };
  return decodeTile(await tileReader(log)(tile), TILE_WIDTH);
}

async function examineSigned(
  log: LogReader,
  { key }: Pick<LogSigner, 'key'>,
  { treeSize }: LogState,
  signed: StoredCheckpoint,
): Promise<void> {
  const checkpoint = await readNote(signed.note, { logs: [key], witnesses: [] });
  if (checkpoint.treeSize !== signed.treeSize || !equalBytes(checkpoint.root, signed.root)) {
    throw inconsistent('The checkpoint that was signed last is not the one that is stored');
  }
  if (signed.treeSize > treeSize) {
    throw inconsistent('The log is smaller than the checkpoint that was signed last');
  }
  const root = await rootFromTiles(signed.treeSize, tileReader(log), nodeSha256);
  if (!equalBytes(root, signed.root)) {
    throw inconsistent('The tiles do not lead to the checkpoint that was signed last');
  }
}

async function readNote(note: string, keys: Parameters<typeof verifyCheckpoint>[1]) {
  try {
    return await verifyCheckpoint(note, keys);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw inconsistent('CRATON_LOG_KEY did not sign the newest checkpoint as it is stored');
  }
}

/** The root of a whole edge, computed with the system's SHA-256. */
export function rootOf(edge: TreeEdge): Uint8Array {
  return edgeRoot(edge, nodeSha256);
}
