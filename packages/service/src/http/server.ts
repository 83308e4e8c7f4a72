/** The Fastify shell of every server: limits, headers, problems, log, shutdown. It has no route. */
import { CratonError, type ErrorCode } from '@craton/protocol';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from '../logger.ts';
import {
  buildProblem,
  PROBLEM_CONTENT_TYPE,
  RETRY_AFTER_S_DEFAULT,
  UnavailableError,
} from '../problem.ts';
import { newRequestId } from '../request-id.ts';
import { answerClientError } from './client-error.ts';
import { translateFailure } from './failure.ts';
import { SECURITY_HEADERS } from './headers.ts';

export interface HttpLimits {
  readonly bodyBytesMax: number;
  /** Request line and headers together. */
  readonly headerBytesMax: number;
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connectionsMax: number;
  /** Characters of one part of a path that is a parameter. */
  readonly paramCharactersMax: number;
}

export const HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 16 * 1024,
  headerBytesMax: 8 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 60_000,
  connectionsMax: 4_096,
  paramCharactersMax: 128,
};

export interface HttpServerOptions {
  readonly log: Logger;
  /** Address of the list of error codes; with a code behind it, the `type` of a problem. */
  readonly problemTypeBase: string;
  readonly limits?: HttpLimits;
  /** Asked before a request is read any further; answers the error that it is refused with. */
  readonly admit?: (request: FastifyRequest) => CratonError | undefined;
  readonly observer?: HttpObserver;
}

/** Told what the server does, for metrics. Called for each request, so it must be fast. */
export interface HttpObserver {
  /** `path` is the pattern of the route; `tookMs` counts from the request's headers. */
  onAnswer(path: string, status: number, tookMs: number): void;
  onRefusal(code: ErrorCode): void;
}

const CONNECTION_CHECK_MS = 1_000;
const IDLE_SWEEP_MS = 25;

/** A server that is ready for `registerRoutes`. Bodies arrive in handlers as bytes. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { log, problemTypeBase, limits = HTTP_LIMITS } = options;
  const loggerInstance: FastifyBaseLogger = log;
  const server: FastifyInstance = fastify({
    loggerInstance,
    // One logger for all requests: a child of each would cost more than the line it writes.
    childLoggerFactory: () => loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newRequestId(),
    requestIdHeader: false,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: limits.paramCharactersMax },
    http: {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: CONNECTION_CHECK_MS,
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    frameworkErrors: (error, request, reply) => {
      answerFailure(error, request, reply, options);
    },
    clientErrorHandler: ({ code }, socket) => {
      const refusal = answerClientError(code, socket, problemTypeBase);
      if (refusal !== undefined) options.observer?.onRefusal(refusal);
    },
  });
  server.server.maxConnections = limits.connectionsMax;
  server.decorateRequest('annotations', undefined);
  keepBodiesAsBytes(server);
  answerFailures(server, options);
  const closing = watchClosing(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(SECURITY_HEADERS).header('X-Request-Id', request.id);
    done(
      closing.begun
        ? new UnavailableError('ERR_SHUTTING_DOWN', SHUTTING_DOWN)
        : options.admit?.(request),
    );
  });
  logAnswers(server, log);
  observeAnswers(server, options.observer);
  return server;
}

const SHUTTING_DOWN = 'This server is shutting down. Send the request again.';

function keepBodiesAsBytes(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  // Bytes, because a parser between the wire and ours would already have lost what ours refuses.
  const types = ['application/json', 'application/x-www-form-urlencoded'];
  server.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  // Answers are never rewritten by a schema: what is sent is what the handler made.
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
}

function answerFailures(server: FastifyInstance, options: HttpServerOptions): void {
  server.setErrorHandler((error, request, reply) => {
    answerFailure(error, request, reply, options);
  });
  server.setNotFoundHandler(() => {
    throw new CratonError('ERR_NOT_FOUND', 'There is nothing at this address.');
  });
}

function answerFailure(
  failure: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { log, problemTypeBase, observer }: HttpServerOptions,
): void {
  const error = translateFailure(failure);
  const problem = buildProblem(error, request.id, problemTypeBase);
  // Not the field: for an unknown member that is the caller's own text.
  annotate(request, { code: problem.code });
  observer?.onRefusal(problem.code);
  if (problem.code === 'ERR_INTERNAL') {
    log.error({ err: error, request_id: request.id, route: routeOf(request) }, 'request failed');
  }
  if (problem.status === 401) void reply.header('WWW-Authenticate', 'Bearer realm="craton"');
  if (problem.status === 503 || problem.status === 429) {
    const seconds = error instanceof UnavailableError ? error.retryAfterS : RETRY_AFTER_S_DEFAULT;
    void reply.header('Retry-After', String(seconds));
  }
  void reply
    .code(problem.status)
    .headers({ ...SECURITY_HEADERS, 'X-Request-Id': request.id })
    .type(PROBLEM_CONTENT_TYPE)
    .send(JSON.stringify(problem));
}

/**
 * Node closes idle connections once when a server begins to close, and those that become idle later
 * only after their keep-alive time. The sweep closes them as soon as they have their answer.
 */
function watchClosing(server: FastifyInstance): { begun: boolean } {
  const closing = { begun: false };
  let sweep: NodeJS.Timeout | undefined;
  server.addHook('preClose', (done) => {
    closing.begun = true;
    sweep = setInterval(() => {
      server.server.closeIdleConnections();
    }, IDLE_SWEEP_MS);
    done();
  });
  server.addHook('onClose', (_server, done) => {
    clearInterval(sweep);
    done();
  });
  return closing;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Members of the request's log line: names and ids, nothing that was sent. */
    annotations?: Readonly<Record<string, string>>;
  }
}

/** Adds members to the log line of a request: names and ids, nothing that was sent. */
export function annotate(request: FastifyRequest, members: Readonly<Record<string, string>>): void {
  request.annotations = { ...request.annotations, ...members };
}

function logAnswers(server: FastifyInstance, log: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { statusCode: status } = reply;
    const level = status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug';
    if (log.isLevelEnabled(level)) {
      log[level](
        {
          request_id: request.id,
          method: request.method,
          // The pattern, never the address: that may hold a reference.
          route: routeOf(request),
          status,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          ...request.annotations,
        },
        'answered',
      );
    }
    done();
  });
}

function observeAnswers(server: FastifyInstance, observer: HttpObserver | undefined): void {
  if (observer === undefined) return;
  server.addHook('onResponse', (request, reply, done) => {
    observer.onAnswer(routeOf(request), reply.statusCode, reply.elapsedTime);
    done();
  });
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}
