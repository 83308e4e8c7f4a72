/** Before and after the host acts: the claim, which permits, and the confirmation, which records. */
import type { ClaimRequest, ConfirmRequest } from '@craton/protocol';
import type { ExecutionCommand, LedgerWriter } from '../ledger/port.ts';
import { issuedAnswer, type IssuedAnswer } from './issued-answer.ts';
import type { Caller } from './caller.ts';

export interface ExecutionPorts {
  readonly writer: Pick<LedgerWriter, 'claim' | 'confirm'>;
  /** Time for an answer from the arrival of its request. */
  readonly deadlineMs: number;
}

/** A claim or a confirmation whose key was accepted. */
export interface ReportExecution<R extends ClaimRequest> {
  readonly caller: Caller;
  readonly request: R;
  readonly idempotencyKey?: string;
  /** Milliseconds since 1970; waiting counts from here. */
  readonly arrivedAtMs: number;
}

/**
 * The claim of a decision, if it is the first. Throws `ERR_NOT_FOUND`, `ERR_NOTHING_PERMITTED`,
 * `ERR_ACTION_MISMATCH`, `ERR_ALREADY_CLAIMED`, `ERR_ALREADY_CONFIRMED`, `ERR_DECISION_EXPIRED`,
 * `ERR_UNAUTHENTICATED`, `ERR_IDEMPOTENCY_CONFLICT`, and `UnavailableError`.
 */
export async function claimExecution(
  ports: ExecutionPorts,
  report: ReportExecution<ClaimRequest>,
): Promise<IssuedAnswer> {
  return issuedAnswer(await ports.writer.claim(commandOf(ports, report)));
}

/**
 * A confirmation, with whatever flags it earns. Throws `ERR_NOT_FOUND`, `ERR_REQUEST_FIELD`,
 * `ERR_TOO_MANY_CONFIRMATIONS`, `ERR_UNAUTHENTICATED`, `ERR_IDEMPOTENCY_CONFLICT`, and
 * `UnavailableError`.
 */
export async function confirmExecution(
  ports: ExecutionPorts,
  report: ReportExecution<ConfirmRequest>,
): Promise<IssuedAnswer> {
  return issuedAnswer(await ports.writer.confirm(commandOf(ports, report)));
}

function commandOf<R extends ClaimRequest>(
  { deadlineMs }: ExecutionPorts,
  { caller, request, idempotencyKey, arrivedAtMs }: ReportExecution<R>,
): ExecutionCommand<R> {
  return {
    ...caller.owner,
    keyId: caller.keyId,
    request,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    deadlineMs: arrivedAtMs + deadlineMs,
  };
}
