/** What the boundary was told to be, checked as a whole before anything is opened. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { equalBytes } from '@craton/protocol';
import {
  type Config,
  type ConfigProblem,
  type Environment,
  parseConfig,
  refuseProblems,
  Secret,
} from '@craton/service';
import type { IdentityProviderSettings } from './people/identity-provider.ts';
import { RATE_LIMITS_DEFAULT, RATE_LIMITS_OFF, type RateLimitSettings } from './rate-limits.ts';
import { BOUNDARY_SETTINGS, type DatabaseLocation, type KeySeed } from './settings.ts';
import { type SecretOrigin, secretOriginsOf } from './secret-origins.ts';
import { STAGING } from './staging.ts';

export interface BoundaryConfig {
  readonly environment: string;
  /** Every environment but development, local and test: unknown names unlock nothing. */
  readonly isProductionLike: boolean;
  /** Sample path and credentials may be made: name, address and stores are all local. */
  readonly hasDevelopmentPrivileges: boolean;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  /** Where what is below `/self-service` is passed on to. */
  readonly selfServiceUrl: string | undefined;
  /** The production store; its URL may hold a password. */
  readonly database: Secret<DatabaseLocation>;
  /** Whether a setting names the store; if not, it is the file in the data directory. */
  readonly isDatabaseConfigured: boolean;
  readonly dataDir: string;
  readonly issuer: string;
  /** 32 bytes. */
  readonly signingSeed: Secret<Uint8Array>;
  /** Generated on a development machine, or made by somebody for this place. */
  readonly signingKeySource: 'configured' | 'development';
  /** 32 bytes. With it the instance serves the environment `staging`, too. */
  readonly stagingSeed: Secret<Uint8Array> | undefined;
  /** 32 bytes. */
  readonly logSeed: Secret<Uint8Array> | undefined;
  readonly logWitnessesFile: string | undefined;
  /** Whether tiles and entries of the log need no key. */
  readonly hasOpenTiles: boolean;
  /** 32 bytes. */
  readonly postureSeed: Secret<Uint8Array> | undefined;
  readonly attestationsFile: string;
  readonly retiredKeysFile: string | undefined;
  readonly keyCompromisesFile: string | undefined;
  readonly trustPolicyFile: string | undefined;
  readonly stagingTrustPolicyFile: string | undefined;
  readonly approvalIssuersFile: string | undefined;
  /** Reads what self-service has under review. */
  readonly reviewPullKey: Secret<string> | undefined;
  readonly webhooksFile: string | undefined;
  /** Where each secret is from; the texts themselves are for comparing only. */
  readonly secrets: readonly SecretOrigin[];
  /** SHA-256 of the first operator's token, lower-case hex. */
  readonly operatorBootstrapSha256: string | undefined;
  /** How operators sign in; absent: by tokens alone. */
  readonly identityProvider: IdentityProviderSettings | undefined;
  readonly logLevel: Settings['logLevel'];
  readonly queueMax: number;
  readonly deadlineMs: number;
  readonly rateLimits: RateLimitSettings;
}

type Settings = Config<typeof BOUNDARY_SETTINGS>;

const DEVELOPMENT_ENVIRONMENTS: readonly string[] = ['development', 'local', 'test'];
const DEVELOPMENT_ISSUER = 'craton.localhost';
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_DATA_DIR = '.craton';
const DATABASE_FILE = 'boundary.db';

/** Beside a key file, these say that `craton start` generated it on a development machine. */
const DEVELOPMENT_MARKS = ['offline-root', 'dev-credentials.json'];

/**
 * Throws `ConfigError` (`ERR_CONFIG`) with every problem of the environment, naming variables and
 * never a value. Reads secret files, writes nothing.
 */
export function parseBoundaryConfig(environment: Environment): BoundaryConfig {
  const settings = parseConfig(environment, BOUNDARY_SETTINGS);
  const place = placeOf(settings);
  refuseProblems([
    ...unnamedEnvironment(settings, place),
    ...missingSettings(settings, place),
    ...stagingOfItself(settings, place),
    ...sharedKeys(settings),
    ...signInProblems(settings, place),
    ...developmentKeys(environment, settings, place),
  ]);
  return resolve(environment, settings, place);
}

/** Where and for whom this process runs. */
interface Place {
  readonly environment: string;
  readonly isNamed: boolean;
  readonly isProductionLike: boolean;
  /** Settings that point away from this machine. */
  readonly remote: readonly string[];
  readonly hasDevelopmentPrivileges: boolean;
}

function placeOf(settings: Settings): Place {
  const named = settings.environment ?? settings.nodeEnvironment;
  const environment = named ?? 'development';
  const isProductionLike = !DEVELOPMENT_ENVIRONMENTS.includes(environment);
  const database = settings.database?.expose();
  const remote = [
    ...(isLoopback(settings.host ?? DEFAULT_HOST) ? [] : ['HOST']),
    ...(isLocalStore(database) ? [] : ['DATABASE_URL']),
  ];
  return {
    environment,
    isNamed: named !== undefined,
    isProductionLike,
    remote,
    hasDevelopmentPrivileges: !isProductionLike && remote.length === 0,
  };
}

/** True for names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
  );
}

function isLocalStore(database: DatabaseLocation | undefined): boolean {
  return database?.kind !== 'postgres' || isLoopback(database.host);
}

/** An address that others can reach, and nobody said what this is: then it is not development. */
function unnamedEnvironment(_settings: Settings, { isNamed, remote }: Place): ConfigProblem[] {
  if (isNamed || remote.length === 0) return [];
  return [
    {
      variable: 'CRATON_ENV',
      message: `CRATON_ENV is not set, but ${remote.join(' and ')} points away from this machine. Set it to the name of this environment, for example production.`,
    },
  ];
}

function missingSettings(settings: Settings, place: Place): ConfigProblem[] {
  const required: [variable: string, isThere: boolean][] = [
    ['CRATON_SIGNING_KEY', settings.signingKey !== undefined],
    ['CRATON_ATTESTATIONS_FILE', settings.attestationsFile !== undefined],
    ['DATABASE_URL', settings.database !== undefined || place.hasDevelopmentPrivileges],
    ['CRATON_ISSUER', settings.issuer !== undefined || place.hasDevelopmentPrivileges],
  ];
  return required
    .filter(([, isThere]) => !isThere)
    .map(([variable]) => ({
      variable,
      message: `${variable} is not set, and there is no safe default for it.`,
    }));
}

/** One signing key for each environment: an instance that is staging has it already. */
function stagingOfItself({ stagingSigningKey }: Settings, { environment }: Place): ConfigProblem[] {
  if (stagingSigningKey === undefined || environment !== STAGING) return [];
  const variable = 'CRATON_STAGING_SIGNING_KEY';
  const message = `${variable} is for an instance of another environment; this one is staging itself. Remove it.`;
  return [{ variable, message }];
}

interface KeySetting {
  readonly variable: string;
  readonly seed: KeySeed;
}

/** The keys that are set, each under its own variable. */
function keysOf({
  signingKey,
  stagingSigningKey,
  logKey,
  postureKey,
}: Settings): readonly KeySetting[] {
  const settings = {
    CRATON_SIGNING_KEY: signingKey,
    CRATON_STAGING_SIGNING_KEY: stagingSigningKey,
    CRATON_LOG_KEY: logKey,
    CRATON_POSTURE_KEY: postureKey,
  };
  return Object.entries(settings).flatMap(([variable, key]) =>
    key === undefined ? [] : [{ variable, seed: key.expose() }],
  );
}

/** One key in two roles would let a signature of one be taken for the other's. */
function sharedKeys(settings: Settings): ConfigProblem[] {
  const keys = keysOf(settings);
  return keys.flatMap(({ variable, seed }, index) =>
    keys
      .slice(0, index)
      .filter((earlier) => equalBytes(earlier.seed.bytes, seed.bytes))
      .map((earlier) => ({
        variable,
        message: `${variable} is the same key as ${earlier.variable}. Make a key of its own.`,
      })),
  );
}

/** Generated keys were never meant for anybody else, and their root lies on the same machine. */
function developmentKeys(
  environment: Environment,
  settings: Settings,
  place: Place,
): ConfigProblem[] {
  if (!place.isProductionLike) return [];
  return keysOf(settings).flatMap(({ variable, seed }) => {
    const fileVariable = `${variable}_FILE`;
    const file = environment[fileVariable];
    const marks = marksBeside(file);
    if (!seed.isForDevelopment && marks.length === 0) return [];
    const named = file === undefined ? variable : fileVariable;
    const why = marks.length === 0 ? 'it says so itself' : `${marks.join(' and ')} lies beside it`;
    const message = `${named} names a key that was generated for development (${why}). Make one with craton keys, and attest it offline.`;
    return [{ variable: named, message }];
  });
}

function marksBeside(file: string | undefined): readonly string[] {
  if (file === undefined) return [];
  return DEVELOPMENT_MARKS.filter((mark) => existsSync(join(dirname(file), mark)));
}

function resolve(environment: Environment, settings: Settings, place: Place): BoundaryConfig {
  const { signingKey, attestationsFile } = settings;
  if (signingKey === undefined || attestationsFile === undefined) {
    throw new TypeError('Settings that were checked are missing.');
  }
  const dataDir = settings.dataDir ?? DEFAULT_DATA_DIR;
  const { host, port, publicUrl, issuer, retiredKeysFile, logLevel, queueMax, deadlineMs } =
    settings;
  return Object.freeze({
    environment: place.environment,
    isProductionLike: place.isProductionLike,
    hasDevelopmentPrivileges: place.hasDevelopmentPrivileges,
    host: host ?? DEFAULT_HOST,
    port,
    publicUrl,
    selfServiceUrl: settings.selfServiceUrl,
    database: settings.database ?? fileIn(dataDir),
    isDatabaseConfigured: !isOwnFile(settings.database, dataDir),
    dataDir,
    issuer: issuer ?? DEVELOPMENT_ISSUER,
    signingSeed: bytesOf(signingKey),
    signingKeySource: sourceOf(signingKey, environment['CRATON_SIGNING_KEY_FILE']),
    stagingSeed: settings.stagingSigningKey && bytesOf(settings.stagingSigningKey),
    logSeed: settings.logKey && bytesOf(settings.logKey),
    logWitnessesFile: settings.logWitnessesFile,
    hasOpenTiles: (settings.logTiles ?? openTilesDefault(place)) === 'public',
    postureSeed: settings.postureKey && bytesOf(settings.postureKey),
    attestationsFile,
    retiredKeysFile,
    keyCompromisesFile: settings.keyCompromisesFile,
    trustPolicyFile: settings.trustPolicyFile,
    stagingTrustPolicyFile: settings.stagingTrustPolicyFile,
    approvalIssuersFile: settings.approvalIssuersFile,
    reviewPullKey: settings.reviewPullKey,
    webhooksFile: settings.webhooksFile,
    secrets: secretOriginsOf(environment, {
      required: requiredSecrets(place),
      development: keysOf(settings)
        .filter(({ variable, seed }) => isGenerated(seed, environment[`${variable}_FILE`]))
        .map(({ variable }) => variable),
    }),
    operatorBootstrapSha256: settings.operatorBootstrap,
    identityProvider: identityProviderOf(settings, place),
    logLevel,
    queueMax,
    deadlineMs,
    rateLimits: rateLimitsOf(settings, place),
  });
}

const OIDC_VARIABLES = [
  'CRATON_OIDC_ISSUER',
  'CRATON_OIDC_CLIENT_ID',
  'CRATON_OIDC_CLIENT_SECRET',
] as const;

/** All three or none; and outside development nothing of a sign-in goes in the clear. */
function signInProblems(settings: Settings, { isProductionLike }: Place): ConfigProblem[] {
  const { oidcIssuer, oidcClientId, oidcClientSecret, publicUrl } = settings;
  const given = [oidcIssuer, oidcClientId, oidcClientSecret];
  if (given.every((value) => value === undefined)) return [];
  const missing = OIDC_VARIABLES.filter((_variable, index) => given[index] === undefined).map(
    (variable) => ({
      variable,
      message: `${variable} is not set, but other settings of the sign-in are. Set all three, or none.`,
    }),
  );
  if (!isProductionLike) return missing;
  const urls = { CRATON_OIDC_ISSUER: oidcIssuer, CRATON_PUBLIC_URL: publicUrl };
  const inTheClear = Object.entries(urls)
    .filter(
      ([variable, url]) => url?.startsWith('https://') !== true && !isNamed(missing, variable),
    )
    .map(([variable]) => ({
      variable,
      message: `${variable} must be an https URL where people sign in outside development.`,
    }));
  return [...missing, ...inTheClear];
}

function isNamed(problems: readonly ConfigProblem[], variable: string): boolean {
  return problems.some((problem) => problem.variable === variable);
}

function identityProviderOf(
  { oidcIssuer, oidcClientId, oidcClientSecret }: Settings,
  { isProductionLike }: Place,
): IdentityProviderSettings | undefined {
  if (oidcIssuer === undefined || oidcClientId === undefined) return undefined;
  if (oidcClientSecret === undefined) return undefined;
  return {
    issuer: oidcIssuer,
    clientId: oidcClientId,
    clientSecret: oidcClientSecret,
    allowsHttp: !isProductionLike,
  };
}

function sourceOf(key: Secret<KeySeed>, file: string | undefined) {
  return isGenerated(key.expose(), file) ? 'development' : 'configured';
}

/** Whether a key was made on a development machine. */
function isGenerated({ isForDevelopment }: KeySeed, file: string | undefined): boolean {
  return isForDevelopment || marksBeside(file).length > 0;
}

/** Secrets without which this process would not have started. */
function requiredSecrets({ hasDevelopmentPrivileges }: Place): readonly string[] {
  return ['CRATON_SIGNING_KEY', ...(hasDevelopmentPrivileges ? [] : ['DATABASE_URL'])];
}

function openTilesDefault({ hasDevelopmentPrivileges }: Place): 'public' | 'auditors' {
  return hasDevelopmentPrivileges ? 'public' : 'auditors';
}

function bytesOf(key: Secret<KeySeed>): Secret<Uint8Array> {
  return new Secret(key.expose().bytes);
}

function rateLimitsOf(settings: Settings, { isProductionLike }: Place): RateLimitSettings {
  const { ratePerKey, ratePerAddress, rateFailedAuthentications } = settings;
  const otherwise = isProductionLike ? RATE_LIMITS_DEFAULT : RATE_LIMITS_OFF;
  return {
    perKey: ratePerKey ?? otherwise.perKey,
    perAddress: ratePerAddress ?? otherwise.perAddress,
    failedAuthentications: rateFailedAuthentications ?? otherwise.failedAuthentications,
  };
}

/** `craton start` names that file by a setting, too. */
function isOwnFile(database: Settings['database'], dataDir: string): boolean {
  const location = database?.expose() ?? fileIn(dataDir).expose();
  return location.kind === 'sqlite' && location.path === join(dataDir, DATABASE_FILE);
}

function fileIn(dataDir: string): Secret<DatabaseLocation> {
  return new Secret({ kind: 'sqlite', path: join(dataDir, DATABASE_FILE) });
}
