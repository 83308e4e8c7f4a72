/** A witness in a folder of its own, opened in this process. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VerifierKey } from '@craton/protocol';
import {
  type ClockSource,
  type OpenWitness,
  openWitness,
  type WitnessEvent,
  type WitnessFiles,
} from '../src/index.ts';

export const WITNESS_NAME = 'witness.example';

export interface WitnessFolder {
  readonly keyFile: string;
  readonly stateFile: string;
  /** What the witness told, newest last. */
  readonly events: WitnessEvent[];
  /** Opens the witness; the first call makes its files. */
  readonly open: (changes?: Partial<WitnessFiles>, clock?: ClockSource) => Promise<OpenWitness>;
}

export function witnessFolder(logs: readonly VerifierKey[]): WitnessFolder {
  const folder = mkdtempSync(join(tmpdir(), 'craton-witness-'));
  const keyFile = join(folder, 'key.txt');
  const stateFile = join(folder, 'state.json');
  const events: WitnessEvent[] = [];
  const files = { name: WITNESS_NAME, keyFile, stateFile, mayCreate: true, logs };
  return {
    keyFile,
    stateFile,
    events,
    open: (changes, clock) =>
      openWitness({ ...files, ...changes }, (event) => events.push(event), clock),
  };
}
