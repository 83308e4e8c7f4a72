/** The record of one smoke test: what was tried against which servers, and how it ended. */
import {
  type Digest,
  isDigest,
  isEnvironment,
  isTime,
  type JsonObject,
  type JsonValue,
  Members,
  parseTime,
  taggedDigest,
} from '@craton/protocol';

export const SMOKE_RUN_SCHEMA = 'craton.smoke.run.v1';
/** Whose stream the checks of a smoke test are in: never a customer's. */
export const SMOKE_PARTNER = 'craton_smoke';

/** Steps of each smoke test, in their order. A run passed if each of them did. */
export const SMOKE_STEPS = {
  boundary: ['keys', 'check', 'receipt', 'refusal'],
  self_service: ['readiness', 'compose', 'preview', 'save', 'request_review', 'withdraw'],
} as const;
export const SMOKE_TARGETS = ['boundary', 'self_service'] as const;
export type SmokeTarget = (typeof SMOKE_TARGETS)[number];

export const SMOKE_STEP_STATUSES = ['passed', 'failed', 'not_run'] as const;
export interface SmokeStep {
  readonly id: string;
  readonly status: (typeof SMOKE_STEP_STATUSES)[number];
  /** Whole milliseconds; 0 for a step that was not run. */
  readonly took_ms: number;
  /** Why it failed: an error code. */
  readonly code?: string;
}

/** Members as they are sent and stored. */
export interface SmokeRun {
  readonly schema: typeof SMOKE_RUN_SCHEMA;
  readonly target: SmokeTarget;
  readonly environment: string;
  /** Version of the server that was tried, as it says itself; absent if it did not answer. */
  readonly build?: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly outcome: 'passed' | 'failed';
  readonly steps: readonly SmokeStep[];
  /** Of all other members. */
  readonly digest: Digest;
}

const CODE = 'ERR_REQUEST_FIELD';
const STEP_MS_MAX = 3_600_000;
const ERROR_CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const BUILD = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$/;

/** Adds what follows from the rest: outcome and digest. */
export function composeSmokeRun(run: Omit<SmokeRun, 'schema' | 'outcome' | 'digest'>): SmokeRun {
  const { target, environment, build, started_at, ended_at, steps } = run;
  const hasPassed = SMOKE_STEPS[target].every((id, index) => {
    const step = steps[index];
    return step?.id === id && step.status === 'passed';
  });
  const said = {
    schema: SMOKE_RUN_SCHEMA,
    target,
    environment,
    ...(build !== undefined && { build }),
    started_at,
    ended_at,
    outcome: hasPassed ? 'passed' : 'failed',
    steps,
  } as const;
  return { ...said, digest: taggedDigest('craton.smoke.run.v1', said) };
}

/**
 * Reads a record that somebody sent. Throws `ERR_REQUEST_FIELD` for another form, for steps that this
 * target does not have, and for an outcome or a digest that does not follow from the rest.
 */
export function parseSmokeRun(value: JsonValue): SmokeRun {
  const sent = Members.of(value, '', CODE);
  sent.constant('schema', SMOKE_RUN_SCHEMA);
  const target = sent.oneOf('target', SMOKE_TARGETS);
  const build = sent.optionalText('build', (text) => BUILD.test(text));
  const run = composeSmokeRun({
    target,
    environment: sent.text('environment', isEnvironment),
    ...(build !== undefined && { build }),
    started_at: sent.text('started_at', isTime),
    ended_at: sent.text('ended_at', isTime),
    steps: parseSteps(sent, target),
  });
  sent.only(...Object.keys(run));
  if (parseTime(run.ended_at) < parseTime(run.started_at)) {
    throw sent.wrong('ended_at', 'must not be before started_at');
  }
  if (sent.value('outcome') !== run.outcome) {
    throw sent.wrong('outcome', 'does not follow from the steps');
  }
  if (sent.text('digest', isDigest) === run.digest) return run;
  throw sent.wrong('digest', 'is not the digest of the other members');
}

function parseSteps(sent: Members, target: SmokeTarget): readonly SmokeStep[] {
  const known: readonly string[] = SMOKE_STEPS[target];
  const steps = sent.list('steps').map((value, index) => parseStep(value, `steps[${index}]`));
  const isComplete =
    steps.length === known.length && steps.every(({ id }, index) => id === known[index]);
  if (isComplete) return steps;
  throw sent.wrong('steps', `must be exactly ${known.join(', ')}`);
}

function parseStep(value: JsonValue, path: string): SmokeStep {
  const sent = Members.of(value, path, CODE);
  sent.only('id', 'status', 'took_ms', 'code');
  const tookMs = sent.integer('took_ms', 0);
  if (tookMs > STEP_MS_MAX) throw sent.wrong('took_ms', `must be at most ${STEP_MS_MAX}`);
  const code = sent.optionalText('code', (text) => ERROR_CODE.test(text));
  return {
    id: sent.text('id'),
    status: sent.oneOf('status', SMOKE_STEP_STATUSES),
    took_ms: tookMs,
    ...(code !== undefined && { code }),
  };
}

/** As JSON, for stores and answers. */
export function smokeRunObject(run: SmokeRun): JsonObject {
  return { ...run, steps: run.steps.map((step) => ({ ...step })) };
}
