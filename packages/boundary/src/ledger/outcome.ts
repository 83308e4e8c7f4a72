/** Turns the expected failures of one entry into outcomes. */
import { CratonError, type ErrorCode } from '@craton/protocol';
import type { CheckOutcome } from './port.ts';

/** The caller can mend these. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_REQUEST_FIELD',
  'ERR_KEY_NOT_ACCEPTED',
  'ERR_IDEMPOTENCY_CONFLICT',
  'ERR_NOT_FOUND',
  'ERR_ALREADY_CLAIMED',
  'ERR_ALREADY_CONFIRMED',
  'ERR_NOTHING_PERMITTED',
  'ERR_DECISION_EXPIRED',
  'ERR_ACTION_MISMATCH',
  'ERR_TOO_MANY_CONFIRMATIONS',
  'ERR_APPROVAL_INVALID',
  'ERR_APPROVAL_EXPIRED',
  'ERR_APPROVAL_REPLAYED',
]);
/** These pass, or an operator mends them. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ERR_DEADLINE', 'ERR_CLOCK_UNTRUSTED']);

/** Seconds after which a caller should try again. */
export const RETRY_AFTER_S = 1;

/** The outcome of what cannot be done now: 503. */
export function unavailable(code: ErrorCode, message: string): CheckOutcome {
  return { kind: 'unavailable', code, message, retryAfterS: RETRY_AFTER_S };
}

/** The outcome of an error that was raised before anything was written; undefined for any other. */
export function outcomeOf(error: unknown): CheckOutcome | undefined {
  if (!(error instanceof CratonError)) return undefined;
  const { code, message, field, relatedRequestId } = error;
  if (OUTAGES.has(code)) return unavailable(code, message);
  if (!REFUSALS.has(code)) return undefined;
  return {
    kind: 'refused',
    code,
    message,
    ...(field !== undefined && { field }),
    ...(relatedRequestId !== undefined && { relatedRequestId }),
  };
}
