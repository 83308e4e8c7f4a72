/** The witnesses that the publisher asks, from a file of C2SP tlog-policy lines. */
import { readFileSync } from 'node:fs';
import {
  CratonError,
  decodeUtf8,
  parseTlogPolicyLines,
  type PolicyWitness,
  SIGNATURE_TYPE,
  splitPolicyLines,
  type TlogPolicy,
} from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';

/** A witness with the address that takes its checkpoints. */
export interface AskedWitness extends PolicyWitness {
  readonly url: string;
}

/** Whom to ask, and how many make a checkpoint cosigned. */
export interface WitnessPolicy {
  readonly witnesses: readonly AskedWitness[];
  readonly tlog: TlogPolicy;
  /** Names of witnesses that the issuer runs itself: they are asked and never counted as others. */
  readonly issuerOperated: readonly string[];
}

const ISSUER_OPERATED = 'issuer-operated';

/** Nobody is asked; no checkpoint counts as cosigned. */
export const NO_WITNESSES: WitnessPolicy = {
  witnesses: [],
  tlog: { logs: [], witnesses: [], groups: [], quorum: 'none' },
  issuerOperated: [],
};

/**
 * Reads the file. Throws `ERR_CONFIG`, naming the variable and the line, if it cannot be read, has a
 * witness without an address or of a type that cannot be verified here, or asks for no witness.
 */
export function loadWitnessPolicy(path: string): WitnessPolicy {
  try {
    return parseWitnessPolicy(decodeUtf8(readFileSync(path)));
  } catch (cause) {
    const what = cause instanceof CratonError ? cause.message : 'The file cannot be read.';
    throw refused(what, cause);
  }
}

/** Throws `ERR_TRUST_POLICY`. */
export function parseWitnessPolicy(text: string): WitnessPolicy {
  const lines = splitPolicyLines(text);
  const own = lines.filter(({ words }) => words[0] === ISSUER_OPERATED);
  const tlog = parseTlogPolicyLines(
    lines.filter((line) => !own.includes(line)),
    nodeSha256,
  );
  const issuerOperated = own.map(({ words }) => words[1] ?? '');
  const isKnown = (name: string): boolean => tlog.witnesses.some((known) => known.name === name);
  if (!own.every(({ words }) => words.length === 2) || !issuerOperated.every(isKnown)) {
    throw malformed(`${ISSUER_OPERATED} takes the name of a witness of the file`);
  }
  if (tlog.logs.length > 0) throw malformed('a log line does not belong here');
  if (tlog.quorum === 'none') throw malformed('the quorum must name a witness or a group');
  return { witnesses: tlog.witnesses.map(demandAsked), tlog, issuerOperated };
}

function demandAsked(witness: PolicyWitness): AskedWitness {
  const { url, key } = witness;
  if (url === undefined) throw malformed('every witness needs its address');
  if (key.type !== SIGNATURE_TYPE.cosignature) {
    throw malformed('every witness needs a key of type 0x04 (Ed25519)');
  }
  return { ...witness, url: url.replace(/\/$/, '') };
}

function malformed(what: string): CratonError {
  return new CratonError('ERR_TRUST_POLICY', `In the list of witnesses ${what}.`);
}

function refused(what: string, cause: unknown): CratonError {
  const message = `CRATON_LOG_WITNESSES_FILE: ${what}`;
  return new CratonError('ERR_CONFIG', message, { field: 'CRATON_LOG_WITNESSES_FILE', cause });
}
