/** All routes of self-service on one server. */
import { createHttpServer, healthRoutes, type Logger, registerRoutes } from '@craton/service';
import type { FastifyInstance } from 'fastify';
import { readinessRoutes, type ReadinessRoutePorts } from '../readiness/routes.ts';
import { selfServiceOpenApi } from './api-document.ts';
import { clientAddress } from './client-address.ts';
import { type DraftRoutePorts, draftRoutes } from './drafts.ts';
import { registerPages } from './pages.ts';
import { reviewRoutes } from './reviews.ts';

/** Everything that routes need. Nothing here knows a store of the production side. */
export interface SelfServiceServerPorts extends DraftRoutePorts, ReadinessRoutePorts {
  readonly log: Logger;
}

const PROBLEM_TYPE_BASE = '/protocol/v1/errors#';

/** A server that is ready to listen. */
export function createSelfServiceServer(ports: SelfServiceServerPorts): FastifyInstance {
  const { limits, isBehindBoundary, store } = ports;
  const server = createHttpServer({
    log: ports.log,
    admit: (request) => limits.refuseAddress(clientAddress(request, isBehindBoundary)),
    problemTypeBase: PROBLEM_TYPE_BASE,
  });
  nameKeyHeader(server);
  const openapi = selfServiceOpenApi();
  registerRoutes(server, [
    ...draftRoutes(ports),
    ...reviewRoutes(ports),
    ...readinessRoutes(ports),
    { method: 'GET', path: '/self-service/openapi.json', handle: () => openapi },
    ...healthRoutes(
      [{ id: 'draft_store', isWarning: true, measure: () => measureStore(store) }],
      PROBLEM_TYPE_BASE,
    ),
  ]);
  registerPages(server, ports);
  return server;
}

/** Without a store the pages still answer, so this is a warning. */
async function measureStore(store: SelfServiceServerPorts['store']): Promise<undefined> {
  await store().identity();
  return undefined;
}

/** Which header holds the key: other servers of ours take it as a bearer token. */
function nameKeyHeader(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode === 401) void reply.header('WWW-Authenticate', 'X-API-Key');
    done(null, payload);
  });
}
