/** Tiles of the store as the protocol's functions ask for them. */
import { CratonError, HASH_BYTES, type ReadTile, type Tile } from '@craton/protocol';
import type { LogReader } from './port.ts';

/**
 * Reads tiles by level, index and width. A partial tile is the beginning of what is stored now.
 * Throws `ERR_TILE_FORMAT` where fewer hashes are stored.
 */
export function tileReader(log: Pick<LogReader, 'readTile'>): ReadTile {
  return async ({ level, index, width }: Tile) => {
    const bytes = level === 'entries' ? undefined : await log.readTile(level, index);
    if (bytes !== undefined && bytes.length >= width * HASH_BYTES) {
      return bytes.subarray(0, width * HASH_BYTES);
    }
    throw new CratonError('ERR_TILE_FORMAT', 'The log has no such tile.', { field: 'tile' });
  };
}
