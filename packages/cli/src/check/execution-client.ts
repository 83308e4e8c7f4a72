/** Sends claims and confirmations to a boundary. Its answer counts once the receipt was verified. */
import type { JsonObject } from '@craton/protocol';
import {
  type Advice,
  parseAnswer,
  sendRequest,
  type ServerAccess,
} from '../server/server-client.ts';

const ADVICE: Advice = {
  unreachable: 'Without an answer nothing is claimed; send it again with the same idempotency key.',
  byStatus: {
    401: 'Check the API key: it may be mistyped, expired or revoked.',
    403: 'The API key lacks the scope claim or confirm.',
    404: 'The API key must be of the partner whose decision it is.',
    409: 'Do not execute on the strength of this decision.',
    422: 'Do not execute: ask again for the action that is about to run.',
    503: 'Try again later with the same idempotency key. Until then nothing is claimed.',
  },
};

/** What is sent about a decision. */
export interface SentReport {
  readonly path: 'claim' | 'confirm';
  readonly body: Uint8Array;
  readonly idempotencyKey?: string | undefined;
}

/** Sends it as it is; the parsed answer of a 200. */
export async function postReport(
  access: ServerAccess,
  { path, body, idempotencyKey }: SentReport,
): Promise<JsonObject> {
  const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const sent = { path: `/v1/boundary/${path}`, body, headers };
  return parseAnswer(await sendRequest(access, sent, ADVICE));
}
