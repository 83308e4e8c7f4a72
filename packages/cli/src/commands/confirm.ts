/** `craton confirm`: records what became of a decision. */
import {
  type ConfirmationPayload,
  type ConfirmRequest,
  formatTime,
  parseConfirmRequest,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import {
  decisionMembers,
  type Reported,
  reportExecution,
  type ReportFlags,
  showFaults,
} from './report-execution.ts';
import { timeOption } from './verify.ts';

export interface ConfirmFlags extends ReportFlags {
  readonly outcome: string;
  readonly executedAt?: string;
}

/** Confirms one decision by its commitment_id or request_id. Flags are no failure. */
export async function confirm(
  context: CliContext,
  id: string,
  flags: ConfirmFlags,
): Promise<ExitName> {
  const { outcome, executedAt, actionDigest } = flags;
  const reported = await reportExecution(context, flags, {
    path: 'confirm',
    members: {
      ...decisionMembers(id),
      outcome,
      executed_at: executedAt === undefined ? undefined : formatTime(timeOption(executedAt)),
      action_digest: actionDigest,
    },
    parse: parseConfirmRequest,
  });
  const confirmation = confirmationOf(reported);
  const { report } = reported;
  const faults = [...reported.faults, ...statementFaults(reported.request, confirmation)];
  const isGood = report.outcome === 'reached' && faults.length === 0;
  const held = isGood ? confirmation : undefined;
  if (flags.json === true) {
    context.out(JSON.stringify(confirmDocument({ ...reported, faults }, held)));
  } else if (held === undefined) {
    showFaults(context, 'Not confirmed: the receipt does not hold.', { faults, report });
  } else {
    showConfirmation(context, held);
  }
  return held === undefined ? 'failed' : 'done';
}

function confirmationOf({ payload }: Reported<ConfirmRequest>): ConfirmationPayload | undefined {
  return payload?.receipt_type === 'execution_confirmation' ? payload : undefined;
}

function statementFaults(
  { outcome, executedAt }: ConfirmRequest,
  confirmation: ConfirmationPayload | undefined,
): string[] {
  if (confirmation === undefined) return ['the receipt is no confirmation'];
  const isSame = confirmation.outcome === outcome && confirmation.executed_at === executedAt;
  return isSame ? [] : ['the receipt says something else than what was sent'];
}

function confirmDocument(
  { report, faults }: Reported<ConfirmRequest>,
  confirmation: ConfirmationPayload | undefined,
): object {
  return {
    object: 'craton.confirm.v1',
    holds: confirmation !== undefined,
    ...(confirmation !== undefined && {
      outcome: confirmation.outcome,
      executed_at: confirmation.executed_at,
      flags: confirmation.flags,
      confirmer: confirmation.confirmer,
      commitment_id: confirmation.commitment_id,
      decision_request_id: confirmation.confirms.request_id,
      request_id: confirmation.request_id,
    }),
    faults,
    report,
  };
}

function showConfirmation(context: CliContext, confirmation: ConfirmationPayload): void {
  const { outcome, flags, confirmer, commitment_id, request_id } = confirmation;
  const colour = flags.length === 0 ? 'green' : 'yellow';
  const contradicts = flags.length === 0 ? '' : `; flags: ${flags.join(', ')}`;
  context.out(context.paint(colour, `Confirmed: ${outcome}${contradicts}`));
  context.out(`  confirmation  ${request_id}`);
  context.out(`  commitment    ${commitment_id}`);
  context.out(`  by            ${confirmer.key_id} (${confirmer.class})`);
}
