/** Tiles and entry bundles of a log (C2SP tlog-tiles). */
import { concatBytes } from '../bytes.ts';
import { CratonError } from '../errors.ts';
import { HASH_BYTES } from './merkle.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
/** Longest log entry in bytes: its length is a uint16. */
export const ENTRY_BYTES_MAX = 65_535;
const TILE_LEVEL_MAX = 63;
const LENGTH_BYTES = 2;
const FAILURE = { field: 'tile' } as const;

/** The name of one tile, or of one entry bundle. */
export interface Tile {
  /** 0 (leaf hashes) to 63, or `entries` for the bundle of the entries themselves. */
  readonly level: number | 'entries';
  /** Position in the level, from 0. */
  readonly index: number;
  /** 1 to 256; below 256 the tile is partial. */
  readonly width: number;
}

/** Path below the log's prefix, such as `tile/0/x001/x234/067` or `tile/entries/000.p/3`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = `${index}`;
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.replace(/\d{3}(?=\d)/g, 'x$&/');
  return `tile/${level}/${groups}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Reads a path as `tilePath` writes it; throws `ERR_TILE_FORMAT` for any other spelling. */
export function parseTilePath(path: string): Tile {
  const pattern =
    /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;
  const [, level = '', groups = '', width = `${TILE_WIDTH}`] = pattern.exec(path) ?? [];
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replace(/[x/]/g, '')),
    width: Number(width),
  };
  const isInRange =
    (tile.level === 'entries' || tile.level <= TILE_LEVEL_MAX) &&
    Number.isSafeInteger(tile.index) &&
    tile.width >= 1 &&
    tile.width <= TILE_WIDTH;
  if (!isInRange || tilePath(tile) !== path) throw malformedTile('The path names no tile.');
  return tile;
}

/** How many hashes (or entries) of this tile a tree of `treeSize` leaves has: 0 to 256. */
export function tileWidth({ level, index }: Omit<Tile, 'width'>, treeSize: number): number {
  const available = hashesAtLevel(level === 'entries' ? 0 : level, treeSize);
  return Math.max(0, Math.min(TILE_WIDTH, available - index * TILE_WIDTH));
}

/** How many hashes the tiles of one level hold together in a tree of `treeSize` leaves. */
export function hashesAtLevel(level: number, treeSize: number): number {
  return Math.floor(treeSize / TILE_WIDTH ** level);
}

/** The partial tiles of a tree, lowest level first: with its full tiles they are the whole tree. */
export function partialTiles(treeSize: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesAtLevel(level, treeSize) > 0; level++) {
    const index = Math.floor(hashesAtLevel(level, treeSize) / TILE_WIDTH);
    const width = tileWidth({ level, index }, treeSize);
    if (width > 0) tiles.push({ level, index, width });
  }
  return tiles;
}

/** Concatenates 1 to 256 hashes of 32 bytes. */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...hashes);
}

/**
 * The first `width` hashes of a tile. More may follow, because a full tile stands in for a partial
 * one that was deleted. Throws `ERR_TILE_FORMAT` if there are fewer, or half a hash.
 */
export function decodeTile(bytes: Uint8Array, width: number): Uint8Array[] {
  const count = bytes.length / HASH_BYTES;
  if (!Number.isInteger(count) || count < width || count > TILE_WIDTH) {
    throw malformedTile('The tile must hold whole hashes, as many as its width, at most 256.');
  }
  return Array.from({ length: width }, (_, index) =>
    bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );
}

/** Each entry after its length as big-endian uint16. Throws `ERR_TILE_FORMAT` if too long. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const parts = entries.flatMap((entry) => {
    if (entry.length > ENTRY_BYTES_MAX) throw malformedTile('An entry exceeds 65,535 bytes.');
    return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
  });
  return concatBytes(...parts);
}

/** The first `width` entries of a bundle; more may follow. Throws `ERR_TILE_FORMAT`. */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const start = offset + LENGTH_BYTES;
    offset = start > bytes.length ? Infinity : start + view.getUint16(offset);
    if (offset > bytes.length || entries.length === TILE_WIDTH) {
      throw malformedTile('The entry bundle must hold whole entries, at most 256.');
    }
    entries.push(bytes.subarray(start, offset));
  }
  if (entries.length < width) throw malformedTile('The entry bundle has too few entries.');
  return entries.slice(0, width);
}

function malformedTile(message: string): CratonError {
  return new CratonError('ERR_TILE_FORMAT', message, FAILURE);
}
