/** The command line: names, flags, help, and which code runs. */
import { Command, CommanderError, Option } from 'commander';
import { addApiKeyCommands } from './commands/api-keys-program.ts';
import { addAuditCommand } from './commands/audit.ts';
import { check, type CheckOptions } from './commands/check.ts';
import { doctor } from './commands/doctor.ts';
import { addDraftCommands } from './commands/drafts-program.ts';
import { addDraftsCommand } from './commands/drafts-grant.ts';
import { addExecutionCommands } from './commands/execution-program.ts';
import { addExportCommand } from './commands/export.ts';
import { addEventsCommand } from './commands/events.ts';
import { addKeyCommands } from './commands/keys-program.ts';
import { addLeakSearchCommand } from './commands/leak-search.ts';
import { addMonitorCommand } from './commands/monitor.ts';
import { addPartnerCommands } from './commands/partners.ts';
import { addPathCommands } from './commands/paths-program.ts';
import { addReadinessCommand } from './commands/readiness.ts';
import { addRolloutCommands } from './commands/rollout-program.ts';
import { addSampleCommand } from './commands/sample.ts';
import { serveBoundary, serveSelfService } from './commands/serve.ts';
import { addSmokeCommands } from './commands/smoke-program.ts';
import { start, type StartOptions } from './commands/start.ts';
import { addTrustCommands } from './commands/trust-program.ts';
import { verify, type VerifyCommandOptions } from './commands/verify.ts';
import { addWitnessCommand } from './commands/witness.ts';
import type { CliContext } from './context.ts';
import { describe, type Run, type RunState } from './describe.ts';
import { exitCode } from './exit-codes.ts';
import { tellFailure } from './failure.ts';

/** Runs one command line (without `node` and the file name); answers the exit code. */
export async function runCommandLine(
  context: CliContext,
  args: readonly string[],
  version: string,
): Promise<number> {
  const state: RunState = { exit: 'done' };
  const program = createProgram(context, state, version);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode(state.exit);
  } catch (error) {
    const isAnswered = error instanceof CommanderError && error.exitCode === 0;
    return isAnswered ? exitCode('done') : tellFailure(context, error, args.includes('--json'));
  }
}

function createProgram(context: CliContext, state: RunState, version: string): Command {
  const run: Run = (work) => async () => {
    state.exit = (await work()) ?? 'done';
  };
  const program = new Command('craton')
    .description('Signed verdicts on irreversible actions, verifiable offline.')
    .version(version, '--version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text.replace(/\n$/, '')),
      // Errors are told once, by `tellFailure`.
      writeErr: () => undefined,
    });
  addStart(program, context, run);
  addServe(program, context, run);
  addCheck(program, context, run);
  addExecutionCommands(program, context, run);
  addVerify(program, context, run);
  addKeyCommands(program, context, run);
  addPartnerCommands(program, context, run);
  addPathCommands(program, context, run);
  addDraftCommands(program, context, run);
  addDraftsCommand(program, context, run);
  addApiKeyCommands(program, context, run);
  addEventsCommand(program, context, run);
  addTrustCommands(program, context, run);
  addWitnessCommand(program, context, run);
  addMonitorCommand(program, context, run);
  addExportCommand(program, context, run);
  addAuditCommand(program, context, run);
  addSampleCommand(program, context, run);
  addReadinessCommand(program, context, run);
  addSmokeCommands(program, context, run);
  addLeakSearchCommand(program, context, run, version);
  addRolloutCommands(program, context, run);
  addDoctor(program, context, run);
  return program;
}

function addStart(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'start', {
    summary: 'start everything for development on this machine',
    description:
      'Starts Craton and keeps it running. In development it makes keys and a trust policy on the ' +
      'first start and shows what to try; elsewhere it makes nothing and takes keys from the ' +
      'environment. Settings: PORT (8080), HOST (127.0.0.1), CRATON_DATA_DIR (.craton), CRATON_ENV.',
    examples: [
      'craton start',
      'PORT=9090 craton start',
      'CRATON_DATA_DIR=/srv/craton craton start',
    ],
  });
  command.action((options: StartOptions) => run(() => start(context, options))());
}

function addServe(program: Command, context: CliContext, run: Run): void {
  const serve = program
    .command('serve')
    .summary('run one server in the foreground')
    .description('Runs one server in the foreground. Keys and settings come from the environment.');
  const boundary = describe(serve, 'boundary', {
    summary: 'the production side: check, receipts, protocol routes',
    description:
      'Runs the boundary. Nothing is generated. With --json only a failure is printed as JSON; the ' +
      'server’s own output is passed through.',
    examples: [
      'CRATON_ENV=production CRATON_SIGNING_KEY_FILE=signing-key.txt craton serve boundary',
    ],
  });
  boundary.action(() => run(() => serveBoundary(context))());
  const selfService = describe(serve, 'self-service', {
    summary: 'drafts and readiness, apart from the production side',
    description:
      'Runs self-service, at port 8081 unless PORT says otherwise. It takes no production secret. ' +
      'Without a safe draft store it runs all the same, and drafts answer 503.',
    examples: [
      'SELF_SERVICE_DATABASE_URL=postgres://... craton serve self-service',
      'PORT=9081 craton serve self-service',
    ],
  });
  selfService.action(() => run(() => serveSelfService(context))());
}

function addCheck(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'check', {
    summary: 'ask for a verdict and verify its receipt',
    description:
      'Sends a check, verifies the receipt under a trust policy, and only then says the verdict. ' +
      'The request is a JSON file, standard input (-), or made from flags.',
    examples: [
      'craton check request.json --trust .craton/trust-policy.txt --bundle bundle.json',
      'craton check --trust .craton/trust-policy.txt --partner northstar_controls \\',
      '  --gate threshold_gate --system operations_console --amount 500000 \\',
      '  --decision-type threshold_execution_request --owner operations_owner \\',
      '  --reference host-request-123 --authorization-status present \\',
      '  --authorization-reference approval-2026-001 --authorization-source approval_workflow',
    ],
    needs: [['--trust <file>', 'trust policy: the only source of trust']],
  })
    .argument('[file]', 'the request as JSON; - is standard input')
    .option('--url <url>', 'address of the boundary (else CRATON_BOUNDARY_URL, else the local one)')
    .option('--key-file <file>', 'file with the API key (else CRATON_API_KEY, else the local one)')
    .option('--idempotency-key <text>', 'a retry with the same key gets the same answer')
    .option('--require <lines>', 'further report lines that must be verified')
    .option('--bundle <file>', 'save the verification bundle');
  addRequestFlags(command);
  command.action((file: string | undefined, options: CheckOptions) =>
    run(() => check(context, file, options))(),
  );
}

function addRequestFlags(command: Command): void {
  command
    .option('--partner <label>', 'partner_id')
    .option('--gate <label>', 'gate_type')
    .option('--system <label>', 'system_scope')
    .option('--reference <text>', 'external_reference')
    .option('--authorization-status <label>', 'context.authorization_status')
    .option('--authorization-reference <text>', 'context.authorization_reference')
    .option('--authorization-source <label>', 'context.authorization_source')
    .option('--decision-type <label>', 'decision_type')
    .option('--owner <label>', 'decision_owner')
    .option('--amount <usd>', 'decision_size_usd, for example 750000.50')
    .option('--case <text>', 'case_id')
    .option('--action-digest <digest>', 'action_digest')
    .option('--fact <name=value...>', 'declared facts');
}

function addVerify(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'verify', {
    summary: 'verify a receipt without its issuer',
    description:
      'Verifies a bundle, an answer of the boundary, or a bare receipt, under a trust policy that ' +
      'you keep. Works without network. Each line of the report says what was found and whose word ' +
      'it is. Exit codes: 0 holds, 1 failed, 2 not enough, 3 cannot be read.',
    examples: [
      'craton verify bundle.json --trust trust-policy.txt',
      'craton verify bundle.json --trust trust-policy.txt --require signature,issuer,witnesses:2',
      'craton verify answer.json --keys offline-bundle.json --trust trust-policy.txt --json',
    ],
    needs: [['--trust <file>', 'trust policy: the only source of trust']],
  })
    .argument('<file>', 'what to verify; - is standard input')
    .option('--keys <file>', 'public keys for an answer or a bare receipt')
    .option('--compromised <file...>', 'statements of roots about compromised keys')
    .option('--require <lines>', 'report lines that must be verified (payload,signature,issuer)')
    .option('--at <time>', 'time of checking, for example 2026-01-31T12:00:00Z (now)')
    .addOption(
      new Option('--format <name>', 'report with the members of the public verifier').choices([
        'craton-verify',
      ]),
    );
  command.action((file: string, options: VerifyCommandOptions) =>
    run(() => verify(context, file, options))(),
  );
}

function addDoctor(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'doctor', {
    summary: 'look for what would keep Craton from working',
    description:
      'Looks at runtime, settings, keys, attestation, trust policy, port, database and clock, and ' +
      'says for each what to do. Starts nothing. Exit codes: 0 in order, 3 blocked, 4 missing, ' +
      '5 needs attention.',
    examples: ['craton doctor', 'CRATON_ENV=production craton doctor --json'],
  });
  command.action((options: { readonly json?: boolean }) => run(() => doctor(context, options))());
}
