/** Every reason code of readiness: what it means, what to do, and where to read more. */

export const BLOCKER_CODES = [
  'draft_store_shared_with_primary',
  'production_database_refused',
  'local_override_enabled_in_production',
  'self_service_can_write_production',
  'signing_key_is_development_key',
  'override_expired',
] as const;
export const MISSING_CODES = [
  'self_service_database_url',
  'primary_database_url',
  'require_self_service_database_url',
  'recognised_environment',
  'signing_key',
  'root_attestation',
  'operator_role_holders',
] as const;
export const DEGRADED_CODES = [
  'draft_store_unreachable',
  'primary_unreachable',
  'migrations_pending',
  'jwks_verification_failed',
  'receipt_log_unavailable',
  'evidence_stale',
] as const;
export const WARNING_CODES = [
  'same_database_server',
  'shared_database_role',
  'override_active',
  'tls_not_required',
] as const;

export type BlockerCode = (typeof BLOCKER_CODES)[number];
export type MissingCode = (typeof MISSING_CODES)[number];
export type DegradedCode = (typeof DEGRADED_CODES)[number];
export type WarningCode = (typeof WARNING_CODES)[number];
export type ReadinessCode = BlockerCode | MissingCode | DegradedCode | WarningCode;

/** Where a finding belongs on the page: the four check groups, in their order. */
export const CHECK_GROUPS = [
  'pre_execution_boundary',
  'database_isolation',
  'verification_surface',
  'deployment_review',
] as const;
export type CheckGroup = (typeof CHECK_GROUPS)[number];

export interface CodeText {
  readonly group: CheckGroup;
  readonly sentence: string;
  readonly fix: string;
  /** How the answer is known. */
  readonly measured: string;
  /** The variable to set, if setting one is the fix. */
  readonly variable?: string;
}

const SETTINGS = 'Read from the settings of the running process.';
const IDENTITY = 'Compared by address, and by the identity row that each database carries.';
const LIVE = 'Tried over a live connection by the background prober.';
const POSTURE = 'Taken from the signed posture document of the production side.';

/** Texts for pages, commands and documents. A doc anchor is the code itself. */
export const CODE_TEXTS: Readonly<Record<ReadinessCode, CodeText>> = {
  draft_store_shared_with_primary: {
    group: 'database_isolation',
    sentence: 'The draft store and the production store are the same database.',
    fix: 'Point SELF_SERVICE_DATABASE_URL at a database of its own.',
    measured: IDENTITY,
    variable: 'SELF_SERVICE_DATABASE_URL',
  },
  production_database_refused: {
    group: 'database_isolation',
    sentence: 'A development environment names a managed database, so no connection is opened.',
    fix: 'Use a local database. For a smoke test only, set ALLOW_LOCAL_PRODUCTION_DB to an expiry time.',
    measured: 'Read from the host in the database settings, before a socket opens.',
    variable: 'ALLOW_LOCAL_PRODUCTION_DB',
  },
  local_override_enabled_in_production: {
    group: 'database_isolation',
    sentence: 'The override for local smoke tests is on in an environment like production.',
    fix: 'Remove ALLOW_LOCAL_PRODUCTION_DB.',
    measured: SETTINGS,
    variable: 'ALLOW_LOCAL_PRODUCTION_DB',
  },
  self_service_can_write_production: {
    group: 'pre_execution_boundary',
    sentence: 'The database role of self-service could write a production table.',
    fix: 'Give self-service a role of its own with craton drafts grant, and revoke every other right.',
    measured: 'A write of no rows was tried in a transaction that is rolled back.',
  },
  signing_key_is_development_key: {
    group: 'verification_surface',
    sentence: 'Receipts would be signed with a key that was generated for development.',
    fix: 'Make a signing key with craton keys, attest it offline, and set CRATON_SIGNING_KEY.',
    measured: POSTURE,
    variable: 'CRATON_SIGNING_KEY',
  },
  override_expired: {
    group: 'database_isolation',
    sentence: 'The override for local smoke tests has expired.',
    fix: 'Remove ALLOW_LOCAL_PRODUCTION_DB, or set a new expiry time for another smoke test.',
    measured: SETTINGS,
    variable: 'ALLOW_LOCAL_PRODUCTION_DB',
  },
  self_service_database_url: {
    group: 'database_isolation',
    sentence: 'No draft store is configured.',
    fix: 'Set SELF_SERVICE_DATABASE_URL to a database of its own.',
    measured: SETTINGS,
    variable: 'SELF_SERVICE_DATABASE_URL',
  },
  primary_database_url: {
    group: 'database_isolation',
    sentence: 'No production store is configured.',
    fix: 'Set DATABASE_URL on the production side.',
    measured: POSTURE,
    variable: 'DATABASE_URL',
  },
  require_self_service_database_url: {
    group: 'database_isolation',
    sentence: 'Nothing prevents a fallback if the address of the draft store is deleted.',
    fix: 'Set REQUIRE_SELF_SERVICE_DATABASE_URL to true.',
    measured: SETTINGS,
    variable: 'REQUIRE_SELF_SERVICE_DATABASE_URL',
  },
  recognised_environment: {
    group: 'pre_execution_boundary',
    sentence: 'The environment is not named, or by a name that is not known.',
    fix: 'Set CRATON_ENV to production, staging or preview, or to development, local or test.',
    measured: SETTINGS,
    variable: 'CRATON_ENV',
  },
  signing_key: {
    group: 'verification_surface',
    sentence: 'The production side has no signing key.',
    fix: 'Make a key with craton keys and set CRATON_SIGNING_KEY.',
    measured: POSTURE,
    variable: 'CRATON_SIGNING_KEY',
  },
  root_attestation: {
    group: 'verification_surface',
    sentence: 'No root attests the signing key.',
    fix: 'Attest the key offline with craton keys attest and set CRATON_ATTESTATIONS_FILE.',
    measured: POSTURE,
    variable: 'CRATON_ATTESTATIONS_FILE',
  },
  operator_role_holders: {
    group: 'deployment_review',
    sentence: 'A role that the rollout gates need has no holder.',
    fix: 'Give each role of the gates to a named person.',
    measured: POSTURE,
  },
  draft_store_unreachable: {
    group: 'database_isolation',
    sentence: 'The draft store does not answer.',
    fix: 'Check that the database of SELF_SERVICE_DATABASE_URL runs and can be reached.',
    measured: LIVE,
    variable: 'SELF_SERVICE_DATABASE_URL',
  },
  primary_unreachable: {
    group: 'pre_execution_boundary',
    sentence: 'The production side, or its store, does not answer.',
    fix: 'Check that the boundary runs, that CRATON_BOUNDARY_URL reaches it, and its DATABASE_URL.',
    measured: 'Asked over HTTP for its posture document.',
    variable: 'CRATON_BOUNDARY_URL',
  },
  migrations_pending: {
    group: 'database_isolation',
    sentence: 'A database has not had all its migrations.',
    fix: 'Start the new version once with the right to migrate, or run its migrations.',
    measured: LIVE,
  },
  jwks_verification_failed: {
    group: 'verification_surface',
    sentence: 'A receipt could not be verified with the public keys.',
    fix: 'Compare the published key set with the signing key of the boundary.',
    measured: 'A receipt was verified with nothing but the published key set.',
  },
  receipt_log_unavailable: {
    group: 'verification_surface',
    sentence: 'The receipt log does not answer, or has not grown as it should.',
    fix: 'Check the publisher of the log and its witnesses.',
    measured: POSTURE,
  },
  evidence_stale: {
    group: 'deployment_review',
    sentence: 'A measurement is older than it may be, or was never made.',
    fix: 'Check that the background prober runs and that the posture document is fetched.',
    measured: 'The age of the last measurement.',
  },
  same_database_server: {
    group: 'database_isolation',
    sentence: 'Both databases are on one server: separate, but they stand and fall together.',
    fix: 'Use another server for the draft store where that matters.',
    measured: IDENTITY,
  },
  shared_database_role: {
    group: 'database_isolation',
    sentence: 'Both sides connect with the same database role.',
    fix: 'Make a role for self-service with craton drafts grant.',
    measured: LIVE,
  },
  override_active: {
    group: 'database_isolation',
    sentence: 'The override for local smoke tests is on: managed databases are not refused.',
    fix: 'Remove ALLOW_LOCAL_PRODUCTION_DB after the smoke test.',
    measured: SETTINGS,
    variable: 'ALLOW_LOCAL_PRODUCTION_DB',
  },
  tls_not_required: {
    group: 'database_isolation',
    sentence: 'A database away from this machine may be reached without TLS.',
    fix: 'Add sslmode=verify-full to the database URL.',
    measured: SETTINGS,
  },
};
