/** Puts the log of this process together from its configuration. */
import { logOrigin } from '@craton/protocol';
import type { BoundaryConfig } from '../config.ts';
import type { OpenLedger } from '../ledger/open-ledger.ts';
import { createLogSigner } from './log-signer.ts';
import { LogService, type LogServicePorts } from './log-service.ts';
import { loadWitnessPolicy, NO_WITNESSES } from './witness-policy.ts';

/** What is told of the log while it runs. */
export type LogObserver = Pick<LogServicePorts, 'onStep' | 'onWitnessFailure' | 'onFailure'>;

/**
 * The log of the configured environment, not started yet. Throws `ERR_SIGNING` if its key does not
 * work, `ERR_CONFIG` if the witnesses cannot be read.
 */
export function openLogService(
  config: Pick<BoundaryConfig, 'environment' | 'issuer' | 'logSeed' | 'logWitnessesFile'>,
  { openLog, noteSeen }: Pick<OpenLedger, 'openLog' | 'noteSeen'>,
  observer: LogObserver,
): LogService {
  const { environment, issuer, logSeed, logWitnessesFile } = config;
  const origin = logOrigin(issuer, environment);
  return new LogService({
    ...observer,
    store: openLog({ environment, origin }),
    signer: logSeed && createLogSigner(logSeed.expose(), origin),
    policy: logWitnessesFile === undefined ? NO_WITNESSES : loadWitnessPolicy(logWitnessesFile),
    nowMs: () => Date.now(),
    onSeen: (seen) => {
      noteSeen({ environment, ...seen });
    },
  });
}
