/** Talks to a boundary over HTTP. Whatever it answers is a claim until a receipt was verified. */
import type { JsonObject } from '@craton/protocol';
import {
  type Advice,
  parseAnswer,
  sendRequest,
  type ServerAccess,
} from '../server/server-client.ts';

const ADVICE: Advice = {
  unreachable: 'Without an answer nothing is allowed.',
  byStatus: {
    401: 'Check the API key: it may be mistyped, expired or revoked.',
    403: 'The API key is for another partner, or lacks the scope.',
    503: 'Try again later. Without a verdict nothing is allowed.',
  },
};

/** Sends a check. `body` is sent as it is; answers the parsed answer of a 200. */
export async function postCheck(
  access: ServerAccess,
  body: Uint8Array,
  idempotencyKey: string | undefined,
): Promise<JsonObject> {
  const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const sent = { path: '/v1/boundary/check', body, headers };
  return parseAnswer(await sendRequest(access, sent, ADVICE));
}

/** Fetches the full bundle of a receipt, as bytes. */
export function getBundle(access: ServerAccess, requestId: string): Promise<Uint8Array> {
  const path = `/v1/receipts/${encodeURIComponent(requestId)}/bundle?form=full`;
  return sendRequest(access, { path }, ADVICE);
}
