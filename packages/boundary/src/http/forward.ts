/**
 * Passes what is below `/self-service` on to the other process, so that people see one address. No
 * other route is touched by it, and nothing of the answer is interpreted here.
 */
import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CratonError } from '@craton/protocol';
import { UnavailableError } from '@craton/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { withoutOperatorCookies } from '../people/cookies.ts';

/** Bytes of a body that is passed on; drafts are the largest. */
export const FORWARD_BODY_BYTES_MAX = 256 * 1024;
/** Milliseconds in which the other side must begin, and go on, to answer. */
export const FORWARD_MS_MAX = 15_000;
const CONNECTIONS_MAX = 64;
const BASE = '/self-service';

/** RFC 9110 7.6.1: of one connection, not of the message. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** What only this side may say, and the keys of this side, which the other one must never see. */
const NOT_PASSED_ON = [
  'host',
  'authorization',
  'cookie',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
];

/** Registers the forwarding to `target`, an origin without a final slash. */
export function registerForwarding(server: FastifyInstance, target: string): void {
  // A new connection for each request: one that is used again may just be closing.
  const agent = new Agent({ keepAlive: false, maxSockets: CONNECTIONS_MAX });
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    const options = { parseAs: 'buffer', bodyLimit: FORWARD_BODY_BYTES_MAX } as const;
    scope.addContentTypeParser('*', options, (_request, body, parsed) => {
      parsed(null, body);
    });
    for (const url of [BASE, `${BASE}/*`]) {
      scope.route({
        method: scope.supportedMethods,
        url,
        exposeHeadRoute: false,
        handler: (request, reply) => forward({ target, agent }, request, reply),
      });
    }
    done();
  });
  server.addHook('onClose', (_server, done) => {
    agent.destroy();
    done();
  });
}

interface Destination {
  readonly target: string;
  readonly agent: Agent;
}

async function forward(
  destination: Destination,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const answer = await ask(destination, request).catch((cause: unknown) => {
    throw cause instanceof CratonError ? cause : unreachable(cause);
  });
  const headers = withoutHopByHop(answer.headers, []);
  return reply
    .code(answer.statusCode ?? 502)
    .headers(headers)
    .send(answer);
}

function ask({ target, agent }: Destination, request: FastifyRequest): Promise<IncomingMessage> {
  const body = request.body instanceof Uint8Array ? request.body : undefined;
  const isSecure = target.startsWith('https:');
  const send = isSecure ? httpsRequest : httpRequest;
  const { host } = new URL(target);
  const options = {
    method: request.method,
    path: request.raw.url,
    headers: {
      ...withoutHopByHop(request.headers, [...NOT_PASSED_ON, 'content-length']),
      ...othersCookies(request.headers.cookie),
      host,
      'x-forwarded-for': request.ip,
      ...(body !== undefined && { 'content-length': String(body.length) }),
    },
    timeout: FORWARD_MS_MAX,
    ...(!isSecure && { agent }),
  };
  return new Promise((resolve, reject) => {
    const asked = send(target, options, resolve);
    asked.once('error', reject);
    asked.once('timeout', () => asked.destroy(new Error('No answer in time.')));
    asked.end(body);
  });
}

function withoutHopByHop(
  headers: IncomingHttpHeaders,
  others: readonly string[],
): Record<string, string | string[]> {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const left = new Set([...HOP_BY_HOP, ...named, ...others]);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || left.has(name) ? [] : [[name, value] as const],
    ),
  );
}

/** The other side has cookies of its own; the sessions of operators are not for it. */
function othersCookies(header: string | undefined): { readonly cookie?: string } {
  const cookie = header === undefined ? undefined : withoutOperatorCookies(header);
  return cookie === undefined ? {} : { cookie };
}

function unreachable(cause: unknown): UnavailableError {
  const error = new UnavailableError(
    'ERR_NOT_READY',
    'Self-service does not answer. Checks and receipts are not affected; try again later.',
  );
  error.cause = cause;
  return error;
}
