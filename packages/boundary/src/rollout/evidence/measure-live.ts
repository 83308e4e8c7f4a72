/** The live evidence of this process: everything that the gates ask for, measured when they ask. */
import type { OpenLedger } from '../../ledger/open-ledger.ts';
import { openApiDocument } from '../../http/api-document.ts';
import { STAGING } from '../../staging.ts';
import type { VerificationMaterial } from '../../verification-material.ts';
import type { LiveEvidence } from '../live-evidence.ts';
import {
  type IsolationPorts,
  measureReadiness,
  measureSecrets,
  measureSeparation,
} from './measure-isolation.ts';
import { measureKeyRoute, receiptsOf } from './key-route.ts';
import { deployRouteEvidence, openApiRoutes } from './open-api-routes.ts';
import { ownSecrets } from './own-secrets.ts';
import { recordedLeakSearch, recordedSmokeRuns } from './recorded-evidence.ts';
import { searchLive } from './search-live.ts';
import { readSamples, readStagingChecks } from './staging-checks.ts';

export interface LivePorts extends IsolationPorts {
  readonly reader: OpenLedger['reader'];
  readonly operatorRecords: Pick<OpenLedger['operatorRecords'], 'readChain'>;
  readonly build: string;
  readonly material: VerificationMaterial;
  /** Where this process listens, without a final slash. */
  readonly ownUrl: () => string;
  /** How callers reach it; the public keys are fetched from there. */
  readonly publicUrl: () => string;
}

const KEYS_PATH = '/protocol/v1/jwks.json';
const PAGES = [
  ...['/', '/protocol', '/agent-api', '/verify', '/no-such-page'],
  ...['/self-service', '/self-service/readiness', '/self-service/activation'],
  ...['/self-service/no-such-page', '/self-service/%zz'],
] as const;

/** Measures each time it is asked. What cannot be measured now is inconclusive, never a pass. */
export function measureLive(ports: LivePorts): LiveEvidence {
  const { build, selfService } = ports;
  return {
    build,
    stagingEnvironment: STAGING,
    separation: () => measureSeparation(ports),
    secrets: () => measureSecrets(ports),
    readiness: () => measureReadiness(ports),
    leaks: async () => {
      const canary = await recordedLeakSearch(ports);
      const live = await searchOwnAnswers(ports);
      return { build, live, ...(canary && { canary }) };
    },
    stagingChecks: (packet) => readStagingChecks(ports, packet),
    samples: () => readSamples(ports),
    keyRoute: (checks) => measureKeyRoute(keysUrl(ports), receiptsOf(checks)),
    smokeRuns: () => recordedSmokeRuns(ports, STAGING),
    deployRoutes: async () => deployRouteEvidence(openApiDocument(), await selfService.openApi()),
  };
}

/** Where strangers find the public keys. */
export function keysUrl({ publicUrl }: Pick<LivePorts, 'publicUrl'>): string {
  return `${publicUrl()}${KEYS_PATH}`;
}

async function searchOwnAnswers({ ownUrl, build, secrets, selfService }: LivePorts) {
  const drafts = await selfService.openApi();
  return searchLive({
    ownUrl: ownUrl(),
    build,
    secrets: ownSecrets(secrets),
    routes: [...openApiRoutes(openApiDocument()), ...openApiRoutes(drafts ?? {})],
    pages: PAGES,
  });
}
