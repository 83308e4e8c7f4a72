/** Records of searches for planted secrets: what `craton leak-search` found, kept for good. */
import {
  LEAK_REPORT_SCHEMA,
  type LeakReport,
  leakReportObject,
  LEAKS_FOUND_MAX,
  parseLeakReport,
} from '@craton/policy';
import { canonicalize } from '@craton/protocol';
import { bodyBytes, type Route, type RouteDocument } from '@craton/service';
import Type from 'typebox';
import { objectText } from '../commands/describe-receipt.ts';
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

const PATH = '/operator/api/leak-searches';
const RECORD_KIND = 'leak_search';
const MEMBER = 'report';

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
const RecordedLeakSearch = recordedShape('RecordedLeakSearch', MEMBER, LeakReportShape);

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
    description: `The newest ${FINDINGS_MAX} reports at most.`,
    contentType: 'application/json',
    schema: Type.Object({ leak_searches: Type.Array(RecordedLeakSearch) }, closed),
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

export const LEAK_SEARCH_DOCUMENTS: readonly RouteDocument[] = [
  RECORD_LEAK_SEARCH,
  LIST_LEAK_SEARCHES,
];

export function leakSearchRoutes(ports: FindingPorts): readonly Route[] {
  const chain = leakChain(ports.environment);
  return [
    operatorRoute(ports, RECORD_LEAK_SEARCH, async ({ actor, request, reply }) => {
      const bodyText = canonicalize(leakReportObject(readReport(ports, bodyBytes(request))));
      const kept = await keepOnce(ports, { chain, actor, recordKind: RECORD_KIND, bodyText });
      return reply.type(JSON_TYPE).send(recordedText(MEMBER, kept));
    }),
    operatorRoute(ports, LIST_LEAK_SEARCHES, async ({ reply }) =>
      reply
        .type(JSON_TYPE)
        .send(objectText({ leak_searches: await newestText(ports, chain, MEMBER) })),
    ),
  ];
}

/** Throws `ERR_REQUEST_FIELD` for a report about another environment. */
function readReport({ environment, nowMs }: FindingPorts, bytes: Uint8Array): LeakReport {
  const report = parseLeakReport(parseFinding(bytes));
  expectOwn(report, [environment], nowMs());
  return report;
}
