/** Versioned migrations of the draft store, forward only. */
import { readdirSync, readFileSync } from 'node:fs';
import { CratonError, encodeHex, sha256, utf8 } from '@craton/protocol';
import { integerOf, type Row, textOf } from './row.ts';

/** One step of the schema. */
export interface Migration {
  /** 1, 2, 3, ... without a gap. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the SQL text, lower-case hex. */
  readonly checksum: string;
}

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** Reads `NNNN-name.sql` files of a folder, in order. Throws `ERR_MIGRATION` on a gap. */
export function readMigrations(folder: URL): readonly Migration[] {
  const files = readdirSync(folder).filter((file) => FILE_NAME.test(file));
  return files.sort().map((file, index) => {
    const [, digits = '', name = ''] = FILE_NAME.exec(file) ?? [];
    const version = Number(digits);
    if (version !== index + 1) throw migrationRefused(`Migration ${index + 1} is missing`);
    const sql = readFileSync(new URL(file, folder), 'utf8');
    return { version, name, sql, checksum: encodeHex(sha256(utf8(sql))) };
  });
}

/**
 * The migrations that a store lacks; `applied` are its rows of version and checksum, in order.
 * Throws `ERR_MIGRATION` if newer software made the store or an applied migration is not the one
 * known here.
 */
export function missingMigrations(
  applied: readonly Row[],
  known: readonly Migration[],
): readonly Migration[] {
  applied.forEach((row, index) => {
    const expected = known[index];
    if (expected === undefined) throw migrationRefused('This store was made by a newer version');
    const { version, checksum } = expected;
    if (integerOf(row, 'version') !== version || textOf(row, 'checksum') !== checksum) {
      throw migrationRefused(`Migration ${version} of this store is not the one known here`);
    }
  });
  return known.slice(applied.length);
}

/** `ERR_MIGRATION`, with what an operator can do. */
export function migrationRefused(what: string, cause?: unknown): CratonError {
  const advice = 'Start the version that made it, or restore a backup.';
  return new CratonError('ERR_MIGRATION', `Draft store: ${what}. ${advice}`, { cause });
}
