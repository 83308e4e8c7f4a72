/** Roots and proofs computed from tiles (C2SP tlog-tiles; RFC 6962 2.1). */
import { sha256, type Sha256 } from '../sha256.ts';
import {
  consistencyRanges,
  emptyRoot,
  inclusionRanges,
  merkleRoot,
  nodeHash,
  type LeafRange,
} from './merkle.ts';
import { decodeTile, TILE_WIDTH, tileWidth } from './tile.ts';
import type { ReadTile } from './tree-edge.ts';

/** Root of the tree of `treeSize` leaves. Throws `ERR_TILE_FORMAT`. */
export async function rootFromTiles(
  treeSize: number,
  readTile: ReadTile,
  hash: Sha256 = sha256,
): Promise<Uint8Array> {
  if (treeSize === 0) return emptyRoot(hash);
  return hashRange({ start: 0, end: treeSize }, tileCache(treeSize, readTile), hash);
}

/**
 * Inclusion proof of the leaf `index` in the tree of `treeSize` leaves, leaf's sibling first.
 * Throws `ERR_TILE_FORMAT`, and `RangeError` unless 0 <= index < treeSize.
 */
export async function inclusionProofFromTiles(
  index: number,
  treeSize: number,
  readTile: ReadTile,
  hash: Sha256 = sha256,
): Promise<Uint8Array[]> {
  const tiles = tileCache(treeSize, readTile);
  const ranges = inclusionRanges(index, treeSize);
  return await Promise.all(ranges.map((range) => hashRange(range, tiles, hash)));
}

/**
 * Consistency proof between the trees of `size1` and `size2` leaves, from the tiles of the second.
 * Throws `ERR_TILE_FORMAT`, and `RangeError` unless 1 <= size1 <= size2.
 */
export async function consistencyProofFromTiles(
  size1: number,
  size2: number,
  readTile: ReadTile,
  hash: Sha256 = sha256,
): Promise<Uint8Array[]> {
  const tiles = tileCache(size2, readTile);
  const ranges = consistencyRanges(size1, size2);
  return await Promise.all(ranges.map((range) => hashRange(range, tiles, hash)));
}

/** The hashes of one tile, level and index given. */
type TileHashes = (level: number, index: number) => Promise<Uint8Array[]>;

/** Reads each tile of a tree once, by the width that it has there. */
function tileCache(treeSize: number, readTile: ReadTile): TileHashes {
  const tiles = new Map<string, Promise<Uint8Array[]>>();
  const read = async (level: number, index: number): Promise<Uint8Array[]> => {
    const width = tileWidth({ level, index }, treeSize);
    return decodeTile(await readTile({ level, index, width }), width);
  };
  return (level, index) => {
    const key = `${level}/${index}`;
    const hashes = tiles.get(key) ?? read(level, index);
    tiles.set(key, hashes);
    return hashes;
  };
}

/** Hash of a range that is not empty, from perfect subtrees, the largest first. */
async function hashRange(
  { start, end }: LeafRange,
  tiles: TileHashes,
  hash: Sha256,
): Promise<Uint8Array> {
  const subtrees: Promise<Uint8Array>[] = [];
  while (start < end) {
    let size = 1;
    while (size * 2 <= end - start) size *= 2;
    subtrees.push(perfectSubtree(start, size, tiles, hash));
    start += size;
  }
  const hashes = await Promise.all(subtrees);
  return hashes.reduceRight((right, left) => nodeHash(left, right, hash));
}

/** Hash of the `size` leaves from `start`, a power of two and a multiple of it: a run in one tile. */
async function perfectSubtree(
  start: number,
  size: number,
  tiles: TileHashes,
  hash: Sha256,
): Promise<Uint8Array> {
  let [level, leavesPerHash] = [0, 1];
  while (leavesPerHash * TILE_WIDTH <= size)
    [level, leavesPerHash] = [level + 1, leavesPerHash * TILE_WIDTH];
  const first = start / leavesPerHash;
  const index = Math.floor(first / TILE_WIDTH);
  const offset = first - index * TILE_WIDTH;
  const hashes = await tiles(level, index);
  return merkleRoot(hashes.slice(offset, offset + size / leavesPerHash), hash);
}
