/**
 * Growing a log's tree in constant memory: the right edge (the hashes of the partial tiles) is all
 * that is needed to append leaves, to write the tiles that they complete, and to compute the root.
 */
import { sha256, type Sha256 } from '../sha256.ts';
import { emptyRoot, merkleRoot, nodeHash } from './merkle.ts';
import { decodeTile, encodeTile, partialTiles, TILE_WIDTH, type Tile } from './tile.ts';

/**
 * Reads the bytes of one tile of a tree. It answers with at least `tile.width` hashes (a full tile
 * may stand in for a partial one) or throws; it may be asked for several tiles at once. What it
 * answers need not be trusted: check the result against a signed root.
 */
export type ReadTile = (tile: Tile) => Uint8Array | Promise<Uint8Array>;

/** The right edge of a tree. */
export interface TreeEdge {
  /** Number of leaves. */
  readonly treeSize: number;
  /** Per tile level, lowest first, the hashes of the partial tile: 0 to 255 of them. */
  readonly levels: readonly (readonly Uint8Array[])[];
}

/** One tile with its bytes. */
export interface TileContent {
  readonly tile: Tile;
  readonly bytes: Uint8Array;
}

/** The edge of the tree without leaves. */
export const EMPTY_EDGE: TreeEdge = { treeSize: 0, levels: [] };

/** Reads the edge of a tree from its partial tiles. Throws `ERR_TILE_FORMAT`. */
export async function readEdge(treeSize: number, readTile: ReadTile): Promise<TreeEdge> {
  const levels: Uint8Array[][] = [];
  await Promise.all(
    partialTiles(treeSize).map(async (tile) => {
      levels[Number(tile.level)] = decodeTile(await readTile(tile), tile.width);
    }),
  );
  return { treeSize, levels: Array.from(levels, (hashes) => hashes ?? []) };
}

/** The root of the tree that has this edge. */
export function edgeRoot({ levels }: TreeEdge, hash: Sha256 = sha256): Uint8Array {
  let root: Uint8Array | undefined;
  for (const hashes of levels) {
    let rest = hashes;
    while (rest.length > 0) {
      // The lowest bit of the width is the size of the rightmost perfect subtree.
      const start = rest.length & (rest.length - 1);
      const subtree = merkleRoot(rest.slice(start), hash);
      root = root === undefined ? subtree : nodeHash(subtree, root, hash);
      rest = rest.slice(0, start);
    }
  }
  return root ?? emptyRoot(hash);
}

/**
 * Appends leaf hashes. Answers the new edge and every tile to be written for it: the tiles that
 * became full, and the partial ones that changed. Lower levels come before higher ones.
 */
export function appendLeaves(
  edge: TreeEdge,
  leafHashes: readonly Uint8Array[],
  hash: Sha256 = sha256,
): { edge: TreeEdge; tiles: TileContent[] } {
  const levels: Uint8Array[][] = [];
  const tiles: TileContent[] = [];
  const treeSize = edge.treeSize + leafHashes.length;
  let added = leafHashes;
  for (let level = 0; level < edge.levels.length || added.length > 0; level++) {
    const before = edge.levels[level] ?? [];
    const hashes = [...before, ...added];
    let index = Math.floor(edge.treeSize / TILE_WIDTH ** (level + 1));
    const roots: Uint8Array[] = [];
    let full = 0;
    for (; full + TILE_WIDTH <= hashes.length; full += TILE_WIDTH) {
      const content = hashes.slice(full, full + TILE_WIDTH);
      tiles.push({
        tile: { level, index: index++, width: TILE_WIDTH },
        bytes: encodeTile(content),
      });
      roots.push(merkleRoot(content, hash));
    }
    const partial = hashes.slice(full);
    if (added.length > 0 && partial.length > 0) {
      tiles.push({ tile: { level, index, width: partial.length }, bytes: encodeTile(partial) });
    }
    levels.push(partial);
    added = roots;
  }
  return { edge: { treeSize, levels }, tiles };
}
