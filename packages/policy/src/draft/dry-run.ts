/** Requests evaluated against a path that is not live: unsigned, and marked so. */
import {
  type AuthorityClass,
  type Decision,
  type JsonObject,
  type Opening,
  type Verdict,
} from '@craton/protocol';
import { composeOpening, submittedAuthority, type Windows } from '../compose-opening.ts';
import { evaluate } from '../evaluate.ts';
import { readFacts } from '../facts.ts';
import type { LoadedPath } from '../load-path.ts';
import { type Need, needsFor } from '../needs.ts';
import { PathIndex } from '../path-index.ts';
import { WINDOW_FACTS } from '../schema.ts';
import { parseBody } from './case-request.ts';

/** What the ledger and the evidence would say; a dry run can only assume it. */
export interface Assumptions {
  /** `now` of the rules, in the protocol's spelling. */
  readonly evaluated_at: string;
  readonly authority_class: AuthorityClass;
  readonly window_count_24h: number;
  readonly window_sum_usd_cents_24h: number;
  readonly reference_reused: boolean;
}

/** The answer of a dry run. Never signed: it has no receipt, no opening and no commitment_id. */
export interface DryRun {
  readonly dry_run: true;
  /** Whether the request belongs to this path at all; else no rule was evaluated. */
  readonly matches_path: boolean;
  readonly verdict: Verdict;
  readonly reasons: Decision['reasons'];
  readonly obligations: Decision['obligations'];
  readonly enforcement: Decision['enforcement'];
  readonly needs?: readonly Need[];
  readonly assumed: Assumptions;
}

const NO_NONCE = 'AAAAAAAAAAAAAAAAAAAAAA';
const NO_REQUEST_ID = 'req_00000000-0000-7000-8000-000000000000';
const NO_ENVIRONMENT = 'draft';

/** Assumptions with an empty ledger and the weakest authority that the path accepts. */
export function assumptionsFor(
  path: LoadedPath,
  evaluatedAt: string,
  changes: Partial<Assumptions> = {},
): Assumptions {
  return {
    evaluated_at: evaluatedAt,
    authority_class: path.document.authority.minimum_class,
    window_count_24h: 0,
    window_sum_usd_cents_24h: 0,
    reference_reused: false,
    ...changes,
  };
}

/**
 * Evaluates the body of a check request as the boundary would if this path were live. Throws the
 * errors of `parseCheckRequest` and `readFacts` for a request that the boundary would refuse.
 */
export function dryRun(path: LoadedPath, body: JsonObject, assumed: Assumptions): DryRun {
  const opening = assumedOpening(path, body, assumed);
  const isMatched = opening.ledger.match === 'one';
  const live = isMatched ? path : undefined;
  const decision = evaluate(live, opening);
  const { verdict, reasons, obligations, enforcement } = decision;
  const needs = needsFor(live, opening, decision);
  return {
    dry_run: true,
    matches_path: isMatched,
    verdict,
    reasons,
    obligations,
    enforcement,
    ...(needs !== undefined && { needs }),
    assumed,
  };
}

/** What would be evaluated, with placeholders for what only an issued decision has. */
export function assumedOpening(path: LoadedPath, body: JsonObject, assumed: Assumptions): Opening {
  const request = parseBody(body);
  const match = new PathIndex([path]).match(request);
  return composeOpening({
    request,
    match,
    facts: match.match === 'one' ? readFacts(path, request) : {},
    windows: windowsOf(assumed),
    authority: { ...submittedAuthority(request), class: assumed.authority_class },
    ledger: { reference_reused: assumed.reference_reused },
    nonce: NO_NONCE,
    requestId: NO_REQUEST_ID,
    evaluatedAt: assumed.evaluated_at,
    environment: NO_ENVIRONMENT,
  });
}

function windowsOf(assumed: Assumptions): Windows {
  return Object.fromEntries(WINDOW_FACTS.map((name) => [name, assumed[name]]));
}
