/** `craton keys attest`: a root says, offline, that a key may sign receipts. */
import { resolve } from 'node:path';
import {
  type Attestation,
  isEnvironment,
  isIssuer,
  isRootKeyId,
  readAttestation,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { isDevelopmentName } from '../development/privileges.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { addAttestation, attestKey } from '../keys/attest-key.ts';
import {
  defaultRootKeyId,
  readPublicKey,
  readSecretKey,
  type SecretKey,
} from '../keys/key-file.ts';
import { labelled } from '../text.ts';
import { timeOption } from './verify.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/** What a root says, and for whom. */
export interface RootOptions {
  readonly rootKey: string;
  readonly rootId?: string;
  readonly issuer: string;
  readonly environment: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

export interface AttestOptions extends RootOptions {
  readonly key: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** A root says that a key may sign receipts: printed, or added to a file for the boundary. */
export async function attest(context: CliContext, options: AttestOptions): Promise<void> {
  const { key, out } = options;
  const say = prepareAttestation(context, options);
  const attestation = await say(readPublicKey(key, (path) => resolve(context.cwd, path)));
  if (out === undefined || options.json === true) {
    context.out(JSON.stringify(attestation, undefined, options.json === true ? undefined : 2));
  }
  if (out === undefined) return;
  addAttestation(resolve(context.cwd, out), attestation);
  if (options.json !== true) showAttestation(context, out, attestation);
}

function showAttestation(context: CliContext, file: string, attestation: Attestation): void {
  const { payload } = readAttestation({ ...attestation });
  context.out(`Added an attestation to ${file}.`);
  const rows = labelled([
    ['root', payload.root_key_id],
    ['kid', payload.subject.kid],
    ['for', `${payload.issuer} in ${payload.environments.join(', ')}`],
    ['window', `${payload.not_before} to ${payload.not_after}`],
  ]);
  for (const line of rows) context.out(line);
}

/** Reads the root and the terms; answers what attests a public key (32 bytes) by them. */
export function prepareAttestation(
  context: CliContext,
  options: RootOptions,
): (subjectPublicKey: Uint8Array) => Promise<Attestation> {
  const { issuer } = options;
  const environments = environmentList(options.environment);
  if (!isIssuer(issuer)) throw usageFailure('An issuer is a lower-case DNS name.');
  const notBeforeMs = options.from === undefined ? context.now() : timeOption(options.from);
  const notAfterMs = options.to === undefined ? notBeforeMs + YEAR_MS : timeOption(options.to);
  if (notAfterMs <= notBeforeMs) throw usageFailure('The window ends before it begins.');
  const root = readRoot(context, options.rootKey, environments);
  const rootKeyId = options.rootId ?? defaultRootKeyId(root.publicKey);
  if (!isRootKeyId(rootKeyId)) throw usageFailure('The root id does not have its form.');
  const issuedAtMs = context.now();
  return (subjectPublicKey) => {
    const terms = { rootKeyId, issuer, environments, issuedAtMs, notBeforeMs, notAfterMs };
    return attestKey(root, { ...terms, subjectPublicKey });
  };
}

/** A root that lay on a server of its own must not speak for one that others rely on. */
function readRoot(context: CliContext, file: string, environments: readonly string[]): SecretKey {
  const root = readSecretKey(resolve(context.cwd, file));
  const others = environments.filter((name) => !isDevelopmentName(name));
  if (!root.isForDevelopment || others.length === 0) return root;
  throw new CommandFailure(`${file} was generated for development, not for ${others.join(', ')}.`, {
    code: 'root_for_development',
    nextStep: 'Make a root on a machine that is offline: craton keys root --out FILE',
  });
}

/** Environments given once, several times, or with commas between them. */
export function environmentList(given: readonly string[]): readonly string[] {
  const names = given.flatMap((text) => text.split(','));
  if (names.every(isEnvironment)) return names;
  throw usageFailure('An environment is lower-case letters and digits, for example production.');
}
