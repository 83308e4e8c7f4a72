/** The check: one question before something irreversible, one signed answer. */
import { type CheckRequest, CratonError } from '@craton/protocol';
import { UnavailableError } from '@craton/service';
import type { CheckOutcome, LedgerWriter } from '../ledger/port.ts';
import { unauthenticated } from './accept-api-key.ts';
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
}

export interface IssuedAnswer {
  /** JSON, durable, to be sent as it is. */
  readonly responseText: string;
  readonly replayed: boolean;
}

/**
 * A writer that still has not answered so long after the deadline is stuck. What it took may have
 * been issued all the same: the caller's idempotency key settles that.
 */
export const STUCK_AFTER_DEADLINE_MS = 5_000;

/**
 * The answer, whichever verdict it holds: a reject is a result. Throws `ERR_FORBIDDEN` for another
 * partner's request, `ERR_REQUEST_FIELD`, `ERR_UNAUTHENTICATED`, `ERR_IDEMPOTENCY_CONFLICT`, and
 * `UnavailableError` when nothing could be issued in time.
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
  const deadlineMs = arrivedAtMs + ports.deadlineMs;
  const outcome = await untilStuck(
    ports.writer.check({
      environment: caller.owner.environment,
      keyId: caller.keyId,
      request,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      deadlineMs,
    }),
    ports.deadlineMs + STUCK_AFTER_DEADLINE_MS,
  );
  return answerOf(outcome);
}

function answerOf(outcome: CheckOutcome): IssuedAnswer {
  switch (outcome.kind) {
    case 'issued':
      return outcome;
    case 'refused': {
      const { code, message, field } = outcome;
      if (code === 'ERR_KEY_NOT_ACCEPTED') throw unauthenticated();
      throw new CratonError(code, message, field === undefined ? {} : { field });
    }
    case 'unavailable':
      throw new UnavailableError(outcome.code, outcome.message, outcome.retryAfterS);
  }
}

async function untilStuck<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = 'The store did not answer. Ask again with the same Idempotency-Key.';
      reject(new UnavailableError('ERR_STORE_UNAVAILABLE', message));
    }, limitMs);
  });
  return Promise.race([work, stuck]).finally(() => {
    clearTimeout(timer);
  });
}
