/** Environment variables: which ones there are, and which a server is given. */
import { CommandFailure } from './failure.ts';

/** Variables of the boundary process. It gets these and nothing else of this environment. */
export const BOUNDARY_VARIABLES = [
  'CRATON_ENV',
  'NODE_ENV',
  'HOST',
  'PORT',
  'CRATON_PUBLIC_URL',
  'CRATON_SELF_SERVICE_URL',
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'CRATON_DATA_DIR',
  'CRATON_ISSUER',
  'CRATON_SIGNING_KEY',
  'CRATON_SIGNING_KEY_FILE',
  'CRATON_STAGING_SIGNING_KEY',
  'CRATON_STAGING_SIGNING_KEY_FILE',
  'CRATON_LOG_KEY',
  'CRATON_LOG_KEY_FILE',
  'CRATON_LOG_WITNESSES_FILE',
  'CRATON_LOG_TILES',
  'CRATON_POSTURE_KEY',
  'CRATON_POSTURE_KEY_FILE',
  'CRATON_ATTESTATIONS_FILE',
  'CRATON_KEY_COMPROMISES_FILE',
  'CRATON_TRUST_POLICY_FILE',
  'CRATON_STAGING_TRUST_POLICY_FILE',
  'CRATON_RETIRED_KEYS_FILE',
  'CRATON_APPROVAL_ISSUERS_FILE',
  'CRATON_REVIEW_PULL_KEY',
  'CRATON_REVIEW_PULL_KEY_FILE',
  'CRATON_WEBHOOKS_FILE',
  'CRATON_OPERATOR_BOOTSTRAP_SHA256',
  'CRATON_OIDC_ISSUER',
  'CRATON_OIDC_CLIENT_ID',
  'CRATON_OIDC_CLIENT_SECRET',
  'CRATON_OIDC_CLIENT_SECRET_FILE',
  'CRATON_LOG_LEVEL',
  'CRATON_CHECK_QUEUE_MAX',
  'CRATON_CHECK_DEADLINE_MS',
  'CRATON_RATE_LIMIT_PER_KEY',
  'CRATON_RATE_LIMIT_PER_ADDRESS',
  'CRATON_RATE_LIMIT_FAILED_AUTH',
] as const;

/** Variables of the self-service process: no secret of the production side is among them. */
const SELF_SERVICE_VARIABLES = [
  'CRATON_ENV',
  'NODE_ENV',
  'HOST',
  'PORT',
  'CRATON_PUBLIC_URL',
  'CRATON_BOUNDARY_URL',
  'CRATON_POSTURE_PUBLIC_KEY',
  'CRATON_READINESS_DETAIL',
  'CRATON_ISSUER',
  'SELF_SERVICE_DATABASE_URL',
  'SELF_SERVICE_DATABASE_URL_FILE',
  'REQUIRE_SELF_SERVICE_DATABASE_URL',
  'ALLOW_LOCAL_PRODUCTION_DB',
  'PRODUCTION_DB_HOST_PATTERNS',
  'CRATON_DATA_DIR',
  'CRATON_SELF_SERVICE_API_KEYS_FILE',
  'CRATON_SELF_SERVICE_BEHIND_BOUNDARY',
  'CRATON_SELF_SERVICE_RATE_LIMIT',
  'CRATON_SELF_SERVICE_PREVIEW_LIMIT',
  'CRATON_LOG_LEVEL',
] as const;
/** Given to self-service only where it is served alone, so that readiness can complain of it. */
const PRIMARY_VARIABLES = ['DATABASE_URL', 'DATABASE_URL_FILE'] as const;

/** Variables that only this command reads. */
const COMMAND_VARIABLES = [
  'CRATON_API_KEY',
  'CRATON_API_KEY_FILE',
  'CRATON_OPERATOR_TOKEN',
  'CRATON_OPERATOR_TOKEN_FILE',
  'CRATON_SELF_SERVICE_API_KEY',
  'CRATON_SELF_SERVICE_API_KEY_FILE',
  'CRATON_DRAFTS_ADMIN_DATABASE_URL',
  'CRATON_DRAFTS_ADMIN_DATABASE_URL_FILE',
  'CRATON_SMOKE_API_KEY',
  'CRATON_SMOKE_API_KEY_FILE',
  'CRATON_BOUNDARY_URL',
] as const;

/** Variables that bring a key or what belongs to it: with one of them nothing is generated. */
export const KEY_VARIABLES = BOUNDARY_VARIABLES.filter((name) =>
  /(?:SIGNING|LOG|POSTURE)_KEY|RETIRED_KEYS|ATTESTATIONS/.test(name),
);

type Environment = Readonly<Record<string, string | undefined>>;

/** The part of an environment that the boundary process may see. */
export function boundaryEnvironment(
  env: Environment,
  additions: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { ...chosen(env, BOUNDARY_VARIABLES), ...additions };
}

/** The part of an environment that self-service may see beside a boundary. */
export function selfServiceEnvironment(
  env: Environment,
  additions: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { ...chosen(env, SELF_SERVICE_VARIABLES), ...additions };
}

/** The same where it is served alone: a production database in its environment is judged there. */
export function lonelySelfServiceEnvironment(env: Environment): Record<string, string> {
  return chosen(env, [...SELF_SERVICE_VARIABLES, ...PRIMARY_VARIABLES]);
}

function chosen(env: Environment, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Names of variables that begin with `CRATON_` and that nobody reads. */
export function unknownVariables(env: Environment): string[] {
  const known = new Set<string>([
    ...BOUNDARY_VARIABLES,
    ...SELF_SERVICE_VARIABLES,
    ...COMMAND_VARIABLES,
  ]);
  return Object.keys(env).filter((name) => name.startsWith('CRATON_') && !known.has(name));
}

/**
 * A server would never see a misspelt variable, because it is given only what is known here: so it
 * is refused before anything starts.
 */
export function assertNoUnknownVariables(env: Environment): void {
  const unknown = unknownVariables(env);
  if (unknown.length === 0) return;
  throw new CommandFailure(`Not a known setting: ${unknown.join(', ')}.`, {
    code: 'setting_unknown',
    nextStep: 'Correct the spelling, or remove it from the environment.',
  });
}
