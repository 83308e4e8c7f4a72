import { connect } from 'node:net';
import { CratonError } from '@craton/protocol';
import type { FastifyInstance, InjectOptions } from 'fastify';
import Type from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { type Problem, UnavailableError } from '../problem.ts';
import { closeHttpServer } from '../shutdown.ts';
import { bodyBytes, type Route, registerRoutes } from './route.ts';
import { createHttpServer, HTTP_LIMITS } from './server.ts';

const CANARY = 'canary-7f3a';
const LIMITS = {
  ...HTTP_LIMITS,
  bodyBytesMax: 64,
  headerBytesMax: 2_048,
  headersTimeoutMs: 300,
  requestTimeoutMs: 600,
};

let release: () => void = () => undefined;
const held = new Promise<void>((resolve) => {
  release = resolve;
});

const routes: readonly Route[] = [
  { method: 'GET', path: '/thing', handle: () => ({ thing: true }) },
  {
    method: 'POST',
    path: '/thing',
    authenticate: ({ headers }) => {
      if (headers.authorization === undefined) throw new CratonError('ERR_UNAUTHENTICATED', 'Who?');
    },
    handle: (request) => ({ bytes: bodyBytes(request).length }),
  },
  {
    method: 'GET',
    path: '/list/{id}',
    params: Type.Object({ id: Type.String({ pattern: '^[a-z]+$' }) }),
    query: Type.Object(
      { from: Type.String({ pattern: '^[0-9]+$' }), to: Type.Optional(Type.String()) },
      { additionalProperties: false },
    ),
    handle: ({ params, query }) => ({ params, query }),
  },
  {
    method: 'GET',
    path: '/bug',
    handle: () => {
      throw new TypeError(CANARY);
    },
  },
  {
    method: 'GET',
    path: '/later',
    handle: () => {
      throw new UnavailableError('ERR_QUEUE_FULL', 'Later.', 7);
    },
  },
  {
    method: 'GET',
    path: '/session',
    authenticate: async ({ headers }) => {
      await Promise.resolve();
      if (headers.cookie === undefined) throw new CratonError('ERR_UNAUTHENTICATED', 'Who?');
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a library might do
      if (headers.cookie === 'odd') throw 'no error';
    },
    handle: () => ({ known: true }),
  },
  {
    method: 'POST',
    path: '/form',
    takesForm: true,
    handle: (request) => ({ bytes: bodyBytes(request).length }),
  },
  { method: 'GET', path: '/slow', handle: () => held.then(() => ({ slow: true })) },
];

let lines: string[];
let server: FastifyInstance;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ name: 'test', level: 'debug', destination });
  server = createHttpServer({ log, problemTypeBase: '/errors#', limits: LIMITS });
  registerRoutes(server, routes);
});

afterEach(async () => {
  await closeHttpServer(server, 100);
});

const json = { 'content-type': 'application/json', authorization: 'x' };

/** Sends raw bytes to the listening server and collects everything until it closes. */
async function exchange(...chunks: readonly (string | number)[]): Promise<string> {
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    socket.on('error', reject).on('close', () => {
      resolve(received);
    });
    for (const chunk of chunks) if (typeof chunk === 'string') socket.write(chunk);
  });
}

describe('every answer', () => {
  it.each(['/thing', '/none', '/bug'])('of %s has security headers and an id', async (url) => {
    const { headers } = await server.inject(url);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
    expect(headers['x-request-id']).toMatch(/^req_[0-9a-f-]{36}$/);
  });

  it('has an id of our own making, whatever the caller sends', async () => {
    const { headers } = await server.inject({ url: '/thing', headers: { 'x-request-id': CANARY } });
    expect(headers['x-request-id']).not.toBe(CANARY);
  });

  it('is logged with the pattern of its route and nothing that was sent', async () => {
    await server.inject(`/list/${CANARY}?from=${CANARY}&${CANARY}=1`);
    await server.inject({ method: 'POST', url: '/thing', headers: json, payload: CANARY });
    await server.inject({ url: `/none/${CANARY}`, headers: { authorization: CANARY } });
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain(CANARY);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      method: 'GET',
      route: '/list/:id',
      status: 400,
      code: 'ERR_REQUEST_FIELD',
    });
  });
});

interface Refusal {
  readonly title: string;
  readonly request: InjectOptions | string;
  readonly status: number;
  readonly code: string;
  readonly field?: string;
  readonly headers?: Record<string, string>;
}

const post = (headers: Record<string, string>, payload: string) =>
  ({ method: 'POST', url: '/thing', headers, payload }) as const;

const refusals: readonly Refusal[] = [
  { title: 'unknown address', request: '/none', status: 404, code: 'ERR_NOT_FOUND' },
  {
    title: 'unknown address with a body of an unknown type',
    request: { method: 'POST', url: '/none', headers: { 'content-type': 'x/y' }, payload: 'x' },
    status: 404,
    code: 'ERR_NOT_FOUND',
  },
  {
    title: 'wrong method',
    request: { method: 'DELETE', url: '/thing' },
    status: 405,
    code: 'ERR_METHOD_NOT_ALLOWED',
    headers: { allow: 'GET, HEAD, POST' },
  },
  {
    title: 'wrong method with a body of an unknown type',
    request: { method: 'PUT', url: '/bug', headers: { 'content-type': 'x/y' }, payload: 'x' },
    status: 405,
    code: 'ERR_METHOD_NOT_ALLOWED',
    headers: { allow: 'GET, HEAD' },
  },
  {
    title: 'OPTIONS',
    request: { method: 'OPTIONS', url: '/thing' },
    status: 405,
    code: 'ERR_METHOD_NOT_ALLOWED',
  },
  {
    title: 'body over the limit',
    request: post(json, 'x'.repeat(65)),
    status: 413,
    code: 'ERR_REQUEST_TOO_LARGE',
  },
  {
    title: 'no content type',
    request: { method: 'POST', url: '/thing' },
    status: 415,
    code: 'ERR_CONTENT_TYPE',
    field: 'Content-Type',
  },
  ...[
    'text/plain',
    'application/json; charset=latin1',
    'application/json; charset=utf-8; x=y',
    'application/jsonp',
    'application/problem+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    `text/${CANARY}`,
  ].map((type) => ({
    title: `content type ${type}`,
    request: post({ 'content-type': type }, '{}'),
    status: 415,
    code: 'ERR_CONTENT_TYPE',
    field: 'Content-Type',
  })),
  {
    title: 'content coding',
    request: post({ ...json, 'content-encoding': 'gzip' }, '{}'),
    status: 415,
    code: 'ERR_CONTENT_TYPE',
    field: 'Content-Encoding',
  },
  {
    title: 'GET with a body',
    request: { method: 'GET', url: '/thing', headers: json, payload: '{}' },
    status: 400,
    code: 'ERR_HTTP',
  },
  {
    title: 'no key, although the body is wrong too',
    request: post({ 'content-type': 'application/json' }, 'not json'),
    status: 401,
    code: 'ERR_UNAUTHENTICATED',
    headers: { 'www-authenticate': 'Bearer realm="craton"' },
  },
  {
    title: 'unknown parameter',
    request: `/list/a?from=1&${CANARY}1=1`,
    status: 400,
    code: 'ERR_REQUEST_FIELD',
    field: 'a member with an unusual name',
  },
  {
    title: 'unknown parameter with a usual name',
    request: '/list/a?from=1&extra=1',
    status: 400,
    code: 'ERR_REQUEST_FIELD',
    field: 'extra',
  },
  {
    title: 'missing parameter',
    request: '/list/a',
    status: 400,
    code: 'ERR_REQUEST_FIELD',
    field: 'from',
  },
  {
    title: 'malformed parameter',
    request: `/list/a?from=${CANARY}`,
    status: 400,
    code: 'ERR_REQUEST_FIELD',
    field: 'from',
  },
  {
    title: 'parameter that is there twice',
    request: '/list/a?from=1&from=2',
    status: 400,
    code: 'ERR_REQUEST_FIELD',
    field: 'from',
  },
  {
    title: 'malformed part of the path',
    request: '/list/A1?from=1',
    status: 400,
    code: 'ERR_REQUEST_FIELD',
    field: 'id',
  },
  {
    title: 'part of the path that is too long',
    request: `/list/${'a'.repeat(129)}?from=1`,
    status: 404,
    code: 'ERR_NOT_FOUND',
  },
  { title: 'malformed escape', request: '/list/%zz?from=1', status: 400, code: 'ERR_HTTP' },
  { title: 'our own fault', request: '/bug', status: 500, code: 'ERR_INTERNAL' },
  {
    title: 'passing failure',
    request: '/later',
    status: 503,
    code: 'ERR_QUEUE_FULL',
    headers: { 'retry-after': '7' },
  },
];

describe('a refusal', () => {
  it.each(refusals)('$title', async ({ request, status, code, field, headers = {} }) => {
    const answer = await server.inject(request);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers).toMatchObject(headers);
    const problem = answer.json<Problem>();
    expect(problem).toMatchObject({ type: `/errors#${code}`, status, code });
    expect(problem.field).toBe(field);
    expect(problem.request_id).toBe(answer.headers['x-request-id']);
    expect(answer.body + lines.join()).not.toContain(CANARY);
  });
});

describe('what is accepted', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
  ])('%s', async (type) => {
    const answer = await server.inject(post({ ...json, 'content-type': type }, '{"a": 1}'));
    expect(answer.json()).toEqual({ bytes: 8 });
  });

  it('HEAD where GET', async () => {
    const answer = await server.inject({ method: 'HEAD', url: '/thing' });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('');
  });

  it('nothing is filled in, coerced or dropped', async () => {
    const answer = await server.inject('/list/a?from=1');
    expect(answer.json()).toEqual({ params: { id: 'a' }, query: { from: '1' } });
  });
});

describe('bytes that are no request', () => {
  it('get a problem and a closed connection', async () => {
    const answer = await exchange(`${CANARY} nonsense\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('Content-Type: application/problem+json');
    expect(answer).toContain('X-Content-Type-Options: nosniff');
    expect(answer).toContain('Connection: close');
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ code: 'ERR_HTTP' });
    expect(answer + lines.join()).not.toContain(CANARY);
  });

  it('with headers over the limit get 431', async () => {
    const answer = await exchange(
      `GET /thing HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(3_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('ERR_HEADERS_TOO_LARGE');
  });

  it('that arrive too slowly get 408', async () => {
    const answer = await exchange(
      'POST /thing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('ERR_REQUEST_TIMEOUT');
  });

  it('after an answer only close the connection', async () => {
    const answer = await exchange(
      'GET /thing HTTP/1.1\r\nHost: x\r\n\r\n',
      '\u0000garbage\r\n\r\n',
    );
    expect(answer.match(/HTTP\/1\.1/g) ?? []).toHaveLength(1);
  });
});

describe('closing', () => {
  it('answers what was taken, refuses what comes later, and ends', async () => {
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedMs = performance.now();
    const closed = closeHttpServer(server);
    socket.write('GET /thing HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received).toBe('');
    release();
    await Promise.all([closed, ended]);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    const [taken = '', late = ''] = received.split(/(?=HTTP\/1\.1)/);
    expect(taken).toMatch(/^HTTP\/1\.1 200 /);
    expect(taken).toContain('{"slow":true}');
    expect(late).toMatch(/^HTTP\/1\.1 503 /);
    expect(late).toMatch(/retry-after: 1\r\n/i);
    expect(late).toContain('ERR_SHUTTING_DOWN');
    await expect(fetch(`${address}/thing`)).rejects.toThrow();
  });

  it('cuts off what outlasts the deadline', async () => {
    server = createHttpServer({
      log: createLogger({ name: 'x', level: 'fatal', destination: { write: () => undefined } }),
      problemTypeBase: '',
    });
    let reached: () => void = () => undefined;
    const handled = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const handle = () => {
      reached();
      return new Promise(() => undefined);
    };
    registerRoutes(server, [{ method: 'GET', path: '/ever', handle }]);
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const taken = expect(fetch(`${address}/ever`)).rejects.toThrow();
    await handled;
    await closeHttpServer(server, 100);
    await taken;
  });
});

describe('a route that waits for who asks', () => {
  it.each([
    ['nobody', {}, 401],
    ['somebody', { cookie: 'a=b' }, 200],
    ['a failure that is no error', { cookie: 'odd' }, 500],
  ])('answers %s', async (_title, headers, status) => {
    expect((await server.inject({ url: '/session', headers })).statusCode).toBe(status);
  });
});

describe('a route for forms', () => {
  const send = (headers: Record<string, string>) =>
    server.inject({ method: 'POST', url: '/form', headers, payload: 'a=b' });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('gets their bytes', async () => {
    expect((await send(form)).json()).toEqual({ bytes: 3 });
  });

  it.each([json, { ...form, 'content-encoding': 'gzip' }])('refuses %j', async (headers) => {
    expect((await send(headers)).json()).toMatchObject({ status: 415, code: 'ERR_CONTENT_TYPE' });
  });
});
