/** Readiness and rollout gates, as pages and as data: read only, for everybody, and side-effect free. */
import { readFileSync } from 'node:fs';
import {
  gateCatalogue,
  type Readiness,
  type ReadinessDetail,
  readinessDocument,
} from '@craton/policy';
import { encodeBase64url, type JsonObject, sha256, utf8 } from '@craton/protocol';
import { type Route, type RouteDocument } from '@craton/service';
import type { SiteModel } from '@craton/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type KeyPorts, personRoute, pullRoute } from '../http/authenticate.ts';

export interface ReadinessRoutePorts extends KeyPorts {
  readonly site: () => SiteModel;
  /** As last measured; measures nothing. */
  readonly readiness: () => Readiness;
  /** The same with everything that it was evaluated from. */
  readonly snapshot: () => JsonObject;
  /** Whether single checks are shown to everybody. */
  readonly hasOpenDetail: boolean;
}

const SCHEMA_FILE = new URL('../../../../spec/schemas/readiness.schema.json', import.meta.url);
const BASE = '/self-service';
const JSON_TYPE = 'application/json; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';
const ERROR_RETRY_S = 10;

const data = (path: string, operationId: string, summary: string): RouteDocument => ({
  method: 'GET',
  path: `${BASE}${path}`,
  operationId,
  summary,
  answer: {
    description: 'The document.',
    contentType: 'application/json',
    schema: Type.Object({}),
  },
  errors: [],
});

const READINESS = data('/readiness.json', 'getReadiness', 'Whether a deployment review may start');
const CHECKS = data(
  '/readiness/checks.json',
  'getReadinessChecks',
  'Readiness with every check: what it means, what to do, how old the measurement is',
);
const SCHEMA = data('/readiness.schema.json', 'getReadinessSchema', 'JSON Schema of readiness');
const GATES = data('/rollout-gates.json', 'getRolloutGates', 'The four rollout gates as data');

const SNAPSHOT = data(
  '/readiness/receipt',
  'getReadinessSnapshot',
  'What readiness was evaluated from, with the signed posture: to be evaluated again',
);

export const READINESS_DOCUMENTS: readonly RouteDocument[] = [
  READINESS,
  CHECKS,
  SNAPSHOT,
  SCHEMA,
  GATES,
];

export function readinessRoutes(ports: ReadinessRoutePorts): readonly Route[] {
  const schema = readFileSync(SCHEMA_FILE, 'utf8');
  const gates = JSON.stringify(gateCatalogue());
  return [
    readinessPageRoute(ports),
    { ...READINESS, handle: (request, reply) => sendTen(ports, request, reply) },
    checksRoute(ports),
    snapshotRoute(ports),
    { ...SCHEMA, handle: (request, reply) => sendJson(request, reply, schema) },
    activationRoute(ports),
    { ...GATES, handle: (request, reply) => sendJson(request, reply, gates) },
  ];
}

function readinessPageRoute(ports: ReadinessRoutePorts): Route {
  return {
    method: 'GET',
    path: `${BASE}/readiness`,
    handle: async (request, reply) => {
      void reply.header('Vary', 'Accept');
      if (wantsJson(request)) return sendTen(ports, request, reply);
      const { detail } = ports.readiness();
      // Loaded when somebody asks: the views are half of the time of a start.
      const { CONTENT_SECURITY_POLICY, readinessPage } = await import('@craton/web');
      const html = readinessPage({
        site: ports.site(),
        detail,
        showsDetail: ports.hasOpenDetail,
        requestId: request.id,
      });
      void withStatus(reply, detail).header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      return reply.header('Cache-Control', 'no-store').type(HTML_TYPE).send(html);
    },
  };
}

/** A browser names HTML; a program that names JSON alone gets it. */
function wantsJson({ headers }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return /\bapplication\/json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}

function sendTen(
  { readiness }: ReadinessRoutePorts,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { detail } = readiness();
  return sendJson(request, withStatus(reply, detail), JSON.stringify(readinessDocument(detail)));
}

/** Blocked is an answer; an evaluation that failed is none. */
function withStatus(reply: FastifyReply, { status }: ReadinessDetail): FastifyReply {
  if (status !== 'error') return reply;
  return reply.code(503).header('Retry-After', String(ERROR_RETRY_S));
}

function checksRoute(ports: ReadinessRoutePorts): Route {
  const send = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { detail } = ports.readiness();
    return sendJson(request, withStatus(reply, detail), JSON.stringify(detail));
  };
  if (ports.hasOpenDetail) return { ...CHECKS, handle: send };
  return personRoute(ports, { ...CHECKS, scope: 'read' }, ({ request, reply }) =>
    send(request, reply),
  );
}

/** For whoever may see single checks, and for the operator side, which cites its digest. */
function snapshotRoute(ports: ReadinessRoutePorts): Route {
  const send = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendJson(request, reply, JSON.stringify(ports.snapshot()));
  if (ports.hasOpenDetail) return { ...SNAPSHOT, handle: send };
  const ofPeople = personRoute(ports, { ...SNAPSHOT, scope: 'read' }, ({ request, reply }) =>
    send(request, reply),
  );
  const ofOperators = pullRoute(ports, { ...SNAPSHOT, scope: 'pull' }, send);
  const routeOf = ({ headers }: FastifyRequest): Route =>
    String(headers['x-api-key']).startsWith('craton_pull_') ? ofOperators : ofPeople;
  return {
    ...SNAPSHOT,
    authenticate: (request) => routeOf(request).authenticate?.(request),
    handle: (request, reply) => routeOf(request).handle(request, reply),
  };
}

function activationRoute({ site }: ReadinessRoutePorts): Route {
  return {
    method: 'GET',
    path: `${BASE}/activation`,
    handle: async (_request, reply) => {
      const { activationPage, CONTENT_SECURITY_POLICY } = await import('@craton/web');
      const html = activationPage({ site: site(), catalogue: gateCatalogue() });
      return reply
        .headers({
          'Content-Security-Policy': CONTENT_SECURITY_POLICY,
          'X-Robots-Tag': 'noindex',
          'Cache-Control': 'no-cache',
        })
        .type(HTML_TYPE)
        .send(html);
    },
  };
}

/** Never kept by a cache: what is true now is asked for each time, and told apart by its tag. */
function sendJson(request: FastifyRequest, reply: FastifyReply, body: string): FastifyReply {
  const etag = `"${encodeBase64url(sha256(utf8(body)))}"`;
  void reply.headers({ ETag: etag, 'Cache-Control': 'no-store' });
  const isKnown = request.headers['if-none-match'] === etag && reply.statusCode === 200;
  return isKnown ? reply.code(304).send() : reply.type(JSON_TYPE).send(body);
}
