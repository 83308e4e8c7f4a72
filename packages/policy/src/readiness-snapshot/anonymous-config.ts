/** What readiness was told, without what it may not tell: no host, no user, no path. */
import {
  isLocalStore,
  isManagedStore,
  isSameServer,
  isSameStore,
  type StoreLocation,
} from '../readiness/database-location.ts';
import type { DatabaseSetting, ReadinessConfig } from '../readiness/readiness-config.ts';

/**
 * Names that stand for the real ones. Whether two stores are one, share a server, are local, or are
 * managed is as it was, and `evaluateReadiness` asks nothing else of a place: its answer is the same.
 */
export function anonymousConfig(config: ReadinessConfig): ReadinessConfig {
  const { primary, selfService, hostPatterns } = config;
  const anonymous = { ...config, hostPatterns: [], primary: placed(primary, 1, hostPatterns) };
  if (primary.state !== 'set' || selfService.state !== 'set') {
    return { ...anonymous, selfService: placed(selfService, 1, hostPatterns) };
  }
  const isSame = isSameStore(primary.location, selfService.location);
  const server = isSameServer(primary.location, selfService.location) ? 1 : 2;
  const location = placeholder(selfService.location, {
    server,
    store: isSame ? 1 : 2,
    hostPatterns,
  });
  return { ...anonymous, selfService: { state: 'set', location } };
}

function placed(
  setting: DatabaseSetting,
  number: number,
  hostPatterns: readonly string[],
): DatabaseSetting {
  if (setting.state !== 'set') return setting;
  const numbers = { server: number, store: number, hostPatterns };
  return { state: 'set', location: placeholder(setting.location, numbers) };
}

interface Numbers {
  readonly server: number;
  readonly store: number;
  readonly hostPatterns: readonly string[];
}

function placeholder(
  location: StoreLocation,
  { server, store, hostPatterns }: Numbers,
): StoreLocation {
  if (location.kind === 'sqlite') return { kind: 'sqlite', path: `store-${store}` };
  const domain = isManagedStore(location, hostPatterns) ? '.railway.internal' : '';
  return {
    kind: 'postgres',
    // Two local servers differ by their port.
    host: isLocalStore(location) && domain === '' ? 'localhost' : `server-${server}${domain}`,
    port: server,
    database: `store-${store}`,
    tlsRequired: location.tlsRequired,
  };
}
