/** What is measured for the gates at the moment of asking: measuring decides nothing. */
import type {
  DeployRouteEvidence,
  KeyRouteEvidence,
  LeakEvidence,
  Packet,
  ReadinessEvidence,
  SecretEvidence,
  SeparationEvidence,
  SmokeEvidence,
  StagingCheck,
} from '@craton/policy';

/** A member that cannot be measured now answers what its judge takes as inconclusive. */
export interface LiveEvidence {
  /** Of the process that answers: smoke tests and searches of another build do not count. */
  readonly build: string;
  /** The environment in which packets are staged. */
  readonly stagingEnvironment: string;
  separation(): Promise<SeparationEvidence>;
  secrets(): Promise<SecretEvidence>;
  readiness(): Promise<ReadinessEvidence | undefined>;
  leaks(): Promise<LeakEvidence>;
  /** Checks of the packet's path in staging, with keys of its own partner. */
  stagingChecks(packet: Packet): Promise<readonly StagingCheck[]>;
  /** Receipts of this instance that are nobody's, where there are no checks of its own staging. */
  samples(): Promise<readonly StagingCheck[]>;
  keyRoute(checks: readonly StagingCheck[]): Promise<KeyRouteEvidence>;
  smokeRuns(): Promise<readonly SmokeEvidence[]>;
  deployRoutes(): Promise<DeployRouteEvidence>;
}
