/** Gate 3 from receipts: what was tested where, and every expected verdict beside the observed one. */
import {
  decodeBase64,
  type DecisionPayload,
  type Digest,
  digestBytes,
  type JsonObject,
  readPayload,
  type Verdict,
} from '@craton/protocol';
import type { Packet } from '../draft/packet.ts';
import { type EvaluationContext, type Finding, resultOf, verdictOf } from './finding.ts';
import type { CriterionResult } from './records.ts';
import { STAGING_EXIT } from './terms.ts';

/** The partner of Craton's own smoke tests: never evidence for anybody's path. */
const SMOKE_PARTNER = 'craton_smoke';

/** A check in staging: its receipt and its opening, as they were verified. */
export interface StagingCheck {
  /** `{payload_b64, signature, kid, sig_alg}` as it came. */
  readonly receipt: JsonObject;
  readonly externalReference: string;
  /**
   * Whether signature, issuer and commitment held under the trust policy for staging, with the
   * opening that `externalReference` is from.
   */
  readonly isVerified: boolean;
}

export type CaseCode =
  'agrees' | 'not_observed' | 'verdict_differs' | 'other_boundary_object' | 'only_observing';

/** One case of the plan beside what staging said. */
export interface StagingCase {
  readonly case: string;
  readonly external_reference: string;
  /** Typed by a person. */
  readonly expected: Verdict;
  readonly observed?: Verdict;
  readonly request_id?: string;
  readonly code: CaseCode;
}

export interface StagingEvaluation {
  readonly cases: readonly StagingCase[];
  /** G3.1, G3.2 and the exit of the gate. */
  readonly results: readonly CriterionResult[];
}

/** Where checks come from, and which do not count. */
export interface StagingScope {
  readonly packet: Packet;
  /** That of the rollout: evidence from there is refused. */
  readonly environment: string;
}

const EVALUATOR = { name: 'staging_receipts', version: 1 } as const;
const PRODUCTION = 'production';

interface ReadCheck extends StagingCheck {
  readonly payload: DecisionPayload;
  readonly digest: Digest;
}

/**
 * Evaluates gate 3 from the checks with the integrator's own key. Of several checks with one
 * reference the newest counts.
 */
export function evaluateStaging(
  scope: StagingScope,
  checks: readonly StagingCheck[],
  context: EvaluationContext,
): StagingEvaluation {
  const read = checks.map((check) => readCheck(check));
  const own = read.filter((check) => check !== undefined).filter(isOwn(scope));
  const cases = compareCases(scope, own.filter(isVerified));
  const findings = [
    testedFinding(scope, own),
    membersFinding(checks, read, own),
    exitFinding(scope, cases, own),
  ];
  return { cases, results: findings.map((finding) => resultOf(finding, context)) };
}

/** The reference by which a case is found again in staging: the one typed, else `expected-<n>`. */
export function caseReference(
  { request }: { readonly request: JsonObject },
  index: number,
): string {
  const typed = request.external_reference;
  return typeof typed === 'string' ? typed : `expected-${index + 1}`;
}

/** Undefined if it is no decision in the published form. */
function readCheck(check: StagingCheck): ReadCheck | undefined {
  const { payload_b64, signature, kid, sig_alg } = check.receipt;
  const isEnveloped = [signature, kid].every((one) => typeof one === 'string' && one !== '');
  if (typeof payload_b64 !== 'string' || !isEnveloped || sig_alg !== 'ed25519') return undefined;
  const bytes = bytesOf(payload_b64);
  const reading = bytes === undefined ? undefined : readPayload(bytes);
  if (bytes === undefined || reading === undefined || 'fault' in reading) return undefined;
  const { payload } = reading;
  if (payload.receipt_type !== 'boundary_decision') return undefined;
  return { ...check, payload, digest: digestBytes(bytes) };
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return decodeBase64(base64);
  } catch {
    return undefined;
  }
}

function isOwn({ packet }: StagingScope): (check: ReadCheck) => boolean {
  return ({ payload: { boundary_snapshot } }) =>
    boundary_snapshot.partner_id !== SMOKE_PARTNER &&
    boundary_snapshot.partner_id === packet.scope?.partner_id;
}

function isVerified(check: StagingCheck): boolean {
  return check.isVerified;
}

function isOfProduction({ environment }: StagingScope): (check: ReadCheck) => boolean {
  return ({ payload }) => payload.environment === environment || payload.environment === PRODUCTION;
}

function isOfObject({ packet }: StagingScope, { payload }: ReadCheck): boolean {
  const { boundary_snapshot } = payload;
  const digest = 'policy_digest' in boundary_snapshot ? boundary_snapshot.policy_digest : undefined;
  return digest !== undefined && digest === packet.boundary_object_digest;
}

/** G3.1: at least one check of this boundary object, and none of them from production. */
function testedFinding(scope: StagingScope, own: readonly ReadCheck[]): Finding {
  const ofObject = own.filter((check) => isVerified(check) && isOfObject(scope, check));
  return {
    ...{ id: 'G3.1', evaluator: EVALUATOR },
    ...verdictOf({
      wrong: [
        own.some(isOfProduction(scope)) && 'evidence_of_production',
        !own.every(isVerified) && 'receipt_not_verified',
      ],
      open: [ofObject.length === 0 && 'no_receipts'],
    }),
    evidence: { receipts: ofObject.map(({ digest }) => digest) },
  };
}

/** G3.2: every receipt has commitment_id, kid, sig_alg, signature and verdict. */
function membersFinding(
  checks: readonly StagingCheck[],
  read: readonly (ReadCheck | undefined)[],
  own: readonly ReadCheck[],
): Finding {
  const malformed = read.filter((check) => check === undefined).length;
  return {
    ...{ id: 'G3.2', evaluator: EVALUATOR },
    ...verdictOf({
      wrong: [malformed > 0 && 'receipt_malformed'],
      open: [own.length === 0 && 'no_receipts'],
    }),
    ...(malformed > 0 && {
      detail: `${malformed} of ${checks.length} receipts have not the form.`,
    }),
    evidence: { receipts: own.map(({ digest }) => digest), malformed },
  };
}

/** Exit 3: every case that a person typed was observed, with the verdict that the person expects. */
function exitFinding(
  scope: StagingScope,
  cases: readonly StagingCase[],
  own: readonly ReadCheck[],
): Finding {
  const differing = cases.filter(({ code }) => code !== 'agrees');
  const observed = differing.filter(({ code }) => code !== 'not_observed');
  const names = differing.slice(0, CASES_NAMED_MAX).map((one) => `${one.case} (${one.code})`);
  return {
    ...{ id: STAGING_EXIT, evaluator: EVALUATOR },
    ...verdictOf({
      wrong: [
        cases.length === 0 && 'no_expected_verdicts',
        own.some(isOfProduction(scope)) && 'evidence_of_production',
        observed[0]?.code ?? false,
      ],
      open: [differing.length > 0 && 'not_observed'],
    }),
    ...(names.length > 0 && { detail: `Differing: ${names.join('; ')}.` }),
    evidence: { packet_digest: scope.packet.packet_digest, cases },
  };
}

const CASES_NAMED_MAX = 5;

function compareCases(scope: StagingScope, checks: readonly ReadCheck[]): readonly StagingCase[] {
  const newest = new Map<string, ReadCheck>();
  for (const check of checks) {
    const other = newest.get(check.externalReference);
    const isNewer = other === undefined || check.payload.issued_at >= other.payload.issued_at;
    if (isNewer) newest.set(check.externalReference, check);
  }
  const expected = scope.packet.draft.expected_verdicts ?? [];
  return expected.map((one, index) => {
    const external_reference = caseReference(one, index);
    const check = newest.get(external_reference);
    const outline = { case: one.case, external_reference, expected: one.verdict };
    if (check === undefined) return { ...outline, code: 'not_observed' };
    const { verdict: observed, request_id } = check.payload;
    return { ...outline, observed, request_id, code: caseCode(scope, check, one.verdict) };
  });
}

function caseCode(scope: StagingScope, check: ReadCheck, expected: Verdict): CaseCode {
  if (!isOfObject(scope, check)) return 'other_boundary_object';
  if (check.payload.verdict !== expected) return 'verdict_differs';
  return isPermitting(scope, check) ? 'agrees' : 'only_observing';
}

/** A path that only observes is compared as it is; one that enforces must have enforced. */
function isPermitting({ packet }: StagingScope, { payload }: ReadCheck): boolean {
  return payload.enforcement === packet.boundary_object?.enforcement;
}
