/** Where a database is, as far as its URL says: compared without a socket and never shown. */

/** `host` is lower-case without a final dot; no user, password or parameter is kept. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres';
      readonly host: string;
      readonly port: number;
      readonly database: string;
      /** `sslmode` is `require`, `verify-ca` or `verify-full`. */
      readonly tlsRequired: boolean;
    };

const POSTGRES_PORT = 5432;
const POSTGRES =
  /^postgres(?:ql)?:\/\/(?:[^@/?#]*@)?(\[[0-9a-f:.%]+\]|[^:/?#@[\]]+)(?::(\d{1,5}))?\/([^/?#]+)(?:\?([^#]*))?$/i;
const SAFE_SSL_MODE = /(?:^|&)sslmode=(?:require|verify-ca|verify-full)(?:&|$)/i;

/** Hosts of managed databases, as patterns; `*.` stands for one or more names before it. */
export const MANAGED_HOST_PATTERNS = ['*.railway.internal', '*.railway.app', '*.rlwy.net'] as const;

/** Reads `sqlite:PATH` or `postgres://...`; undefined for anything else. Never throws. */
export function parseStoreLocation(url: string): StoreLocation | undefined {
  const text = url.trim();
  if (text.startsWith('sqlite:')) {
    const path = text.slice('sqlite:'.length);
    return path === '' ? undefined : { kind: 'sqlite', path };
  }
  const [, host, port, database, parameters = ''] = POSTGRES.exec(text) ?? [];
  const decoded = database === undefined ? undefined : percentDecoded(database);
  if (host === undefined || decoded === undefined) return undefined;
  const portNumber = port === undefined ? POSTGRES_PORT : Number(port);
  if (portNumber < 1 || portNumber > 65_535) return undefined;
  return {
    kind: 'postgres',
    host: normalHost(host),
    port: portNumber,
    database: decoded,
    tlsRequired: SAFE_SSL_MODE.test(parameters),
  };
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function normalHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/** Whether two locations are the same database by their text; identity rows find the rest. */
export function isSameStore(one: StoreLocation, other: StoreLocation): boolean {
  if (one.kind === 'sqlite') return other.kind === 'sqlite' && one.path === other.path;
  return isSameServer(one, other) && other.kind === 'postgres' && one.database === other.database;
}

/** Whether two databases are on one server by their text. Files have no server. */
export function isSameServer(one: StoreLocation, other: StoreLocation): boolean {
  if (one.kind !== 'postgres' || other.kind !== 'postgres') return false;
  return one.host === other.host && one.port === other.port;
}

/** Whether the host of a store matches a pattern of managed hosts. Asked before a socket opens. */
export function isManagedStore(
  location: StoreLocation,
  morePatterns: readonly string[] = [],
): boolean {
  if (location.kind !== 'postgres') return false;
  return [...MANAGED_HOST_PATTERNS, ...morePatterns].some((pattern) =>
    matchesPattern(location.host, normalHost(pattern.trim())),
  );
}

function matchesPattern(host: string, pattern: string): boolean {
  if (pattern === '') return false;
  if (!pattern.startsWith('*.')) return host === pattern;
  return host.endsWith(pattern.slice(1)) && host.length >= pattern.length;
}

/** Whether the store can be reached from this machine only. */
export function isLocalStore(location: StoreLocation): boolean {
  if (location.kind === 'sqlite') return true;
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(location.host);
}
