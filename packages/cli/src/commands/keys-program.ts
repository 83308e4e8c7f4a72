/** The flags of `craton keys`. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { attest, type AttestOptions } from './attest.ts';
import { compromiseKey, type CompromiseOptions } from './compromise-key.ts';
import { type KeyRole, listKeys, makeKey, type MakeKeyOptions } from './keys.ts';
import { rotateKey, type RotateOptions } from './rotate-key.ts';

export function addKeyCommands(program: Command, context: CliContext, run: Run): void {
  const keys = program
    .command('keys')
    .summary('make and attest keys, offline')
    .description(
      'Key work that needs no server. Private keys are files that only you may read; nothing is ' +
        'ever overwritten. Each role has its own key.',
    );
  addMakeKey(keys, context, run, {
    role: 'root',
    summary: 'the root of trust: names signing keys, never touches a server',
    examples: ['craton keys root --out offline/root-key.txt --id acme-root-1'],
  }).option('--id <id>', 'root id in attestations and trust policies (from the fingerprint)');
  addMakeKey(keys, context, run, {
    role: 'signing',
    summary: 'signs receipts; one for each environment',
    examples: ['craton keys signing --out signing-key.txt'],
  });
  addMakeKey(keys, context, run, {
    role: 'log',
    summary: 'signs the transparency log’s checkpoints',
    examples: ['craton keys log --out log-key.txt --origin craton.example/production'],
  }).option('--origin <name>', 'issuer/environment: prints the log’s line for trust policies');
  addMakeKey(keys, context, run, {
    role: 'posture',
    summary: 'signs what a server measured about itself',
    examples: ['craton keys posture --out posture-key.txt'],
  });
  addAttest(keys, context, run);
  addRotate(keys, context, run);
  addCompromise(keys, context, run);
  addList(keys, context, run);
}

interface MakeKeyText {
  readonly role: KeyRole;
  readonly summary: string;
  readonly examples: readonly string[];
}

function addMakeKey(
  keys: Command,
  context: CliContext,
  run: Run,
  { role, summary, examples }: MakeKeyText,
): Command {
  const command = describe(keys, role, {
    summary,
    description: `Makes a ${role} key: ${summary}. The private part is a file with mode 0600, the public part a JWK beside it.`,
    examples,
    needs: [['--out <file>', 'file for the private key; it must not exist']],
  });
  command.action((options: MakeKeyOptions) =>
    run(() => {
      makeKey(context, role, options);
      return undefined;
    })(),
  );
  return command;
}

function addAttest(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'attest', {
    summary: 'a root says that a key may sign receipts',
    description:
      'Signs an attestation with the root’s private key: for one signing key, one issuer, some ' +
      'environments and a time window. Without --out it is printed.',
    examples: [
      'craton keys attest --root-key offline/root-key.txt --root-id acme-root-1 \\',
      '  --key signing-key.public.json --issuer craton.example --environment production \\',
      '  --from 2026-01-01 --to 2027-01-01 --out attestations.json',
    ],
    needs: [
      ['--root-key <file>', 'the root’s private key file'],
      ['--key <file-or-base64>', 'public signing key: a JWK file, or base64'],
      ['--issuer <name>', 'issuer, as it stands in receipts'],
      ['--environment <names...>', 'environments, for example production'],
    ],
  })
    .option('--root-id <id>', 'the root’s id (from the fingerprint)')
    .option('--from <time>', 'first instant of the window (now)')
    .option('--to <time>', 'last instant of the window (a year after the first)')
    .option('--out <file>', 'add it to this file, for CRATON_ATTESTATIONS_FILE');
  command.action((options: AttestOptions) => run(() => attest(context, options))());
}

function addRotate(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'rotate', {
    summary: 'make the next signing key, and retire the one in use',
    description:
      'Makes a new signing key and adds the public part of the old one to the set of retired keys, ' +
      'which stays published so that old receipts verify. Opens no private file, and a root’s only ' +
      'if --root-key names it: then it attests the new key as well. Says what to change next; until ' +
      'the boundary is restarted nothing changes for it.',
    examples: [
      'craton keys rotate --key signing-key.public.json --out signing-key-2.txt \\',
      '  --retired retired-keys.json',
    ],
    needs: [
      ['--key <file-or-base64>', 'public part of the key in use: a JWK file, or base64'],
      ['--out <file>', 'file for the new private key; it must not exist'],
      ['--retired <file>', 'set of retired keys; made if it is not there'],
    ],
  })
    .option('--root-key <file>', 'attest the new key with this root, if it is on this machine')
    .option('--root-id <id>', 'the root’s id (from the fingerprint)')
    .option('--issuer <name>', 'issuer, as it stands in receipts')
    .option('--environment <names...>', 'environments, for example production')
    .option('--from <time>', 'first instant of the window (now)')
    .option('--to <time>', 'last instant of the window (a year after the first)')
    .option('--attestations <file>', 'with --root-key: add the attestation to this file');
  command.action((options: RotateOptions) => run(() => rotateKey(context, options))());
}

function addCompromise(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'compromise', {
    summary: 'the policy line for a key that others may have',
    description:
      'Verifies a checkpoint from before the compromise under a trust policy, and prints the line ' +
      'that makes receipts of the key count only where they stood in the log below that ' +
      'checkpoint. Whoever verifies adds the line to their trust policy. With --root-key, offline, ' +
      'it makes a statement that the root signs: verify and audit take it with --compromised.',
    examples: [
      'craton keys compromise --key signing-key.public.json --checkpoint checkpoint.txt \\',
      '  --trust trust-policy.txt --root-key root-key.txt --out compromise.json',
    ],
    needs: [
      ['--key <kid-or-file>', 'the key: its kid, a JWK file, or base64'],
      ['--checkpoint <file-or-url>', 'the last checkpoint from before the compromise'],
      ['--trust <file>', 'trust policy with the log’s key'],
    ],
  })
    .option('--root-key <file>', 'private key of a root of the policy: sign a statement with it')
    .option('--out <file>', 'with --root-key: the statement; it must not exist');
  command.action((options: CompromiseOptions) => run(() => compromiseKey(context, options))());
}

function addList(keys: Command, context: CliContext, run: Run): void {
  const command = describe(keys, 'list', {
    summary: 'list keys and attestations in a folder',
    description: 'Lists keys by their public files and says whether private files are private.',
    examples: ['craton keys list', 'craton keys list offline --json'],
  }).argument('[folder]', 'folder with key files (the data directory)');
  command.action((folder: string | undefined, options: { readonly json?: boolean }) =>
    run(() => {
      listKeys(context, folder, options);
      return undefined;
    })(),
  );
}
