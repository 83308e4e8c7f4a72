/** Reads columns of a row with the type that the schema gives them. */
import type { SQLOutputValue } from 'node:sqlite';
import { CratonError } from '@craton/protocol';

/** A row as the driver gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Throws `ERR_INTERNAL`, as all of these, if the column holds something else. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw unexpected(column);
}

/** Undefined for NULL. */
export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

/** An integer that is safe in a double; the driver itself refuses a larger one. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw unexpected(column);
}

/** Undefined for NULL. */
export function optionalIntegerOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integerOf(row, column);
}

/** A BLOB, in memory of its own. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw unexpected(column);
}

function unexpected(column: string): CratonError {
  return new CratonError('ERR_INTERNAL', `The column ${column} does not hold what it should.`);
}
