/** Records of smoke tests: what an operator's run of `craton smoke` found, kept for good. */
import {
  parseSmokeRun,
  SMOKE_RUN_SCHEMA,
  SMOKE_STEP_STATUSES,
  SMOKE_TARGETS,
  type SmokeRun,
  smokeRunObject,
} from '@craton/policy';
import { canonicalize } from '@craton/protocol';
import { bodyBytes, type Route, type RouteDocument } from '@craton/service';
import Type from 'typebox';
import { objectText } from '../commands/describe-receipt.ts';
import { STAGING } from '../staging.ts';
import { KEY_ERRORS, type KeyedDocument, operatorRoute } from './authenticate.ts';
import { JSON_TYPE } from './content-types.ts';
import { BODY_ERRORS } from './error-lists.ts';
import {
  expectOwn,
  type FindingPorts,
  FINDINGS_MAX,
  keepOnce,
  newestText,
  parseFinding,
  recordedShape,
  recordedText,
} from './findings.ts';
import { NoParameters } from './schemas.ts';

const PATH = '/operator/api/smoke-runs';
const RECORD_KIND = 'smoke_run';
const MEMBER = 'run';

/** The chain of records that holds the smoke runs of one environment. */
export function smokeChain(environment: string): string {
  return `smoke:${environment}`;
}

const closed = { additionalProperties: false } as const;
const Time = Type.String({ format: 'date-time' });
const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
const Environment = Type.String({ pattern: '^[a-z][a-z0-9]{0,31}$' });
const oneOf = (values: readonly string[]) => Type.Union(values.map((value) => Type.Literal(value)));

const SmokeStepShape = Type.Object(
  {
    id: Type.String(),
    status: oneOf(SMOKE_STEP_STATUSES),
    took_ms: Type.Integer({ minimum: 0, description: 'Whole milliseconds.' }),
    code: Type.Optional(Type.String({ description: 'Why it failed.' })),
  },
  closed,
);
const SmokeRunShape = Type.Object(
  {
    schema: Type.Literal(SMOKE_RUN_SCHEMA),
    target: oneOf(SMOKE_TARGETS),
    environment: Environment,
    build: Type.Optional(Type.String({ description: 'Version of the server that was tried.' })),
    started_at: Time,
    ended_at: Time,
    outcome: oneOf(['passed', 'failed']),
    steps: Type.Array(SmokeStepShape, { description: 'Every step of this target, in its order.' }),
    digest: Digest,
  },
  { ...closed, $id: 'SmokeRun' },
);
const RecordedSmokeRun = recordedShape('RecordedSmokeRun', MEMBER, SmokeRunShape);

export const RECORD_SMOKE_RUN: KeyedDocument = {
  method: 'POST',
  path: PATH,
  operationId: 'recordSmokeRun',
  summary: 'Keep the record of a smoke test',
  description:
    'What `craton smoke --record` sends. The record is what its operator found from outside; outcome and digest must follow from its steps.',
  scope: 'admin',
  keyHolder: 'operator',
  query: NoParameters,
  body: SmokeRunShape,
  answer: {
    description: 'The run as it is kept.',
    contentType: 'application/json',
    schema: RecordedSmokeRun,
  },
  errors: [...KEY_ERRORS, ...BODY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_QUEUE_FULL'],
};

export const LIST_SMOKE_RUNS: KeyedDocument = {
  method: 'GET',
  path: PATH,
  operationId: 'listSmokeRuns',
  summary: 'Recorded smoke tests, the newest first',
  scope: 'read',
  keyHolder: 'operator',
  query: Type.Object(
    {
      environment: Type.Optional(
        Type.String({ ...Environment, description: 'Without it, that of this instance.' }),
      ),
    },
    closed,
  ),
  answer: {
    description: `The newest ${FINDINGS_MAX} runs at most.`,
    contentType: 'application/json',
    schema: Type.Object({ smoke_runs: Type.Array(RecordedSmokeRun) }, closed),
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

export const SMOKE_RUN_DOCUMENTS: readonly RouteDocument[] = [RECORD_SMOKE_RUN, LIST_SMOKE_RUNS];

// The route's schema has checked what this takes.
const parseEnvironment = (query: unknown) => (query as { environment?: string }).environment;

export function smokeRunRoutes(ports: FindingPorts): readonly Route[] {
  return [
    operatorRoute(ports, RECORD_SMOKE_RUN, async ({ actor, request, reply }) => {
      const run = readRun(ports, bodyBytes(request));
      const chain = smokeChain(run.environment);
      const bodyText = canonicalize(smokeRunObject(run));
      const kept = await keepOnce(ports, { chain, actor, recordKind: RECORD_KIND, bodyText });
      return reply.type(JSON_TYPE).send(recordedText(MEMBER, kept));
    }),
    operatorRoute(ports, LIST_SMOKE_RUNS, async ({ request, reply }) => {
      const chain = smokeChain(parseEnvironment(request.query) ?? ports.environment);
      const smokeRuns = await newestText(ports, chain, MEMBER);
      return reply.type(JSON_TYPE).send(objectText({ smoke_runs: smokeRuns }));
    }),
  ];
}

/** Throws `ERR_REQUEST_FIELD` for a run of an environment that is not served here. */
function readRun(ports: FindingPorts, bytes: Uint8Array): SmokeRun {
  const run = parseSmokeRun(parseFinding(bytes));
  const { environment, hasStaging, nowMs } = ports;
  expectOwn(run, hasStaging === true ? [environment, STAGING] : [environment], nowMs());
  return run;
}
