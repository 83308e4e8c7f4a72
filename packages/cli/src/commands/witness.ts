/** `craton witness`: runs a witness for transparency logs in the foreground. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { aborted } from '../servers/server-process.ts';

/** The flags as commander reads them: text, a list of texts, or true. */
type WitnessFlags = Readonly<Record<string, string | readonly string[] | boolean>>;

const EXIT_USAGE = 64;

export function addWitnessCommand(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'witness', {
    summary: 'cosign checkpoints of logs that somebody else runs',
    description:
      'Runs a witness (C2SP tlog-witness) in the foreground: it cosigns a log’s checkpoint only if ' +
      'it extends the newest one that it has cosigned. Prints its verifier key and the line for ' +
      'trust policies; then one line of JSON for each checkpoint. With --init the first start ' +
      'makes key and state; neither is ever made anew while the other exists.',
    examples: [
      'craton witness --name witness.bank.example --key-file witness-key.txt \\',
      '  --state witness-state.json --logs logs.txt --init',
    ],
    needs: [
      ['--name <name>', 'the witness’s name in its signatures: a DNS name that is yours'],
      ['--key-file <file>', 'its private key, for this witness and nothing else'],
      ['--state <file>', 'what it has cosigned; never go back to an older copy'],
    ],
  })
    .option('--init', 'make key and state on the first start')
    .option('--log <vkey...>', 'verifier key of a log, once for each')
    .option('--logs <file>', 'verifier keys of logs, one on each line')
    .option('--listen <address:port>', 'where it listens (127.0.0.1:8090)')
    .option('--rate <number>', 'requests per second from one address (10)')
    .option('--behind-proxy', 'take the client’s address from the end of X-Forwarded-For');
  command.action((flags: WitnessFlags) => run(() => serveWitness(context, flags))());
}

/** Runs the witness until it ends or is asked to stop; its output is this command's output. */
async function serveWitness(context: CliContext, flags: WitnessFlags): Promise<ExitName> {
  const stop = context.listenForStop();
  const entryFile = join(context.projectDir, 'packages', 'witness', 'src', 'main.ts');
  const child = spawn(process.execPath, [entryFile, ...argumentsOf(flags)], {
    cwd: context.cwd,
    // It reads no variable, so it is given none.
    env: {},
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  void aborted(stop).then(() => child.kill('SIGTERM'));
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  if (code === 0 || stop.aborted) return 'done';
  throw new CommandFailure('The witness ended.', {
    exit: code === EXIT_USAGE ? 'usage' : 'failed',
    code: 'server_ended',
    nextStep: 'See what it wrote above.',
  });
}

/** The flags as the witness's own command line, where they have the same names. */
function argumentsOf(flags: WitnessFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (typeof value === 'boolean') return value ? [flag] : [];
    return [value].flat().map((text) => `${flag}=${text}`);
  });
}
