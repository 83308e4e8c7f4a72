/** `POST /v1/boundary/claim` and `/confirm`: limits, key, form, then the ledger. */
import { parseClaimRequest, parseConfirmRequest } from '@craton/protocol';
import { bodyBytes, type Route, type RouteDocument } from '@craton/service';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import {
  claimExecution,
  confirmExecution,
  type ExecutionPorts,
} from '../commands/report-execution.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { type AuthenticatedCall, authenticatedRoute, type KeyedDocument } from './authenticate.ts';
import { ISSUING_ERRORS } from './error-lists.ts';
import {
  ClaimAnswer,
  ClaimRequestBody,
  ConfirmAnswer,
  ConfirmRequestBody,
} from './execution-schemas.ts';
import {
  IDEMPOTENCY_HEADERS,
  parseIdempotencyKey,
  REPLAY_HEADERS,
  sendIssued,
} from './idempotency-key.ts';
import { NoParameters } from './schemas.ts';

const CLAIM: KeyedDocument = {
  method: 'POST',
  path: '/v1/boundary/claim',
  operationId: 'claimExecution',
  summary: 'Claim a decision before you execute: one caller wins',
  description:
    'The first claim of a decision is answered 200 with a signed receipt, every later one 409: only the winner executes, and only before `expires_at`. Whatever is in doubt is refused. An `Idempotency-Key` names one attempt of one API key: its replay tells the winner again that it won.',
  scope: 'claim',
  query: NoParameters,
  headers: IDEMPOTENCY_HEADERS,
  body: ClaimRequestBody,
  answer: {
    description: 'You won: the claim’s receipt, and that of the decision.',
    contentType: 'application/json',
    schema: ClaimAnswer,
    headers: REPLAY_HEADERS,
  },
  errors: [
    ...ISSUING_ERRORS,
    'ERR_NOT_FOUND',
    'ERR_NOTHING_PERMITTED',
    'ERR_ACTION_MISMATCH',
    'ERR_ALREADY_CLAIMED',
    'ERR_ALREADY_CONFIRMED',
    'ERR_DECISION_EXPIRED',
  ],
};

const CONFIRM: KeyedDocument = {
  method: 'POST',
  path: '/v1/boundary/confirm',
  operationId: 'confirmExecution',
  summary: 'Say what became of a decision',
  description:
    'A confirmation records what happened, so it is accepted also where nothing was permitted: `flags` then say what it contradicts. It may come as often as something changes, up to 32 times.',
  scope: 'confirm',
  query: NoParameters,
  headers: IDEMPOTENCY_HEADERS,
  body: ConfirmRequestBody,
  answer: {
    description: 'The confirmation’s receipt.',
    contentType: 'application/json',
    schema: ConfirmAnswer,
    headers: REPLAY_HEADERS,
  },
  errors: [...ISSUING_ERRORS, 'ERR_NOT_FOUND', 'ERR_TOO_MANY_CONFIRMATIONS'],
};

export const EXECUTION_DOCUMENTS: readonly RouteDocument[] = [CLAIM, CONFIRM];

export function executionRoutes(ports: ApiKeyPorts & ExecutionPorts): readonly Route[] {
  const arrival = ({ reply }: AuthenticatedCall) => ({
    arrivedAtMs: ports.nowMs() - reply.elapsedTime,
  });
  return [
    authenticatedRoute(ports, CLAIM, async (call) => {
      const answer = await claimExecution(ports, {
        caller: call.caller,
        ...parseIdempotencyKey(call.request),
        request: parseClaimRequest(bodyBytes(call.request), { sha256: nodeSha256 }),
        ...arrival(call),
      });
      return sendIssued(call.reply, answer);
    }),
    authenticatedRoute(ports, CONFIRM, async (call) => {
      const answer = await confirmExecution(ports, {
        caller: call.caller,
        ...parseIdempotencyKey(call.request),
        request: parseConfirmRequest(bodyBytes(call.request), { sha256: nodeSha256 }),
        ...arrival(call),
      });
      return sendIssued(call.reply, answer);
    }),
  ];
}
