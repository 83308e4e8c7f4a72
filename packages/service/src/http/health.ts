/** `/healthz` (the process lives) and `/readyz` (it can do its work, as measured just now). */
import { CratonError } from '@craton/protocol';
import { buildProblem, PROBLEM_CONTENT_TYPE, RETRY_AFTER_S_DEFAULT } from '../problem.ts';
import Type from 'typebox';
import type { RouteDocument } from './openapi.ts';
import type { Route } from './route.ts';

/** One thing that must work. `measure` throws a `CratonError` if it does not. */
export interface Probe {
  readonly id: string;
  /** What it finds wrong must be mended soon, but the work is still done: `degraded`, not unready. */
  readonly isWarning?: boolean;
  /** May answer numbers that an operator wants to see; never a name or a text. */
  readonly measure: () => Measured | Promise<Measured>;
}

type Measured = Readonly<Record<string, number>> | undefined;

export interface Measurement {
  readonly id: string;
  readonly status: 'ok' | 'degraded' | 'failed';
  readonly took_ms: number;
  readonly data?: Readonly<Record<string, number>>;
  readonly code?: string;
  readonly detail?: string;
}

const Health = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false });
const Readiness = Type.Object(
  {
    status: Type.Union([Type.Literal('ready'), Type.Literal('degraded')]),
    checks: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
          took_ms: Type.Number(),
          data: Type.Optional(Type.Record(Type.String(), Type.Number())),
          code: Type.Optional(Type.String()),
          detail: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

/** A probe that takes longer than this has failed. */
export const PROBE_TIMEOUT_MS = 1_000;
/** Measurements are shared by the requests of this time, so that asking is cheap. */
export const MEASUREMENT_AGE_MS_MAX = 500;

const HEALTH_DOCUMENT: RouteDocument = {
  method: 'GET',
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Whether the process answers at all',
  answer: { description: 'It does.', contentType: 'application/json', schema: Health },
  errors: [],
};
const READINESS_DOCUMENT: RouteDocument = {
  method: 'GET',
  path: '/readyz',
  operationId: 'getReadiness',
  summary: 'Whether everything that the work needs was measured to work, just now',
  answer: { description: 'It works.', contentType: 'application/json', schema: Readiness },
  errors: ['ERR_NOT_READY'],
};
export const HEALTH_DOCUMENTS = [HEALTH_DOCUMENT, READINESS_DOCUMENT];

/** The health routes over some probes; `/readyz` answers 503 with a problem if one fails. */
export function healthRoutes(probes: readonly Probe[], problemTypeBase: string): readonly Route[] {
  const measure = shareMeasurements(() => Promise.all(probes.map(measureProbe)));
  return [
    { ...HEALTH_DOCUMENT, handle: () => ({ status: 'ok' }) },
    {
      ...READINESS_DOCUMENT,
      handle: async (request, reply) => {
        const checks = await measure();
        const failed = checks.find(({ status }) => status === 'failed');
        const isDegraded = checks.some(({ status }) => status === 'degraded');
        if (failed === undefined) return { status: isDegraded ? 'degraded' : 'ready', checks };
        const error = new CratonError(
          'ERR_NOT_READY',
          `Not ready: ${failed.id}. ${failed.detail ?? ''}`.trim(),
          { field: failed.id },
        );
        const problem = { ...buildProblem(error, request.id, problemTypeBase), checks };
        return reply
          .code(problem.status)
          .header('Retry-After', String(RETRY_AFTER_S_DEFAULT))
          .type(PROBLEM_CONTENT_TYPE)
          .send(JSON.stringify(problem));
      },
    },
  ];
}

async function measureProbe({ id, measure, isWarning = false }: Probe): Promise<Measurement> {
  const startedMs = performance.now();
  const took = (): number => Math.round((performance.now() - startedMs) * 10) / 10;
  try {
    const data = await withTimeout(measure());
    return { id, status: 'ok', took_ms: took(), ...(data && { data }) };
  } catch (error) {
    const known =
      error instanceof CratonError ? error : new CratonError('ERR_INTERNAL', 'It failed.');
    const status = isWarning ? 'degraded' : 'failed';
    return { id, status, took_ms: took(), code: known.code, detail: known.message };
  }
}

async function withTimeout<T>(work: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new CratonError('ERR_DEADLINE', `No answer within ${PROBE_TIMEOUT_MS} ms.`));
    }, PROBE_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

function shareMeasurements<T>(measure: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly result: Promise<T> } | undefined;
  return () => {
    const nowMs = performance.now();
    if (last === undefined || nowMs - last.atMs > MEASUREMENT_AGE_MS_MAX) {
      last = { atMs: nowMs, result: measure() };
    }
    return last.result;
  };
}
