/** `craton keys rotate`: the next signing key, and the one before among the retired ones. */
import { resolve } from 'node:path';
import { type CliContext, shellWord, shownPath } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { addAttestation } from '../keys/attest-key.ts';
import { createKeyFiles, namesOf, publicKeyPath, readPublicKey } from '../keys/key-file.ts';
import { readKeySetFile, writeKeySetFile } from '../keys/key-set.ts';
import { labelled } from '../text.ts';
import { fingerprintGroups } from '../trust/words.ts';
import { prepareAttestation, type RootOptions } from './attest.ts';

export interface RotateOptions extends Partial<RootOptions> {
  /** The public part of the key in use. */
  readonly key: string;
  /** File for the next private key. */
  readonly out: string;
  /** The key set that `CRATON_RETIRED_KEYS_FILE` names, or is going to. */
  readonly retired: string;
  readonly attestations?: string;
  readonly json?: boolean;
}

interface Rotation {
  readonly oldKey: Uint8Array;
  readonly newKey: Uint8Array;
  readonly isAttested: boolean;
}

/**
 * Makes a new signing key and puts the public part of the old one among the retired keys. No private
 * file is opened, and the root's only if `--root-key` names it: then it attests the new key too.
 */
export async function rotateKey(context: CliContext, options: RotateOptions): Promise<void> {
  const at = (path: string): string => resolve(context.cwd, path);
  const oldKey = readPublicKey(options.key, at);
  const retired = readKeySetFile(at(options.retired));
  assertNotRetired(options, retired.has(namesOf(oldKey).kid));
  // All that can be wrong is found out before anything is made.
  const attest = prepareRoot(context, options);
  const { publicKey: newKey } = createKeyFiles(at(options.out));
  if (attest !== undefined) addAttestation(attest.path, await attest.attest(newKey));
  writeKeySetFile(at(options.retired), [...retired.values(), oldKey]);
  const rotation = { oldKey, newKey, isAttested: attest !== undefined };
  if (options.json === true) context.out(JSON.stringify(rotationDocument(options, rotation)));
  else showRotation(context, options, rotation);
}

function assertNotRetired({ key, retired }: RotateOptions, isRetired: boolean): void {
  if (!isRetired) return;
  throw new CommandFailure(`The key of ${key} is in ${retired} already.`, {
    code: 'key_retired',
    nextStep: 'Name the public key that signs now: craton keys list shows what there is.',
  });
}

function prepareRoot(context: CliContext, options: RotateOptions) {
  const { rootKey, issuer, environment, attestations } = options;
  if (rootKey === undefined) return undefined;
  if (issuer === undefined || environment === undefined || attestations === undefined) {
    throw usageFailure('With --root-key also give --issuer, --environment and --attestations.');
  }
  return {
    path: resolve(context.cwd, attestations),
    attest: prepareAttestation(context, { ...options, rootKey, issuer, environment }),
  };
}

function rotationDocument(
  options: RotateOptions,
  { oldKey, newKey, isAttested }: Rotation,
): object {
  const { kid, fingerprint, publicKeyText } = namesOf(newKey);
  return {
    object: 'craton.key_rotation.v1',
    private_key_file: options.out,
    public_key_file: publicKeyPath(options.out),
    kid,
    fingerprint_sha256: fingerprint,
    public_key_b64: publicKeyText,
    retired_kid: namesOf(oldKey).kid,
    retired_keys_file: options.retired,
    attested: isAttested,
  };
}

function showRotation(context: CliContext, options: RotateOptions, rotation: Rotation): void {
  const { out, retired } = options;
  const { kid, fingerprint } = namesOf(rotation.newKey);
  context.out('Made the next signing key; the one before is among the retired keys now.');
  const rows = labelled([
    ['private key', `${shownPath(context, resolve(context.cwd, out))} (mode 0600)`],
    ['kid', kid],
    ['fingerprint', fingerprintGroups(fingerprint)],
    ['retired kid', namesOf(rotation.oldKey).kid],
  ]);
  for (const line of rows) context.out(line);
  context.out('Nothing has changed for the boundary yet. Next:');
  const steps = [
    ...(rotation.isAttested ? [] : [attestStep(options)]),
    'Let CRATON_ATTESTATIONS_FILE name the file with the attestations of both keys.',
    `Set CRATON_RETIRED_KEYS_FILE=${shellWord(retired)}`,
    `Set CRATON_SIGNING_KEY_FILE=${shellWord(out)} (or CRATON_SIGNING_KEY to what is in it).`,
    'Restart the boundary, and see with craton doctor that all is in order.',
    'Destroy the old private key: nothing needs it any more.',
  ];
  steps.forEach((step, index) => context.out(`  ${index + 1}. ${step}`));
}

function attestStep({ out, issuer, environment }: RotateOptions): string {
  return [
    'Where the root is, attest the new key, with the file that holds the old attestation as --out:',
    `     craton keys attest --root-key ROOT --key ${shellWord(publicKeyPath(out))} \\`,
    `       --issuer ${issuer ?? 'ISSUER'} --environment ${environment?.join(',') ?? 'ENVIRONMENT'} --out attestations.json`,
  ].join('\n');
}
