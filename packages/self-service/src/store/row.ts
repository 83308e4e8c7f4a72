/** Rows as both databases give them, read member by member. */
import { CratonError } from '@craton/protocol';

export type Row = Readonly<Record<string, unknown>>;

/** A column that is a text; anything else means that the table is not ours. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw damaged(column);
}

/** A column that is a whole number. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw damaged(column);
}

/** A column that is a whole number or NULL. */
export function optionalIntegerOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integerOf(row, column);
}

function damaged(column: string): CratonError {
  return new CratonError('ERR_INTERNAL', 'A stored draft cannot be read.', { field: column });
}
