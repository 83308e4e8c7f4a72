/** Attestations by a root: made here, offline, and checked before anybody sees them. */
import { existsSync } from 'node:fs';
import {
  type Attestation,
  type AttestationTerms,
  composeAttestation,
  DEPTH_MAX,
  isJsonList,
  type JsonValue,
  parseStrict,
  readAttestation,
  readKeyEvent,
  verifyEd25519,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile } from '../files.ts';
import type { KeyPair } from './key-pair.ts';

/** What a root says about a key; times are milliseconds since 1970. */
export type KeyTerms = Omit<AttestationTerms, 'rootPublicKey'>;

/** Attests a key by a root and verifies the result. Throws `ERR_ATTESTATION_FORMAT`. */
export async function attestKey(root: KeyPair, terms: KeyTerms): Promise<Attestation> {
  const attestation = composeAttestation({ ...terms, rootPublicKey: root.publicKey }, root.sign);
  const { payloadBytes, signature } = readAttestation({ ...attestation });
  if (!(await verifyEd25519(root.publicKey, payloadBytes, signature))) {
    throw new TypeError('The root made a signature that does not verify.');
  }
  return attestation;
}

/** Adds an attestation to a file with a list of them, and makes the file where there is none. */
export function addAttestation(path: string, attestation: Attestation): void {
  const before = existsSync(path) ? parseAttestations(readFileOrFail(path), path) : [];
  const text = JSON.stringify([...before, attestation], undefined, 2);
  replaceFile(path, `${text}\n`, PUBLIC_MODE);
}

/** Reads a file with a list of attestations; each is taken apart once to see that it is one. */
export function parseAttestations(bytes: Uint8Array, name: string): readonly JsonValue[] {
  const parsed = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
  if (!isJsonList(parsed)) {
    throw new CommandFailure(`${name} is not a list of attestations.`, {
      code: 'attestations_malformed',
      nextStep: 'Make it with: craton keys attest --out FILE',
    });
  }
  for (const value of parsed) {
    readAttestation(value);
    // As a boundary reads it at its start: wrapper and payload name one root.
    readKeyEvent(value);
  }
  return parsed;
}
