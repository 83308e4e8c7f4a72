/** What self-service was told to be. A doubtful database keeps drafts out, never the server down. */
import { join } from 'node:path';
import {
  evaluateReadiness,
  isProductionLike,
  type ParsedReadinessConfig,
  parseReadinessConfig,
} from '@craton/policy';
import { type Config, type Environment, parseConfig, Secret } from '@craton/service';
import { readKeyFile } from './key-file.ts';
import type { SelfServiceKey } from './keys.ts';
import type { LimitSettings } from './limits.ts';
import { SELF_SERVICE_SETTINGS } from './settings.ts';

/** Where drafts go: a store by its URL, or nowhere. */
export type DraftPlace =
  { readonly kind: 'store'; readonly url: Secret<string> } | { readonly kind: 'refused' };

export interface SelfServiceConfig {
  readonly environment: string;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  readonly boundaryUrl: string | undefined;
  /** 32 bytes. */
  readonly posturePublicKey: Uint8Array | undefined;
  /** Whether single checks of readiness are shown to everybody. */
  readonly hasOpenDetail: boolean;
  readonly issuer: string;
  /** What readiness is evaluated from. */
  readonly readiness: ParsedReadinessConfig;
  readonly drafts: DraftPlace;
  readonly keys: readonly SelfServiceKey[];
  /** Where they stand; absent: nobody can save. */
  readonly keysFile: string | undefined;
  readonly isBehindBoundary: boolean;
  readonly limits: LimitSettings;
  readonly logLevel: Settings['logLevel'];
}

type Settings = Config<typeof SELF_SERVICE_SETTINGS>;

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_DATA_DIR = '.craton';
const DEFAULT_ISSUER = 'craton.localhost';
const DATABASE_FILE = 'self-service.db';

/**
 * Throws `ConfigError` (`ERR_CONFIG`) for settings that mean nothing, naming variables and never a
 * value. Databases are judged as readiness judges them: whatever is not plainly safe is refused, and
 * no socket opens. Reads files, writes nothing. `nowMs`: milliseconds since 1970.
 */
export function parseSelfServiceConfig(environment: Environment, nowMs: number): SelfServiceConfig {
  const settings = parseConfig(environment, SELF_SERVICE_SETTINGS);
  const readiness = parseReadinessConfig(readinessVariables(settings));
  return Object.freeze({
    environment: readiness.config.environment,
    host: settings.host ?? DEFAULT_HOST,
    port: settings.port,
    publicUrl: settings.publicUrl,
    boundaryUrl: settings.boundaryUrl,
    posturePublicKey: settings.posturePublicKey,
    hasOpenDetail: settings.readinessDetail === 'public' || !isProductionLike(readiness.config),
    issuer: settings.issuer ?? DEFAULT_ISSUER,
    readiness,
    drafts: draftPlace(settings, readiness, nowMs),
    keys: settings.apiKeysFile === undefined ? [] : readKeyFile(settings.apiKeysFile),
    keysFile: settings.apiKeysFile,
    isBehindBoundary: settings.behindBoundary === 'true',
    limits: { perAddress: settings.ratePerAddress, previews: settings.ratePreviews },
    logLevel: settings.logLevel,
  });
}

function readinessVariables(settings: Settings): Record<string, string | undefined> {
  return {
    CRATON_ENV: settings.environment,
    NODE_ENV: settings.nodeEnvironment,
    HOST: settings.host,
    DATABASE_URL: settings.primaryDatabase?.expose(),
    SELF_SERVICE_DATABASE_URL: settings.database?.expose(),
    REQUIRE_SELF_SERVICE_DATABASE_URL: settings.requireDatabase,
    ALLOW_LOCAL_PRODUCTION_DB: settings.localOverride,
    PRODUCTION_DB_HOST_PATTERNS: settings.managedHosts,
  };
}

/** The same decision that readiness shows, so that the two cannot differ. */
function draftPlace(
  settings: Settings,
  { config }: ParsedReadinessConfig,
  nowMs: number,
): DraftPlace {
  const nothingMeasured = { nowMs, ageMsMax: 0, crashed: false };
  const { draft_writes: writes } = evaluateReadiness(config, undefined, nothingMeasured).detail;
  switch (writes) {
    case 'draft_store':
      return storeAt(settings.database);
    case 'primary_draft_table':
      return storeAt(settings.primaryDatabase);
    case 'embedded':
      return storeAt(
        new Secret(`sqlite:${join(settings.dataDir ?? DEFAULT_DATA_DIR, DATABASE_FILE)}`),
      );
    case 'refused':
      return { kind: 'refused' };
  }
}

function storeAt(url: Secret<string> | undefined): DraftPlace {
  return url === undefined ? { kind: 'refused' } : { kind: 'store', url };
}
