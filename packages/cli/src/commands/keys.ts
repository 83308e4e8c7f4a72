/** `craton keys`: key work that needs no server and no network. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  createVerifierKey,
  formatVerifierKey,
  isIssuer,
  isRootKeyId,
  readAttestation,
  SIGNATURE_TYPE,
} from '@craton/protocol';
import { type CliContext, dataDirOf, shownPath } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { parseAttestations } from '../keys/attest-key.ts';
import {
  createKeyFiles,
  defaultRootKeyId,
  isPrivate,
  type KeyNames,
  namesOf,
  parsePublicJwk,
  publicKeyPath,
} from '../keys/key-file.ts';
import { labelled } from '../text.ts';
import { fingerprintGroups } from '../trust/words.ts';

/** What a key is for; each role has its own key. */
export type KeyRole = 'root' | 'signing' | 'log' | 'posture';

export interface MakeKeyOptions {
  readonly out: string;
  /** For a root: its id in attestations and trust policies. */
  readonly id?: string;
  /** For a log: `<issuer>/<environment>`. */
  readonly origin?: string;
  readonly json?: boolean;
}

const NEXT_STEPS: Readonly<Record<KeyRole, string>> = {
  root: 'Keep the private file offline. Attest a signing key with: craton keys attest',
  signing: 'Give the private file to the boundary: CRATON_SIGNING_KEY_FILE',
  log: 'Give the private file to the boundary: CRATON_LOG_KEY_FILE',
  posture: 'Give the private file to the boundary: CRATON_POSTURE_KEY_FILE',
};

/** Makes one key: a private file with mode 0600 and a public one beside it. */
export function makeKey(context: CliContext, role: KeyRole, options: MakeKeyOptions): void {
  const { id, origin } = options;
  if (id !== undefined && !isRootKeyId(id)) {
    throw usageFailure('A root id is lower-case letters, digits, dots and hyphens, at most 64.');
  }
  if (origin !== undefined && !isIssuer(origin)) {
    throw usageFailure(
      'An origin reads issuer/environment, for example craton.example/production.',
    );
  }
  const path = resolve(context.cwd, options.out);
  const { publicKey } = createKeyFiles(path);
  const names = namesOf(publicKey);
  const rootKeyId = role === 'root' ? (id ?? defaultRootKeyId(publicKey)) : undefined;
  const verifierKey =
    origin === undefined
      ? undefined
      : formatVerifierKey(createVerifierKey(origin, SIGNATURE_TYPE.ed25519, publicKey));
  const made = { role, path, names, rootKeyId, verifierKey };
  if (options.json === true) context.out(JSON.stringify(keyDocument(made)));
  else showKey(context, made);
}

interface MadeKey {
  readonly role: KeyRole;
  readonly path: string;
  readonly names: KeyNames;
  readonly rootKeyId: string | undefined;
  readonly verifierKey: string | undefined;
}

function keyDocument({ role, path, names, rootKeyId, verifierKey }: MadeKey): object {
  return {
    object: 'craton.key.v1',
    role,
    private_key_file: path,
    public_key_file: publicKeyPath(path),
    kid: names.kid,
    fingerprint_sha256: names.fingerprint,
    public_key_b64: names.publicKeyText,
    root_key_id: rootKeyId,
    verifier_key: verifierKey,
  };
}

function showKey(
  context: CliContext,
  { role, path, names, rootKeyId, verifierKey }: MadeKey,
): void {
  const rows: (readonly [string, string])[] = [
    ['private key', `${shownPath(context, path)} (mode 0600)`],
    ['public key', shownPath(context, publicKeyPath(path))],
    ...(rootKeyId === undefined ? [] : [['root id', rootKeyId] as const]),
    ['kid', names.kid],
    ['fingerprint', fingerprintGroups(names.fingerprint)],
    ...(verifierKey === undefined ? [] : [['policy line', `log ${verifierKey}`] as const]),
  ];
  context.out(`Made a ${role} key.`);
  for (const line of labelled(rows)) context.out(line);
  context.out(NEXT_STEPS[role]);
}

interface ListedKey {
  readonly file: string;
  readonly kid: string;
  readonly fingerprint: string;
  readonly privateFile: 'mode_0600' | 'readable_by_others' | 'not_here';
}

const KEY_FOLDERS = ['.', 'offline-root'];

/** Lists keys by their public files: no private file is opened. */
export function listKeys(
  context: CliContext,
  directory: string | undefined,
  { json }: { readonly json?: boolean },
): void {
  const folder = directory === undefined ? dataDirOf(context) : resolve(context.cwd, directory);
  const keys = KEY_FOLDERS.flatMap((below) => keysIn(folder, below));
  const attestations = attestationsIn(folder);
  if (json === true) {
    const rows = keys.map(({ file, kid, fingerprint, privateFile }) => ({
      public_key_file: file,
      kid,
      fingerprint_sha256: fingerprint,
      private_key_file: privateFile,
    }));
    context.out(JSON.stringify({ object: 'craton.keys.v1', keys: rows, attestations }));
    return;
  }
  if (keys.length === 0) context.out(`There are no public key files in ${folder}.`);
  for (const { file, kid, fingerprint, privateFile } of keys) {
    context.out(context.paint('bold', file));
    const rows = labelled([
      ['kid', kid],
      ['fingerprint', fingerprintGroups(fingerprint)],
      ['private file', privateFile.replaceAll('_', ' ')],
    ]);
    for (const line of rows) context.out(line);
  }
  for (const { kid, root_key_id, not_before, not_after } of attestations) {
    context.out(`${root_key_id} attests ${kid} from ${not_before} to ${not_after}`);
  }
}

function keysIn(folder: string, below: string): ListedKey[] {
  const directory = join(folder, below);
  if (!existsSync(directory)) {
    if (below !== '.') return [];
    throw new CommandFailure(`${directory} does not exist.`, {
      code: 'directory_missing',
      nextStep: 'Name the folder with the keys, or make keys with: craton keys root --out FILE',
    });
  }
  return readdirSync(directory)
    .filter((name) => name.endsWith('.public.json'))
    .sort()
    .map((name) => listedKey(directory, join(below, name)));
}

function listedKey(directory: string, file: string): ListedKey {
  const path = join(directory, file.slice(dirname(file) === '.' ? 0 : dirname(file).length + 1));
  const { kid, fingerprint } = namesOf(parsePublicJwk(readFileOrFail(path), file));
  const secret = path.replace(/\.public\.json$/, '');
  const found = [secret, `${secret}.txt`].find(existsSync);
  const privateFile =
    found === undefined ? 'not_here' : isPrivate(found) ? 'mode_0600' : 'readable_by_others';
  return { file, kid, fingerprint, privateFile };
}

interface ListedAttestation {
  readonly root_key_id: string;
  readonly kid: string;
  readonly issuer: string;
  readonly environments: readonly string[];
  readonly not_before: string;
  readonly not_after: string;
}

function attestationsIn(folder: string): ListedAttestation[] {
  const path = join(folder, 'attestations.json');
  if (!existsSync(path)) return [];
  return parseAttestations(readFileOrFail(path), path).map((value) => {
    const { root_key_id, subject, issuer, environments, not_before, not_after } =
      readAttestation(value).payload;
    return { root_key_id, kid: subject.kid, issuer, environments, not_before, not_after };
  });
}
