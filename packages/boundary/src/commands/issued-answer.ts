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
 * What the writer's outcome is to the caller. Throws a refusal with its code, and an outage as
 * `UnavailableError`.
 */
export function issuedAnswer(outcome: CheckOutcome): IssuedAnswer {
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
