/** `POST /v1/boundary/check`: limits, key, form, then the ledger. */
import { parseCheckRequest } from '@craton/protocol';
import { bodyBytes, type Route } from '@craton/service';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { checkBoundary, type CheckPorts } from '../commands/check-boundary.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { authenticatedRoute, type KeyedDocument } from './authenticate.ts';
import { APPROVAL_ERRORS, ISSUING_ERRORS } from './error-lists.ts';
import {
  IDEMPOTENCY_HEADERS,
  parseIdempotencyKey,
  REPLAY_HEADERS,
  sendIssued,
} from './idempotency-key.ts';
import { CheckAnswer, CheckRequestBody, NoParameters } from './schemas.ts';

export const CHECK_DOCUMENT: KeyedDocument = {
  method: 'POST',
  path: '/v1/boundary/check',
  operationId: 'checkBoundary',
  summary: 'Ask for a verdict before something irreversible',
  description:
    'The answer is 200 whichever verdict it holds: read the verdict from the verified payload, never from the status. Nothing is answered before it is on disk.',
  scope: 'check',
  query: NoParameters,
  headers: IDEMPOTENCY_HEADERS,
  body: CheckRequestBody,
  answer: {
    description: 'A verdict and its signed receipt.',
    contentType: 'application/json',
    schema: CheckAnswer,
    headers: REPLAY_HEADERS,
  },
  errors: [...ISSUING_ERRORS, ...APPROVAL_ERRORS],
};

export function checkRoute(ports: ApiKeyPorts & CheckPorts): Route {
  return authenticatedRoute(ports, CHECK_DOCUMENT, async ({ caller, request, reply }) => {
    const answer = await checkBoundary(ports, {
      caller,
      ...parseIdempotencyKey(request),
      request: parseCheckRequest(bodyBytes(request), { sha256: nodeSha256 }),
      arrivedAtMs: ports.nowMs() - reply.elapsedTime,
    });
    return sendIssued(reply, answer);
  });
}
