/** All routes of the boundary on one server. */
import { type JsonObject, REQUEST_BYTES_MAX } from '@craton/protocol';
import {
  createHttpServer,
  type DocumentedRoute,
  healthRoutes,
  HTTP_LIMITS,
  type Logger,
  type Probe,
  registerRoutes,
} from '@craton/service';
import type { FastifyInstance } from 'fastify';
import type { CheckPorts } from '../commands/check-boundary.ts';
import { checkRoute } from './check.ts';
import { pageRoutes } from './pages.ts';
import {
  offlineBundle,
  openApiDocument,
  openApiRoute,
  PROBLEM_TYPE_BASE,
  type ProtocolPorts,
  protocolRoutes,
} from './protocol.ts';
import { type ReceiptPorts, receiptRoutes } from './receipts.ts';

/** Everything that routes need. Nothing here knows which store stands behind the ledger. */
export interface ApiPorts extends CheckPorts, ReceiptPorts, ProtocolPorts {
  readonly probes: readonly Probe[];
}

export interface BoundaryServerPorts extends ApiPorts {
  readonly log: Logger;
  /** How callers reach this server, without a final slash; known once it listens. */
  readonly baseUrl: () => string;
}

/** Every route but the pages, as registered and as documented. */
export function apiRoutes(ports: ApiPorts): readonly DocumentedRoute[] {
  const routes = [
    checkRoute(ports),
    ...receiptRoutes(ports),
    ...protocolRoutes(ports),
    ...healthRoutes(ports.probes, PROBLEM_TYPE_BASE),
  ];
  return [...routes, openApiRoute(ports.version, routes)];
}

/** A server that is ready to listen. */
export function createBoundaryServer(ports: BoundaryServerPorts): FastifyInstance {
  const server = createHttpServer({
    log: ports.log,
    problemTypeBase: PROBLEM_TYPE_BASE,
    limits: { ...HTTP_LIMITS, bodyBytesMax: REQUEST_BYTES_MAX },
  });
  const routes = apiRoutes(ports);
  const { environment, issuer, version } = ports;
  const pages = pageRoutes({
    site: () => ({ baseUrl: ports.baseUrl(), environment, issuer, version }),
    openapi: plainJson(openApiDocument(version, routes)),
    offlineBundle: plainJson(offlineBundle(ports)),
  });
  registerRoutes(server, [...routes, ...pages]);
  return server;
}

/** The value as its readers get it, without the marks that schema builders leave. */
function plainJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
