/** What every error code means to callers and operators, and its form on the wire (RFC 9457). */
import { CratonError, ERROR_CODES, type ErrorCode } from '@craton/protocol';

/** Who can mend the fault: whoever called, whoever runs this server, or whoever wrote it. */
export const FIXERS = ['caller', 'operator', 'us'] as const;
export type Fixer = (typeof FIXERS)[number];

/** The meaning of one code; `spec/error-codes.json` says the same and is tested against this. */
export interface ErrorMeaning {
  /** HTTP status; null for codes that no HTTP answer carries. */
  readonly status: number | null;
  readonly fix_by: Fixer;
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean;
  /** One sentence: what happened. It is also the `title` of the problem. */
  readonly sentence: string;
}

const caller = (status: number | null, sentence: string): ErrorMeaning => ({
  status,
  fix_by: 'caller',
  retry: false,
  sentence,
});
const operator = (status: number | null, sentence: string): ErrorMeaning => ({
  ...caller(status, sentence),
  fix_by: 'operator',
});
const busy = (fixBy: Fixer, sentence: string): ErrorMeaning => ({
  status: 503,
  fix_by: fixBy,
  retry: true,
  sentence,
});

export const ERROR_MEANINGS: Readonly<Record<ErrorCode, ErrorMeaning>> = {
  ERR_JSON_SYNTAX: caller(400, 'The text is not JSON.'),
  ERR_JSON_DUPLICATE_KEY: caller(400, 'An object has the same member twice.'),
  ERR_JSON_NUMBER: caller(400, 'A number has no single exact reading.'),
  ERR_JSON_DEPTH: caller(400, 'The JSON is nested too deeply.'),
  ERR_JSON_UNICODE: caller(400, 'A text holds half of a character (a lone surrogate).'),
  ERR_ENCODING: caller(400, 'Bytes are not in the required encoding.'),
  ERR_FORMAT: caller(null, 'A value does not have the required form.'),
  ERR_RECEIPT_FORMAT: caller(null, 'A receipt does not have the required members.'),
  ERR_RECEIPT_SIGNATURE: caller(null, 'A signature does not fit the receipt and the key.'),
  ERR_KEY_FORMAT: caller(null, 'A key or a set of keys is not in the required form.'),
  ERR_KEY_REFUSED: caller(null, 'A key is a point that no honest key has.'),
  ERR_CRYPTO_UNAVAILABLE: operator(null, 'This runtime cannot compute Ed25519.'),
  ERR_ATTESTATION_FORMAT: caller(null, 'A root attestation is not in the required form.'),
  ERR_BUNDLE_FORMAT: caller(null, 'A verification bundle is not in the required form.'),
  ERR_EXPORT_FORMAT: caller(null, 'An export for auditors is not in the required form.'),
  ERR_TRUST_POLICY: caller(null, 'A trust policy file is not in the required form.'),
  ERR_VERIFICATION: caller(null, 'The evidence does not hold what was asked of it.'),
  ERR_NOTE_FORMAT: caller(null, 'A signed note is not in the required form.'),
  ERR_NOTE_SIGNATURE: caller(null, 'A signed note has no good signature by a known key.'),
  ERR_CHECKPOINT_FORMAT: caller(null, 'A checkpoint is not in the required form.'),
  ERR_CHECKPOINT_INCONSISTENT: operator(null, 'Two checkpoints of one log contradict each other.'),
  ERR_TILE_FORMAT: caller(null, 'A tile of the log is not in the required form.'),
  ERR_PROOF_FORMAT: caller(null, 'A log proof is not in the required form.'),
  ERR_PROOF_INVALID: caller(null, 'A log proof does not lead to the checkpoint.'),
  ERR_PROOF_PENDING: busy('operator', 'No checkpoint of the log covers this receipt yet.'),
  ERR_LOG_INCONSISTENT: operator(
    null,
    'The stored log contradicts what was signed, so nothing more is published.',
  ),
  ERR_REQUEST_FIELD: caller(400, 'A member, parameter or header is missing, unknown or malformed.'),
  ERR_REQUEST_CONTENT_REFUSED: caller(
    422,
    'The request holds content that must stay with the host.',
  ),
  ERR_REQUEST_TOO_LARGE: caller(413, 'The request is larger than this server reads.'),
  ERR_HTTP: caller(400, 'The bytes are not an HTTP request that this server accepts.'),
  ERR_HEADERS_TOO_LARGE: caller(431, 'The headers are larger than this server reads.'),
  ERR_REQUEST_TIMEOUT: { ...caller(408, 'The request did not arrive in time.'), retry: true },
  ERR_CONTENT_TYPE: caller(415, 'The body is not declared as plain application/json.'),
  ERR_UNAUTHENTICATED: caller(401, 'The request has no API key that is accepted here.'),
  ERR_FORBIDDEN: caller(403, 'The API key is good, but not for this request.'),
  ERR_NOT_FOUND: caller(404, 'There is nothing here for this caller.'),
  ERR_METHOD_NOT_ALLOWED: caller(405, 'This address does not answer this method.'),
  ERR_RATE_LIMITED: { ...caller(429, 'There were too many requests.'), retry: true },
  ERR_SIGN_IN: caller(400, 'The sign-in could not be completed.'),
  ERR_SIGN_IN_AGAIN: caller(403, 'This asks for a sign-in of the last minutes.'),
  ERR_CSRF: caller(
    403,
    'What a browser sends to change something must come from a page of this server.',
  ),
  ERR_IDENTITY_PROVIDER: busy('operator', 'The identity provider does not answer as it should.'),
  ERR_CONFIG: operator(null, 'The configuration is incomplete or unsafe, so nothing was started.'),
  ERR_NOT_READY: busy('operator', 'A part that this server needs does not work.'),
  ERR_POSTURE: operator(
    null,
    'A posture document is not in form, not signed by the pinned key, or about another environment.',
  ),
  ERR_READINESS_SNAPSHOT: operator(
    null,
    'A readiness snapshot is not in form, or its digest or its answer does not follow from its parts.',
  ),
  ERR_PATH_DOCUMENT: caller(422, 'A path document breaks a rule of its format.'),
  ERR_POLICY_RULE: caller(422, 'A rule of a policy is outside the accepted profile.'),
  ERR_PATH_APPLY_REFUSED: caller(409, 'Paths are not applied here: the rollout gates deploy them.'),
  ERR_DRAFT_FIELD: caller(
    422,
    'A member of a draft is missing, not known, or does not have the required form.',
  ),
  ERR_DRAFT_CONFLICT: caller(409, 'Somebody changed the draft since it was read.'),
  ERR_DRAFT_STATE: caller(409, 'The draft is not in a state in which this can be done.'),
  ERR_DRAFT_STORE_UNAVAILABLE: busy('operator', 'Drafts cannot be stored or read now.'),
  ERR_OPERATOR_RECORD: caller(
    422,
    'A record of the operator side does not have its form, or does not follow from the ones before.',
  ),
  ERR_GATE_POLICY: caller(
    422,
    'A gate policy does not have its form, or asks for less than it must.',
  ),
  ERR_DEPLOYMENT_RECORD: caller(422, 'A deployment record does not have its form.'),
  ERR_QUEUE_FULL: busy('operator', 'Too many checks are waiting.'),
  ERR_DEADLINE: busy('operator', 'The check was not decided before its deadline.'),
  ERR_STORE_UNAVAILABLE: busy('operator', 'The production store does not answer reliably.'),
  ERR_STORE_LOCKED: operator(null, 'Another process already writes this store.'),
  ERR_MIGRATION: operator(null, 'The store has a schema that this version cannot use.'),
  ERR_SIGNING: busy('operator', 'The signer failed, so nothing is issued.'),
  ERR_CLOCK_UNTRUSTED: busy('operator', 'The clock cannot be trusted, so nothing is issued.'),
  ERR_SHUTTING_DOWN: busy('operator', 'This server is shutting down.'),
  ERR_IDEMPOTENCY_CONFLICT: caller(409, 'The idempotency key was used for another request.'),
  ERR_LEDGER_CHANGE: caller(409, 'A change to the production record contradicts its state.'),
  ERR_RECORD_CONFLICT: caller(409, 'Somebody changed this since it was read.'),
  ERR_ROLLOUT_REFUSED: caller(409, 'The rollout, or who asks, is not such that this can be done.'),
  ERR_RECORDS_BROKEN: {
    status: 500,
    fix_by: 'operator',
    retry: false,
    sentence: 'A stored record of an operator is not what was stored.',
  },
  ERR_KEY_NOT_ACCEPTED: caller(401, 'The API key is no longer accepted.'),
  ERR_ALREADY_CLAIMED: caller(409, 'Another caller may execute this decision.'),
  ERR_ALREADY_CONFIRMED: caller(409, 'What became of this decision was confirmed already.'),
  ERR_NOTHING_PERMITTED: caller(409, 'The decision permits nothing: a reject, or not enforced.'),
  ERR_DECISION_EXPIRED: caller(409, 'The decision has expired.'),
  ERR_ACTION_MISMATCH: caller(422, 'The action is not the one that was decided.'),
  ERR_TOO_MANY_CONFIRMATIONS: caller(409, 'The decision was confirmed as often as it can be.'),
  ERR_APPROVAL_INVALID: caller(
    422,
    'The signed approval cannot be accepted: its signature, its key or a claim is wrong.',
  ),
  ERR_APPROVAL_EXPIRED: caller(422, 'The signed approval has expired.'),
  ERR_APPROVAL_REPLAYED: caller(422, 'The signed approval was used for an earlier decision.'),
  ERR_INTERNAL: {
    status: 500,
    fix_by: 'us',
    retry: false,
    sentence: 'Something failed that should not fail. Nothing was issued.',
  },
};

/** The rows of `spec/error-codes.json`, in the order of `ERROR_CODES`. */
export function errorCodeRows(): readonly ({ readonly code: ErrorCode } & ErrorMeaning)[] {
  return ERROR_CODES.map((code) => ({ code, ...ERROR_MEANINGS[code] }));
}

/** The body of an error answer, `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  /** What is wrong in this request and what to do; names fields, never holds a sent value. */
  readonly detail: string;
  readonly field?: string;
  /** The receipt that stands in the way, of the same partner. */
  readonly related_request_id?: string;
  /** Why, as labels that programs branch on. */
  readonly reasons?: readonly string[];
  readonly request_id: string;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** A failure that passes; `retryAfterS` becomes the header Retry-After, in seconds. */
export class UnavailableError extends CratonError {
  override readonly name = 'UnavailableError';
  readonly retryAfterS: number;

  constructor(code: ErrorCode, message: string, retryAfterS = RETRY_AFTER_S_DEFAULT) {
    super(code, message);
    this.retryAfterS = retryAfterS;
  }
}

/** Seconds that a caller is asked to wait where nothing better is known. */
export const RETRY_AFTER_S_DEFAULT = 1;

/**
 * The problem document of a failure. `typeBase` is put before the code to make `type`. Whatever is
 * not a `CratonError` with an HTTP status is our own fault and becomes `ERR_INTERNAL`, without its
 * message: that could hold anything.
 */
export function buildProblem(failure: unknown, requestId: string, typeBase: string): Problem {
  const known = failure instanceof CratonError ? failure : undefined;
  const status = known === undefined ? null : ERROR_MEANINGS[known.code].status;
  const error = known === undefined || status === null ? INTERNAL_ERROR : known;
  return {
    type: typeBase + error.code,
    title: ERROR_MEANINGS[error.code].sentence,
    status: status ?? INTERNAL_STATUS,
    code: error.code,
    detail: error.message,
    ...(error.field !== undefined && { field: error.field }),
    ...(error.relatedRequestId !== undefined && { related_request_id: error.relatedRequestId }),
    ...(error.reasons !== undefined && { reasons: error.reasons }),
    request_id: requestId,
  };
}

const INTERNAL_STATUS = 500;
const INTERNAL_ERROR = new CratonError(
  'ERR_INTERNAL',
  'The request could not be completed. Tell the operator the request_id.',
);
