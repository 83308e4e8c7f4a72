/** Merkle trees as in RFC 6962 and RFC 9162, section 2.1. Hashes are SHA-256, 32 bytes. */
import { concatBytes, equalBytes } from '../bytes.ts';
import { sha256, type Sha256 } from '../sha256.ts';

export const HASH_BYTES = 32;

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = 1;
/** Tree sizes are uint64 on the wire. */
const SIZE_MAX = 2n ** 64n - 1n;

/** Hash of a log entry as a leaf (RFC 6962 2.1): SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hash(concatBytes(LEAF_PREFIX, entry));
}

/** Hash of an inner node (RFC 6962 2.1): SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const node = new Uint8Array(1 + 2 * HASH_BYTES);
  node[0] = NODE_PREFIX;
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return hash(node);
}

/** Root of the tree without leaves: SHA-256 of nothing. */
export function emptyRoot(hash: Sha256 = sha256): Uint8Array {
  return hash(new Uint8Array(0));
}

/** The leaves `start` (inclusive) to `end` (exclusive), whose subtree hash is one node. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The subtrees whose hashes are the inclusion proof of the leaf `index` in a tree of `size`, leaf's
 * sibling first (RFC 6962 2.1.1). Throws `RangeError` unless 0 <= index < size.
 */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  if (!isCount(index) || !isCount(size) || index >= size) {
    throw new RangeError('The leaf index must be below the tree size.');
  }
  const ranges: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/**
 * The subtrees whose hashes are the consistency proof between the trees of `size1` and `size2`
 * leaves (RFC 6962 2.1.2). Throws `RangeError` unless 1 <= size1 <= size2.
 */
export function consistencyRanges(size1: number, size2: number): LeafRange[] {
  if (!isCount(size1) || !isCount(size2) || size1 < 1 || size1 > size2) {
    throw new RangeError('The sizes must be in order, and the first at least 1.');
  }
  const ranges: LeafRange[] = [];
  let [start, end] = [0, size2];
  while (end !== size1) {
    const middle = start + splitPoint(end - start);
    if (size1 <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // A subtree that begins at 0 is the old tree itself, whose root the verifier has.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** MTH of RFC 6962 2.1 over leaf hashes that are all in memory. */
export function merkleRoot(leafHashes: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  const [first] = leafHashes;
  if (first === undefined) return emptyRoot(hash);
  if (leafHashes.length === 1) return first;
  const middle = splitPoint(leafHashes.length);
  return nodeHash(
    merkleRoot(leafHashes.slice(0, middle), hash),
    merkleRoot(leafHashes.slice(middle), hash),
    hash,
  );
}

/** Inclusion proof of the leaf `index` in the tree over `leafHashes`. Throws `RangeError`. */
export function inclusionProof(
  leafHashes: readonly Uint8Array[],
  index: number,
  hash: Sha256 = sha256,
): Uint8Array[] {
  return inclusionRanges(index, leafHashes.length).map(({ start, end }) =>
    merkleRoot(leafHashes.slice(start, end), hash),
  );
}

/** Consistency proof from the first `size1` leaves to all of `leafHashes`. Throws `RangeError`. */
export function consistencyProof(
  leafHashes: readonly Uint8Array[],
  size1: number,
  hash: Sha256 = sha256,
): Uint8Array[] {
  return consistencyRanges(size1, leafHashes.length).map(({ start, end }) =>
    merkleRoot(leafHashes.slice(start, end), hash),
  );
}

/** "The leaf with this hash stands at `index` in the tree of `size` leaves with this root." */
export interface InclusionClaim {
  readonly index: bigint;
  readonly size: bigint;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  /** Leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162 2.1.3.2. False for every claim that the proof does not carry. */
export function verifyInclusion(claim: InclusionClaim, hash: Sha256 = sha256): boolean {
  const { index, size, root, proof } = claim;
  if (index < 0n || index >= size || size > SIZE_MAX) return false;
  if (![claim.leafHash, root, ...proof].every(isHash)) return false;
  const roots = climb({ node: index, last: size - 1n, seed: claim.leafHash, path: proof }, hash);
  return roots !== undefined && equalBytes(roots.whole, root);
}

/** "The tree of `size2` leaves begins with the tree of `size1` leaves." */
export interface ConsistencyClaim {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * RFC 9162 2.1.4.2. False for every claim that the proof does not carry. An old size of 0 is always
 * refused: every tree begins with the empty one, so such a claim says nothing.
 */
export function verifyConsistency(claim: ConsistencyClaim, hash: Sha256 = sha256): boolean {
  const { size1, size2, root1, root2, proof } = claim;
  if (size1 < 1n || size1 > size2 || size2 > SIZE_MAX) return false;
  if (size1 === size2) return proof.length === 0 && equalBytes(root1, root2);
  if (![root1, root2, ...proof].every(isHash)) return false;
  const isPerfect = (size1 & (size1 - 1n)) === 0n;
  const [seed, ...path] = isPerfect ? [root1, ...proof] : proof;
  if (seed === undefined || proof.length === 0) return false;
  let [node, last] = [size1 - 1n, size2 - 1n];
  while ((node & 1n) === 1n) [node, last] = [node >> 1n, last >> 1n];
  const roots = climb({ node, last, seed, path }, hash);
  return roots !== undefined && equalBytes(roots.left, root1) && equalBytes(roots.whole, root2);
}

interface Climb {
  /** Position in its level of the node that the climb begins at. */
  readonly node: bigint;
  /** Position of the last node of that level. */
  readonly last: bigint;
  /** Hash of the node. */
  readonly seed: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/**
 * The loop of RFC 9162 2.1.3.2 and 2.1.4.2. Answers the root of the whole tree and that of its part
 * up to the node, or undefined if the path does not end at the root.
 */
function climb(
  { node, last, seed, path }: Climb,
  hash: Sha256,
): { whole: Uint8Array; left: Uint8Array } | undefined {
  let [whole, left] = [seed, seed];
  for (const sibling of path) {
    if (last === 0n) return undefined;
    if ((node & 1n) === 1n || node === last) {
      whole = nodeHash(sibling, whole, hash);
      left = nodeHash(sibling, left, hash);
      // A rightmost node without a sibling is its own parent.
      while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      whole = nodeHash(whole, sibling, hash);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n ? { whole, left } : undefined;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}

/** Largest power of two below `size` (size > 1). */
function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
