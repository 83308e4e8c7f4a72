/**
 * Reads a log's entries from one size to another and computes the tree anew, in memory that does not
 * depend on how many there are. Every tile that is completed on the way is compared with the log's.
 */
import { hash as nodeHash } from 'node:crypto';
import {
  appendLeaves,
  CratonError,
  decodeEntryBundle,
  decodeTile,
  edgeRoot,
  encodeTile,
  equalBytes,
  leafHash,
  type Sha256,
  type Tile,
  TILE_WIDTH,
  type TileContent,
  tilePath,
  tileWidth,
  type TreeEdge,
} from '@craton/protocol';
import { type AlarmEvidence, InconsistentLogError } from './alarm.ts';
import type { LogReader } from './log-reader.ts';

/** Blocks of 256 entries that are fetched before they are needed. */
const BLOCKS_AHEAD = 4;

export const fastSha256: Sha256 = (bytes) => new Uint8Array(nodeHash('sha256', bytes, 'buffer'));

export interface Follow {
  /** What is known already. */
  readonly from: TreeEdge;
  readonly treeSize: number;
  /** The checkpoint's note, for evidence. */
  readonly note: string;
  /** Sizes on the way whose roots are wanted. */
  readonly stops: ReadonlySet<number>;
  readonly onEntry: (index: number, entry: Uint8Array) => void;
  /** Called after every block with the number of entries read. */
  readonly onProgress: (treeSize: number) => void;
}

export interface Followed {
  readonly edge: TreeEdge;
  /** Roots by size, of the stops that were passed. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** The first tile that is not as the entries make it. */
  readonly mismatch?: AlarmEvidence['tile'];
}

/** Follows a tree. Throws `entry_mismatch` for a bundle that cannot be read at all. */
export async function followTree(reader: LogReader, follow: Follow): Promise<Followed> {
  const { from, treeSize, stops, onEntry, onProgress } = follow;
  const roots = new Map<number, Uint8Array>();
  let edge = from;
  let mismatch: AlarmEvidence['tile'];
  const blocks = inOrder(blocksOf(from.treeSize, treeSize), (block) =>
    loadBlock(reader, block, follow.note),
  );
  for await (const { entries, servedTile } of blocks) {
    entries.forEach((entry, offset) => onEntry(edge.treeSize + offset, entry));
    const leaves = entries.map((entry) => leafHash(entry, fastSha256));
    for (const part of splitAt(stops, edge.treeSize, leaves)) {
      const grown = appendLeaves(edge, part, fastSha256);
      edge = grown.edge;
      if (stops.has(edge.treeSize)) roots.set(edge.treeSize, edgeRoot(edge, fastSha256));
      for (const content of finalTiles(grown.tiles, treeSize)) {
        const isLowest = content.tile.level === 0;
        const served = isLowest ? servedTile : await reader.tile(content.tile);
        mismatch ??= mismatchOf(content, served);
      }
    }
    onProgress(edge.treeSize);
  }
  return { edge, roots, ...(mismatch && { mismatch }) };
}

/** The entries `start` (inclusive) to `end` (exclusive), all in one bundle. */
interface Block {
  readonly index: number;
  readonly start: number;
  readonly width: number;
}

function* blocksOf(from: number, treeSize: number): Generator<Block> {
  for (let start = from; start < treeSize;) {
    const index = Math.floor(start / TILE_WIDTH);
    yield { index, start, width: tileWidth({ level: 0, index }, treeSize) };
    start = (index + 1) * TILE_WIDTH;
  }
}

interface LoadedBlock {
  /** The new ones. */
  readonly entries: readonly Uint8Array[];
  readonly servedTile: Uint8Array;
}

async function loadBlock(
  reader: LogReader,
  { index, start, width }: Block,
  note: string,
): Promise<LoadedBlock> {
  const bundle: Tile = { level: 'entries', index, width };
  const [bytes, servedTile] = await Promise.all([
    reader.tile(bundle),
    reader.tile({ level: 0, index, width }),
  ]);
  try {
    const known = start - index * TILE_WIDTH;
    return { entries: decodeEntryBundle(bytes, width).slice(known), servedTile };
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    const message = `The bundle ${tilePath(bundle)} does not hold the entries that it must.`;
    throw new InconsistentLogError('entry_mismatch', message, { checkpoints: [note] });
  }
}

/** Loads items a few ahead and yields them in their order. */
async function* inOrder<T, R>(
  items: Iterable<T>,
  load: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const loading: Promise<R>[] = [];
  for (const item of items) {
    const result = load(item);
    // A failure is reported when its turn comes.
    void result.catch(() => undefined);
    loading.push(result);
    const first = loading.length > BLOCKS_AHEAD ? loading.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const result of loading) yield await result;
}

/** Cuts leaves so that each stop ends a part. */
function splitAt(
  stops: ReadonlySet<number>,
  treeSize: number,
  leaves: readonly Uint8Array[],
): Uint8Array[][] {
  const ends = leaves.flatMap((_, offset) =>
    stops.has(treeSize + offset + 1) ? [offset + 1] : [],
  );
  const cuts = [...new Set([0, ...ends, leaves.length])];
  return cuts.slice(1).map((end, position) => leaves.slice(cuts[position], end));
}

/** Tiles that are as wide as they will be in the tree of `treeSize`. */
function finalTiles(tiles: readonly TileContent[], treeSize: number): TileContent[] {
  return tiles.filter(({ tile }) => tile.width === tileWidth(tile, treeSize));
}

function mismatchOf({ tile, bytes }: TileContent, served: Uint8Array): AlarmEvidence['tile'] {
  if (equalBytes(servedHashes(served, tile.width) ?? served, bytes)) return undefined;
  return {
    path: tilePath(tile),
    served_sha256: nodeHash('sha256', served),
    computed_sha256: nodeHash('sha256', bytes),
  };
}

function servedHashes(served: Uint8Array, width: number): Uint8Array | undefined {
  try {
    return encodeTile(decodeTile(served, width));
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}
