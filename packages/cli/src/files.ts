/** Reading and writing the files that the command works on. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { CommandFailure, type FailureDetails } from './failure.ts';

/** Owner may read and write, nobody else anything. */
export const SECRET_MODE = 0o600;
export const PUBLIC_MODE = 0o644;

/** Largest file that is read whole, in bytes: bundles, policies, responses. */
export const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Reads a file, or fails saying which one and why. */
export function readFileOrFail(path: string, details: FailureDetails = {}): Uint8Array {
  try {
    if (statSync(path).size <= FILE_BYTES_MAX) return readFileSync(path);
  } catch (cause) {
    const missing = errorCode(cause) === 'ENOENT';
    const why = missing ? 'does not exist' : `cannot be read (${errorCode(cause)})`;
    throw new CommandFailure(`${path} ${why}.`, { code: 'file_unreadable', ...details, cause });
  }
  throw new CommandFailure(`${path} is larger than ${FILE_BYTES_MAX} bytes.`, details);
}

/**
 * Makes a file that must not exist yet: whole and on disk, or not at all. Fails with
 * `file_exists` if something is there, whoever made it in the meantime.
 */
export function writeNewFile(path: string, text: string, mode: number): void {
  withTemporaryFile(path, text, mode, (temporary) => {
    try {
      // Unlike a rename, a link never replaces what is there.
      linkSync(temporary, path);
    } catch (cause) {
      if (errorCode(cause) !== 'EEXIST') throw cause;
      throw new CommandFailure(`${path} exists already and is never overwritten.`, {
        code: 'file_exists',
        nextStep: 'Choose another name, or move the old file away first.',
        cause,
      });
    }
  });
}

/** Replaces a file in one step: a reader sees the old one or the new one. */
export function replaceFile(path: string, text: string | Uint8Array, mode: number): void {
  withTemporaryFile(path, text, mode, (temporary) => renameSync(temporary, path));
}

function withTemporaryFile(
  path: string,
  text: string | Uint8Array,
  mode: number,
  publish: (temporary: string) => void,
): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeDurably(temporary, text, mode);
    publish(temporary);
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure(`${path} cannot be written (${errorCode(cause)}).`, {
      code: 'file_unwritable',
      nextStep: 'Check that the folder exists and that you may write to it.',
      cause,
    });
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeDurably(path: string, text: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file, bytes, written);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The system's name for an error, `ENOENT` for example. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
