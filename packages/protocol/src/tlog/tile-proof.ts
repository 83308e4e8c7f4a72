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
import { decodeTile, TILE_WIDTH, tileWidth, type Tile } from './tile.ts';
import type { ReadTile } from './tree-edge.ts';

/** Root of the tree of `treeSize` leaves. Throws `ERR_TILE_FORMAT`. */
export async function rootFromTiles(
  treeSize: number,
  readTile: ReadTile,
  hash: Sha256 = sha256,
): Promise<Uint8Array> {
  const [root] = await rangeHashes([{ start: 0, end: treeSize }], treeSize, readTile, hash);
  return root ?? emptyRoot(hash);
}

/**
 * Inclusion proof of the leaf `index` in the tree of `treeSize` leaves, leaf's sibling first.
 * Throws `ERR_TILE_FORMAT`, and `RangeError` unless 0 <= index < treeSize.
 */
export function inclusionProofFromTiles(
  index: number,
  treeSize: number,
  readTile: ReadTile,
  hash: Sha256 = sha256,
): Promise<Uint8Array[]> {
  return rangeHashes(inclusionRanges(index, treeSize), treeSize, readTile, hash);
}

/**
 * Consistency proof between the trees of `size1` and `size2` leaves, from the tiles of the second.
 * Throws `ERR_TILE_FORMAT`, and `RangeError` unless 1 <= size1 <= size2.
 */
export function consistencyProofFromTiles(
  size1: number,
  size2: number,
  readTile: ReadTile,
  hash: Sha256 = sha256,
): Promise<Uint8Array[]> {
  return rangeHashes(consistencyRanges(size1, size2), size2, readTile, hash);
}

/** A perfect subtree as the run of hashes that one tile holds of it. */
interface TileRun {
  readonly tile: Tile;
  readonly start: number;
  readonly end: number;
}

async function rangeHashes(
  ranges: readonly LeafRange[],
  treeSize: number,
  readTile: ReadTile,
  hash: Sha256,
): Promise<Uint8Array[]> {
  const runsOfRanges = ranges.map((range) => perfectSubtrees(range, treeSize));
  const tiles = new Map(runsOfRanges.flat().map(({ tile }) => [tileKey(tile), tile]));
  const contents = new Map<string, Uint8Array[]>();
  await Promise.all(
    Array.from(tiles, async ([key, tile]) => {
      contents.set(key, decodeTile(await readTile(tile), tile.width));
    }),
  );
  return runsOfRanges.flatMap((runs) => {
    const subtrees = runs.map(({ tile, start, end }) =>
      merkleRoot((contents.get(tileKey(tile)) ?? []).slice(start, end), hash),
    );
    const last = subtrees.pop();
    if (last === undefined) return [];
    return [subtrees.reduceRight((right, left) => nodeHash(left, right, hash), last)];
  });
}

function tileKey({ level, index }: Tile): string {
  return `${level}/${index}`;
}

/** Cuts a range into perfect subtrees, left to right: largest first, as RFC 6962 nests them. */
function perfectSubtrees({ start, end }: LeafRange, treeSize: number): TileRun[] {
  const runs: TileRun[] = [];
  while (start < end) {
    let size = 1;
    while (size * 2 <= end - start) size *= 2;
    runs.push(tileRun(start, size, treeSize));
    start += size;
  }
  return runs;
}

function tileRun(start: number, size: number, treeSize: number): TileRun {
  let level = 0;
  let hashLeaves = 1;
  while (hashLeaves * TILE_WIDTH <= size) {
    level++;
    hashLeaves *= TILE_WIDTH;
  }
  const first = start / hashLeaves;
  const index = Math.floor(first / TILE_WIDTH);
  const offset = first - index * TILE_WIDTH;
  const width = tileWidth({ level, index }, treeSize);
  return { tile: { level, index, width }, start: offset, end: offset + size / hashLeaves };
}
