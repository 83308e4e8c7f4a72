/** Files with a set of public keys (JWKS), for `CRATON_RETIRED_KEYS_FILE`. */
import { existsSync } from 'node:fs';
import {
  CratonError,
  DEPTH_MAX,
  type KeySet,
  parseKeySet,
  parseStrict,
  publicJwk,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile } from '../files.ts';

/** Reads a key set; one that is not there yet is empty. Fails if the file is something else. */
export function readKeySetFile(path: string): KeySet {
  if (!existsSync(path)) return new Map();
  try {
    const options = { numbers: 'safe', depthMax: DEPTH_MAX.other } as const;
    return parseKeySet(parseStrict(readFileOrFail(path), options));
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`${path} is not a set of public keys: ${cause.message}`, {
      code: 'key_set_malformed',
      nextStep: 'Name another file; one that does not exist is made.',
      cause,
    });
  }
}

/** Writes a key set in the place of the one before, in one step. */
export function writeKeySetFile(path: string, keys: Iterable<Uint8Array>): void {
  const set = { keys: Array.from(keys, (key) => publicJwk(key)) };
  replaceFile(path, `${JSON.stringify(set, undefined, 2)}\n`, PUBLIC_MODE);
}
