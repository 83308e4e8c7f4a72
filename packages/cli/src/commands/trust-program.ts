/** The flags of `craton trust`. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import {
  type CompromisedLineOptions,
  makeTrustPolicy,
  showCompromisedLine,
  showTlogPart,
  showTrustPolicy,
  type TrustMakeOptions,
  type TrustShowOptions,
} from './trust.ts';

export function addTrustCommands(program: Command, context: CliContext, run: Run): void {
  const trust = program
    .command('trust')
    .summary('make and show trust policies')
    .description(
      'A trust policy names the roots, logs and witnesses that you trust. Verifying uses it and ' +
        'nothing else: keys that come with a receipt are never a source of trust.',
    );
  addShow(trust, context, run);
  addMake(trust, context, run);
  addTlog(trust, context, run);
  addCompromised(trust, context, run);
}

function addShow(trust: Command, context: CliContext, run: Run): void {
  const command = describe(trust, 'show', {
    summary: 'say what a policy trusts',
    description:
      'Says whom a policy trusts. Compare the fingerprint with the issuer over another channel; ' +
      '--words spells it in the NATO alphabet, to be read over the telephone.',
    examples: ['craton trust show trust-policy.txt', 'craton trust show --words trust-policy.txt'],
  })
    .argument('<file>', 'trust policy')
    .option('--words', 'spell fingerprints in words');
  command.action((file: string, options: TrustShowOptions) =>
    run(() => {
      showTrustPolicy(context, file, options);
      return undefined;
    })(),
  );
}

function addMake(trust: Command, context: CliContext, run: Run): void {
  const command = describe(trust, 'make', {
    summary: 'make a policy from a root’s public key',
    description: 'Makes a trust policy for one root. Without --out it is printed.',
    examples: [
      'craton trust make --root-key root-key.public.json --root-id acme-root-1 \\',
      '  --issuer craton.example --environment production --out trust-policy.txt',
    ],
    needs: [
      ['--root-key <file-or-base64>', 'the root’s public key: a JWK file, or base64'],
      ['--issuer <name>', 'issuer that this root speaks for'],
      ['--environment <names...>', 'environments that this root speaks for'],
    ],
  })
    .option('--root-id <id>', 'the root’s id (from the fingerprint)')
    .option('--require <lines>', 'report lines that must always be verified')
    .option('--log <vkey>', 'verifier key of the transparency log')
    .option('--out <file>', 'write to this file, which must not exist');
  command.action((options: TrustMakeOptions) =>
    run(() => {
      makeTrustPolicy(context, options);
      return undefined;
    })(),
  );
}

function addTlog(trust: Command, context: CliContext, run: Run): void {
  const command = describe(trust, 'tlog', {
    summary: 'print the part that other C2SP tools read',
    description: 'Prints the log, witness, group and quorum lines: a C2SP tlog-policy.',
    examples: ['craton trust tlog trust-policy.txt > tlog-policy.txt'],
  }).argument('<file>', 'trust policy');
  command.action((file: string, options: { readonly json?: boolean }) =>
    run(() => {
      showTlogPart(context, file, options);
      return undefined;
    })(),
  );
}

function addCompromised(trust: Command, context: CliContext, run: Run): void {
  const command = describe(trust, 'compromised', {
    summary: 'print the policy line for a compromised key',
    description:
      'Verifies a statement about a compromised key under a policy, and prints the line that says ' +
      'the same there. Add it: whoever hands you a bundle can leave the statement out.',
    examples: [
      'craton trust compromised compromise.json --trust trust-policy.txt >> trust-policy.txt',
    ],
    needs: [['--trust <file>', 'trust policy that names the root']],
  }).argument('<statement>', 'what craton keys compromise --root-key wrote');
  command.action((file: string, options: CompromisedLineOptions) =>
    run(() => showCompromisedLine(context, file, options))(),
  );
}
