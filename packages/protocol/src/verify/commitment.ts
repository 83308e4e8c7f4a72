/** The line `commitment`: opening, path document and payload tell one story (PROTOCOL section 3). */
import { LIFETIME_S_DEFAULT, LIFETIME_S_MAX } from '../decision.ts';
import { taggedDigest } from '../digest.ts';
import { CratonError } from '../errors.ts';
import { canonicalize, type JsonObject } from '../json/canonical.ts';
import { Members } from '../json/members.ts';
import {
  commitmentId,
  type BoundarySnapshot,
  type MatchedSnapshot,
  type Opening,
  readOpening,
} from '../opening.ts';
import type { DecisionPayload, Payload } from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import type { Sha256 } from '../sha256.ts';
import { parseTime } from '../time.ts';
import { type CodeOf, result } from './result.ts';

/** Receipts that refer to a decision by its commitment. */
export type Committed = Extract<Payload, { commitment_id: string }>;

export interface CommitmentCheck {
  readonly check: CheckResult;
  /** There only if the line is verified. */
  readonly opening?: Opening;
}

type CommitmentCode = CodeOf<'commitment'>;

export function isCommitted(payload: Payload): payload is Committed {
  return payload.receipt_type !== 'gap_disclosure';
}

/** Compares opening and path document, where they came along, with the payload. */
export function checkCommitment(
  payload: Payload,
  parts: { readonly opening?: JsonObject | undefined; readonly policy?: JsonObject | undefined },
  sha256: Sha256,
): CommitmentCheck {
  if (!isCommitted(payload)) return { check: result('commitment', 'not_applicable') };
  const opening = parts.opening === undefined ? undefined : readOpeningOrUndefined(parts.opening);
  if (parts.opening !== undefined && opening === undefined) {
    return { check: result('commitment', 'opening_malformed') };
  }
  const fault =
    (opening && openingFault(payload, opening, sha256)) ??
    (parts.policy && policyFault(payload, parts.policy, sha256));
  if (fault !== undefined) return { check: result('commitment', fault) };
  if (opening === undefined) return { check: result('commitment', 'opening_missing') };
  const isWhole = parts.policy !== undefined || !isMatched(payload.boundary_snapshot);
  return { check: result('commitment', isWhole ? 'ok' : 'opening_only'), opening };
}

function readOpeningOrUndefined(value: JsonObject): Opening | undefined {
  try {
    return readOpening(value);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function openingFault(
  payload: Committed,
  opening: Opening,
  sha256: Sha256,
): CommitmentCode | undefined {
  if (commitmentId(opening, sha256) !== payload.commitment_id) return 'commitment_mismatch';
  const isEqual =
    opening.environment === payload.environment &&
    canonicalize(opening.boundary_snapshot) === canonicalize(payload.boundary_snapshot) &&
    (payload.receipt_type !== 'boundary_decision' || isOfThisDecision(payload, opening));
  if (!isEqual) return 'opening_payload_mismatch';
  return isRequestOf(opening, opening.boundary_snapshot) ? undefined : 'opening_request_mismatch';
}

function isOfThisDecision(payload: DecisionPayload, opening: Opening): boolean {
  return (
    opening.request_id === payload.request_id &&
    opening.evaluated_at === payload.evaluated_at &&
    opening.action_digest === payload.action_digest
  );
}

/** The request agrees with the snapshot wherever the snapshot has the member. */
function isRequestOf({ request }: Opening, snapshot: BoundarySnapshot): boolean {
  if (!isMatched(snapshot)) return true;
  const { gate_type, system_scope, decision_type } = snapshot;
  return (
    request.gate_type === gate_type &&
    request.system_scope === system_scope &&
    (decision_type === undefined || request.decision_type === decision_type)
  );
}

function policyFault(
  payload: Committed,
  policy: JsonObject,
  sha256: Sha256,
): CommitmentCode | undefined {
  const snapshot = payload.boundary_snapshot;
  const path = readPath(policy);
  if (path === undefined) return 'policy_malformed';
  const digest = taggedDigest('craton.path.v1', policy, sha256);
  if (!isMatched(snapshot) || snapshot.policy_digest !== digest) return 'policy_digest_mismatch';
  if (!isPathOf(path, snapshot)) return 'policy_mismatch';
  if (payload.receipt_type !== 'boundary_decision') return undefined;
  if (path.enforcement !== payload.enforcement) return 'policy_mismatch';
  const expiresAtMs = parseTime(payload.evaluated_at) + path.lifetimeS * 1000;
  return parseTime(payload.expires_at) === expiresAtMs ? undefined : 'lifetime_mismatch';
}

/** The members of a path document that this line reads. */
interface PathFacts {
  readonly identity: JsonObject;
  readonly decisionTypes: readonly string[];
  readonly enforcement: string;
  readonly lifetimeS: number;
}

function readPath(policy: JsonObject): PathFacts | undefined {
  try {
    const path = Members.of(policy, 'policy', 'ERR_PATH_DOCUMENT');
    path.constant('schema', 'craton.boundary.path.v1');
    const rules = path.members('policy');
    const unit = path.optionalText('unit');
    return {
      identity: {
        path_id: path.text('path_id'),
        path_version: path.integer('version', 1),
        partner_id: path.text('partner_id'),
        ...(unit !== undefined && { unit }),
        gate_type: path.text('gate_type'),
        system_scope: path.text('system_scope'),
      },
      decisionTypes: path.textList('decision_types'),
      enforcement: path.oneOf('enforcement', ['enforce', 'observe']),
      lifetimeS: readLifetime(rules),
    };
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function readLifetime(rules: Members): number {
  if (!rules.has('lifetime_s')) return LIFETIME_S_DEFAULT;
  const lifetimeS = rules.integer('lifetime_s', 1);
  if (lifetimeS <= LIFETIME_S_MAX) return lifetimeS;
  throw rules.wrong('lifetime_s', `must be at most ${LIFETIME_S_MAX}`);
}

function isPathOf(path: PathFacts, snapshot: MatchedSnapshot): boolean {
  const { decision_type, policy_digest, ...identity } = snapshot;
  if (policy_digest === undefined || canonicalize(identity) !== canonicalize(path.identity))
    return false;
  return decision_type === undefined || path.decisionTypes.includes(decision_type);
}

export function isMatched(snapshot: BoundarySnapshot): snapshot is MatchedSnapshot {
  return 'policy_digest' in snapshot;
}
