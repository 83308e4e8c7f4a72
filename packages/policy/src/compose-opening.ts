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
  const { status, reference, source } = request.authorization;
  // In canonical order at every depth, which makes it quick to serialise.
  return {
    ...(request.actionDigest && { action_digest: request.actionDigest }),
    authority: {
      class: authority.class,
      ...(authority.evidence_digest && { evidence_digest: authority.evidence_digest }),
      ...(authority.issuer !== undefined && { issuer: authority.issuer }),
      reference,
      source,
      status,
    },
    boundary_snapshot: snapshotOf(request, match),
    environment: parts.environment,
    evaluated_at: parts.evaluatedAt,
    facts: factsOf(parts),
    ledger: { match: match.match, reference_reused: parts.ledger.reference_reused },
    nonce: parts.nonce,
    ...(request.raw && { raw: request.raw }),
    references: {
      ...(request.caseId !== undefined && { case_id: request.caseId }),
      external_reference: request.externalReference,
    },
    request: {
      ...(request.decisionType !== undefined && { decision_type: request.decisionType }),
      gate_type: request.gateType,
      system_scope: request.systemScope,
    },
    request_hash: request.requestHash,
    request_id: parts.requestId,
    v: OPENING_VERSION,
  };
}

/** Holds only what stands in the path document, never a caller's text. */
function snapshotOf(request: CheckRequest, match: Match): BoundarySnapshot {
  if (match.match !== 'one') return { partner_id: request.partnerId, path_id: UNMATCHED_PATH_ID };
  const { document, policyDigest } = match.path;
  const listed = document.decision_types.find((name) => name === request.decisionType);
  return {
    ...(listed !== undefined && { decision_type: listed }),
    gate_type: document.gate_type,
    partner_id: document.partner_id,
    path_id: document.path_id,
    path_version: document.version,
    policy_digest: policyDigest,
    system_scope: document.system_scope,
    ...(document.unit !== undefined && { unit: document.unit }),
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
