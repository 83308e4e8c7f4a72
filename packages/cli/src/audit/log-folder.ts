/** Reads a log from a folder: a copy of what its address serves, for audits without network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeUtf8, TILE_WIDTH, tilePath } from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { errorCode } from '../files.ts';
import type { LogReader } from '../monitor/log-reader.ts';

/** A reader of the files `checkpoint` and `tile/...` below a folder. */
export function openLogFolder(folder: string): LogReader {
  const read = (path: string): Uint8Array | undefined => {
    try {
      return readFileSync(join(folder, path));
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return undefined;
      throw unavailable(join(folder, path), `cannot be read (${errorCode(cause)})`, cause);
    }
  };
  const demand = (path: string, ...others: readonly string[]): Uint8Array => {
    for (const candidate of [path, ...others]) {
      const bytes = read(candidate);
      if (bytes !== undefined) return bytes;
    }
    throw unavailable(join(folder, path), 'is not there');
  };
  return {
    checkpoint: async () => {
      await Promise.resolve();
      return decodeUtf8(demand('checkpoint'));
    },
    tile: async (tile) => {
      await Promise.resolve();
      return demand(tilePath(tile), tilePath({ ...tile, width: TILE_WIDTH }));
    },
  };
}

function unavailable(path: string, what: string, cause?: unknown): CommandFailure {
  const nextStep = 'Copy the log’s checkpoint and its folder tile, with all that is in it.';
  const details = { exit: 'insufficient', code: 'log_unavailable', nextStep, cause } as const;
  return new CommandFailure(`${path} ${what}.`, details);
}
