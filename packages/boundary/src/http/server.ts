/** All routes of the boundary on one server. */
import { REQUEST_BYTES_MAX } from '@craton/protocol';
import {
  createHttpServer,
  healthRoutes,
  HTTP_LIMITS,
  type Logger,
  type Probe,
  registerRoutes,
} from '@craton/service';
import type { FastifyInstance } from 'fastify';
import type { CheckPorts } from '../commands/check-boundary.ts';
import type { ExecutionPorts } from '../commands/report-execution.ts';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { OperatorRecords } from '../ledger/operator-records.ts';
import type { LedgerReader, LedgerWriter } from '../ledger/port.ts';
import { acknowledgeRoutes } from './acknowledge.ts';
import { openApiDocument } from './api-document.ts';
import { checkRoute } from './check.ts';
import { executionRoutes } from './execution.ts';
import { exportRoute, type ExportRoutePorts } from './export.ts';
import type { FindingPorts } from './findings.ts';
import { registerForwarding } from './forward.ts';
import { governanceRoutes, type GovernanceRoutePorts } from './governance.ts';
import { leakSearchRoutes } from './leak-searches.ts';
import { type LogRoutePorts, logRoutes } from './log.ts';
import { type OperatorRoutePorts, operatorRoutes } from './operator.ts';
import { operatorPageRoutes } from './operator-pages.ts';
import { BoundaryMetrics, metricsRoute } from './metrics.ts';
import { describeLog } from './describe-log.ts';
import { pageRoutes } from './pages.ts';
import { peopleRoutes, type PeopleRoutePorts } from './people.ts';
import { postureRoute, type PostureRoutePorts } from './posture.ts';
import {
  offlineBundle,
  PROBLEM_TYPE_BASE,
  type ProtocolPorts,
  protocolRoutes,
} from './protocol.ts';
import { type ReceiptPorts, receiptRoutes } from './receipts.ts';
import { type RolloutRoutePorts, rolloutRoutes } from './rollouts.ts';
import { sampleReceiptRoute } from './sample-receipt.ts';
import { type SignInRoutePorts, signInRoutes } from './sign-in.ts';
import { smokeRunRoutes } from './smoke-runs.ts';

/** Everything that routes need. Nothing here knows which store stands behind the ledger. */
export interface BoundaryServerPorts
  extends
    CheckPorts,
    ExecutionPorts,
    ReceiptPorts,
    ProtocolPorts,
    OperatorRoutePorts,
    FindingPorts,
    RolloutRoutePorts,
    PeopleRoutePorts,
    GovernanceRoutePorts,
    SignInRoutePorts,
    LogRoutePorts,
    PostureRoutePorts,
    ExportRoutePorts {
  readonly reader: LedgerReader;
  readonly admin: LedgerAdmin;
  readonly operatorRecords: OperatorRecords;
  readonly writer: Pick<LedgerWriter, 'check' | 'claim' | 'confirm'>;
  readonly log: Logger;
  readonly probes: readonly Probe[];
  /** Where the caller observes more than HTTP, its own; else one that only this server fills. */
  readonly metrics?: BoundaryMetrics;
  /** Whether `/metrics` needs no key. */
  readonly hasOpenMetrics?: boolean;
  /** How callers reach this server, without a final slash; known once it listens. */
  readonly baseUrl: () => string;
  /** Where what is below `/self-service` is passed on to; absent: nothing is there. */
  readonly selfServiceUrl?: string | undefined;
}

/** A server that is ready to listen. */
export function createBoundaryServer(ports: BoundaryServerPorts): FastifyInstance {
  const { metrics = new BoundaryMetrics() } = ports;
  const server = createHttpServer({
    log: ports.log,
    admit: ({ ip }) => ports.rateLimits?.refuseAddress(ip),
    observer: metrics.observer,
    problemTypeBase: PROBLEM_TYPE_BASE,
    limits: { ...HTTP_LIMITS, bodyBytesMax: REQUEST_BYTES_MAX },
  });
  const openapi = openApiDocument();
  const { environment, issuer, version } = ports;
  const site = () => ({
    baseUrl: ports.baseUrl(),
    environment,
    issuer,
    version,
    hasSelfService: ports.selfServiceUrl !== undefined,
  });
  registerRoutes(server, [
    checkRoute(ports),
    ...executionRoutes(ports),
    ...receiptRoutes(ports),
    ...operatorRoutes(ports),
    ...smokeRunRoutes(ports),
    ...rolloutRoutes(ports),
    ...peopleRoutes(ports),
    ...governanceRoutes(ports),
    ...signInRoutes(ports),
    ...operatorPageRoutes({ ...ports, site }),
    ...acknowledgeRoutes(ports),
    ...leakSearchRoutes(ports),
    exportRoute(ports),
    ...protocolRoutes(ports, openapi),
    postureRoute(ports),
    sampleReceiptRoute(ports),
    ...logRoutes(ports),
    ...healthRoutes(ports.probes, PROBLEM_TYPE_BASE),
    metricsRoute({ ...ports, metrics }),
    ...pageRoutes({
      site,
      openapi,
      offlineBundle: offlineBundle(ports),
      log: () => describeLog(ports),
    }),
  ]);
  if (ports.selfServiceUrl !== undefined) registerForwarding(server, ports.selfServiceUrl);
  return server;
}
