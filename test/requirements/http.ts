import { planned, proven, type Requirement } from './requirement.ts';

/** PROTOCOL section 10: what each answer of the HTTP interface means. */
export const HTTP: readonly Requirement[] = [
  proven(
    'H-200',
    'Every verdict, whichever it is, answers 200.',
    'packages/boundary/src/http/check.test.ts > 200 > answers %s with a receipt that verifies',
    'packages/boundary/src/http/check.test.ts > 200 > answers a signed reject where no path matches',
  ),
  proven(
    'H-200-replay',
    'A repeated idempotency key answers the stored result and says that it is a replay.',
    'packages/boundary/src/http/check.test.ts > Idempotency-Key > answers the same bytes again and says so',
    'packages/boundary/test/ledger-contract.ts > answers an idempotency key > for seven days and no longer',
    'packages/boundary/test/ledger-contract.ts > answers an idempotency key > once for concurrent twins',
  ),
  proven(
    'H-400-json',
    'Malformed JSON and duplicate keys answer 400.',
    'packages/boundary/src/http/check.test.ts > 400 > for %s',
    'packages/boundary/src/http/check.test.ts > 400 > for a member that is there twice, by name',
  ),
  proven(
    'H-400-member',
    'A wrong type, an unknown member and a missing member answer 400 and name the member.',
    'packages/boundary/src/http/check.test.ts > 400 > for %s, by name > an unknown member',
    'packages/boundary/src/http/check.test.ts > 400 > without %s',
    'packages/boundary/src/http/check.test.ts > 400 > for %s, by name > a text for a number',
  ),
  proven(
    'H-400-limit',
    'A value that is too long or too deep answers 400.',
    'packages/boundary/src/http/check.test.ts > 400 > for %s, by name > a reference that is too long',
    'packages/boundary/src/http/check.test.ts > 400 > for %s > deep nesting',
  ),
  proven(
    'H-401',
    'No key, an unknown, an expired and a revoked key get one same 401.',
    'packages/boundary/src/http/check.test.ts > 401 > has one same body for no, malformed, unknown, expired and revoked keys',
    'packages/boundary/src/http/check.test.ts > 401 > follows a revocation at once',
  ),
  proven(
    'H-403',
    'A key of another partner, scope or kind gets 403.',
    'packages/boundary/src/http/check.test.ts > 403 > is for another partner, by the field',
    'packages/boundary/src/http/check.test.ts > 403 > is for a key that does not fit by %s',
  ),
  proven(
    'H-404',
    'What does not exist, and what belongs to another partner, answers 404.',
    'packages/boundary/src/http/check.test.ts > 404, 405, 413, 415 > 404 for a version that does not exist',
    'packages/boundary/src/http/receipts.test.ts > does not show another partner’s receipt, nor that it exists',
  ),
  proven(
    'H-405',
    'A wrong method answers 405 with Allow.',
    'packages/boundary/src/http/check.test.ts > 404, 405, 413, 415 > 405 with Allow for %s',
    'packages/service/src/http/server.test.ts > a refusal > $title > wrong method',
  ),
  proven(
    'H-413',
    'A body over the limit answers 413.',
    'packages/boundary/src/http/check.test.ts > 404, 405, 413, 415 > 413 for a body of more than 16 KiB',
  ),
  proven(
    'H-415',
    'A body that is not JSON by its type answers 415.',
    'packages/boundary/src/http/check.test.ts > 404, 405, 413, 415 > 415 before the key is looked at',
    'packages/service/src/http/server.test.ts > a refusal > $title > no content type',
  ),
  planned('H-429', 'Too many requests answer 429 with Retry-After.'),
  proven(
    'H-409-idempotency',
    'An idempotency key with another request answers 409.',
    'packages/boundary/src/http/check.test.ts > Idempotency-Key > of another request answers 409',
    'packages/boundary/test/ledger-contract.ts > answers an idempotency key > not for another request or other evidence',
  ),
  planned('H-409-state', 'Optimistic concurrency and state conflicts answer 409.'),
  proven(
    'H-422-content',
    'Content that must stay with the host answers 422 without an echo.',
    'packages/boundary/src/http/check.test.ts > 422 > for %s',
    'packages/protocol/src/refused-content.test.ts > refuses $about',
    'packages/protocol/src/refused-content.test.ts > is found in every text of a request, and never echoed',
  ),
  planned('H-422-draft', 'Semantic errors of drafts answer 422.'),
  proven(
    'H-503',
    'A full queue, an untrusted store or clock and a shutdown answer 503 with Retry-After and no receipt.',
    'packages/boundary/src/http/check.test.ts > 503 > when the queue is full, with Retry-After and without a receipt',
    'packages/boundary/src/http/check.test.ts > 503 > when the clock went back',
    'packages/boundary/src/http/check.test.ts > 503 > when the store fails for good',
    'packages/boundary/src/http/check.test.ts > 503 > when the ledger is closing',
  ),
  proven(
    'H-problem',
    'Every error is problem+json with a code of spec/error-codes.json and a request id.',
    'packages/service/src/problem.test.ts > has the members of RFC 9457 and our own',
    'packages/service/src/problem.test.ts > names every code of the protocol package, and no other',
    'packages/boundary/src/http/protocol.test.ts > documents > /protocol/v1/errors is spec/error-codes.json',
  ),
  planned(
    'H-api-key',
    'API keys carry a checksum, are stored as digests only, and end by scope and expiry.',
  ),
];
