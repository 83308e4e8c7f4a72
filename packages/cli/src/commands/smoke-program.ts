/** The flags of `craton smoke`. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { smokeBoundary, type SmokeOptions, smokeSelfService } from './smoke.ts';

const NEEDS = [['--env <name>', 'environment that is meant']] as const;

export function addSmokeCommands(program: Command, context: CliContext, run: Run): void {
  const smoke = program
    .command('smoke')
    .summary('try a running server with real calls')
    .description(
      'Tries a running server with real calls and says which step failed. Exit codes: 0 every step ' +
        'passed, 1 one did not.',
    );
  const boundary = describe(smoke, 'boundary', {
    summary: 'keys, a check, its receipt, refusals',
    description:
      'Asks for one check as the partner craton_smoke, verifies its receipt with the published keys ' +
      'and their attestation, and sees that what must be refused is. No path of craton_smoke needs ' +
      'to be live: then the answer is a signed reject, no_live_boundary, which is as real a receipt ' +
      'as any. Give a key of craton_smoke, or an operator token with the scope admin: with it a key ' +
      'is issued for this run and revoked after it.',
    examples: [
      'craton smoke boundary --env development',
      'craton smoke boundary --env production --url https://craton.example \\',
      '  --key-file smoke-key.txt --trust trust-policy.txt --record --token-file token.txt',
    ],
    needs: NEEDS,
  });
  addFlags(boundary)
    .option('--trust <file>', 'trust policy: verifies the root, too (in development its own)')
    .action((options: SmokeOptions) => run(() => smokeBoundary(context, options))());
  const selfService = describe(smoke, 'self-service', {
    summary: 'readiness, and one draft through every verb',
    description:
      'Composes, previews, saves, requests the review of, and withdraws a draft of the organisation ' +
      'craton_smoke, and reads readiness. The draft stays, withdrawn: drafts are never deleted.',
    examples: [
      'craton smoke self-service --env development',
      'craton smoke self-service --env production --url https://craton.example \\',
      '  --key-file self-service-smoke-key.txt --record --token-file token.txt',
    ],
    needs: NEEDS,
  });
  addFlags(selfService).action((options: SmokeOptions) =>
    run(() => smokeSelfService(context, options))(),
  );
}

function addFlags(command: Command): Command {
  return command
    .option('--url <url>', 'address to try (else CRATON_BOUNDARY_URL, else the local one)')
    .option('--key-file <file>', 'file with a key for smoke tests (else CRATON_SMOKE_API_KEY)')
    .option('--record', 'send the record of the run to the operator side')
    .option('--record-url <url>', 'address of the boundary that keeps the record (else --url)')
    .option('--token-file <file>', 'file with the operator token (else CRATON_OPERATOR_TOKEN)');
}
