/** Reads an export line by line, whatever its size, and digests it on the way. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { EXPORT_HEADER_BYTES_MAX, EXPORT_LINE_BYTES_MAX } from '@craton/protocol/audit';
import { CommandFailure } from '../failure.ts';
import { errorCode } from '../files.ts';

const LINE_FEED = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/** One line, and how far the file was read with it. */
export interface FileLine {
  /** Without its line feed. */
  readonly bytes: Uint8Array;
  /** `sha256:` and hex, of every byte before this line; computed when it is asked for. */
  readonly digestBefore: () => string;
  /** Bytes up to the end of this line. */
  readonly end: number;
}

/** The lines of a file in their order. Fails with `badInput` if it cannot be read. */
export async function* readLines(path: string, whole: Hash): AsyncGenerator<FileLine> {
  const before = createHash('sha256');
  let end = 0;
  let isFirst = true;
  for await (const bytes of splitLines(path, () => isFirst)) {
    isFirst = false;
    whole.update(bytes);
    end += bytes.length;
    yield {
      bytes: bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes,
      digestBefore: () => digestText(before.copy()),
      end,
    };
    before.update(bytes);
  }
}

/** `sha256:` and hex. */
export function digestText(hash: Hash): string {
  return `sha256:${hash.digest('hex')}`;
}

/** Lines with their line feeds; the last one may have none. */
async function* splitLines(path: string, isHeader: () => boolean): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of chunks) {
      let start = 0;
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
        const rest = chunk.subarray(start, at + 1);
        yield parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
        [parts, length, start] = [[], 0, at + 1];
      }
      if (start === chunk.length) continue;
      length += chunk.length - start;
      if (length > (isHeader() ? EXPORT_HEADER_BYTES_MAX : EXPORT_LINE_BYTES_MAX)) {
        throw new CommandFailure(`${path} has a line that is too long for an export.`, {
          exit: 'badInput',
          code: 'ERR_EXPORT_FORMAT',
        });
      }
      parts.push(chunk.subarray(start));
    }
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    const why = errorCode(cause) === 'ENOENT' ? 'does not exist' : 'cannot be read';
    const details = { exit: 'badInput', code: 'file_unreadable', cause } as const;
    throw new CommandFailure(`${path} ${why}.`, details);
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
