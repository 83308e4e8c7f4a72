import { planned, type Requirement } from './requirement.ts';

/** PROTOCOL section 10: what each answer of the HTTP interface means. */
export const HTTP: readonly Requirement[] = [
  planned('H-200', 'Every verdict, whichever it is, answers 200.'),
  planned(
    'H-200-replay',
    'A repeated idempotency key answers the stored result and says that it is a replay.',
  ),
  planned('H-400-json', 'Malformed JSON and duplicate keys answer 400.'),
  planned(
    'H-400-member',
    'A wrong type, an unknown member and a missing member answer 400 and name the member.',
  ),
  planned('H-400-limit', 'A value that is too long or too deep answers 400.'),
  planned('H-401', 'No key, an unknown, an expired and a revoked key get one same 401.'),
  planned('H-403', 'A key of another partner, scope or kind gets 403.'),
  planned('H-404', 'What does not exist, and what belongs to another partner, answers 404.'),
  planned('H-405', 'A wrong method answers 405 with Allow.'),
  planned('H-413', 'A body over the limit answers 413.'),
  planned('H-415', 'A body that is not JSON by its type answers 415.'),
  planned('H-429', 'Too many requests answer 429 with Retry-After.'),
  planned('H-409', 'An idempotency key with another request, and a state conflict, answer 409.'),
  planned('H-422', 'Refused content and semantic errors answer 422 without an echo.'),
  planned(
    'H-503',
    'A full queue, an untrusted store or clock and a shutdown answer 503 with Retry-After and no receipt.',
  ),
  planned(
    'H-problem',
    'Every error is problem+json with a code of spec/error-codes.json and a request id.',
  ),
  planned(
    'H-api-key',
    'API keys carry a checksum, are stored as digests only, and end by scope and expiry.',
  ),
];
