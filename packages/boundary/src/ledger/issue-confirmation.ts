/** A record of what became of a decision (PROTOCOL section 4): taken as it is, and flagged. */
import {
  composeConfirmation,
  confirmationFlags,
  type ConfirmationPayload,
  type ConfirmRequest,
  CratonError,
  type ExecutionOutcome,
  formatTime,
  parseTime,
} from '@craton/protocol';
import { parseStoredLinked } from './answer.ts';
import { issueLinked, type LinkedKind, type Subject } from './issue-linked.ts';
import type { Issuing } from './issuing.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { CheckOutcome, ConfirmCommand } from './port.ts';
import type { LedgerTransaction } from './transaction.ts';

/** Confirmations of one decision at most: with its claim they fit into one bundle. */
export const CONFIRMATIONS_MAX = 32;
/** How far a host's clock may be ahead of ours. */
export const EXECUTED_AHEAD_MS_MAX = 60_000;

const CONFIRMATION: LinkedKind<ConfirmRequest> = {
  scope: 'confirm',
  receiptType: 'execution_confirmation',
  compose: composeWithFlags,
};

/**
 * One confirmation of a decision. Throws what `issueLinked` does, `ERR_REQUEST_FIELD` for an
 * execution that is still to come, and `ERR_TOO_MANY_CONFIRMATIONS`.
 */
export function issueConfirmation(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: ConfirmCommand,
): CheckOutcome {
  return issueLinked(issuing, transaction, command, CONFIRMATION);
}

function composeWithFlags(subject: Subject, request: ConfirmRequest): ConfirmationPayload {
  const { decision, requestId, confirmer, issuance, linked } = subject;
  const { outcome, executedAt, actionDigest } = request;
  demandPast(executedAt, issuance.issuedAtMs);
  const earlier = linked.flatMap(({ payload }) => outcomeOf(payload));
  if (earlier.length >= CONFIRMATIONS_MAX) {
    const message = `The decision has ${CONFIRMATIONS_MAX} confirmations; it takes no more.`;
    throw new CratonError('ERR_TOO_MANY_CONFIRMATIONS', message);
  }
  const at = executedAt ?? formatTime(issuance.issuedAtMs);
  const flags = confirmationFlags(decision.payload, { outcome, at, actionDigest }, earlier);
  const confirmation = {
    requestId,
    confirmer,
    outcome,
    ...(executedAt !== undefined && { executedAt }),
    ...(actionDigest && { actionDigest }),
    flags,
  };
  return composeConfirmation(decision, confirmation, issuance, nodeSha256);
}

function demandPast(executedAt: string | undefined, nowMs: number): void {
  if (executedAt === undefined || parseTime(executedAt) <= nowMs + EXECUTED_AHEAD_MS_MAX) return;
  throw new CratonError(
    'ERR_REQUEST_FIELD',
    'executed_at is still to come; send the time in UTC, or leave it out.',
    { field: 'executed_at' },
  );
}

function outcomeOf(bytes: Uint8Array): readonly ExecutionOutcome[] {
  const payload = parseStoredLinked(bytes);
  return payload.receipt_type === 'execution_confirmation' ? [payload.outcome] : [];
}
