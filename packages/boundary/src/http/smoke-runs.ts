/** Records of smoke tests: what an operator's run of `craton smoke` found, kept for good. */
import {
  parseSmokeRun,
  SMOKE_RUN_SCHEMA,
  SMOKE_STEP_STATUSES,
  SMOKE_TARGETS,
  type SmokeRun,
  smokeRunObject,
} from '@craton/policy';
import {
  canonicalize,
  CratonError,
  DEPTH_MAX,
  formatTime,
  parseStrict,
  parseTime,
} from '@craton/protocol';
import { bodyBytes, type Route, type RouteDocument } from '@craton/service';
import Type from 'typebox';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { listText, objectText } from '../commands/describe-receipt.ts';
import type { OperatorPorts } from '../commands/operator.ts';
import type { OperatorRecord, OperatorRecords } from '../ledger/operator-records.ts';
import { STAGING } from '../staging.ts';
import { KEY_ERRORS, type KeyedDocument, operatorRoute } from './authenticate.ts';
import { JSON_TYPE } from './content-types.ts';
import { BODY_ERRORS } from './error-lists.ts';
import { NoParameters } from './schemas.ts';

export interface SmokeRunPorts extends ApiKeyPorts, OperatorPorts {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain'>;
}

const PATH = '/operator/api/smoke-runs';
const RECORD_KIND = 'smoke_run';
/** Runs in one answer at most. */
const LIST_MAX = 100;
/** A run that ended later than this after the clock here did not end yet. */
const CLOCK_SKEW_MS = 5_000;

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
const RecordedSmokeRun = Type.Object(
  {
    record_id: Type.Integer({ minimum: 1 }),
    recorded_at: Time,
    actor: Type.String({ description: 'Public id of the operator’s key.' }),
    run: SmokeRunShape,
  },
  { ...closed, $id: 'RecordedSmokeRun' },
);

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
    description: `The newest ${LIST_MAX} runs at most.`,
    contentType: 'application/json',
    schema: Type.Object({ smoke_runs: Type.Array(RecordedSmokeRun) }, closed),
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

export const SMOKE_RUN_DOCUMENTS: readonly RouteDocument[] = [RECORD_SMOKE_RUN, LIST_SMOKE_RUNS];

// The route's schema has checked what this takes.
const parseEnvironment = (query: unknown) => (query as { environment?: string }).environment;

export function smokeRunRoutes(ports: SmokeRunPorts): readonly Route[] {
  return [
    operatorRoute(ports, RECORD_SMOKE_RUN, async ({ actor, request, reply }) => {
      const run = readRun(ports, bodyBytes(request));
      return reply.type(JSON_TYPE).send(await keepRun(ports, actor, run));
    }),
    operatorRoute(ports, LIST_SMOKE_RUNS, async ({ request, reply }) => {
      const environment = parseEnvironment(request.query) ?? ports.environment;
      const kept = await ports.operatorRecords.readChain(smokeChain(environment));
      const newest = kept.slice(-LIST_MAX).reverse();
      return reply
        .type(JSON_TYPE)
        .send(objectText({ smoke_runs: listText(newest.map(recordedText)) }));
    }),
  ];
}

/** Throws `ERR_REQUEST_FIELD` for a run of an environment that is not served here. */
function readRun(ports: SmokeRunPorts, bytes: Uint8Array): SmokeRun {
  const run = parseSmokeRun(parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.request }));
  const { environment, hasStaging, nowMs } = ports;
  const isServed =
    run.environment === environment || (run.environment === STAGING && hasStaging === true);
  if (!isServed) throw wrong('environment', 'is not served here');
  if (parseTime(run.ended_at) <= nowMs() + CLOCK_SKEW_MS) return run;
  throw wrong('ended_at', 'is in the future of this server');
}

function wrong(field: string, what: string): CratonError {
  return new CratonError('ERR_REQUEST_FIELD', `${field} ${what}.`, { field });
}

/** Sent again, because its answer was lost, a run is kept once. */
async function keepRun(ports: SmokeRunPorts, actor: string, run: SmokeRun): Promise<string> {
  const { admin, operatorRecords } = ports;
  const chain = smokeChain(run.environment);
  const bodyText = canonicalize(smokeRunObject(run));
  const isRun = (record: OperatorRecord): boolean => record.bodyText === bodyText;
  const before = await operatorRecords.readChain(chain);
  const known = before.find(isRun);
  if (known !== undefined) return recordedText(known);
  await admin.apply({ kind: 'append_record', chain, actor, recordKind: RECORD_KIND, bodyText });
  const kept = (await operatorRecords.readChain(chain)).find(isRun);
  if (kept !== undefined) return recordedText(kept);
  throw new CratonError('ERR_INTERNAL', 'The run was recorded and is not there.');
}

function recordedText({ recordId, atMs, actor, bodyText }: OperatorRecord): string {
  return objectText({
    record_id: String(recordId),
    recorded_at: JSON.stringify(formatTime(atMs)),
    actor: JSON.stringify(actor),
    run: bodyText,
  });
}
