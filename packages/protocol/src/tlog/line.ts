/** The kinds of line that checkpoints, proof files and witness requests share. */
import { decodeBase64 } from '../base64.ts';
import { CratonError, type ErrorCode } from '../errors.ts';
import { HASH_BYTES } from './merkle.ts';

/** Most hashes in a proof that is written down (C2SP tlog-witness: add-checkpoint). */
export const PROOF_HASHES_MAX = 63;

/** What a failure to read a line is called. */
export interface LineFailure {
  readonly code: ErrorCode;
  /** The line's name in messages, such as `tree size`. */
  readonly field: string;
}

/** Reads a count in decimal: no sign, no leading zero, at most 2^53-1. Throws `failure.code`. */
export function parseCount(text: string | undefined, failure: LineFailure): number {
  const count = /^(?:0|[1-9][0-9]{0,15})$/.test(text ?? '') ? Number(text) : NaN;
  if (!Number.isSafeInteger(count)) {
    throw lineError(failure, 'must be a decimal number without leading zeros, at most 2^53-1');
  }
  return count;
}

/** Reads one base64 line; throws `failure.code`. */
export function parseBase64Line(text: string, failure: LineFailure): Uint8Array {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw lineError(failure, 'must be padded standard base64', cause);
  }
}

/** Reads one base64 line of 32 bytes; throws `failure.code`. */
export function parseHashLine(text: string | undefined, failure: LineFailure): Uint8Array {
  const hash = parseBase64Line(text ?? '', failure);
  if (hash.length !== HASH_BYTES) throw lineError(failure, 'must be the base64 of 32 bytes');
  return hash;
}

/** Reads the hashes of a proof, one per line, 63 at most; throws `failure.code`. */
export function parseHashLines(lines: readonly string[], failure: LineFailure): Uint8Array[] {
  if (lines.length > PROOF_HASHES_MAX) throw lineError(failure, 'must not exceed 63 hashes');
  return lines.map((line) => parseHashLine(line, failure));
}

/** The lines before the first empty line, and everything after it. Throws `failure.code`. */
export function splitAtEmptyLine(
  text: string,
  failure: LineFailure,
): { lines: string[]; rest: string } {
  const end = text.indexOf('\n\n');
  if (end < 0) throw lineError(failure, 'must end with an empty line and then a checkpoint');
  return { lines: text.slice(0, end).split('\n'), rest: text.slice(end + 2) };
}

function lineError(failure: LineFailure, what: string, cause?: unknown): CratonError {
  return new CratonError(failure.code, `The ${failure.field} ${what}.`, {
    field: failure.field,
    cause,
  });
}
