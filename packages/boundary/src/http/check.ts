/** `POST /v1/boundary/check`: limits, key, form, then the ledger. */
import { CratonError, parseCheckRequest } from '@craton/protocol';
import { bodyBytes, type Route } from '@craton/service';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { checkBoundary, type CheckPorts } from '../commands/check-boundary.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { authenticatedRoute, KEY_ERRORS, type KeyedDocument } from './authenticate.ts';
import { JSON_TYPE } from './content-types.ts';
import { CheckAnswer, CheckRequestBody, NoParameters } from './schemas.ts';

const IDEMPOTENCY_KEY = /^[ -~]{1,128}$/;
const IDEMPOTENCY_KEY_SCHEMA = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[ -~]*$',
  description:
    'Printable ASCII of your choice. The same key with the same request answers the stored decision, for 7 days.',
});

export const CHECK_DOCUMENT: KeyedDocument = {
  method: 'POST',
  path: '/v1/boundary/check',
  operationId: 'checkBoundary',
  summary: 'Ask for a verdict before something irreversible',
  description:
    'The answer is 200 whichever verdict it holds: read the verdict from the verified payload, never from the status. Nothing is answered before it is on disk.',
  scope: 'check',
  query: NoParameters,
  headers: { 'Idempotency-Key': IDEMPOTENCY_KEY_SCHEMA },
  body: CheckRequestBody,
  answer: {
    description: 'A verdict and its signed receipt.',
    contentType: 'application/json',
    schema: CheckAnswer,
    headers: { 'Idempotency-Replayed': '`true` if the key was answered before; else absent.' },
  },
  errors: [
    ...KEY_ERRORS,
    'ERR_REQUEST_TOO_LARGE',
    'ERR_CONTENT_TYPE',
    'ERR_ENCODING',
    'ERR_JSON_SYNTAX',
    'ERR_JSON_DUPLICATE_KEY',
    'ERR_JSON_NUMBER',
    'ERR_JSON_DEPTH',
    'ERR_JSON_UNICODE',
    'ERR_REQUEST_FIELD',
    'ERR_REQUEST_CONTENT_REFUSED',
    'ERR_IDEMPOTENCY_CONFLICT',
    'ERR_QUEUE_FULL',
    'ERR_DEADLINE',
    'ERR_CLOCK_UNTRUSTED',
    'ERR_SIGNING',
  ],
};

export function checkRoute(ports: ApiKeyPorts & CheckPorts): Route {
  return authenticatedRoute(ports, CHECK_DOCUMENT, async ({ caller, request, reply }) => {
    const idempotencyKey = parseIdempotencyKey(request);
    const answer = await checkBoundary(ports, {
      caller,
      request: parseCheckRequest(bodyBytes(request), { sha256: nodeSha256 }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      arrivedAtMs: ports.nowMs() - reply.elapsedTime,
    });
    if (answer.replayed) void reply.header('Idempotency-Replayed', 'true');
    return reply.type(JSON_TYPE).send(answer.responseText);
  });
}

/** The header's one value: two of them would be joined to a third that nobody meant. */
function parseIdempotencyKey({ raw, headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  const isThereOnce = raw.rawHeaders.filter(isIdempotencyKey).length === 1;
  if (isThereOnce && typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw new CratonError(
    'ERR_REQUEST_FIELD',
    'Idempotency-Key must be there once, with 1 to 128 printable ASCII characters.',
    { field: 'Idempotency-Key' },
  );
}

/** In the list of Node names and values take turns. */
function isIdempotencyKey(text: string, index: number): boolean {
  return index % 2 === 0 && text.toLowerCase() === 'idempotency-key';
}
