/** Errors that several routes have in common. */
import { KEY_ERRORS } from './authenticate.ts';

/** Errors of reading a body. */
export const BODY_ERRORS = [
  'ERR_REQUEST_TOO_LARGE',
  'ERR_CONTENT_TYPE',
  'ERR_ENCODING',
  'ERR_JSON_SYNTAX',
  'ERR_JSON_DUPLICATE_KEY',
  'ERR_JSON_NUMBER',
  'ERR_JSON_DEPTH',
  'ERR_JSON_UNICODE',
] as const;

/** Errors of every route whose answer is a new receipt. */
export const ISSUING_ERRORS = [
  ...KEY_ERRORS,
  ...BODY_ERRORS,
  'ERR_REQUEST_FIELD',
  'ERR_REQUEST_CONTENT_REFUSED',
  'ERR_IDEMPOTENCY_CONFLICT',
  'ERR_QUEUE_FULL',
  'ERR_DEADLINE',
  'ERR_CLOCK_UNTRUSTED',
  'ERR_SIGNING',
] as const;

/** Errors of a signed approval that came with a check. */
export const APPROVAL_ERRORS = [
  'ERR_APPROVAL_INVALID',
  'ERR_APPROVAL_EXPIRED',
  'ERR_APPROVAL_REPLAYED',
] as const;
