import { CratonError } from '@craton/protocol';
import { describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logger.ts';
import { healthRoutes, MEASUREMENT_AGE_MS_MAX, type Probe, PROBE_TIMEOUT_MS } from './health.ts';
import { registerRoutes } from './route.ts';
import { createHttpServer } from './server.ts';

function serve(...probes: readonly Probe[]) {
  const log = createLogger({ name: 'x', level: 'fatal', destination: { write: () => undefined } });
  const server = createHttpServer({ log, problemTypeBase: '/errors#' });
  registerRoutes(server, healthRoutes(probes, '/errors#'));
  return server;
}

const good: Probe = { id: 'good', measure: () => Promise.resolve({ depth: 3 }) };

describe('/healthz', () => {
  it('answers although nothing works', async () => {
    const server = serve({ id: 'bad', measure: () => Promise.reject(new Error('x')) });
    const answer = await server.inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }]);
  });
});

describe('/readyz', () => {
  it('answers what was measured', async () => {
    const answer = await serve(good).inject('/readyz');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: 'ready',
      checks: [{ id: 'good', status: 'ok', took_ms: expect.any(Number), data: { depth: 3 } }],
    });
  });

  it.each([
    [
      'our own error',
      new CratonError('ERR_STORE_UNAVAILABLE', 'No store.'),
      'ERR_STORE_UNAVAILABLE',
    ],
    ['a foreign error, without its message', new Error('canary'), 'ERR_INTERNAL'],
  ])('answers 503 with %s', async (_title, error, code) => {
    const answer = await serve(good, {
      id: 'bad',
      measure: () => Promise.reject(error),
    }).inject('/readyz');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'retry-after': '1',
    });
    expect(answer.json()).toMatchObject({
      code: 'ERR_NOT_READY',
      field: 'bad',
      request_id: answer.headers['x-request-id'],
      checks: [
        { id: 'good', status: 'ok' },
        { id: 'bad', status: 'failed', code },
      ],
    });
    expect(answer.body).not.toContain('canary');
  });

  it('is degraded, and still ready, where only a warning says so', async () => {
    const error = new CratonError('ERR_PROOF_PENDING', 'Soon too late.');
    const late: Probe = { id: 'late', isWarning: true, measure: () => Promise.reject(error) };
    const answer = await serve(good, late).inject('/readyz');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      status: 'degraded',
      checks: [
        { id: 'good', status: 'ok' },
        { id: 'late', status: 'degraded', code: 'ERR_PROOF_PENDING', detail: 'Soon too late.' },
      ],
    });
  });

  it('fails a probe that does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const answer = serve({ id: 'mute', measure: () => new Promise(() => undefined) }).inject(
        '/readyz',
      );
      const pending = answer.then(({ statusCode }) => statusCode);
      await vi.waitFor(async () => {
        await vi.advanceTimersByTimeAsync(PROBE_TIMEOUT_MS);
        await expect(Promise.race([pending, Promise.resolve('pending')])).resolves.toBe(503);
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('measures once for all who ask at one time, and again later', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const measure = vi.fn(() => Promise.resolve(undefined));
      const server = serve({ id: 'counted', measure });
      await Promise.all([server.inject('/readyz'), server.inject('/readyz')]);
      expect(measure).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(MEASUREMENT_AGE_MS_MAX + 1);
      await server.inject('/readyz');
      expect(measure).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
