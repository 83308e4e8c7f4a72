/** Puts a witness together from its files, and takes their locks. */
import { existsSync } from 'node:fs';
import { CratonError, equalBytes, formatVerifierKey, type VerifierKey } from '@craton/protocol';
import { type ClockSource, SYSTEM_CLOCK, WitnessClock } from './clock.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';
import { type FileLock, lockFile } from './lock.ts';
import type { WitnessOptions } from './options.ts';
import { createState, WitnessState } from './state.ts';
import { Witness, type WitnessEvent } from './witness.ts';

export interface OpenWitness {
  readonly witness: Witness;
  readonly key: VerifierKey;
  /** Gives the files back, once; call it when no request is being answered. */
  readonly close: () => void;
}

export type WitnessFiles = Pick<
  WitnessOptions,
  'name' | 'keyFile' | 'stateFile' | 'mayCreate' | 'logs'
>;

/**
 * Opens a witness. Throws `ERR_STORE_LOCKED` if another process has one of the files, `ERR_CONFIG`,
 * `ERR_KEY_FORMAT` or `ERR_STORE_UNAVAILABLE` if they are not in order, `ERR_CLOCK_UNTRUSTED`.
 */
export async function openWitness(
  files: WitnessFiles,
  onEvent: (event: WitnessEvent) => void,
  clockSource: ClockSource = SYSTEM_CLOCK,
): Promise<OpenWitness> {
  const locks: FileLock[] = [];
  const close = (): void => {
    for (const lock of locks.splice(0)) lock.release();
  };
  try {
    // Both before anything is read: what is read stays true as long as this process lives.
    locks.push(lockFile(files.keyFile, 'key file'));
    locks.push(lockFile(files.stateFile, 'state file'));
    const signer = await openSigner(files);
    const state = await WitnessState.open(files.stateFile, signer.key);
    const clock = new WitnessClock(clockSource);
    clock.timestampS(state.newestTimestampS);
    const witness = new Witness({ signer, logs: files.logs, state, clock, onEvent });
    return { witness, key: signer.key, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A key without its state, or a state without its key, is never made whole by a new file. */
async function openSigner({ name, keyFile, stateFile, mayCreate, logs }: WitnessFiles) {
  const isNew = mayCreate && !existsSync(keyFile) && !existsSync(stateFile);
  if (isNew) await createKeyFile(keyFile);
  const signer = readKeyFile(keyFile, name);
  if (logs.some(({ publicKey }) => equalBytes(publicKey, signer.key.publicKey))) {
    const message = 'The key of a log cannot be the key of a witness.';
    throw new CratonError('ERR_CONFIG', message, { field: '--log' });
  }
  if (isNew) await createState(stateFile, signer.key);
  return signer;
}

/** The line that makes a trust policy know this witness. */
export function trustPolicyLine(key: VerifierKey): string {
  return `witness ${key.name} ${formatVerifierKey(key)}`;
}
