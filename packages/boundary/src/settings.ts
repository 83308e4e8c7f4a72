/** The settings of the boundary process: the one table that parser, reference and example share. */
import { decodeBase64, isApiKeyText, isEnvironment, isIssuer } from '@craton/protocol';
import {
  choiceSetting,
  integerSetting,
  LOG_LEVELS,
  secretSetting,
  type SettingSection,
  textSetting,
} from '@craton/service';
import { QUEUE_MAX } from './ledger/writer-queue.ts';
import { RATE_LIMITS_DEFAULT } from './rate-limits.ts';
import { SEED_BYTES } from './signing/signer.ts';

/** Which store `DATABASE_URL` names. */
export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly host: string; readonly url: string };

/** A seed, and what its text says about where it may be used. */
export interface KeySeed {
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  /** It was generated for one development machine. */
  readonly isForDevelopment: boolean;
}

/** Stands before the seed of a generated key. */
const DEVELOPMENT_MARK = 'development:';

const seed = (role: string, name: string, effect = '') =>
  secretSetting({
    name,
    unit: 'base64',
    default: `none: ${role === 'signing' ? 'required' : 'that part is off'}`,
    limit: 'the 44 characters of base64 of 32 bytes',
    why: `Seed of the Ed25519 ${role} key.${effect} Signing, staging signing, log and posture keys are different keys. A key that was generated for development begins with \`development:\`, or lies beside \`offline-root\` or \`dev-credentials.json\`; production refuses it.`,
    parse: parseSeed,
  });

const path = (name: string, why: string) =>
  textSetting({
    name,
    unit: 'path',
    default: 'none',
    limit: 'the path of a file',
    why,
    parse: (text) => text,
  });

const RATE_MAX = 1_000_000;

/** Off on a development machine, where one program may ask as fast as it can. */
const rate = (name: string, unit: string, inProduction: number, why: string) =>
  textSetting({
    name,
    unit,
    default: `in development 0, else ${inProduction}`,
    limit: `a whole number from 0 to ${RATE_MAX}`,
    why: `${why} 0: no limit. Each node counts for itself.`,
    parse: (text) =>
      /^(?:0|[1-9][0-9]{0,6})$/.test(text) && Number(text) <= RATE_MAX ? Number(text) : undefined,
  });

export const BOUNDARY_SETTINGS = {
  environment: textSetting({
    name: 'CRATON_ENV',
    unit: 'name',
    default: 'NODE_ENV, else development',
    limit: 'lower-case letters and digits, beginning with a letter, at most 32',
    why: 'The environment that receipts, keys and paths belong to. development, local and test are for one machine; every other name is treated like production.',
    parse: parseEnvironmentName,
  }),
  nodeEnvironment: textSetting({
    name: 'NODE_ENV',
    unit: 'name',
    default: 'none',
    limit: 'lower-case letters and digits, beginning with a letter, at most 32',
    why: 'The environment if CRATON_ENV is not set.',
    parse: parseEnvironmentName,
  }),
  host: textSetting({
    name: 'HOST',
    unit: 'address',
    default: '127.0.0.1',
    limit: 'a host name or an IP address',
    why: 'Address to listen on. Development is possible on a loopback address only.',
    parse: (text) => (/^[A-Za-z0-9.:-]{1,253}$/.test(text) ? text : undefined),
  }),
  port: integerSetting({
    name: 'PORT',
    unit: 'TCP port',
    default: 8080,
    min: 0,
    max: 65_535,
    why: 'Port to listen on; 0 lets the system choose one.',
  }),
  publicUrl: textSetting({
    name: 'CRATON_PUBLIC_URL',
    unit: 'URL',
    default: 'the address listened on',
    limit: 'an http or https URL without path, query, user or final slash',
    why: 'How callers reach this server, as shown in pages and examples.',
    parse: (text) => (URL.canParse(text) && new URL(text).origin === text ? text : undefined),
  }),
  selfServiceUrl: textSetting({
    name: 'CRATON_SELF_SERVICE_URL',
    unit: 'URL',
    default: 'none: /self-service answers 404',
    limit: 'https://HOST, or http://HOST on this machine, without path, query, user or final slash',
    why: 'Where self-service listens. What is below /self-service is passed on to it, without any key of this side; craton start sets it.',
    parse: parseSelfServiceUrl,
  }),
  database: secretSetting({
    name: 'DATABASE_URL',
    unit: 'URL',
    default: 'in development sqlite:<CRATON_DATA_DIR>/boundary.db, else required',
    limit: 'sqlite:PATH with the path of a file, or postgres://...',
    why: 'The production store: live paths, receipts, openings, log leaves.',
    parse: parseDatabaseUrl,
  }),
  dataDir: textSetting({
    name: 'CRATON_DATA_DIR',
    unit: 'path',
    default: '.craton',
    limit: 'the path of a directory',
    why: 'Where the files of development lie: store, keys, credentials.',
    parse: (text) => text,
  }),
  issuer: textSetting({
    name: 'CRATON_ISSUER',
    unit: 'DNS name',
    default: 'in development craton.localhost, else required',
    limit: 'a lower-case DNS name, optionally with path segments',
    why: 'The issuer in every receipt. The root attestation must name the same.',
    parse: (text) => (isIssuer(text) ? text : undefined),
  }),
  signingKey: seed('signing', 'CRATON_SIGNING_KEY'),
  stagingSigningKey: seed(
    'staging signing',
    'CRATON_STAGING_SIGNING_KEY',
    ' With it this instance serves the environment staging, too: keys of kind `sts`, with paths, streams and receipts of their own. It needs an attestation for staging.',
  ),
  logKey: seed('log', 'CRATON_LOG_KEY'),
  postureKey: seed('posture', 'CRATON_POSTURE_KEY'),
  logWitnessesFile: path(
    'CRATON_LOG_WITNESSES_FILE',
    'Witnesses that are asked to cosign each checkpoint of the log: C2SP tlog-policy lines `witness`, `group` and `quorum`, and `issuer-operated` for those that you run yourself. Without it no checkpoint is cosigned.',
  ),
  logTiles: textSetting({
    name: 'CRATON_LOG_TILES',
    unit: 'word',
    default: 'in development public, else auditors',
    limit: 'public or auditors',
    why: 'Who may read tiles and entries of the log: everybody, or whoever has an operator token with the scope read. Entries hold digests and no content; their number shows how much is decided. The checkpoint is always public.',
    parse: (text) => (text === 'public' || text === 'auditors' ? text : undefined),
  }),
  attestationsFile: path(
    'CRATON_ATTESTATIONS_FILE',
    'JSON list of root attestations: one for the signing key, this issuer and this environment, and one for every retired key. Required.',
  ),
  retiredKeysFile: path(
    'CRATON_RETIRED_KEYS_FILE',
    'JWKS of earlier signing keys, so that their receipts stay verifiable.',
  ),
  keyCompromisesFile: path(
    'CRATON_KEY_COMPROMISES_FILE',
    'JSON with statements of roots about compromised retired keys (craton keys compromise --root-key): one, or a list. Bundles, exports and the offline key bundle carry them. Needs CRATON_TRUST_POLICY_FILE.',
  ),
  trustPolicyFile: path(
    'CRATON_TRUST_POLICY_FILE',
    'Trust policy with the roots that attest your keys: statements about compromised keys are checked under it.',
  ),
  stagingTrustPolicyFile: path(
    'CRATON_STAGING_TRUST_POLICY_FILE',
    'Trust policy for receipts of a staging instance of its own: bundles from there are imported as evidence under it. No root in it may speak for the environment of this instance.',
  ),
  reviewPullKey: secretSetting({
    name: 'CRATON_REVIEW_PULL_KEY',
    unit: 'API key',
    default: 'none: no review can be pulled',
    limit: 'a key of kind pull, as craton api-keys make --kind pull writes it',
    why: 'With it the operator side reads what self-service has under review, and its readiness. It opens nothing else, and self-service holds its digest only. Needs CRATON_SELF_SERVICE_URL.',
    parse: (text) => (text.startsWith('craton_pull_') && isApiKeyText(text) ? text : undefined),
  }),
  webhooksFile: path(
    'CRATON_WEBHOOKS_FILE',
    'JSON with those who are told what becomes of rollouts, and of incidents: name, address, file with the secret of the signatures, kinds of records. Nobody else is ever written to.',
  ),
  approvalIssuersFile: path(
    'CRATON_APPROVAL_ISSUERS_FILE',
    'JSON with the approval issuers whose signed approvals are checked, and their public keys. Without it every evidence stays submitted: kept as a digest, checked by nobody.',
  ),
  operatorBootstrap: textSetting({
    name: 'CRATON_OPERATOR_BOOTSTRAP_SHA256',
    unit: 'hex',
    default: 'none',
    limit: '64 lower-case hex digits',
    why: 'SHA-256 of an operator token made offline (craton api-keys make). Let in once, for an hour, while no other operator token is in force; remove it afterwards.',
    parse: (text) => (/^[0-9a-f]{64}$/.test(text) ? text : undefined),
  }),
  oidcIssuer: textSetting({
    name: 'CRATON_OIDC_ISSUER',
    unit: 'URL',
    default: 'none: nobody signs in, tokens alone are known',
    limit: 'an https URL without query, fragment or user; in development also http://127.0.0.1',
    why: 'The OpenID Connect provider by which operators sign in. Needs CRATON_OIDC_CLIENT_ID and CRATON_OIDC_CLIENT_SECRET, and outside development CRATON_PUBLIC_URL with https.',
    parse: parseOidcIssuer,
  }),
  oidcClientId: textSetting({
    name: 'CRATON_OIDC_CLIENT_ID',
    unit: 'text',
    default: 'none',
    limit: '1 to 256 printable ASCII characters',
    why: 'What the provider calls this server. Its redirect address is <CRATON_PUBLIC_URL>/operator/sign-in/callback.',
    parse: (text) => (/^[!-~]{1,256}$/.test(text) ? text : undefined),
  }),
  oidcClientSecret: secretSetting({
    name: 'CRATON_OIDC_CLIENT_SECRET',
    unit: 'text',
    default: 'none',
    limit: '8 to 512 printable ASCII characters',
    why: 'By which this server shows the provider that it is that client.',
    parse: (text) => (/^[!-~]{8,512}$/.test(text.trim()) ? text.trim() : undefined),
  }),
  logLevel: choiceSetting({
    name: 'CRATON_LOG_LEVEL',
    default: 'info',
    choices: LOG_LEVELS,
    why: 'The least severe lines that are written. Answered checks are debug lines: the receipt is their record.',
  }),
  queueMax: integerSetting({
    name: 'CRATON_CHECK_QUEUE_MAX',
    unit: 'checks',
    default: QUEUE_MAX,
    min: 1,
    max: 100_000,
    why: 'Checks that wait for the writer. Above it they are answered 503.',
  }),
  deadlineMs: integerSetting({
    name: 'CRATON_CHECK_DEADLINE_MS',
    unit: 'ms',
    default: 2_000,
    min: 10,
    max: 60_000,
    why: 'Time for one check from its arrival, waiting included. After it nothing is issued and the answer is 503.',
  }),
  ratePerKey: rate(
    'CRATON_RATE_LIMIT_PER_KEY',
    'requests per second',
    RATE_LIMITS_DEFAULT.perKey,
    'Requests with one API key; for two seconds it may be twice as many. Above it the answer is 429.',
  ),
  ratePerAddress: rate(
    'CRATON_RATE_LIMIT_PER_ADDRESS',
    'requests per second',
    RATE_LIMITS_DEFAULT.perAddress,
    'Requests from one address (of IPv6: from one /64); for two seconds it may be twice as many. Headers such as X-Forwarded-For are not believed: behind a proxy all requests have its address, so set 0 there and let the proxy limit.',
  ),
  rateFailedAuthentications: rate(
    'CRATON_RATE_LIMIT_FAILED_AUTH',
    'requests per minute',
    RATE_LIMITS_DEFAULT.failedAuthentications,
    'Requests from one address whose key is not accepted. Above it they are answered 429 and not 401; good keys from that address still work.',
  ),
} as const;

/** For the reference page and `.env.example`. */
export const BOUNDARY_SETTING_SECTION: SettingSection = {
  title: 'Boundary',
  introduction:
    'The production side: it decides, signs and keeps the record. It refuses to start on a doubtful configuration.',
  settings: BOUNDARY_SETTINGS,
};

function parseEnvironmentName(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  return isEnvironment(name) ? name : undefined;
}

function parseSeed(text: string): KeySeed | undefined {
  const isForDevelopment = text.startsWith(DEVELOPMENT_MARK);
  const encoded = isForDevelopment ? text.slice(DEVELOPMENT_MARK.length) : text;
  try {
    const bytes = decodeBase64(encoded.trim());
    return bytes.length === SEED_BYTES ? { bytes, isForDevelopment } : undefined;
  } catch {
    return undefined;
  }
}

/** An in-memory database would lose receipts that were answered, so it is no location. */
function parseDatabaseUrl(text: string): DatabaseLocation | undefined {
  const [, sqlitePath] = /^sqlite:(?!\/\/)(.+)$/.exec(text) ?? [];
  if (sqlitePath !== undefined) {
    return sqlitePath.includes(':memory:') ? undefined : { kind: 'sqlite', path: sqlitePath };
  }
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  return { kind: 'postgres', host: new URL(text).hostname, url: text };
}

/** Who people are is not asked in the clear over a network. */
function parseOidcIssuer(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  const isBare = [search, hash, username, password].every((part) => part === '');
  const isLocal = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return isBare && (protocol === 'https:' || (protocol === 'http:' && isLocal)) ? text : undefined;
}

/** Nothing is passed on in the clear over a network. */
function parseSelfServiceUrl(text: string): string | undefined {
  if (!URL.canParse(text) || new URL(text).origin !== text) return undefined;
  const { protocol, hostname } = new URL(text);
  const isLocal = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLocal) ? text : undefined;
}
