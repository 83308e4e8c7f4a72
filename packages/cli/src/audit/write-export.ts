/** Writes the boundary's export into a file: whole and on disk, or not at all. */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { CratonError } from '@craton/protocol';
import { parseExportLine } from '@craton/protocol/audit';
import { CommandFailure } from '../failure.ts';
import { errorCode, SECRET_MODE } from '../files.ts';
import { OPERATOR_ADVICE } from '../operator/operator-client.ts';
import { type ServerAccess, streamRequest } from '../server/server-client.ts';
import { digestText } from './export-file.ts';

export interface ExportWriting {
  /** Absolute path. */
  readonly file: string;
  /** Empty, or begins with `?`. */
  readonly query: string;
  readonly hash: Hash;
  readonly onProgress: (bytes: number) => void;
}

export interface WrittenExport {
  readonly receipts: number;
  readonly streams: number;
  /** Of the whole file, `sha256:` and hex. */
  readonly digest: string;
  readonly bytes: number;
}

/** Longest last line that is kept while the bytes go by. */
const TAIL_BYTES = 32 * 1024 * 1024;

/** Fails with `export_incomplete` if the answer breaks off; the file is then not there. */
export async function writeExport(
  access: ServerAccess,
  writing: ExportWriting,
): Promise<WrittenExport> {
  const { file, query } = writing;
  const body = await streamRequest(access, `/operator/api/export${query}`, OPERATOR_ADVICE);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', SECRET_MODE);
    try {
      const written = await writeAll(handle, body, writing);
      await handle.sync();
      await rename(temporary, file);
      return written;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure(`${file} cannot be written (${errorCode(cause)}).`, {
      code: 'file_unwritable',
      nextStep: 'Check that the folder exists, that you may write to it, and that it has room.',
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeAll(
  handle: FileHandle,
  body: AsyncIterable<Uint8Array>,
  { hash, onProgress }: ExportWriting,
): Promise<WrittenExport> {
  const tail = new LastLine();
  let bytes = 0;
  for await (const chunk of received(body)) {
    hash.update(chunk);
    await handle.writeFile(chunk);
    tail.take(chunk);
    bytes += chunk.length;
    onProgress(bytes);
  }
  return { ...tail.counts(), digest: digestText(hash), bytes };
}

async function* received(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw incomplete(cause);
  }
}

/** Keeps the last line, and the digest of everything before it. */
class LastLine {
  readonly #before = createHash('sha256');
  #line: Buffer = Buffer.alloc(0);

  take(chunk: Uint8Array): void {
    const joined = Buffer.concat([this.#line, chunk]);
    // The final line feed ends the last line; it does not begin another one.
    const end = joined.lastIndexOf(0x0a, -2);
    this.#before.update(joined.subarray(0, end + 1));
    this.#line = joined.subarray(end + 1);
    if (this.#line.length > TAIL_BYTES) throw incomplete();
  }

  counts(): Pick<WrittenExport, 'receipts' | 'streams'> {
    try {
      const line = parseExportLine(this.#line);
      if (line.kind === 'trailer' && line.digest === digestText(this.#before)) {
        const receipts = line.streams.reduce((sum, stream) => sum + stream.receipts, 0);
        return { receipts, streams: line.streams.length };
      }
    } catch (error) {
      if (!(error instanceof CratonError)) throw error;
    }
    throw incomplete();
  }
}

function incomplete(cause?: unknown): CommandFailure {
  return new CommandFailure('The export broke off before its last line; nothing was kept.', {
    code: 'export_incomplete',
    nextStep: 'Ask again; if it happens every time, look at the boundary’s log.',
    ...(cause !== undefined && { cause }),
  });
}
