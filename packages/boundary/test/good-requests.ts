/** For each route a request that is answered 200. */
import {
  composeLeakReport,
  composeSmokeRun,
  DEFAULT_GATE_POLICY,
  SMOKE_STEPS,
} from '@craton/policy';
import type { RouteDocument } from '@craton/service';
import type { InjectOptions } from 'fastify';
import { ENVIRONMENT, PARTNER_ID } from './harness.ts';
import type { PeopleSubjects } from './people.ts';
import { sampleBody, SAMPLE_DOCUMENT } from './sample.ts';

/** A request as tests make it. */
export interface Sent extends InjectOptions {
  readonly url: string;
}

export interface Keys extends PeopleSubjects {
  readonly key: string;
  readonly operatorToken: string;
}

/** What the requests are about. */
export interface Subjects extends Keys {
  /** Of a decision that is there, and not claimed yet. */
  readonly requestId: string;
  /** Of an API key that is there. */
  readonly keyId: string;
}

let count = 0;

/** Members of a body by the route's operation; a check has a reference of its own each time. */
const BODIES: Readonly<Record<string, (subjects: Subjects) => object>> = {
  checkBoundary: () => checkMembers(),
  claimExecution: ({ requestId }) => ({ request_id: requestId }),
  confirmExecution: ({ requestId }) => ({ request_id: requestId, outcome: 'executed' }),
  addPartner: () => ({ partner_id: PARTNER_ID, units: ['operations'] }),
  applyPath: () => SAMPLE_DOCUMENT,
  issueApiKey: () => ({ kind: 'bnd', partner_id: PARTNER_ID, scopes: ['check'] }),
  revokeApiKey: () => ({}),
  erasePerson: () => ({}),
  proposeRoleHolders: ({ holder }) => ({ role_holders: { risk_owner: [holder] }, reason: 'Why.' }),
  proposeGatePolicy: () => ({ policy: { ...DEFAULT_GATE_POLICY, version: 2 }, reason: 'Why.' }),
  confirmProposal: ({ proposal }) => ({ proposal }),
  refuseProposal: ({ refusableProposal }) => ({ proposal: refusableProposal, reason: 'Why.' }),
  recordSmokeRun: () => smokeRun(),
  recordLeakSearch: () => leakReport(),
};

function smokeRun(): object {
  return composeSmokeRun({
    target: 'boundary',
    environment: ENVIRONMENT,
    started_at: '2026-01-01T00:00:00.000Z',
    ended_at: '2026-01-01T00:00:01.000Z',
    steps: SMOKE_STEPS.boundary.map((id) => ({ id, status: 'passed', took_ms: 1 })),
  });
}

function leakReport(): object {
  return composeLeakReport({
    environment: ENVIRONMENT,
    build: '0.1.0',
    started_at: '2026-01-01T00:00:00.000Z',
    ended_at: '2026-01-01T00:00:01.000Z',
    planted: ['CRATON_SIGNING_KEY'],
    searched: 1,
    searched_bytes: 1,
    found: [],
  });
}

function checkMembers(): object {
  const body = sampleBody({ external_reference: `good-request-${++count}` });
  return JSON.parse(Buffer.from(body).toString()) as object;
}

/** The body of a good request, with members replaced. */
export function goodBody(
  { operationId }: RouteDocument,
  subjects: Subjects,
  members: object = {},
): Buffer {
  const body = BODIES[operationId];
  if (body === undefined) throw new Error(`Nobody knows a good body for ${operationId}.`);
  return Buffer.from(JSON.stringify({ ...body(subjects), ...members }));
}

/** What people review, no token does that is nobody's. */
function operatorsKey({ scope }: RouteDocument, subjects: Subjects): string {
  return scope === 'review' ? subjects.personToken : subjects.operatorToken;
}

export function goodRequest(document: RouteDocument, subjects: Subjects): Sent {
  const { method, path, keyHolder } = document;
  const url = path
    .replace('{id}', subjects.requestId)
    .replace('{tile}', '0/000.p/1')
    .replace('{key_id}', subjects.keyId)
    .replace('{act_id}', subjects.actId)
    .replace('{partner_id}', PARTNER_ID)
    .replace('{path_id}', SAMPLE_DOCUMENT.path_id)
    .replace(/^(?:\/v1\/receipts|\/operator\/api\/export)$/, `$&?path=${SAMPLE_DOCUMENT.path_id}`);
  const key = keyHolder === 'operator' ? operatorsKey(document, subjects) : subjects.key;
  const headers = {
    authorization: `Bearer ${key}`,
    ...(method === 'POST' && { 'content-type': 'application/json' }),
  };
  return {
    method,
    url,
    headers,
    ...(method === 'POST' && { payload: goodBody(document, subjects) }),
  };
}
