/** The opening of a decision: what is evaluated, from a request and what the ledger knows. */
import {
  type Authority,
  type BoundarySnapshot,
  type CheckRequest,
  type Facts,
  type FactValue,
  type Opening,
  OPENING_VERSION,
  UNMATCHED_PATH_ID,
} from '@craton/protocol';
import type { LoadedPath } from './load-path.ts';
import type { Match } from './path-index.ts';
import type { WindowFact } from './schema.ts';

/** How far the evidence of the approval was checked; the request has the rest of the authority. */
export type AuthorityEvidence = Pick<Authority, 'class' | 'issuer' | 'evidence_digest'>;

/** Ledger facts over the 24 h before `evaluated_at`, this decision not included. */
export type Windows = Readonly<Partial<Record<WindowFact, number>>>;

export interface OpeningParts {
  readonly request: CheckRequest;
  readonly match: Match;
  /** From `readFacts`; ignored unless one path matched. */
  readonly facts: Facts;
  /** Needed for each name in `path.windowFacts`; others are not recorded. */
  readonly windows?: Windows;
  readonly authority: AuthorityEvidence;
  readonly ledger: { readonly reference_reused: boolean };
  /** 16 random bytes, base64url. */
  readonly nonce: string;
  readonly requestId: string;
  /** The time of the decision, in the protocol's spelling. */
  readonly evaluatedAt: string;
  readonly environment: string;
}

/** Evidence that nobody here checked: a digest of it is kept, and the class says so. */
export function submittedAuthority(request: CheckRequest): AuthorityEvidence {
  return {
    class: 'submitted',
    ...(request.evidence && { evidence_digest: request.evidence.digest }),
  };
}

/**
 * Composes the opening of one decision. Throws a `TypeError` if a window fact that a rule of the
 * matched path names is missing. Source: PROTOCOL section 3.
 */
export function composeOpening(parts: OpeningParts): Opening {
  const { request, match, authority } = parts;
  return {
    v: OPENING_VERSION,
    nonce: parts.nonce,
    request_id: parts.requestId,
    request_hash: request.requestHash,
    environment: parts.environment,
    evaluated_at: parts.evaluatedAt,
    boundary_snapshot: snapshotOf(request, match),
    request: {
      gate_type: request.gateType,
      system_scope: request.systemScope,
      ...(request.decisionType !== undefined && { decision_type: request.decisionType }),
    },
    facts: factsOf(parts),
    authority: {
      class: authority.class,
      ...request.authorization,
      ...(authority.issuer !== undefined && { issuer: authority.issuer }),
      ...(authority.evidence_digest && { evidence_digest: authority.evidence_digest }),
    },
    references: {
      external_reference: request.externalReference,
      ...(request.caseId !== undefined && { case_id: request.caseId }),
    },
    ledger: { match: match.match, reference_reused: parts.ledger.reference_reused },
    ...(request.actionDigest && { action_digest: request.actionDigest }),
    ...(request.raw && { raw: request.raw }),
  };
}

/** Holds only what stands in the path document, never a caller's text. */
function snapshotOf(request: CheckRequest, match: Match): BoundarySnapshot {
  if (match.match !== 'one') return { path_id: UNMATCHED_PATH_ID, partner_id: request.partnerId };
  const { document, policyDigest } = match.path;
  const listed = document.decision_types.find((name) => name === request.decisionType);
  return {
    path_id: document.path_id,
    path_version: document.version,
    partner_id: document.partner_id,
    ...(document.unit !== undefined && { unit: document.unit }),
    gate_type: document.gate_type,
    system_scope: document.system_scope,
    ...(listed !== undefined && { decision_type: listed }),
    policy_digest: policyDigest,
  };
}

function factsOf({ request, match, facts, windows = {} }: OpeningParts): Facts {
  const { decisionOwner, decisionSizeUsdCents } = request;
  return {
    ...(decisionOwner !== undefined && { decision_owner: decisionOwner }),
    ...(decisionSizeUsdCents !== undefined && { decision_size_usd_cents: decisionSizeUsdCents }),
    ...(match.match === 'one' && { ...facts, ...windowFactsOf(match.path, windows) }),
  };
}

function windowFactsOf(path: LoadedPath, windows: Windows): Record<string, FactValue> {
  const recorded: Record<string, FactValue> = {};
  for (const name of path.windowFacts) {
    const value = windows[name];
    if (value === undefined) throw new TypeError(`The ledger gave no ${name}.`);
    recorded[name] = value;
  }
  return recorded;
}
