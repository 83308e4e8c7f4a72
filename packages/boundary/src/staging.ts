/** The environment `staging`, which an instance may serve beside its own (DESIGN section 8). */
import type { ApiKey } from './ledger/port.ts';
import type { LogService } from './log/log-service.ts';

/** Its name, in keys, paths, streams and receipts. */
export const STAGING = 'staging';

/** What an instance serves. */
export interface ServedEnvironments {
  readonly environment: string;
  /** Serves `staging`, too, with a signing key of its own. */
  readonly hasStaging?: boolean | undefined;
}

/**
 * Whether a key belongs here. Those of kind `sts` are for staging and for nothing else, so that a
 * key of staging is never taken for one of production; all others are for the instance's own.
 */
export function isServedHere(
  { kind, environment }: Pick<ApiKey, 'kind' | 'environment'>,
  served: ServedEnvironments,
): boolean {
  if (environment === served.environment) return kind !== 'sts' || environment === STAGING;
  return kind === 'sts' && environment === STAGING && served.hasStaging === true;
}

/** The logs of an instance; each environment has its own. */
export interface ServedLogs {
  readonly transparencyLog: LogService;
  /** Absent where staging is not served. */
  readonly stagingLog?: LogService | undefined;
}

/** The log that the receipts of an environment are in. */
export function logOf(
  { transparencyLog, stagingLog }: ServedLogs,
  { environment }: { readonly environment: string },
): LogService {
  return environment === STAGING && stagingLog !== undefined ? stagingLog : transparencyLog;
}
