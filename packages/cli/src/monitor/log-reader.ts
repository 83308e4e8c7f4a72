/** Reads a log over HTTP (C2SP tlog-tiles). Nothing that comes back is trusted for having come. */
import { decodeUtf8, ENTRY_BYTES_MAX, type Tile, TILE_WIDTH, tilePath } from '@craton/protocol';
import { isLoopback } from '../development/privileges.ts';
import { CommandFailure, usageFailure } from '../failure.ts';

const TIMEOUT_MS = 30_000;
const CHECKPOINT_BYTES_MAX = 1_000_000;
/** A full bundle of the longest entries, each after its length. */
const BUNDLE_BYTES_MAX = TILE_WIDTH * (ENTRY_BYTES_MAX + 2);

export interface LogReader {
  /** The newest checkpoint's note. */
  readonly checkpoint: () => Promise<string>;
  /** One tile or entry bundle; a full one may come in the place of a partial one. */
  readonly tile: (tile: Tile) => Promise<Uint8Array>;
}

/**
 * A reader of the log at this address. What is not there, or does not answer, is a failure with exit
 * code `insufficient`: it says nothing about the log's honesty.
 */
export function openLogReader(baseUrl: string, apiKey?: string): LogReader {
  const get = (path: string): Promise<Uint8Array | undefined> =>
    fetchBytes(`${baseUrl}/${path}`, BUNDLE_BYTES_MAX, apiKey);
  return {
    checkpoint: async () => {
      const url = `${baseUrl}/checkpoint`;
      return noteOf(url, await fetchBytes(url, CHECKPOINT_BYTES_MAX, apiKey));
    },
    tile: async (tile) => {
      const path = tilePath(tile);
      const bytes = await get(path);
      if (bytes !== undefined) return bytes;
      // The partial one may go once the full one is there.
      const full =
        tile.width < TILE_WIDTH ? await get(tilePath({ ...tile, width: TILE_WIDTH })) : undefined;
      if (full !== undefined) return full;
      throw unavailable(`${baseUrl}/${path}`, 'is not there');
    },
  };
}

/** The newest checkpoint that a witness cosigned, undefined if it has none (C2SP tlog-witness). */
export async function fetchWitnessNote(
  witnessUrl: string,
  originHash: string,
): Promise<string | undefined> {
  const url = `${witnessUrl.replace(/\/$/, '')}/${originHash}/checkpoint`;
  const bytes = await fetchBytes(url, CHECKPOINT_BYTES_MAX);
  return bytes === undefined ? undefined : noteOf(url, bytes);
}

/** The log's address without a final slash; a key is never sent in the clear over a network. */
export function parseLogUrl(text: string, hasKey: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search + url.hash !== '') {
    throw usageFailure('The log’s address begins with https:// or http:// and ends before ?');
  }
  if (hasKey && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw usageFailure('With an API key the log’s address must begin with https://');
  }
  return url.href.replace(/\/$/, '');
}

function noteOf(url: string, bytes: Uint8Array | undefined): string {
  if (bytes === undefined) throw unavailable(url, 'is not there');
  try {
    return decodeUtf8(bytes);
  } catch {
    // Not text: no signature will be found in it.
    return '';
  }
}

/** Undefined for 404. */
async function fetchBytes(
  url: string,
  bytesMax: number,
  apiKey?: string,
): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(url, {
      headers: {
        'cache-control': 'no-cache',
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      // A key is never carried on to another address.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 200) return await readBounded(url, response, bytesMax);
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw unavailable(url, `answers with status ${response.status}`);
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw unavailable(url, 'does not answer', cause);
  }
}

async function readBounded(url: string, response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > bytesMax) throw unavailable(url, 'answers with more than it may');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unavailable(url: string, what: string, cause?: unknown): CommandFailure {
  return new CommandFailure(`${url} ${what}.`, {
    exit: 'insufficient',
    code: 'log_unavailable',
    nextStep: 'Check the address (a log’s often ends in /log), the API key, and that it runs.',
    cause,
  });
}
