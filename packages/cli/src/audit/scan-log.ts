/** Reads all entries of a log up to a checkpoint, and the roots that it had on the way. */
import {
  edgeRoot,
  EMPTY_EDGE,
  emptyRoot,
  encodeBase64,
  leafHash,
  TILE_WIDTH,
  tileWidth,
  type TreeEdge,
} from '@craton/protocol';
import type { LoggedLeaf, SeenRoot } from '@craton/protocol/audit';
import { assertBacked } from '../monitor/contradictions.ts';
import { fastSha256, type Followed, followTree } from '../monitor/follow-tree.ts';
import type { LogReader } from '../monitor/log-reader.ts';
import type { AuditedLogSource } from './audited-log.ts';
import type { Spill } from './spill.ts';

/** Parts of the log that are read one after the other, at most. */
const SEGMENTS_MAX = 64;
/** Entries in one part at least: 256 full tiles. */
const SEGMENT_MIN = TILE_WIDTH * TILE_WIDTH;

/** A leaf as the protocol's version 1 writes it, canonical; other entries are none of a receipt's. */
const LOG_ENTRY =
  /^\{"digest":"(sha256:[0-9a-f]{64})","kid":"[A-Za-z0-9_-]{43}","tag":"([A-Za-z0-9_-]{43})","v":1\}$/;

export interface Scan {
  readonly log: AuditedLogSource;
  /** By segment; `segmentOf` says which. */
  readonly seen: Spill<SeenRoot>;
  /** Further sizes whose roots are wanted. */
  readonly sizes: readonly number[];
  readonly onLeaf: (leaf: LoggedLeaf) => void;
  /** Another root than the log had at that size. */
  readonly onConflict: (seen: SeenRoot) => void;
  readonly onProgress: (entries: number) => void;
}

export interface Scanned {
  /** Padded base64, of the wanted sizes. */
  readonly roots: ReadonlyMap<number, string>;
  /** Entries that have another form than a receipt's. */
  readonly otherEntries: number;
}

/** The segment in which a root of this size comes to be; sizes count from 1. */
export function segmentOf(size: number, treeSize: number): number {
  return Math.floor((size - 1) / segmentSize(treeSize));
}

function segmentSize(treeSize: number): number {
  const share = Math.ceil(treeSize / SEGMENTS_MAX / TILE_WIDTH) * TILE_WIDTH;
  return Math.max(SEGMENT_MIN, share);
}

/** Throws `InconsistentLogError` if what is read does not lead to the signed root. */
export async function scanLog(scan: Scan): Promise<Scanned> {
  const { checkpoint, newest } = scan.log;
  const { treeSize } = checkpoint;
  const reader = wideReader(scan.log.reader, newest.treeSize);
  const roots = new Map<number, string>([[0, encodeBase64(emptyRoot())]]);
  let otherEntries = 0;
  const onEntry = (index: number, entry: Uint8Array): void => {
    const leaf = leafOf(index, entry);
    if (leaf === undefined) otherEntries++;
    else scan.onLeaf(leaf);
  };
  let edge: TreeEdge = EMPTY_EDGE;
  let mismatch: Followed['mismatch'];
  for (let segment = 0; edge.treeSize < treeSize; segment++) {
    const end = Math.min(treeSize, (segment + 1) * segmentSize(treeSize));
    const seen = seenIn(segment, scan);
    const wanted = scan.sizes.filter((size) => edge.treeSize < size && size <= end);
    const followed = await followTree(reader, {
      from: edge,
      treeSize: end,
      note: checkpoint.note,
      stops: new Set([...seen.keys(), ...wanted]),
      onEntry,
      onProgress: scan.onProgress,
    });
    edge = followed.edge;
    mismatch ??= followed.mismatch;
    for (const [size, root] of followed.roots) {
      const computed = encodeBase64(root);
      if (wanted.includes(size)) roots.set(size, computed);
      const claimed = seen.get(size);
      if (claimed !== undefined && claimed.root !== computed) scan.onConflict(claimed);
    }
  }
  const root = edgeRoot(edge, fastSha256);
  const followed = { edge, roots: new Map(), ...(mismatch && { mismatch }) };
  await assertBacked(followed, root, { older: undefined, newer: checkpoint }, reader);
  return { roots, otherEntries };
}

/** The first root that was seen at each size; another one at the same size is a conflict already. */
function seenIn(segment: number, { seen, onConflict }: Scan): Map<number, SeenRoot> {
  const bySize = new Map<number, SeenRoot>();
  for (const claim of seen.read(segment)) {
    const first = bySize.get(claim.size);
    if (first === undefined) bySize.set(claim.size, claim);
    else if (first.root !== claim.root) onConflict(claim);
  }
  return bySize;
}

/** A log keeps the partial tiles of its newest size only; any wider one begins with the same. */
function wideReader(reader: LogReader, newestSize: number): LogReader {
  return {
    checkpoint: reader.checkpoint,
    tile: (tile) => reader.tile({ ...tile, width: tileWidth(tile, newestSize) }),
  };
}

function leafOf(index: number, entry: Uint8Array): LoggedLeaf | undefined {
  const text = Buffer.from(entry.buffer, entry.byteOffset, entry.length).toString('latin1');
  const [, digest, tag] = LOG_ENTRY.exec(text) ?? [];
  if (digest === undefined || tag === undefined) return undefined;
  return { tag, digest, leafHash: leafHash(entry, fastSha256), index };
}
