/** `craton keys compromise`: the line that tells verifiers until when a lost key counts. */
import { resolve } from 'node:path';
import {
  composeKeyCompromise,
  CratonError,
  decodeUtf8,
  encodeBase64,
  equalBytes,
  isHashText,
  logOrigin,
  parseTrustPolicy,
  policyLineOf,
  type TrustPolicy,
  utf8,
  type VerifiedCheckpoint,
  verifyCheckpoint,
  verifyKeyCompromise,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, writeNewFile } from '../files.ts';
import { namesOf, readPublicKey, readSecretKey } from '../keys/key-file.ts';
import { openLogReader, parseLogUrl } from '../monitor/log-reader.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';

export interface CompromiseOptions {
  /** A kid, a public JWK file, or a public key as base64. */
  readonly key: string;
  /** A file, or the log's address. */
  readonly checkpoint: string;
  readonly trust: string;
  readonly rootKey?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/**
 * Prints the policy line for a compromised key: its receipts count only where they stood in the log
 * below the checkpoint's size. The checkpoint must be signed by a log of the policy.
 */
export async function compromiseKey(
  context: CliContext,
  options: CompromiseOptions,
): Promise<void> {
  if ((options.rootKey === undefined) !== (options.out === undefined)) {
    throw usageFailure('--root-key and --out belong together.');
  }
  const policy = readTrustPolicy(context, options.trust);
  const kid = kidOf(context, options.key);
  assertNotNamed(policy, kid);
  const checkpoint = await verifiedCheckpoint(context, options, policy);
  const { origin, treeSize, root, cosignatures } = checkpoint;
  const line = policyLineOf({ kid, origin, size: treeSize, root: encodeBase64(root) });
  assertReadable(line);
  const witnesses = cosignatures.map(({ key }) => key.name);
  if (options.out !== undefined)
    await writeStatement(context, options, { policy, kid, checkpoint });
  if (options.json === true) {
    const place = { kid, origin, size: treeSize, root_b64: encodeBase64(root) };
    const document = { object: 'craton.compromised_key.v1', line, ...place, witnesses };
    context.out(JSON.stringify(document));
    return;
  }
  context.out(line);
  context.err(
    `Receipts of this key count only with an index below ${treeSize} in ${origin}. ` +
      'Give this line to everybody who verifies your receipts, for their trust policies.',
  );
  if (witnesses.length > 0) context.err(`The checkpoint is cosigned by ${witnesses.join(', ')}.`);
  else {
    context.err(
      'No witness of the policy cosigned the checkpoint, only the log vouches for it: the cut-off shows nothing.',
    );
  }
}

type NotedCheckpoint = VerifiedCheckpoint & { readonly note: string };

interface Stated {
  readonly policy: TrustPolicy;
  readonly kid: string;
  readonly checkpoint: NotedCheckpoint;
}

/** Signs by the root whose private key is given; it must be one of the policy, for this log. */
async function writeStatement(
  context: CliContext,
  { rootKey = '', out = '' }: CompromiseOptions,
  { policy, kid, checkpoint }: Stated,
): Promise<void> {
  const pair = readSecretKey(resolve(context.cwd, rootKey));
  const { origin, treeSize, note } = checkpoint;
  const root = policy.roots.find(({ publicKey }) => equalBytes(publicKey, pair.publicKey));
  const environment = root?.environments.find((name) => origin === logOrigin(root.issuer, name));
  if (root === undefined || environment === undefined) {
    throw new CommandFailure('The root is none of the policy for the issuer of this log.', {
      code: 'root_unknown',
      nextStep: `Add its line to the policy: craton trust make prints it.`,
    });
  }
  const { keyId: rootKeyId, publicKey: rootPublicKey, issuer } = root;
  const cutOff = { kid, size: treeSize, root: encodeBase64(checkpoint.root), checkpoint: note };
  const issuedAtMs = context.now();
  const terms = { rootKeyId, rootPublicKey, issuer, environment, issuedAtMs, ...cutOff };
  const statement = composeKeyCompromise(terms, pair.sign);
  // What is written must be what verifiers take.
  await verifyKeyCompromise({ ...statement }, policy);
  const text = `${JSON.stringify(statement, undefined, 2)}\n`;
  writeNewFile(resolve(context.cwd, out), text, PUBLIC_MODE);
  context.err(`Give ${out} to whoever verifies: craton verify --compromised ${out}`);
}

function kidOf(context: CliContext, text: string): string {
  if (isHashText(text)) return text;
  return namesOf(readPublicKey(text, (path) => resolve(context.cwd, path))).kid;
}

function assertNotNamed({ compromised }: TrustPolicy, kid: string): void {
  const named = compromised.find((key) => key.kid === kid);
  if (named === undefined) return;
  throw new CommandFailure(`The policy names this key already, below ${named.size}.`, {
    code: 'key_named',
    nextStep: 'A policy has one such line for a key: keep the one with the smaller size.',
  });
}

async function verifiedCheckpoint(
  context: CliContext,
  { checkpoint, trust }: CompromiseOptions,
  { tlog }: TrustPolicy,
): Promise<NotedCheckpoint> {
  if (tlog.logs.length === 0) {
    throw new CommandFailure(`${trust} names no log, so no checkpoint can be verified.`, {
      code: 'log_unknown',
      nextStep: 'Add the log’s line: craton keys log prints it, with --origin.',
    });
  }
  const keys = {
    logs: tlog.logs.map(({ key }) => key),
    witnesses: tlog.witnesses.map(({ key }) => key),
  };
  const note = await readNote(context, checkpoint);
  try {
    return { ...(await verifyCheckpoint(note, keys)), note };
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`The checkpoint does not verify: ${cause.message}`, {
      code: cause.code,
      nextStep: `Take a checkpoint of a log that ${trust} names, from before the compromise.`,
      cause,
    });
  }
}

async function readNote(context: CliContext, checkpoint: string): Promise<string> {
  if (!/^https?:\/\//.test(checkpoint)) {
    return decodeUtf8(readFileOrFail(resolve(context.cwd, checkpoint)));
  }
  const address = parseLogUrl(checkpoint, false).replace(/\/checkpoint$/, '');
  try {
    return await openLogReader(address).checkpoint();
  } catch (cause) {
    if (!(cause instanceof CommandFailure)) throw cause;
    // Not `insufficient`, which the reader says to those who judge a log.
    throw new CommandFailure(cause.message, { code: cause.code, cause });
  }
}

/** What is printed must be what a policy takes. */
function assertReadable(line: string): void {
  parseTrustPolicy(utf8(`craton-policy v1\n${line}\n`));
}
