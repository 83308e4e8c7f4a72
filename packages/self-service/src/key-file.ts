/** Reads the file of keys that `CRATON_SELF_SERVICE_API_KEYS_FILE` names. */
import { readFileSync, statSync } from 'node:fs';
import { CratonError } from '@craton/protocol';
import { parseKeyFile, type SelfServiceKey } from './keys.ts';

const KEY_FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Throws `ERR_CONFIG` for a file that cannot be read, is too large, or is not in form. */
export function readKeyFile(path: string): readonly SelfServiceKey[] {
  return parseKeyFile(readBytes(path));
}

function readBytes(path: string): Uint8Array {
  try {
    if (statSync(path).size <= KEY_FILE_BYTES_MAX) return readFileSync(path);
  } catch {
    throw unreadable('cannot be read');
  }
  throw unreadable(`is larger than ${KEY_FILE_BYTES_MAX} bytes`);
}

function unreadable(what: string): CratonError {
  const field = 'CRATON_SELF_SERVICE_API_KEYS_FILE';
  return new CratonError('ERR_CONFIG', `${field} names a file that ${what}.`, { field });
}
