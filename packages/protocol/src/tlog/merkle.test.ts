import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { base64, entryAt, fastSha256, foreignVectors, vectors } from '../../test/tlog/vectors.ts';
import {
  consistencyProof,
  consistencyRanges,
  emptyRoot,
  inclusionProof,
  inclusionRanges,
  leafHash,
  merkleRoot,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
  type LeafRange,
} from './index.ts';

const SIZE_MAX = 300;
const leaves = Array.from({ length: SIZE_MAX }, (_, index) => leafHash(entryAt(index), fastSha256));
const known = new Map<string, Uint8Array>();

/** MTH by its definition, remembered, so that all sizes can be gone through. */
function subtree({ start, end }: LeafRange): Uint8Array {
  if (end - start === 1) return leaves[start]!;
  const name = `${start}-${end}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const middle = start + 2 ** (Math.ceil(Math.log2(end - start)) - 1);
  const left = subtree({ start, end: middle });
  const computed = nodeHash(left, subtree({ start: middle, end }), fastSha256);
  known.set(name, computed);
  return computed;
}

function inclusionClaim(index: number, size: number): InclusionClaim {
  return {
    index: BigInt(index),
    size: BigInt(size),
    leafHash: leaves[index]!,
    root: subtree({ start: 0, end: size }),
    proof: inclusionRanges(index, size).map(subtree),
  };
}

function consistencyClaim(size1: number, size2: number): ConsistencyClaim {
  return {
    size1: BigInt(size1),
    size2: BigInt(size2),
    root1: subtree({ start: 0, end: size1 }),
    root2: subtree({ start: 0, end: size2 }),
    proof: consistencyRanges(size1, size2).map(subtree),
  };
}

/** Every copy of `bytes` that differs in one bit. */
function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    yield bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  }
}

function* proofFlips(proof: readonly Uint8Array[]): Generator<Uint8Array[]> {
  for (const [index, hash] of proof.entries()) {
    for (const changed of flips(hash)) yield proof.with(index, changed);
  }
}

describe('own vectors', () => {
  it.each(vectors.roots)('has the root of $size leaves', ({ size, root }) => {
    expect(merkleRoot(leaves.slice(0, size))).toEqual(base64(root));
  });

  it.each(vectors.inclusion)('proves leaf $index of $size', ({ index, size, proof }) => {
    const computed = inclusionProof(leaves.slice(0, size), index);
    expect(computed).toEqual(proof.map(base64));
    expect(verifyInclusion({ ...inclusionClaim(index, size), proof: computed })).toBe(true);
  });

  it.each(vectors.consistency)('proves that $size2 extends $size1', ({ size1, size2, proof }) => {
    const computed = consistencyProof(leaves.slice(0, size2), size1);
    expect(computed).toEqual(proof.map(base64));
    expect(verifyConsistency({ ...consistencyClaim(size1, size2), proof: computed })).toBe(true);
  });

  it('hashes nothing for the tree without leaves', () => {
    expect(emptyRoot()).toEqual(merkleRoot([]));
    expect(emptyRoot()).toEqual(base64('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='));
  });
});

describe('every tree of up to 300 leaves', () => {
  it('proves every leaf, at its own index alone', () => {
    for (let size = 1; size <= SIZE_MAX; size++) {
      for (let index = 0; index < size; index++) {
        const claim = inclusionClaim(index, size);
        const neighbour = { ...claim, index: BigInt(index ^ 1) };
        const isRight =
          verifyInclusion(claim, fastSha256) &&
          (size === 1 || !verifyInclusion(neighbour, fastSha256));
        if (!isRight) expect.fail(`leaf ${index} of ${size}`);
      }
    }
  });

  it('proves that it extends every smaller one, and no other', () => {
    for (let size2 = 1; size2 <= SIZE_MAX; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const claim = consistencyClaim(size1, size2);
        const neighbour = { ...claim, size1: BigInt(size1 + 1) };
        const isRight =
          verifyConsistency(claim, fastSha256) && !verifyConsistency(neighbour, fastSha256);
        if (!isRight) expect.fail(`${size1} to ${size2}`);
      }
    }
  });

  it.each([
    [0, 1],
    [0, 2],
    [1, 3],
    [6, 7],
    [5, 8],
    [200, 255],
    [256, 257],
    [123, 300],
    [299, 300],
  ])('refuses every changed bit around leaf %i of %i', (index, size) => {
    const claim = inclusionClaim(index, size);
    const changed = [
      ...Array.from(flips(claim.root), (root) => ({ ...claim, root })),
      ...Array.from(flips(claim.leafHash), (leaf) => ({ ...claim, leafHash: leaf })),
      ...Array.from(proofFlips(claim.proof), (proof) => ({ ...claim, proof })),
      ...Array.from({ length: 64 }, (_, bit) => ({
        ...claim,
        index: claim.index ^ (1n << BigInt(bit)),
      })),
      ...(size === 1 ? [] : [{ ...claim, proof: claim.proof.slice(1) }]),
      { ...claim, proof: [...claim.proof, claim.root] },
    ];
    expect(verifyInclusion(claim)).toBe(true);
    expect(changed.filter((wrong) => verifyInclusion(wrong, fastSha256))).toEqual([]);
  });

  it.each([
    [1, 1],
    [1, 2],
    [2, 3],
    [3, 7],
    [4, 7],
    [6, 8],
    [255, 256],
    [256, 300],
    [100, 300],
    [299, 300],
  ])('refuses every changed bit between %i and %i', (size1, size2) => {
    const claim = consistencyClaim(size1, size2);
    const changed = [
      ...Array.from(flips(claim.root1), (root1) => ({ ...claim, root1 })),
      ...Array.from(flips(claim.root2), (root2) => ({ ...claim, root2 })),
      ...Array.from(proofFlips(claim.proof), (proof) => ({ ...claim, proof })),
      { ...claim, proof: [...claim.proof, claim.root1] },
      ...(size1 === size2 ? [] : [{ ...claim, proof: claim.proof.slice(1) }]),
    ];
    expect(verifyConsistency(claim)).toBe(true);
    expect(changed.filter((wrong) => verifyConsistency(wrong, fastSha256))).toEqual([]);
  });
});

describe('claims that say nothing', () => {
  const claim = inclusionClaim(3, 7);
  const old = consistencyClaim(3, 7);

  it.each<[string, Partial<InclusionClaim>]>([
    ['a negative index', { index: -1n }],
    ['an index at the size', { index: 7n }],
    ['a size beyond uint64', { size: 2n ** 64n }],
    ['a short leaf hash', { leafHash: claim.leafHash.subarray(1) }],
    ['a long root', { root: new Uint8Array(33) }],
    ['a short hash in the proof', { proof: [new Uint8Array(31), ...claim.proof.slice(1)] }],
  ])('refuses inclusion with %s', (_, change) => {
    expect(verifyInclusion({ ...claim, ...change })).toBe(false);
  });

  it('refuses a root above the height that the size allows', () => {
    const [leaf, other, third] = [leaves[0]!, leaves[1]!, leaves[2]!];
    const root = nodeHash(other, leaf);
    const single = { index: 0n, size: 1n, leafHash: leaf, root, proof: [other] };
    expect(verifyInclusion(single)).toBe(false);
    const root1 = nodeHash(third, leaf);
    const root2 = nodeHash(third, nodeHash(leaf, other));
    const double = { size1: 1n, size2: 2n, root1: leaf, root2, proof: [other, third] };
    expect(verifyConsistency({ ...double, root1 })).toBe(false);
    expect(verifyConsistency(double)).toBe(false);
  });

  it.each<[string, Partial<ConsistencyClaim>]>([
    ['an old size of 0', { size1: 0n, proof: [] }],
    ['two sizes of 0', { size1: 0n, size2: 0n, root1: emptyRoot(), root2: emptyRoot(), proof: [] }],
    ['a negative old size', { size1: -1n }],
    ['sizes out of order', { size1: 8n }],
    ['a size beyond uint64', { size2: 2n ** 64n }],
    ['no proof', { proof: [] }],
    ['no proof, from a perfect tree', { ...consistencyClaim(4, 7), proof: [] }],
    ['a short root', { root1: new Uint8Array(31) }],
  ])('refuses consistency with %s', (_, change) => {
    expect(verifyConsistency({ ...old, ...change })).toBe(false);
  });

  it.each([
    [-1, 3],
    [3, 3],
    [0, 0],
    [0.5, 3],
    [0, 2 ** 53],
  ])('computes no inclusion proof of leaf %d in %d', (index, size) => {
    expect(() => inclusionRanges(index, size)).toThrow(RangeError);
  });

  it.each([
    [0, 3],
    [4, 3],
    [1.5, 3],
    [1, 2 ** 53],
  ])('computes no consistency proof from %d to %d', (size1, size2) => {
    expect(() => consistencyRanges(size1, size2)).toThrow(RangeError);
  });
});

const foreign = foreignVectors('merkle');

interface ForeignCase {
  readonly name: string;
  readonly wantErr: boolean;
  readonly proof: readonly Uint8Array[];
  /** The other members; numbers as text, because they go up to 2^64-1. */
  readonly text: Readonly<Record<string, string>>;
}

function readForeign(kind: string): ForeignCase[] {
  const folder = join(foreign.path, 'testdata', kind);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const json = readFileSync(join(folder, name), 'utf8');
      const text = JSON.parse(json.replace(/: ([0-9]+)(,|\n)/g, ': "$1"$2')) as ForeignCase['text'];
      const { proof, wantErr } = JSON.parse(json) as { proof: string[] | null; wantErr: boolean };
      return { name, text, wantErr, proof: (proof ?? []).map(base64) };
    });
}

describe.skipIf(foreign.absent)(foreign.title, () => {
  it('gives the expected answer to all 98 on inclusion', () => {
    const cases = readForeign('inclusion');
    expect(cases).toHaveLength(98);
    const wrong = cases.filter(({ text, proof, wantErr }) => {
      const claim = {
        index: BigInt(text['leafIdx'] ?? ''),
        size: BigInt(text['treeSize'] ?? ''),
        leafHash: base64(text['leafHash'] ?? ''),
        root: base64(text['root'] ?? ''),
        proof,
      };
      return verifyInclusion(claim) === wantErr;
    });
    expect(wrong).toEqual([]);
    expect(cases.some(({ text }) => text['leafIdx'] === '18446744073709551615')).toBe(true);
  });

  it('gives the expected answer to all 98 on consistency', () => {
    const cases = readForeign('consistency');
    expect(cases).toHaveLength(98);
    const wrong = cases.filter(({ text, proof, wantErr }) => {
      const claim = {
        size1: BigInt(text['size1'] ?? ''),
        size2: BigInt(text['size2'] ?? ''),
        root1: base64(text['root1'] ?? ''),
        root2: base64(text['root2'] ?? ''),
        proof,
      };
      return verifyConsistency(claim) === wantErr;
    });
    expect(wrong).toEqual([]);
  });
});
