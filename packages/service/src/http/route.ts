/** Routes as data: what is registered is also what is documented and tested. */
import { CratonError } from '@craton/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Spelled as in OpenAPI: `/v1/receipts/{id}`. */
  readonly path: string;
  /** Schemas are strict: nothing is coerced, filled in or dropped. Bodies are parsed by `handle`. */
  readonly params?: TSchema;
  readonly query?: TSchema;
  /** The last parameter, if it takes the rest of the path with its slashes; `handle` parses it. */
  readonly restParameter?: string;
  /** The body of a POST is a form of a page, and not JSON. */
  readonly takesForm?: boolean;
  /** Where the limit of the server does not fit. */
  readonly bodyBytesMax?: number;
  /**
   * Runs when the limits are kept and before anything that was sent is interpreted; a promise is
   * waited for.
   */
  readonly authenticate?: (request: FastifyRequest) => unknown;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** Registers routes, and an answer 405 with Allow for every other method of their paths. */
export function registerRoutes(server: FastifyInstance, routes: readonly Route[]): void {
  for (const route of routes) registerRoute(server, route);
  for (const path of new Set(routes.map(fastifyPath))) {
    refuseOtherMethods(
      server,
      path,
      routes.filter((route) => fastifyPath(route) === path),
    );
  }
}

function registerRoute(server: FastifyInstance, route: Route): void {
  const { authenticate, bodyBytesMax, restParameter } = route;
  server.route({
    method: route.method,
    url: fastifyPath(route),
    schema: {
      ...(restParameter === undefined && route.params && { params: route.params }),
      ...(route.query && { querystring: route.query }),
    },
    ...(bodyBytesMax !== undefined && { bodyLimit: bodyBytesMax }),
    onRequest: bodyRule(route),
    ...(authenticate && {
      preValidation: (request: FastifyRequest, _reply: FastifyReply, done: Done) => {
        admit(authenticate, request, done);
      },
    }),
    handler: (request, reply) => route.handle(request, reply),
  });
}

type Done = (error?: Error) => void;

/** Asks `authenticate`, and waits only where it does: most callers are known at once. */
function admit(
  authenticate: (request: FastifyRequest) => unknown,
  request: FastifyRequest,
  done: Done,
): void {
  try {
    const pending = authenticate(request);
    if (!(pending instanceof Promise)) {
      done();
      return;
    }
    pending.then(
      () => {
        done();
      },
      (failure: unknown) => {
        done(errorOf(failure));
      },
    );
  } catch (failure) {
    done(errorOf(failure));
  }
}

function errorOf(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error('Something that is no error was thrown.');
}

function refuseOtherMethods(server: FastifyInstance, path: string, routes: readonly Route[]): void {
  const methods = routes.map((route) => route.method);
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].sort();
  const refuse = (_request: FastifyRequest, reply: FastifyReply): never => {
    void reply.header('Allow', allowed.join(', '));
    throw new CratonError(
      'ERR_METHOD_NOT_ALLOWED',
      `This address answers ${allowed.join(' and ')} only.`,
    );
  };
  server.route({
    method: server.supportedMethods.filter((method) => !allowed.includes(method)),
    url: path,
    // Before the body is read: what it holds does not matter here.
    onRequest: (request, reply) => Promise.resolve().then(() => refuse(request, reply)),
    handler: refuse,
  });
}

function fastifyPath({ path, restParameter }: Route): string {
  const withRest = restParameter === undefined ? path : path.replace(`{${restParameter}}`, '*');
  return withRest.replaceAll(/\{([a-z_]+)\}/g, ':$1');
}

function bodyRule({ method, takesForm = false }: Route) {
  if (method !== 'POST') return refuseBody;
  return takesForm ? requireForm : requireJson;
}

const FORM_CONTENT_TYPE =
  /^application\/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*$/i;

/** What a page sends that works without a script. */
function requireForm({ headers }: FastifyRequest, _reply: FastifyReply, done: Done): void {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = headers;
  if (FORM_CONTENT_TYPE.test(type) && coding === 'identity') {
    done();
    return;
  }
  const message = 'Send the form as application/x-www-form-urlencoded, without a content coding.';
  done(new CratonError('ERR_CONTENT_TYPE', message, { field: 'Content-Type' }));
}

const JSON_CONTENT_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*$/i;

/** The one body that is read: JSON in UTF-8 without content coding. */
function requireJson(
  request: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = request.headers;
  if (JSON_CONTENT_TYPE.test(type) && coding === 'identity') done();
  else {
    done(
      new CratonError(
        'ERR_CONTENT_TYPE',
        'Send the body as application/json in UTF-8, without a content coding.',
        { field: JSON_CONTENT_TYPE.test(type) ? 'Content-Encoding' : 'Content-Type' },
      ),
    );
  }
}

/** A body where none belongs would be dropped in silence, and proxies disagree on where it ends. */
function refuseBody(
  { headers }: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  const hasBody =
    headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  done(hasBody ? new CratonError('ERR_HTTP', 'This request takes no body.') : undefined);
}

/** The body of a POST as it arrived. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  const { body } = request;
  return body instanceof Uint8Array ? body : new Uint8Array();
}
