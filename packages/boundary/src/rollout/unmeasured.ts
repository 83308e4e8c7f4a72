/** Evidence where nothing can be measured: every judge finds it inconclusive, and nothing passes. */
import type { LiveEvidence } from './live-evidence.ts';
import type { ChannelTester } from './test-channel.ts';

/** For an installation that is not set up to measure. */
export function unmeasured(
  place: Pick<LiveEvidence, 'build' | 'stagingEnvironment'>,
): LiveEvidence {
  const { build } = place;
  return {
    ...place,
    separation: () =>
      Promise.resolve({ production_identities: [], draft_identities: [], write_probe: 'not_run' }),
    secrets: () => Promise.resolve({ is_production_like: true, secrets: [] }),
    readiness: () => Promise.resolve(undefined),
    leaks: () => Promise.resolve({ build }),
    stagingChecks: () => Promise.resolve([]),
    samples: () => Promise.resolve([]),
    keyRoute: () =>
      Promise.resolve({
        jwks_reached: false,
        receipts: [],
        verified: 0,
        wrong_keys_refused: false,
      }),
    smokeRuns: () => Promise.resolve([]),
    deployRoutes: () => Promise.resolve({ operator_routes: [], self_service_routes: [] }),
  };
}

/** For an installation without receivers. */
export const NO_CHANNELS: ChannelTester = {
  sendTest: () =>
    Promise.resolve({ delivered: false, code: 'no_receiver_configured', evidence: {} }),
};
