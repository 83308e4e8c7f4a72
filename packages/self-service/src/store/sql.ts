/** The little that is asked of a database, so that one set of queries serves both engines. */
import { CratonError } from '@craton/protocol';
import type { Row } from './row.ts';

export type SqlValue = string | number | null;

/** A connection or several. Every method throws `ERR_DRAFT_STORE_UNAVAILABLE` if it cannot be asked. */
export interface SqlDatabase {
  /** One statement, in a transaction of its own; `?` stands for the values in their order. */
  rows(text: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** What callers are told about a database that does not answer; the cause is for the log. */
export function storeUnavailable(cause?: unknown): CratonError {
  const message = 'The draft store does not answer. Nothing was saved; try again later.';
  return new CratonError('ERR_DRAFT_STORE_UNAVAILABLE', message, { cause });
}
