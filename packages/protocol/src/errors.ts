/**
 * Every failure that a caller can branch on. Codes are never renamed once released;
 * `spec/error-codes.json` says for each who can fix it.
 */
export const ERROR_CODES = [
  // reading bytes
  'ERR_JSON_SYNTAX',
  'ERR_JSON_DUPLICATE_KEY',
  'ERR_JSON_NUMBER',
  'ERR_JSON_DEPTH',
  'ERR_JSON_UNICODE',
  'ERR_ENCODING',
  'ERR_FORMAT',
  // receipts and their surroundings
  'ERR_RECEIPT_FORMAT',
  'ERR_RECEIPT_SIGNATURE',
  'ERR_KEY_FORMAT',
  'ERR_KEY_REFUSED',
  'ERR_CRYPTO_UNAVAILABLE',
  'ERR_ATTESTATION_FORMAT',
  'ERR_BUNDLE_FORMAT',
  'ERR_EXPORT_FORMAT',
  'ERR_TRUST_POLICY',
  'ERR_VERIFICATION',
  // transparency log
  'ERR_NOTE_FORMAT',
  'ERR_NOTE_SIGNATURE',
  'ERR_CHECKPOINT_FORMAT',
  'ERR_CHECKPOINT_INCONSISTENT',
  'ERR_TILE_FORMAT',
  'ERR_PROOF_FORMAT',
  'ERR_PROOF_INVALID',
  'ERR_PROOF_PENDING',
  'ERR_LOG_INCONSISTENT',
  // requests
  'ERR_REQUEST_FIELD',
  'ERR_REQUEST_CONTENT_REFUSED',
  'ERR_REQUEST_TOO_LARGE',
  'ERR_HTTP',
  'ERR_HEADERS_TOO_LARGE',
  'ERR_REQUEST_TIMEOUT',
  'ERR_CONTENT_TYPE',
  'ERR_UNAUTHENTICATED',
  'ERR_FORBIDDEN',
  'ERR_NOT_FOUND',
  'ERR_METHOD_NOT_ALLOWED',
  'ERR_RATE_LIMITED',
  // people who sign in
  'ERR_SIGN_IN',
  'ERR_SIGN_IN_AGAIN',
  'ERR_CSRF',
  'ERR_IDENTITY_PROVIDER',
  // start of a server
  'ERR_CONFIG',
  'ERR_NOT_READY',
  'ERR_POSTURE',
  'ERR_READINESS_SNAPSHOT',
  // path documents
  'ERR_PATH_DOCUMENT',
  'ERR_POLICY_RULE',
  'ERR_PATH_APPLY_REFUSED',
  // drafts
  'ERR_DRAFT_FIELD',
  'ERR_DRAFT_CONFLICT',
  'ERR_DRAFT_STATE',
  'ERR_DRAFT_STORE_UNAVAILABLE',
  // rollouts
  'ERR_OPERATOR_RECORD',
  'ERR_GATE_POLICY',
  'ERR_DEPLOYMENT_RECORD',
  // production ledger
  'ERR_QUEUE_FULL',
  'ERR_DEADLINE',
  'ERR_STORE_UNAVAILABLE',
  'ERR_STORE_LOCKED',
  'ERR_MIGRATION',
  'ERR_SIGNING',
  'ERR_CLOCK_UNTRUSTED',
  'ERR_SHUTTING_DOWN',
  'ERR_IDEMPOTENCY_CONFLICT',
  'ERR_LEDGER_CHANGE',
  'ERR_RECORD_CONFLICT',
  // rollouts
  'ERR_ROLLOUT_REFUSED',
  'ERR_RECORDS_BROKEN',
  'ERR_KEY_NOT_ACCEPTED',
  // claims and confirmations
  'ERR_ALREADY_CLAIMED',
  'ERR_ALREADY_CONFIRMED',
  'ERR_NOTHING_PERMITTED',
  'ERR_DECISION_EXPIRED',
  'ERR_ACTION_MISMATCH',
  'ERR_TOO_MANY_CONFIRMATIONS',
  // signed approvals
  'ERR_APPROVAL_INVALID',
  'ERR_APPROVAL_EXPIRED',
  'ERR_APPROVAL_REPLAYED',
  'ERR_INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
  /** Name of the member at fault, dotted (`context.facts.limit`); never its value. */
  readonly field?: string;
  /** The receipt of the same partner that stands in the way. */
  readonly relatedRequestId?: string;
  /** Why, as labels that programs branch on. */
  readonly reasons?: readonly string[];
  readonly cause?: unknown;
}

/** An expected failure. The message is safe to show: it names fields and never holds a value. */
export class CratonError extends Error {
  override readonly name: string = 'CratonError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly relatedRequestId: string | undefined;
  readonly reasons: readonly string[] | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.relatedRequestId = details.relatedRequestId;
    this.reasons = details.reasons;
  }
}
