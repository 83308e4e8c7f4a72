/** Whether a review may start: one pure function of settings, posture and probes. */
import { formatTime } from '@craton/protocol';
import { isLocalStore, isSameServer, isSameStore } from './database-location.ts';
import {
  BLOCKER_CODES,
  type BlockerCode,
  CODE_TEXTS,
  DEGRADED_CODES,
  type DegradedCode,
  MISSING_CODES,
  type MissingCode,
  type ReadinessCode,
  WARNING_CODES,
  type WarningCode,
} from './readiness-codes.ts';
import {
  isOverrideOn,
  isProductionLike,
  isRecognised,
  type ReadinessConfig,
  refusesManagedHosts,
} from './readiness-config.ts';
import {
  type CanContinue,
  type DraftStoreIsolation,
  type DraftWrites,
  type Readiness,
  READINESS_SCHEMA,
  type ReadinessCheck,
  type ReadinessDetail,
  type ReadinessDocument,
  type ReadinessPosture,
  type ReadinessProbes,
  type ReadinessStatus,
} from './readiness-document.ts';

/** Codes that keep the launch gate closed; keys and people decide the status, not this gate. */
const DATABASE_CODES: ReadonlySet<ReadinessCode> = new Set([
  'draft_store_shared_with_primary',
  'production_database_refused',
  'local_override_enabled_in_production',
  'self_service_can_write_production',
  'self_service_database_url',
  'primary_database_url',
  'require_self_service_database_url',
  'recognised_environment',
]);

/** A measurement from the future by more than this is no measurement. */
const CLOCK_SKEW_MS = 5_000;

/** Everything that the codes are decided from. */
interface Situation {
  readonly config: ReadinessConfig;
  readonly posture: ReadinessPosture | undefined;
  readonly probes: ReadinessProbes;
  readonly productionLike: boolean;
  readonly requiresUrl: boolean;
  readonly primaryConfigured: boolean;
  readonly isolation: DraftStoreIsolation;
}

/**
 * Evaluates. `posture` is undefined if the production side did not answer. Total and deterministic:
 * the same three values give the same answer, and nothing in it can be traced to a host or a user.
 */
export function evaluateReadiness(
  config: ReadinessConfig,
  posture: ReadinessPosture | undefined,
  probes: ReadinessProbes,
): Readiness {
  const situation = situationOf(config, posture, probes);
  const found = findCodes(situation);
  const document = documentOf(situation, found);
  return { document, detail: detailOf(document, situation, found) };
}

function situationOf(
  config: ReadinessConfig,
  posture: ReadinessPosture | undefined,
  probes: ReadinessProbes,
): Situation {
  const productionLike = isProductionLike(config);
  const requiresUrl = productionLike || config.requireSelfServiceDatabaseUrl;
  const primaryConfigured = config.primary.state === 'set' || posture?.primaryConfigured === true;
  const partial = { config, posture, probes, productionLike, requiresUrl, primaryConfigured };
  return { ...partial, isolation: isolationOf(partial) };
}

function isolationOf(situation: Omit<Situation, 'isolation'>): DraftStoreIsolation {
  const { config, requiresUrl, primaryConfigured } = situation;
  if (config.selfService.state === 'set') {
    return isShared(situation) ? 'shared_with_primary' : 'dedicated';
  }
  if (requiresUrl) return 'none';
  return primaryConfigured ? 'primary_fallback' : 'local_embedded';
}

/** By address, or by the identity rows, which two names of one database cannot hide. */
function isShared({ config, posture, probes }: Omit<Situation, 'isolation'>): boolean {
  const { primary, selfService } = config;
  const own = probes.draftStore?.storeIdentities ?? [];
  if (own.some((identity) => posture?.storeIdentities.includes(identity))) return true;
  if (primary.state !== 'set' || selfService.state !== 'set') return false;
  return isSameStore(primary.location, selfService.location);
}

type Found = ReadonlySet<ReadinessCode>;

function findCodes(situation: Situation): Found {
  const tests: Readonly<Record<ReadinessCode, boolean>> = {
    ...blockers(situation),
    ...missing(situation),
    ...degraded(situation),
    ...warnings(situation),
  };
  return new Set(allCodes().filter((code) => tests[code]));
}

/** Every code, blockers first, in the order in which they are reported. */
function allCodes(): readonly ReadinessCode[] {
  return [...BLOCKER_CODES, ...MISSING_CODES, ...DEGRADED_CODES, ...WARNING_CODES];
}

function blockers(situation: Situation): Record<BlockerCode, boolean> {
  const { config, posture, probes, productionLike, requiresUrl, isolation } = situation;
  const { override } = config;
  return {
    draft_store_shared_with_primary: requiresUrl && isolation === 'shared_with_primary',
    production_database_refused: refusesManagedHosts(config, probes.nowMs),
    local_override_enabled_in_production: productionLike && isOverrideOn(config, probes.nowMs),
    self_service_can_write_production: probes.draftStore?.canWriteProduction === true,
    signing_key_is_development_key: productionLike && posture?.signingKey === 'development',
    override_expired: override.state === 'until' && probes.nowMs >= override.untilMs,
  };
}

function missing(situation: Situation): Record<MissingCode, boolean> {
  const { config, posture, productionLike, requiresUrl, primaryConfigured } = situation;
  return {
    self_service_database_url: requiresUrl && config.selfService.state === 'absent',
    primary_database_url: productionLike && !primaryConfigured,
    require_self_service_database_url: productionLike && !config.requireSelfServiceDatabaseUrl,
    recognised_environment: !isRecognised(config),
    signing_key: productionLike && posture?.signingKey === 'absent',
    root_attestation: productionLike && posture?.rootAttested === false,
    operator_role_holders: productionLike && posture?.rolesFilled === false,
  };
}

function degraded(situation: Situation): Record<DegradedCode, boolean> {
  const { posture, probes } = situation;
  const { draftStore, verification } = probes;
  return {
    draft_store_unreachable: draftStore?.reachable === false,
    primary_unreachable: posture === undefined || !posture.primaryReachable,
    migrations_pending:
      draftStore?.migrationsPending === true || posture?.migrationsPending === true,
    jwks_verification_failed: verification?.verified === false,
    receipt_log_unavailable: posture?.logAvailable === false,
    evidence_stale: isStale(situation),
  };
}

/** Something that must have been measured was not, or too long ago. */
function isStale({ config, posture, probes, isolation }: Situation): boolean {
  // Where no socket may be opened, there is nothing to measure.
  const mayConnect = isolation !== 'none' && !refusesManagedHosts(config, probes.nowMs);
  const expected = [
    ...(posture === undefined ? [] : [posture]),
    ...(mayConnect ? [probes.draftStore, probes.verification] : []),
  ];
  return expected.some((one) => one === undefined || !isFresh(one.measuredAtMs, probes));
}

function isFresh(measuredAtMs: number, { nowMs, ageMsMax }: ReadinessProbes): boolean {
  const ageMs = nowMs - measuredAtMs;
  return ageMs <= ageMsMax && ageMs >= -CLOCK_SKEW_MS;
}

function warnings({
  config,
  posture,
  probes,
  isolation,
  productionLike,
}: Situation): Record<WarningCode, boolean> {
  const stores = [config.primary, config.selfService].flatMap((setting) =>
    setting.state === 'set' ? [setting.location] : [],
  );
  const [primary, own] = stores;
  const role = probes.draftStore?.databaseRole;
  const isSeparate = isolation === 'dedicated' && primary !== undefined && own !== undefined;
  return {
    same_database_server: isSeparate && isSameServer(primary, own),
    shared_database_role: role !== undefined && role === posture?.databaseRole,
    override_active: !productionLike && isOverrideOn(config, probes.nowMs),
    tls_not_required: stores.some(
      (one) => one.kind === 'postgres' && !isLocalStore(one) && !one.tlsRequired,
    ),
  };
}

function documentOf(situation: Situation, found: Found): ReadinessDocument {
  const { config, probes, productionLike, requiresUrl, primaryConfigured, isolation } = situation;
  return {
    draft_store_isolation: isolation,
    environment: config.environment,
    launch_gate: {
      passes_enterprise_db_gate:
        isolation === 'dedicated' &&
        primaryConfigured &&
        !Array.from(found).some((code) => DATABASE_CODES.has(code)),
      recommended_require_flag: productionLike,
      requires_self_service_database_url: requiresUrl,
    },
    local_production_db_override_enabled: isOverrideOn(config, probes.nowMs),
    primary_database_url_configured: primaryConfigured,
    production_like: productionLike,
    production_write_from_self_service: found.has('self_service_can_write_production'),
    require_self_service_database_url: config.requireSelfServiceDatabaseUrl,
    self_service_database_url_configured: config.selfService.state === 'set',
    status: statusOf(situation, found),
  };
}

function statusOf({ config, probes, productionLike }: Situation, found: Found): ReadinessStatus {
  const has = (codes: readonly ReadinessCode[]) => codes.some((code) => found.has(code));
  const isUnreadable = [config.primary, config.selfService].some(
    ({ state }) => state === 'unreadable',
  );
  if (isUnreadable || probes.crashed) return 'error';
  if (has(BLOCKER_CODES)) return 'blocked';
  if (has(MISSING_CODES)) return 'missing';
  if (has(DEGRADED_CODES)) return 'degraded';
  return productionLike ? 'ready_for_review' : 'development_only';
}

/** Where drafts go; whatever is not plainly allowed is refused. */
function draftWritesOf(situation: Situation, found: Found): DraftWrites {
  const { config, isolation, productionLike, requiresUrl } = situation;
  const isRefused =
    config.selfService.state === 'unreadable' ||
    config.primary.state === 'unreadable' ||
    found.has('production_database_refused') ||
    found.has('self_service_can_write_production') ||
    (found.has('recognised_environment') && !productionLike);
  if (isRefused) return 'refused';
  switch (isolation) {
    case 'dedicated':
      return 'draft_store';
    case 'local_embedded':
      return 'embedded';
    case 'shared_with_primary':
    case 'primary_fallback':
      return requiresUrl ? 'refused' : 'primary_draft_table';
    case 'none':
      return 'refused';
  }
}

const CAN_CONTINUE: Readonly<Record<ReadinessStatus, CanContinue>> = {
  ready_for_review: 'Yes for readiness review',
  development_only: 'Drafting only',
  degraded: 'No',
  missing: 'No',
  blocked: 'No',
  error: 'No',
};

function detailOf(
  document: ReadinessDocument,
  situation: Situation,
  found: Found,
): ReadinessDetail {
  const only = <Code extends ReadinessCode>(codes: readonly Code[]) =>
    codes.filter((code) => found.has(code));
  return {
    ...document,
    schema: READINESS_SCHEMA,
    can_continue: CAN_CONTINUE[document.status],
    blocked_by: only(BLOCKER_CODES),
    missing_next: only(MISSING_CODES),
    degraded_by: only(DEGRADED_CODES),
    warnings: only(WARNING_CODES),
    draft_writes: draftWritesOf(situation, found),
    checks: allCodes().map((code) => checkOf(code, situation, found)),
    evaluated_at: formatTime(situation.probes.nowMs),
  };
}

function checkOf(code: ReadinessCode, situation: Situation, found: Found): ReadinessCheck {
  const { group, sentence, fix, measured } = CODE_TEXTS[code];
  const ageMs = ageMsOf(code, situation);
  return {
    code,
    group,
    kind: kindOf(code),
    result: found.has(code) ? 'fail' : 'pass',
    sentence,
    fix,
    measured,
    ...(ageMs !== undefined && { age_s: Math.max(0, Math.floor(ageMs / 1000)) }),
  };
}

function kindOf(code: ReadinessCode): ReadinessCheck['kind'] {
  const isIn = (codes: readonly ReadinessCode[]) => codes.includes(code);
  if (isIn(BLOCKER_CODES)) return 'blocker';
  if (isIn(MISSING_CODES)) return 'missing';
  return isIn(DEGRADED_CODES) ? 'degraded' : 'warning';
}

const FROM_POSTURE: ReadonlySet<ReadinessCode> = new Set([
  'signing_key_is_development_key',
  'signing_key',
  'root_attestation',
  'operator_role_holders',
  'primary_unreachable',
  'receipt_log_unavailable',
]);
const FROM_DRAFT_STORE: ReadonlySet<ReadinessCode> = new Set([
  'self_service_can_write_production',
  'draft_store_unreachable',
  'migrations_pending',
  'shared_database_role',
]);

function ageMsOf(code: ReadinessCode, { posture, probes }: Situation): number | undefined {
  const source = FROM_POSTURE.has(code)
    ? posture
    : FROM_DRAFT_STORE.has(code)
      ? probes.draftStore
      : code === 'jwks_verification_failed'
        ? probes.verification
        : undefined;
  return source && probes.nowMs - source.measuredAtMs;
}
