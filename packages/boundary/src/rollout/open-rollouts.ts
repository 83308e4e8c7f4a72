/** What rollouts stand on in a running boundary. */
import type { BoundaryConfig } from '../config.ts';
import type { OpenLedger } from '../ledger/open-ledger.ts';
import { systemSources } from '../ledger/sources.ts';
import { STAGING } from '../staging.ts';
import { VERSION } from '../version.ts';
import { loadStagingTrust } from './imported-evidence.ts';
import type { RolloutPorts } from './ports.ts';
import { NO_REVIEWS, type ReviewSource, SelfServiceReviews } from './review-source.ts';
import { NO_CHANNELS, unmeasured } from './unmeasured.ts';

/** From the configuration; what is not configured can be asked, and answers so. */
export function openRollouts(
  config: BoundaryConfig,
  { operatorRecords, admin, writer, reader }: OpenLedger,
): RolloutPorts {
  const { environment, isProductionLike, identityProvider } = config;
  return {
    ...{ operatorRecords, admin, writer, reader, environment, isProductionLike },
    sources: systemSources(),
    reviews: openReviews(config),
    evidence: unmeasured({ build: VERSION, stagingEnvironment: STAGING }),
    channels: NO_CHANNELS,
    peopleIssuer: identityProvider?.issuer,
    stagingTrust: loadStagingTrust(config.stagingTrustPolicyFile, environment),
  };
}

function openReviews({ selfServiceUrl, reviewPullKey }: BoundaryConfig): ReviewSource {
  if (selfServiceUrl === undefined || reviewPullKey === undefined) return NO_REVIEWS;
  return new SelfServiceReviews({ url: selfServiceUrl, pullKey: reviewPullKey.expose() });
}
