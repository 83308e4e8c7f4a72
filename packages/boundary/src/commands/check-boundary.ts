/** The check: one question before something irreversible, one signed answer. */
import { type CheckRequest, CratonError } from '@craton/protocol';
import type { VerifyApproval } from '../approval/verify-approval.ts';
import type { LedgerWriter } from '../ledger/port.ts';
import { issuedAnswer, type IssuedAnswer } from './issued-answer.ts';
import type { Caller } from './caller.ts';

export interface CheckBoundary {
  readonly caller: Caller;
  readonly request: CheckRequest;
  readonly idempotencyKey?: string;
  /** Milliseconds since 1970; waiting counts from here. */
  readonly arrivedAtMs: number;
}

export interface CheckPorts {
  readonly writer: Pick<LedgerWriter, 'check'>;
  /** Time for a check from its arrival. */
  readonly deadlineMs: number;
  /** Absent without approval issuers: then no evidence is looked into. */
  readonly verifyApproval?: VerifyApproval | undefined;
}

/**
 * The answer, whichever verdict it holds: a reject is a result. Throws `ERR_FORBIDDEN` for another
 * partner's request, `ERR_REQUEST_FIELD`, `ERR_UNAUTHENTICATED`, `ERR_IDEMPOTENCY_CONFLICT`,
 * `ERR_APPROVAL_INVALID`, `ERR_APPROVAL_EXPIRED`, `ERR_APPROVAL_REPLAYED`, and `UnavailableError`
 * when nothing could be issued in time.
 */
export async function checkBoundary(
  ports: CheckPorts,
  { caller, request, idempotencyKey, arrivedAtMs }: CheckBoundary,
): Promise<IssuedAnswer> {
  if (request.partnerId !== caller.owner.partnerId) {
    throw new CratonError('ERR_FORBIDDEN', 'This API key is for another partner.', {
      field: 'partner_id',
    });
  }
  const approval = request.evidence && (await ports.verifyApproval?.(request));
  const outcome = await ports.writer.check({
    environment: caller.owner.environment,
    keyId: caller.keyId,
    request,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(approval !== undefined && { approval }),
    deadlineMs: arrivedAtMs + ports.deadlineMs,
  });
  return issuedAnswer(outcome);
}
