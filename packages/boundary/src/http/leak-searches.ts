/** Records of searches for planted secrets: what `craton leak-search` found, kept for good. */
import {
  LEAK_REPORT_SCHEMA,
  type LeakReport,
  leakReportObject,
  LEAKS_FOUND_MAX,
  parseLeakReport,
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
import { listText, objectText } from '../commands/describe-receipt.ts';
import type { OperatorRecord } from '../ledger/operator-records.ts';
import { KEY_ERRORS, type KeyedDocument, operatorRoute } from './authenticate.ts';
import { JSON_TYPE } from './content-types.ts';
import { BODY_ERRORS } from './error-lists.ts';
import { NoParameters } from './schemas.ts';
import type { SmokeRunPorts } from './smoke-runs.ts';

const PATH = '/operator/api/leak-searches';
const RECORD_KIND = 'leak_search';
/** Searches in one answer at most. */
const LIST_MAX = 100;
/** A search that ended later than this after the clock here did not end yet. */
const CLOCK_SKEW_MS = 5_000;

/** The chain of records that holds the searches of one environment. */
export function leakChain(environment: string): string {
  return `leaks:${environment}`;
}

const closed = { additionalProperties: false } as const;
const Time = Type.String({ format: 'date-time' });
const Count = Type.Integer({ minimum: 0 });
const LeakReportShape = Type.Object(
  {
    schema: Type.Literal(LEAK_REPORT_SCHEMA),
    environment: Type.String({ pattern: '^[a-z][a-z0-9]{0,31}$' }),
    build: Type.String({ description: 'Version of the software that was searched.' }),
    started_at: Time,
    ended_at: Time,
    planted: Type.Array(Type.String(), { description: 'Settings with a secret of the search.' }),
    searched: Type.Integer({ minimum: 0, description: 'Pages, answers, log lines and assets.' }),
    searched_bytes: Count,
    found: Type.Array(Type.String(), {
      description: 'What came out, as name and place.',
      maxItems: LEAKS_FOUND_MAX,
    }),
    digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }),
  },
  { ...closed, $id: 'LeakReport' },
);
const RecordedLeakSearch = Type.Object(
  {
    record_id: Type.Integer({ minimum: 1 }),
    recorded_at: Time,
    actor: Type.String({ description: 'Public id of the operator’s key.' }),
    report: LeakReportShape,
  },
  { ...closed, $id: 'RecordedLeakSearch' },
);

export const RECORD_LEAK_SEARCH: KeyedDocument = {
  method: 'POST',
  path: PATH,
  operationId: 'recordLeakSearch',
  summary: 'Keep the report of a search for planted secrets',
  description: 'What `craton leak-search --record` sends. The digest must fit the other members.',
  scope: 'admin',
  keyHolder: 'operator',
  query: NoParameters,
  body: LeakReportShape,
  answer: {
    description: 'The report as it is kept.',
    contentType: 'application/json',
    schema: RecordedLeakSearch,
  },
  errors: [...KEY_ERRORS, ...BODY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_QUEUE_FULL'],
};

export const LIST_LEAK_SEARCHES: KeyedDocument = {
  method: 'GET',
  path: PATH,
  operationId: 'listLeakSearches',
  summary: 'Recorded searches for planted secrets, the newest first',
  scope: 'read',
  keyHolder: 'operator',
  query: NoParameters,
  answer: {
    description: `The newest ${LIST_MAX} reports at most.`,
    contentType: 'application/json',
    schema: Type.Object({ leak_searches: Type.Array(RecordedLeakSearch) }, closed),
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

export const LEAK_SEARCH_DOCUMENTS: readonly RouteDocument[] = [
  RECORD_LEAK_SEARCH,
  LIST_LEAK_SEARCHES,
];

export function leakSearchRoutes(ports: SmokeRunPorts): readonly Route[] {
  return [
    operatorRoute(ports, RECORD_LEAK_SEARCH, async ({ actor, request, reply }) => {
      const report = readReport(ports, bodyBytes(request));
      return reply.type(JSON_TYPE).send(await keepReport(ports, actor, report));
    }),
    operatorRoute(ports, LIST_LEAK_SEARCHES, async ({ reply }) => {
      const kept = await ports.operatorRecords.readChain(leakChain(ports.environment));
      const newest = kept.slice(-LIST_MAX).reverse();
      return reply
        .type(JSON_TYPE)
        .send(objectText({ leak_searches: listText(newest.map(recordedText)) }));
    }),
  ];
}

/** Throws `ERR_REQUEST_FIELD` for a report about another environment. */
function readReport({ environment, nowMs }: SmokeRunPorts, bytes: Uint8Array): LeakReport {
  const sent = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.request });
  const report = parseLeakReport(sent);
  if (report.environment !== environment) throw wrong('environment', 'is not served here');
  if (parseTime(report.ended_at) <= nowMs() + CLOCK_SKEW_MS) return report;
  throw wrong('ended_at', 'is in the future of this server');
}

function wrong(field: string, what: string): CratonError {
  return new CratonError('ERR_REQUEST_FIELD', `${field} ${what}.`, { field });
}

/** Sent again, because its answer was lost, a report is kept once. */
async function keepReport(
  { admin, operatorRecords, environment }: SmokeRunPorts,
  actor: string,
  report: LeakReport,
): Promise<string> {
  const chain = leakChain(environment);
  const bodyText = canonicalize(leakReportObject(report));
  const find = async (): Promise<OperatorRecord | undefined> =>
    (await operatorRecords.readChain(chain)).find((record) => record.bodyText === bodyText);
  const known = await find();
  if (known !== undefined) return recordedText(known);
  await admin.apply({ kind: 'append_record', chain, actor, recordKind: RECORD_KIND, bodyText });
  const kept = await find();
  if (kept !== undefined) return recordedText(kept);
  throw new CratonError('ERR_INTERNAL', 'The report was recorded and is not there.');
}

function recordedText({ recordId, atMs, actor, bodyText }: OperatorRecord): string {
  return objectText({
    record_id: String(recordId),
    recorded_at: JSON.stringify(formatTime(atMs)),
    actor: JSON.stringify(actor),
    report: bodyText,
  });
}
