/** Judges of live evidence: whoever measures fills these in, and decides nothing. */
import { type Digest, formatTime, parseTime } from '@craton/protocol';
import { type EvaluationContext, resultOf, verdictOf } from './finding.ts';
import type { BodyOf, CriterionResult } from './records.ts';
import { type EvaluatedOutcome } from './terms.ts';

/** G2.1: what each side said about its store, over live connections. */
export interface SeparationEvidence {
  /** Digests by which the production store is known; empty if it did not answer. */
  readonly production_identities: readonly string[];
  readonly draft_identities: readonly string[];
  /** What became of a write of no rows to a production table, through the drafts' connection. */
  readonly write_probe: 'refused' | 'accepted' | 'not_run';
}

/** G2.1: separated, and the drafts' side cannot write. An unanswered question is inconclusive. */
export function judgeSeparation(
  evidence: SeparationEvidence,
  context: EvaluationContext,
): CriterionResult {
  const { production_identities, draft_identities, write_probe } = evidence;
  const isShared = production_identities.some((identity) => draft_identities.includes(identity));
  const isAnswered = production_identities.length > 0 && draft_identities.length > 0;
  return resultOf(
    {
      ...{ id: 'G2.1', evaluator: { name: 'store_separation', version: 1 }, evidence },
      ...verdictOf({
        wrong: [
          isShared && 'stores_not_separated',
          write_probe === 'accepted' && 'drafts_can_write_production',
        ],
        open: [
          !isAnswered && 'store_not_reached',
          write_probe === 'not_run' && 'write_probe_not_run',
        ],
      }),
    },
    context,
  );
}

/** Where a running process has a secret from. */
export const SECRET_SOURCES = [
  'environment',
  'secret_file',
  'kms',
  'development',
  'default',
  'absent',
] as const;

/** G2.2: every secret by its setting's name, as the running processes report it. */
export interface SecretEvidence {
  readonly is_production_like: boolean;
  readonly secrets: readonly {
    readonly name: string;
    readonly source: (typeof SECRET_SOURCES)[number];
    readonly required: boolean;
  }[];
}

/** G2.2: nothing by default, nothing generated where it is like production, nothing missing. */
export function judgeSecretSources(
  evidence: SecretEvidence,
  context: EvaluationContext,
): CriterionResult {
  const { secrets, is_production_like } = evidence;
  const named = (source: string) => secrets.filter((secret) => secret.source === source);
  const wrong = [
    ...named('default'),
    ...named('absent').filter(({ required }) => required),
    ...(is_production_like ? named('development') : []),
  ].map(({ name }) => name);
  return resultOf(
    {
      ...{ id: 'G2.2', evaluator: { name: 'secret_sources', version: 1 }, evidence },
      ...verdictOf({
        wrong: [wrong.length > 0 && 'secret_not_configured'],
        open: [secrets.length === 0 && 'no_secrets_reported'],
      }),
      ...(wrong.length > 0 && { detail: `Set these by the environment: ${wrong.join(', ')}.` }),
    },
    context,
  );
}

/** G2.3: the signed readiness snapshot. */
export interface ReadinessEvidence {
  readonly snapshot_digest: Digest;
  readonly signature: 'verified' | 'failed' | 'absent';
  readonly measured_at: string;
  readonly production_write_from_self_service: boolean;
}

/** A snapshot older than this says nothing about now. Seconds. */
export const READINESS_AGE_S_MAX = 60;

/** G2.3: a fresh and verified snapshot says that drafts do not write production. */
export function judgeReadiness(
  evidence: ReadinessEvidence | undefined,
  context: EvaluationContext,
): CriterionResult {
  const ageMs = evidence === undefined ? 0 : context.nowMs - parseTime(evidence.measured_at);
  const isFresh = ageMs >= 0 && ageMs <= READINESS_AGE_S_MAX * 1_000;
  return resultOf(
    {
      ...{ id: 'G2.3', evaluator: { name: 'readiness_snapshot', version: 1 } },
      ...verdictOf({
        wrong: [
          evidence?.signature === 'failed' && 'snapshot_not_verified',
          evidence?.production_write_from_self_service === true && 'drafts_write_production',
        ],
        open: [
          (evidence === undefined || evidence.signature === 'absent') && 'snapshot_missing',
          !isFresh && 'snapshot_stale',
        ],
      }),
      evidence: evidence ?? {},
    },
    context,
  );
}

/** One search for secrets: how much was looked at, and by which rule something was found. */
export interface LeakSearch {
  readonly build: string;
  /** Pages, answers, log lines and assets that were searched. */
  readonly searched: number;
  /** Labels of what came out, never the secret. */
  readonly found: readonly string[];
}

/** G2.4: planted secrets in a child of the same build, and the live instance's own. */
export interface LeakEvidence {
  /** Build of the live instance. */
  readonly build: string;
  readonly canary?: LeakSearch;
  readonly live?: LeakSearch;
}

/** G2.4: both searches looked at something and found nothing; another build is inconclusive. */
export function judgeLeaks(evidence: LeakEvidence, context: EvaluationContext): CriterionResult {
  const { build, canary, live } = evidence;
  const searches = [canary, live];
  const isFound = searches.some((search) => search !== undefined && search.found.length > 0);
  const isDone = searches.every((search) => search !== undefined && search.searched > 0);
  const isSameBuild = searches.every((search) => search === undefined || search.build === build);
  return resultOf(
    {
      ...{ id: 'G2.4', evaluator: { name: 'leak_search', version: 1 }, evidence },
      ...verdictOf({
        wrong: [isFound && 'secret_came_out'],
        open: [!isDone && 'search_missing', !isSameBuild && 'search_of_another_build'],
      }),
    },
    context,
  );
}

/** G3.3: a process with an empty environment, given only an address and receipts. */
export interface KeyRouteEvidence {
  readonly jwks_reached: boolean;
  readonly receipts: readonly string[];
  readonly verified: number;
  /** Whether the same receipts were refused with keys that are not the issuer's. */
  readonly wrong_keys_refused: boolean;
}

/** G3.3: all receipts verified with the published keys, and none with wrong ones. */
export function judgeKeyRoute(
  evidence: KeyRouteEvidence,
  context: EvaluationContext,
): CriterionResult {
  const { jwks_reached, receipts, verified, wrong_keys_refused } = evidence;
  return resultOf(
    {
      ...{ id: 'G3.3', evaluator: { name: 'key_route', version: 1 }, evidence },
      ...verdictOf({
        wrong: [
          jwks_reached && verified < receipts.length && 'receipt_not_verified',
          jwks_reached && receipts.length > 0 && !wrong_keys_refused && 'wrong_keys_accepted',
        ],
        open: [!jwks_reached && 'keys_not_reached', receipts.length === 0 && 'no_receipts'],
      }),
    },
    context,
  );
}

/** What of a smoke run is evidence; `digest` is that of its record. */
export interface SmokeEvidence {
  readonly target: 'boundary' | 'self_service';
  readonly environment: string;
  readonly build?: string;
  readonly outcome: 'passed' | 'failed';
  readonly ended_at: string;
  readonly digest: Digest;
}

/** G3.4: the newest run of each smoke test, of this environment and build, passed. */
export function judgeSmokeRuns(
  runs: readonly SmokeEvidence[],
  selected: { readonly environment: string; readonly build: string },
  context: EvaluationContext,
): CriterionResult {
  const newest = (['boundary', 'self_service'] as const).map((target) =>
    runs
      .filter((run) => run.target === target && run.environment === selected.environment)
      .filter(({ ended_at }) => parseTime(ended_at) <= context.nowMs)
      .reduce<SmokeEvidence | undefined>(newerRun, undefined),
  );
  const lifetimeS = context.policy.criteria.find(({ id }) => id === 'G3.4')?.lifetime_s ?? 0;
  const isOld = (run: SmokeEvidence | undefined): boolean =>
    run !== undefined && context.nowMs - parseTime(run.ended_at) >= lifetimeS * 1_000;
  return resultOf(
    {
      ...{ id: 'G3.4', evaluator: { name: 'smoke_runs', version: 1 } },
      ...verdictOf({
        wrong: [newest.some((run) => run?.outcome === 'failed') && 'smoke_test_failed'],
        open: [
          newest.includes(undefined) && 'smoke_test_missing',
          newest.some((run) => run?.build !== selected.build) && 'smoke_test_of_another_build',
          newest.some(isOld) && 'smoke_test_stale',
        ],
      }),
      evidence: { selected, runs: newest.map((run) => run?.digest ?? 'absent') },
    },
    context,
  );
}

function newerRun(one: SmokeEvidence | undefined, other: SmokeEvidence): SmokeEvidence {
  return one === undefined || other.ended_at >= one.ended_at ? other : one;
}

/** G4.4: routes that deploy, as each running application lists them. */
export interface DeployRouteEvidence {
  readonly operator_routes: readonly string[];
  readonly self_service_routes: readonly string[];
}

/** G4.4: the operator side has a way to deploy, and drafts have none. */
export function judgeDeployRoute(
  evidence: DeployRouteEvidence,
  context: EvaluationContext,
): CriterionResult {
  const { operator_routes, self_service_routes } = evidence;
  return resultOf(
    {
      ...{ id: 'G4.4', evaluator: { name: 'deploy_route', version: 1 }, evidence },
      ...verdictOf({
        wrong: [self_service_routes.length > 0 && 'drafts_can_deploy'],
        open: [operator_routes.length === 0 && 'no_deploy_route'],
      }),
    },
    context,
  );
}

/** Exit 4: one check after a deployment. */
export interface StabilityCheck {
  readonly at: string;
  readonly receipt_digest: string;
  readonly verified: boolean;
}

/**
 * Exit 4, as the body of a record: all checks of the window verified, and enough of them. Open
 * until the window ends; one receipt that does not verify fails at once.
 */
export function judgeStability(
  checks: readonly StabilityCheck[],
  deployedAtMs: number,
  context: EvaluationContext,
): BodyOf<'rollout', 'stability_checked'> {
  const { policy, nowMs } = context;
  const endMs = deployedAtMs + policy.stability.window_s * 1_000;
  const counted = checks.filter(
    ({ at }) => parseTime(at) >= deployedAtMs && parseTime(at) <= endMs,
  );
  const verified = counted.filter((check) => check.verified).length;
  const isOver = nowMs >= endMs;
  const finding = verdictOf({
    wrong: [
      verified < counted.length && 'receipt_not_verified',
      isOver && counted.length < policy.stability.checks_min && 'too_few_checks',
    ],
    open: [!isOver && 'window_open'],
  });
  const { evidence_digest } = resultOf(
    {
      ...{ id: 'G4.exit', evaluator: { name: 'stability', version: 1 } },
      ...finding,
      evidence: { deployed_at: formatTime(deployedAtMs), checks: counted },
    },
    context,
  );
  const result: EvaluatedOutcome = finding.result;
  const counts = { checks: counted.length, verified, window_ends_at: formatTime(endMs) };
  return { ...counts, result, evidence_digest };
}
