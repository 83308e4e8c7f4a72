/** The header `Idempotency-Key` (PROTOCOL section 10). */
import { CratonError } from '@craton/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { IssuedAnswer } from '../commands/issued-answer.ts';
import { JSON_TYPE } from './content-types.ts';

const IDEMPOTENCY_KEY = /^[ -~]{1,128}$/;

/** As OpenAPI shows it. */
export const IDEMPOTENCY_HEADERS = {
  'Idempotency-Key': Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[ -~]*$',
    description:
      'Printable ASCII of your choice. The same key with the same request answers what was stored, for 7 days.',
  }),
};

/** Of an answer that was given before. */
export const REPLAY_HEADERS = {
  'Idempotency-Replayed': '`true` if the key was answered before; else absent.',
};

/** The header's one value: two of them would be joined to a third that nobody meant. */
export function parseIdempotencyKey({ raw, headers }: FastifyRequest): {
  readonly idempotencyKey?: string;
} {
  const key = headers['idempotency-key'];
  if (key === undefined) return {};
  const isThereOnce = raw.rawHeaders.filter(isIdempotencyKey).length === 1;
  if (isThereOnce && typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) {
    return { idempotencyKey: key };
  }
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

/** Sends what was issued as it is. */
export function sendIssued(reply: FastifyReply, answer: IssuedAnswer): FastifyReply {
  if (answer.replayed) void reply.header('Idempotency-Replayed', 'true');
  return reply.type(JSON_TYPE).send(answer.responseText);
}
