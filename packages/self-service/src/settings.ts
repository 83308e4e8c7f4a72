/** The settings of self-service: the one table that parser, reference and example share. */
import { decodeBase64, isIssuer, PUBLIC_KEY_BYTES } from '@craton/protocol';
import {
  choiceSetting,
  integerSetting,
  LOG_LEVELS,
  secretSetting,
  type SettingSection,
  textSetting,
} from '@craton/service';

const asGiven = (text: string): string => text;

const url = (name: string, absent: string, why: string) =>
  textSetting({
    name,
    unit: 'URL',
    default: absent,
    limit: 'an http or https URL without path, query, user or final slash',
    why,
    parse: (text) => (URL.canParse(text) && new URL(text).origin === text ? text : undefined),
  });

// What readiness judges is kept as it was given: a doubtful value is shown there, not refused here.
const database = (name: string, absent: string, why: string) =>
  secretSetting({
    name,
    unit: 'URL',
    default: absent,
    limit: 'sqlite:PATH with the path of a file, or postgres://...',
    why,
    parse: asGiven,
  });

const judged = (name: string, limit: string, why: string) =>
  textSetting({ name, unit: 'text', default: 'none', limit, why, parse: asGiven });

export const SELF_SERVICE_SETTINGS = {
  environment: judged(
    'CRATON_ENV',
    'the name of an environment',
    'The environment; NODE_ENV, else development, if it is not set. Unknown names unlock nothing.',
  ),
  nodeEnvironment: judged(
    'NODE_ENV',
    'the name of an environment',
    'The environment if CRATON_ENV is not set.',
  ),
  host: textSetting({
    name: 'HOST',
    unit: 'address',
    default: '127.0.0.1',
    limit: 'a host name or an IP address',
    why: 'Address to listen on.',
    parse: (text) => (/^[A-Za-z0-9.:-]{1,253}$/.test(text) ? text : undefined),
  }),
  port: integerSetting({
    name: 'PORT',
    unit: 'TCP port',
    default: 8081,
    min: 0,
    max: 65_535,
    why: 'Port to listen on; 0 lets the system choose one.',
  }),
  publicUrl: url(
    'CRATON_PUBLIC_URL',
    'the address listened on',
    'How people reach these pages, as shown in examples.',
  ),
  boundaryUrl: url(
    'CRATON_BOUNDARY_URL',
    'a placeholder is shown',
    'Where hosts call the boundary, as shown in instructions. Its posture and its published keys are read there; nothing is sent.',
  ),
  posturePublicKey: textSetting({
    name: 'CRATON_POSTURE_PUBLIC_KEY',
    unit: 'base64',
    default: 'none: the production side counts as unreachable',
    limit: 'the 44 characters of base64 of 32 bytes',
    why: 'The public half of CRATON_POSTURE_KEY: what the production side says of itself is believed under this key alone. Take it from whoever made the key, never from the server.',
    parse: parsePublicKey,
  }),
  readinessDetail: choiceSetting({
    name: 'CRATON_READINESS_DETAIL',
    default: 'keys',
    choices: ['keys', 'public'],
    why: 'Who sees single checks and their fixes: whoever has a self-service key, or everybody. In development, local and test everybody does.',
  }),
  issuer: textSetting({
    name: 'CRATON_ISSUER',
    unit: 'DNS name',
    default: 'craton.localhost',
    limit: 'a lower-case DNS name, optionally with path segments',
    why: 'The issuer of receipts, as pages show it.',
    parse: (text) => (isIssuer(text) ? text : undefined),
  }),
  database: database(
    'SELF_SERVICE_DATABASE_URL',
    'in development sqlite:<CRATON_DATA_DIR>/self-service.db, else drafts are refused',
    'The draft store: a database of its own. Where nothing safe is set, the server runs and draft routes answer 503.',
  ),
  primaryDatabase: database(
    'DATABASE_URL',
    'none',
    'Not for this server: leave it out. In development alone drafts fall back to it when SELF_SERVICE_DATABASE_URL is not set.',
  ),
  requireDatabase: judged(
    'REQUIRE_SELF_SERVICE_DATABASE_URL',
    'true or false',
    'With true, drafts never fall back to another store, in development either. Set it to true in production.',
  ),
  localOverride: judged(
    'ALLOW_LOCAL_PRODUCTION_DB',
    'true, or a time of RFC 3339',
    'Lets development connect to a managed database, for a smoke test. In production it blocks the launch.',
  ),
  managedHosts: judged(
    'PRODUCTION_DB_HOST_PATTERNS',
    'host names, or *.name for all below one, with commas between them',
    'Further hosts of managed databases, which development refuses.',
  ),
  dataDir: textSetting({
    name: 'CRATON_DATA_DIR',
    unit: 'path',
    default: '.craton',
    limit: 'the path of a directory',
    why: 'Where the draft store of development lies.',
    parse: asGiven,
  }),
  apiKeysFile: textSetting({
    name: 'CRATON_SELF_SERVICE_API_KEYS_FILE',
    unit: 'path',
    default: 'none: nobody can save',
    limit: 'the path of a file',
    why: 'JSON with the digests of keys: one key for each named person of an organisation, and pull keys of the operator side. Read at the start, and again within a second after it changed.',
    parse: asGiven,
  }),
  behindBoundary: choiceSetting({
    name: 'CRATON_SELF_SERVICE_BEHIND_BOUNDARY',
    default: 'false',
    choices: ['true', 'false'],
    why: 'With true, limits count the address that a proxy on this machine says in X-Forwarded-For. Only for a server that nobody reaches past that proxy.',
  }),
  ratePerAddress: integerSetting({
    name: 'CRATON_SELF_SERVICE_RATE_LIMIT',
    unit: 'requests per second',
    default: 20,
    min: 0,
    max: 1_000_000,
    why: 'Requests from one address (of IPv6: from one /64). Above it the answer is 429. 0: no limit.',
  }),
  ratePreviews: integerSetting({
    name: 'CRATON_SELF_SERVICE_PREVIEW_LIMIT',
    unit: 'previews per minute',
    default: 60,
    min: 0,
    max: 1_000_000,
    why: 'Compositions and previews without a key from one address. Above it the answer is 429. 0: no limit.',
  }),
  logLevel: choiceSetting({
    name: 'CRATON_LOG_LEVEL',
    default: 'info',
    choices: LOG_LEVELS,
    why: 'The least severe lines that are written.',
  }),
} as const;

function parsePublicKey(text: string): Uint8Array | undefined {
  try {
    const bytes = decodeBase64(text.trim());
    return bytes.length === PUBLIC_KEY_BYTES ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** For the reference page and `.env.example`. */
export const SELF_SERVICE_SETTING_SECTION: SettingSection = {
  title: 'Self-service',
  introduction:
    'The other side of the wall: drafts and readiness. It takes no production secret. `craton serve self-service` starts it.',
  settings: SELF_SERVICE_SETTINGS,
};
