/** From the ledger's outcome to an answer or an error. */
import { CratonError } from '@craton/protocol';
import { UnavailableError } from '@craton/service';
import type { CheckOutcome } from '../ledger/port.ts';
import { unauthenticated } from './accept-api-key.ts';

/** What was issued, or issued before. */
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
 * Waits for the writer, at most `deadlineMs` and a little longer. A refusal is thrown with its
 * code, an outage as `UnavailableError`.
 */
export async function awaitIssued(
  work: Promise<CheckOutcome>,
  deadlineMs: number,
): Promise<IssuedAnswer> {
  const outcome = await untilStuck(work, deadlineMs + STUCK_AFTER_DEADLINE_MS);
  switch (outcome.kind) {
    case 'issued':
      return outcome;
    case 'refused': {
      const { code, message, field, relatedRequestId } = outcome;
      if (code === 'ERR_KEY_NOT_ACCEPTED') throw unauthenticated();
      throw new CratonError(code, message, {
        ...(field !== undefined && { field }),
        ...(relatedRequestId !== undefined && { relatedRequestId }),
      });
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
