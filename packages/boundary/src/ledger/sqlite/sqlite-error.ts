import type { FailureKind } from '../transaction.ts';

/** Primary result codes (sqlite.org/rescode.html) after which only one statement is at fault. */
const ENTRY_CODES = new Set([
  18, // TOOBIG
  19, // CONSTRAINT
  20, // MISMATCH
  25, // RANGE
]);
/** Those that another attempt may not meet: busy, locked, out of memory, disk full. */
const PASSING_CODES = new Set([5, 6, 7, 13]);

/** The primary result code, or undefined if the error is none of SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** What is not known to be harmless stops the issuing for good: I/O errors, a damaged file. */
export function classifySqliteError(error: unknown): FailureKind {
  const code = sqliteCode(error);
  if (code === undefined || ENTRY_CODES.has(code)) return 'entry';
  return PASSING_CODES.has(code) ? 'unavailable' : 'fatal';
}
