import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { base64, entryAt, fastSha256, vectors } from '../../test/tlog/vectors.ts';
import {
  appendLeaves,
  consistencyProof,
  consistencyProofFromTiles,
  decodeEntryBundle,
  decodeTile,
  edgeRoot,
  EMPTY_EDGE,
  encodeEntryBundle,
  encodeTile,
  inclusionProof,
  inclusionProofFromTiles,
  leafHash,
  merkleRoot,
  parseTilePath,
  partialTiles,
  readEdge,
  rootFromTiles,
  tilePath,
  tileWidth,
  verifyConsistency,
  verifyInclusion,
  type ReadTile,
  type Tile,
  type TreeEdge,
} from './index.ts';

/** Keeps tiles by path, as a server would. */
class TileStore {
  readonly files = new Map<string, Uint8Array>();
  edge: TreeEdge = EMPTY_EDGE;

  append(leafHashes: readonly Uint8Array[]): void {
    const { edge, tiles } = appendLeaves(this.edge, leafHashes, fastSha256);
    for (const { tile, bytes } of tiles) this.files.set(tilePath(tile), bytes);
    this.edge = edge;
  }

  readonly read: ReadTile = (tile) => {
    const bytes =
      this.files.get(tilePath(tile)) ?? this.files.get(tilePath({ ...tile, width: 256 }));
    if (bytes === undefined) throw new Error(`There is no ${tilePath(tile)}.`);
    return bytes;
  };
}

const leavesTo = (size: number): Uint8Array[] =>
  Array.from({ length: size }, (_, index) => leafHash(entryAt(index), fastSha256));

describe('tile paths', () => {
  it.each<[string, Tile]>([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/005', { level: 0, index: 5, width: 256 }],
    ['tile/0/999.p/255', { level: 0, index: 999, width: 255 }],
    ['tile/1/x001/000', { level: 1, index: 1000, width: 256 }],
    ['tile/2/x001/x234/067', { level: 2, index: 1234067, width: 256 }],
    ['tile/63/x001/x234/067.p/1', { level: 63, index: 1234067, width: 1 }],
    ['tile/entries/000.p/3', { level: 'entries', index: 0, width: 3 }],
    ['tile/entries/x012/345', { level: 'entries', index: 12345, width: 256 }],
    [
      'tile/0/x009/x007/x199/x254/x740/991',
      { level: 0, index: Number.MAX_SAFE_INTEGER, width: 256 },
    ],
  ])('%s', (path, tile) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it.each([
    '',
    'tile/0/5',
    'tile/0/0005',
    'tile/00/005',
    'tile/64/005',
    'tile/-1/005',
    'tile/0/x000/005',
    'tile/0/x000',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/257',
    'tile/0/000.p',
    'tile/0/000/',
    '/tile/0/000',
    'tile/entries/000.p/256',
    'tile/data/000',
    'tile/0/000\n',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x001/x000/x000/x000/x000/x000/000',
  ])('refuses %j', (path) => {
    expect(() => parseTilePath(path)).toThrow(expect.objectContaining({ code: 'ERR_TILE_FORMAT' }));
  });

  it('reads back what it writes', () => {
    const tiles = fc.record({
      level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(tiles, (tile) => {
        expect(parseTilePath(tilePath(tile))).toEqual(tile);
      }),
    );
  });
});

describe('tile widths', () => {
  it.each([
    [0, []],
    [1, ['tile/0/000.p/1']],
    [255, ['tile/0/000.p/255']],
    [256, ['tile/1/000.p/1']],
    [257, ['tile/0/001.p/1', 'tile/1/000.p/1']],
    [65536, ['tile/2/000.p/1']],
    [70000, ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']],
  ])('a tree of %i has these partial tiles', (size, paths) => {
    expect(partialTiles(size).map(tilePath)).toEqual(paths);
  });

  it.each([
    [0, 0, 0, 0],
    [0, 0, 256, 256],
    [0, 272, 70000, 256],
    [0, 273, 70000, 112],
    [0, 274, 70000, 0],
    [1, 0, 70000, 256],
    [1, 1, 70000, 17],
    [2, 0, 70000, 1],
    [3, 0, 70000, 0],
    [6, 0, Number.MAX_SAFE_INTEGER, 31],
    [5, 30, Number.MAX_SAFE_INTEGER, 256],
    [5, 31, Number.MAX_SAFE_INTEGER, 255],
  ])('level %i, index %i of a tree of %i: %i', (level, index, treeSize, width) => {
    expect(tileWidth({ level, index }, treeSize)).toBe(width);
  });

  it('gives a bundle the width of its leaf tile', () => {
    expect(tileWidth({ level: 'entries', index: 273 }, 70000)).toBe(112);
  });
});

describe('tile bytes', () => {
  const hashes = leavesTo(256);

  it('takes the first hashes, so that a full tile stands in for a partial one', () => {
    expect(decodeTile(encodeTile(hashes), 256)).toEqual(hashes);
    expect(decodeTile(encodeTile(hashes), 3)).toEqual(hashes.slice(0, 3));
  });

  it.each([
    ['half a hash', new Uint8Array(48), 1],
    ['too few hashes', new Uint8Array(64), 3],
    ['nothing', new Uint8Array(0), 1],
    ['more than a full tile', new Uint8Array(257 * 32), 256],
  ])('refuses %s', (_, bytes, width) => {
    expect(() => decodeTile(bytes, width)).toThrow(
      expect.objectContaining({ code: 'ERR_TILE_FORMAT' }),
    );
  });
});

describe('entry bundles', () => {
  const entries = [new Uint8Array(0), new Uint8Array(65_535).fill(7), entryAt(1)];

  it('holds entries from none to the most bytes', () => {
    const bytes = encodeEntryBundle(entries);
    expect(bytes.length).toBe(2 + (2 + 65_535) + (2 + 7));
    expect(decodeEntryBundle(bytes, 3)).toEqual(entries);
    expect(decodeEntryBundle(bytes, 1)).toEqual(entries.slice(0, 1));
  });

  it.each([
    ['a cut entry', Uint8Array.of(0, 3, 1, 2), 1],
    ['a cut length', Uint8Array.of(0, 1, 1, 0), 1],
    ['too few entries', Uint8Array.of(0, 1, 1), 2],
    ['more than a full bundle', new Uint8Array(257 * 2), 256],
  ])('refuses %s', (_, bytes, width) => {
    expect(() => decodeEntryBundle(bytes, width)).toThrow(
      expect.objectContaining({ code: 'ERR_TILE_FORMAT' }),
    );
  });

  it('refuses an entry that is too long', () => {
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(
      expect.objectContaining({ code: 'ERR_TILE_FORMAT' }),
    );
  });
});

describe('a growing tree', () => {
  it.each(vectors.tiles)('writes $path as in the vectors', ({ path, size = 256, bytes }) => {
    const store = new TileStore();
    store.append(leavesTo(size));
    const { level, index, width } = parseTilePath(path);
    const entries = Array.from({ length: width }, (_, i) => entryAt(index * 256 + i));
    const written = level === 'entries' ? encodeEntryBundle(entries) : store.files.get(path);
    expect(written).toEqual(base64(bytes));
  });

  it('writes the same tiles and root however the leaves arrive', () => {
    const leaves = leavesTo(1000);
    const whole = new TileStore();
    whole.append(leaves);
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(steps, (sizes) => {
        const store = new TileStore();
        let size = 0;
        for (const step of sizes) {
          store.append(leaves.slice(size, size + step));
          size = Math.min(size + step, leaves.length);
          const root = merkleRoot(leaves.slice(0, size), fastSha256);
          expect(edgeRoot(store.edge, fastSha256)).toEqual(root);
        }
        store.append(leaves.slice(size));
        for (const [path, bytes] of whole.files) expect(store.files.get(path)).toEqual(bytes);
      }),
      { numRuns: 10 },
    );
  });

  it('writes no tile that did not change', () => {
    const leaves = leavesTo(301);
    const { edge } = appendLeaves(EMPTY_EDGE, leaves.slice(0, 300), fastSha256);
    const { tiles } = appendLeaves(edge, leaves.slice(300), fastSha256);
    expect(tiles.map(({ tile }) => tilePath(tile))).toEqual(['tile/0/001.p/45']);
  });

  it('writes nothing for no leaves', () => {
    const { edge, tiles } = appendLeaves(EMPTY_EDGE, []);
    expect([edge, tiles]).toEqual([EMPTY_EDGE, []]);
    expect(edgeRoot(edge)).toEqual(merkleRoot([]));
  });

  it('goes on from its partial tiles', async () => {
    const leaves = leavesTo(70_000);
    const store = new TileStore();
    store.append(leaves.slice(0, 65_536 + 300));
    const edge = await readEdge(65_536 + 300, store.read);
    expect(edge).toEqual(store.edge);
    store.append(leaves.slice(65_536 + 300));
    expect(store.edge.treeSize).toBe(70_000);
    expect(await readEdge(70_000, store.read)).toEqual(store.edge);
    expect(edgeRoot(store.edge, fastSha256)).toEqual(merkleRoot(leaves, fastSha256));
    expect(store.files.has('tile/2/000.p/1')).toBe(true);
  });

  it('reads an edge whose lower tiles are full', async () => {
    const store = new TileStore();
    store.append(leavesTo(512));
    expect(await readEdge(512, store.read)).toEqual(store.edge);
    expect(await readEdge(0, store.read)).toEqual(EMPTY_EDGE);
  });
});

describe('proofs from tiles', () => {
  const leaves = leavesTo(66_000);
  const store = new TileStore();
  store.append(leaves);
  const size = leaves.length;
  const root = edgeRoot(store.edge, fastSha256);

  it.each([1, 2, 3, 255, 256, 257, 511, 512, 513, 1000])(
    'are those of the leaves, in a tree of %i',
    async (treeSize) => {
      const small = new TileStore();
      const part = leaves.slice(0, treeSize);
      small.append(part);
      expect(await rootFromTiles(treeSize, small.read)).toEqual(merkleRoot(part, fastSha256));
      for (const index of new Set([0, treeSize >> 1, treeSize - 1])) {
        const proof = inclusionProof(part, index, fastSha256);
        expect(await inclusionProofFromTiles(index, treeSize, small.read)).toEqual(proof);
      }
      for (const old of new Set([1, (treeSize >> 1) + 1, treeSize])) {
        const proof = consistencyProof(part, old, fastSha256);
        expect(await consistencyProofFromTiles(old, treeSize, small.read)).toEqual(proof);
      }
    },
  );

  it.each([0, 1, 255, 256, 65_535, 65_536, 65_791, 65_792, 65_999])(
    'show leaf %i in a tree of three levels, through an asynchronous reader',
    async (index) => {
      const read: ReadTile = (tile) => Promise.resolve(store.read(tile));
      const proof = await inclusionProofFromTiles(index, size, read, fastSha256);
      const position = { index: BigInt(index), size: BigInt(size) };
      expect(verifyInclusion({ ...position, leafHash: leaves[index]!, root, proof })).toBe(true);
    },
  );

  it.each([1, 255, 256, 257, 65_535, 65_536, 65_537, 66_000])(
    'show that a tree of three levels extends one of %i',
    async (old) => {
      const proof = await consistencyProofFromTiles(old, size, store.read, fastSha256);
      const root1 = merkleRoot(leaves.slice(0, old), fastSha256);
      const sizes = { size1: BigInt(old), size2: BigInt(size) };
      expect(verifyConsistency({ ...sizes, root1, root2: root, proof })).toBe(true);
    },
  );

  it('asks for each tile once, by the width that the tree gives it', async () => {
    const asked: string[] = [];
    const read: ReadTile = (tile) => {
      asked.push(tilePath(tile));
      return store.read(tile);
    };
    expect(await rootFromTiles(size, read, fastSha256)).toEqual(root);
    expect(asked.toSorted()).toEqual(partialTiles(size).map(tilePath).toSorted());
  });

  it('are refused for a leaf or size that is not there', async () => {
    await expect(inclusionProofFromTiles(size, size, store.read)).rejects.toThrow(RangeError);
    await expect(consistencyProofFromTiles(0, size, store.read)).rejects.toThrow(RangeError);
  });

  it('has a root without any tile for the tree without leaves', async () => {
    expect(await rootFromTiles(0, store.read)).toEqual(merkleRoot([]));
  });

  it('fails on a tile with too few hashes, and on a reader that fails', async () => {
    const short: ReadTile = ({ width }) => new Uint8Array((width - 1) * 32);
    await expect(rootFromTiles(300, short)).rejects.toMatchObject({ code: 'ERR_TILE_FORMAT' });
    await expect(rootFromTiles(300, new TileStore().read)).rejects.toThrow('There is no');
  });
});
