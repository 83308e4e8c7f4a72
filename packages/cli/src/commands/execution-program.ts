/** Names, flags and help of `craton claim` and `craton confirm`. */
import { type Command, Option } from 'commander';
import { OUTCOMES } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { claim } from './claim.ts';
import { confirm, type ConfirmFlags } from './confirm.ts';
import type { ReportFlags } from './report-execution.ts';

const NEEDS_TRUST = ['--trust <file>', 'trust policy: the only source of trust'] as const;

/** Adds both commands. */
export function addExecutionCommands(program: Command, context: CliContext, run: Run): void {
  addClaim(program, context, run);
  addConfirm(program, context, run);
}

function addClaim(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'claim', {
    summary: 'claim a decision before you execute: one caller wins',
    description:
      'Claims a decision, verifies the claim and the decision under a trust policy, and only then ' +
      'says that you are the one who executes. Exit code 0 is the permission; anything else is ' +
      'none. An idempotency key names one attempt of one worker.',
    examples: [
      'craton claim bnd_... --trust .craton/trust-policy.txt',
      'craton claim req_... --trust trust-policy.txt --action-digest sha256:... --json',
    ],
    needs: [NEEDS_TRUST],
  });
  addReportFlags(command);
  command.action((id: string, flags: ReportFlags) => run(() => claim(context, id, flags))());
}

function addConfirm(program: Command, context: CliContext, run: Run): void {
  const command = describe(program, 'confirm', {
    summary: 'say what became of a decision',
    description:
      'Records the outcome of a decision as a signed receipt, and verifies it. A confirmation that ' +
      'contradicts its decision is recorded with flags; that is no failure of the command.',
    examples: [
      'craton confirm bnd_... --outcome executed --trust .craton/trust-policy.txt',
      'craton confirm req_... --outcome failed --executed-at 2026-01-31T10:00:00Z \\',
      '  --trust trust-policy.txt --bundle confirmation.json',
    ],
    needs: [NEEDS_TRUST, [`--outcome <outcome>`, `what became of it: ${OUTCOMES.join(', ')}`]],
  });
  addReportFlags(command);
  command.addOption(new Option('--executed-at <time>', 'when it was executed, in UTC'));
  command.action((id: string, flags: ConfirmFlags) => run(() => confirm(context, id, flags))());
}

function addReportFlags(command: Command): void {
  command
    .argument('<id>', 'commitment_id or request_id of the decision')
    .option('--action-digest <digest>', 'action_digest; needed where the decision is bound to one')
    .option('--url <url>', 'address of the boundary (else CRATON_BOUNDARY_URL, else the local one)')
    .option('--key-file <file>', 'file with the API key (else CRATON_API_KEY, else the local one)')
    .option('--idempotency-key <text>', 'a retry with the same key gets the same answer')
    .option('--require <lines>', 'further report lines that must be verified')
    .option('--bundle <file>', 'save the verification bundle');
}
