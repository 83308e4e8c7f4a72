/** The statuses of the check (PROTOCOL section 10). */
import type { ComponentChildren } from 'preact';

/** Status, and when it is answered. */
export const STATUSES: readonly (readonly ComponentChildren[])[] = [
  ['200', 'A verdict. With Idempotency-Replayed: true it is the answer of before.'],
  ['400', 'Malformed JSON, a duplicate key, a wrong type, an unknown or missing member, too long.'],
  ['401', 'No key, or one that is unknown, expired or revoked. All four look the same.'],
  ['403', 'The key is good, but not for this partner, this scope or this kind of request.'],
  ['409', 'The idempotency key belongs to another request.'],
  ['413, 415', 'The body is too large, or not declared as JSON.'],
  ['422', 'Content that must stay with you, or evidence that does not hold.'],
  ['429, 503', 'Too many requests, or not ready. Wait as long as Retry-After says.'],
];
