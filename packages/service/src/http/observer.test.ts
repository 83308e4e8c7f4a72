import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { UnavailableError } from '../problem.ts';
import { closeHttpServer } from '../shutdown.ts';
import { registerRoutes } from './route.ts';
import { createHttpServer } from './server.ts';

let seen: string[];
let isAdmitting: boolean;
let server: FastifyInstance;

beforeEach(() => {
  seen = [];
  isAdmitting = true;
  server = createHttpServer({
    log: createLogger({ name: 'test', level: 'fatal', destination: { write: () => undefined } }),
    problemTypeBase: '/errors#',
    admit: () =>
      isAdmitting ? undefined : new UnavailableError('ERR_RATE_LIMITED', 'Too many.', 9),
    observer: {
      onAnswer: (path, status, tookMs) => {
        expect(tookMs).toBeGreaterThan(0);
        seen.push(`${path} ${status}`);
      },
      onRefusal: (code) => seen.push(code),
    },
  });
  registerRoutes(server, [
    { method: 'GET', path: '/list/{id}', handle: () => ({ here: true }) },
    {
      method: 'GET',
      path: '/bug',
      handle: () => {
        throw new TypeError('bug');
      },
    },
  ]);
});
afterEach(async () => {
  await closeHttpServer(server, 100);
});

describe('an observer', () => {
  it('is told of answers by the pattern of their route, and of refusals by their code', async () => {
    for (const url of ['/list/secret-reference', '/nowhere', '/bug']) await server.inject({ url });
    expect(seen).toEqual([
      '/list/:id 200',
      'ERR_NOT_FOUND',
      'none 404',
      'ERR_INTERNAL',
      '/bug 500',
    ]);
  });

  it('is told of what never became a request', async () => {
    const { port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(port), '127.0.0.1');
    socket.end('nonsense\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve).resume());
    expect(seen).toEqual(['ERR_HTTP']);
  });
});

describe('admission', () => {
  it('refuses before the route, with the time to wait', async () => {
    isAdmitting = false;
    for (const url of ['/list/a', '/nowhere']) {
      const answer = await server.inject({ url });
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '9']);
      expect(answer.json()).toMatchObject({ code: 'ERR_RATE_LIMITED' });
    }
    expect(seen.filter((line) => line === 'ERR_RATE_LIMITED')).toHaveLength(2);
  });
});
