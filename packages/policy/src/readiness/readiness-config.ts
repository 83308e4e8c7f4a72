/** What readiness is told by the environment: parsed, never kept as text. */
import { isManagedStore, parseStoreLocation, type StoreLocation } from './database-location.ts';

export const DEVELOPMENT_ENVIRONMENTS = ['development', 'local', 'test'] as const;
const PRODUCTION_LIKE_ENVIRONMENTS = ['production', 'staging', 'preview'];
/** Shown for a name that no environment can have, so that a secret in the wrong variable stays one. */
export const UNRECOGNISED_ENVIRONMENT = 'unrecognised';

/** A database setting: not set, not readable, or a place. */
export type DatabaseSetting =
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable' }
  | { readonly state: 'set'; readonly location: StoreLocation };

/** The override for local smoke tests: off, on without an end, or until a time. */
export type LocalOverride =
  | { readonly state: 'off' }
  | { readonly state: 'on' }
  | { readonly state: 'until'; readonly untilMs: number };

export interface ReadinessConfig {
  /** Trimmed and lower-case; `development` if nothing names it. */
  readonly environment: string;
  readonly environmentIsNamed: boolean;
  /** The address listened on, or a database, can be reached from or lies on another machine. */
  readonly pointsAway: boolean;
  readonly primary: DatabaseSetting;
  readonly selfService: DatabaseSetting;
  readonly requireSelfServiceDatabaseUrl: boolean;
  readonly override: LocalOverride;
  /** Patterns of managed hosts besides the known ones. */
  readonly hostPatterns: readonly string[];
}

export interface ParsedReadinessConfig {
  readonly config: ReadinessConfig;
  /** Variables whose text means nothing; each was read in the way that unlocks least. */
  readonly misread: readonly string[];
}

/** Names that are safe to show; anything else could be a value in the wrong variable. */
const SHOWABLE_ENVIRONMENT = /^[a-z][a-z0-9._-]{0,31}$/;
const TRUE = /^(?:1|true|yes|on)$/i;
const FALSE = /^(?:0|false|no|off)?$/i;
const EXPIRY = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Reads the variables of readiness. Never throws and keeps no text of any of them. */
export function parseReadinessConfig(
  variables: Readonly<Record<string, string | undefined>>,
): ParsedReadinessConfig {
  const text = (name: string) => (variables[name] ?? '').trim();
  const named = text('CRATON_ENV') || text('NODE_ENV');
  const environment = named === '' ? 'development' : named.toLowerCase();
  const primary = parseDatabase(text('DATABASE_URL'));
  const selfService = parseDatabase(text('SELF_SERVICE_DATABASE_URL'));
  const override = parseOverride(text('ALLOW_LOCAL_PRODUCTION_DB'));
  const flag = text('REQUIRE_SELF_SERVICE_DATABASE_URL');
  const misread: readonly [string, boolean][] = [
    ['DATABASE_URL', primary.state === 'unreadable'],
    ['SELF_SERVICE_DATABASE_URL', selfService.state === 'unreadable'],
    ['ALLOW_LOCAL_PRODUCTION_DB', override === undefined],
    ['REQUIRE_SELF_SERVICE_DATABASE_URL', !TRUE.test(flag) && !FALSE.test(flag)],
    ['CRATON_ENV', !SHOWABLE_ENVIRONMENT.test(environment)],
  ];
  return {
    config: {
      environment: SHOWABLE_ENVIRONMENT.test(environment) ? environment : UNRECOGNISED_ENVIRONMENT,
      environmentIsNamed: named !== '',
      pointsAway: !isLoopback(text('HOST')) || isRemote(primary) || isRemote(selfService),
      primary,
      selfService,
      requireSelfServiceDatabaseUrl: TRUE.test(flag),
      override: override ?? { state: 'off' },
      hostPatterns: text('PRODUCTION_DB_HOST_PATTERNS')
        .split(/[\s,]+/)
        .filter(Boolean),
    },
    misread: misread.filter(([, is]) => is).map(([name]) => name),
  };
}

/** Reads one database URL; blank is absent. */
export function parseDatabase(url: string): DatabaseSetting {
  if (url.trim() === '') return { state: 'absent' };
  const location = parseStoreLocation(url);
  return location === undefined ? { state: 'unreadable' } : { state: 'set', location };
}

/** `true` or an RFC 3339 time; undefined for a text that is neither, nor a no. */
function parseOverride(text: string): LocalOverride | undefined {
  if (FALSE.test(text)) return { state: 'off' };
  if (TRUE.test(text)) return { state: 'on' };
  const untilMs = EXPIRY.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(untilMs) ? undefined : { state: 'until', untilMs };
}

function isLoopback(host: string): boolean {
  return host === '' || /^(?:localhost|\[?::1\]?|127(?:\.\d{1,3}){3})$/.test(host);
}

function isRemote(setting: DatabaseSetting): boolean {
  if (setting.state !== 'set' || setting.location.kind !== 'postgres') return false;
  return !isLoopback(setting.location.host);
}

/** By the name alone: every environment but development, local and test. */
export function isProductionLike({ environment }: ReadinessConfig): boolean {
  return !DEVELOPMENT_ENVIRONMENTS.some((name) => name === environment);
}

/** A known name; and where others can reach this place, one that somebody chose. */
export function isRecognised(config: ReadinessConfig): boolean {
  if (!config.environmentIsNamed) return !config.pointsAway;
  const known: readonly string[] = [...DEVELOPMENT_ENVIRONMENTS, ...PRODUCTION_LIKE_ENVIRONMENTS];
  return known.includes(config.environment);
}

/** Whether the override is on at a time: never in an environment that is not plainly development. */
export function isOverrideOn({ override }: ReadinessConfig, nowMs: number): boolean {
  return override.state === 'on' || (override.state === 'until' && nowMs < override.untilMs);
}

/**
 * Whether a database setting names a managed host that this environment must not connect to. Asked
 * before any socket opens, by every process that holds one of the URLs.
 */
export function refusesManagedHosts(config: ReadinessConfig, nowMs: number): boolean {
  if (isProductionLike(config)) return false;
  if (isOverrideOn(config, nowMs) && isRecognised(config)) return false;
  return [config.primary, config.selfService].some(
    (setting) => setting.state === 'set' && isManagedStore(setting.location, config.hostPatterns),
  );
}
