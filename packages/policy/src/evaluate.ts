/** The decision: a pure, total function of path document and opening (PROTOCOL section 8). */
import {
  AUTHORITY_CLASSES,
  type AuthorityClass,
  type Decision,
  formatTime,
  LIFETIME_S_DEFAULT,
  type Opening,
  parseTime,
  type Verdict,
  VERDICTS,
} from '@craton/protocol';
import { inputsOf } from './inputs.ts';
import type { LoadedPath, LoadedRule } from './load-path.ts';
import { mergeObligations } from './obligations.ts';
import { ANY } from './path-document.ts';

/** Reasons that no rule states. */
export type BuiltInReason =
  | 'no_live_boundary'
  | 'ambiguous_boundary'
  | 'authority_out_of_scope'
  | 'authority_class_too_low'
  | 'action_digest_required'
  | 'fact_missing'
  | 'external_reference_reused'
  | 'no_rule_matched'
  | 'policy_error';

/** Reasons of demands that a path makes before any rule is evaluated. */
export type Demand = Extract<
  BuiltInReason,
  | 'authority_out_of_scope'
  | 'authority_class_too_low'
  | 'action_digest_required'
  | 'fact_missing'
  | 'external_reference_reused'
>;

/** The last moment that the protocol's times can name. */
const TIME_MS_MAX = 253_402_300_799_999;

type Outcome = Pick<Decision, 'verdict' | 'reasons' | 'obligations'>;

/**
 * Decides. `path` is the one that matched, or undefined. The same path document and opening give
 * the same decision, everywhere and always; whatever cannot be evaluated is a `reject` with
 * `policy_error`. Never throws.
 */
export function evaluate(path: LoadedPath | undefined, opening: Opening): Decision {
  try {
    return decide(path, opening);
  } catch {
    // Only an opening that does not have its form comes here. Its time is of no use either, so the
    // decision has expired when it is made.
    const expires_at = opening.evaluated_at;
    return { ...rejectFor(['policy_error']), enforcement: 'enforce', expires_at };
  }
}

function decide(path: LoadedPath | undefined, opening: Opening): Decision {
  const { match, reference_reused } = opening.ledger;
  const nowMs = parseTime(opening.evaluated_at);
  const isMatched = match === 'one' && path !== undefined;
  const outcome = isMatched ? outcomeOf(path, opening, nowMs) : rejectFor([unmatchedReason(match)]);
  const reasons = new Set(outcome.reasons);
  if (reference_reused) reasons.add('external_reference_reused');
  return {
    verdict: outcome.verdict,
    reasons: Array.from(reasons).sort(),
    obligations: outcome.obligations,
    enforcement: isMatched ? path.document.enforcement : 'enforce',
    expires_at: expiry(nowMs + (isMatched ? path.lifetimeMs : LIFETIME_S_DEFAULT * 1000)),
  };
}

function unmatchedReason(match: Opening['ledger']['match']): BuiltInReason {
  switch (match) {
    case 'none':
      return 'no_live_boundary';
    case 'ambiguous':
      return 'ambiguous_boundary';
    case 'one':
      return 'policy_error';
  }
}

function rejectFor(reasons: readonly BuiltInReason[]): Outcome {
  return { verdict: 'reject', reasons, obligations: [] };
}

function expiry(expiresAtMs: number): string {
  if (expiresAtMs <= TIME_MS_MAX) return formatTime(expiresAtMs);
  throw new RangeError('The decision would expire after the year 9999.');
}

function outcomeOf(path: LoadedPath, opening: Opening, nowMs: number): Outcome {
  const unmet = unmetDemands(path, opening);
  if (unmet.length > 0) return rejectFor(unmet);
  const matched = matchedRules(path, opening, nowMs);
  if (matched === undefined) return rejectFor(['policy_error']);
  const verdict = mostSevere(matched);
  if (verdict === undefined) return rejectFor(['no_rule_matched']);
  const winning = matched.filter((rule) => rule.verdict === verdict);
  return {
    verdict,
    reasons: winning.map(({ reason }) => reason),
    obligations: mergeObligations(winning.flatMap(({ obligations }) => obligations)),
  };
}

/** What the path demands before any rule; every demand is tested, whichever fail. */
export function unmetDemands(path: LoadedPath, opening: Opening): Demand[] {
  const { document } = path;
  const { facts, authority, ledger } = opening;
  const unmet: Demand[] = [];
  const demand = (reason: Demand, isMet: boolean): void => {
    if (!isMet) unmet.push(reason);
  };
  demand('authority_out_of_scope', isOwnerInScope(path, opening) && isSourceInScope(path, opening));
  demand(
    'authority_class_too_low',
    rankOf(authority.class) >= rankOf(document.authority.minimum_class),
  );
  demand(
    'action_digest_required',
    document.action_digest !== 'required' || Boolean(opening.action_digest),
  );
  demand('fact_missing', missingFacts(path, facts).length === 0);
  demand(
    'external_reference_reused',
    document.reference_reuse !== 'refuse' || !ledger.reference_reused,
  );
  return unmet;
}

function rankOf(authorityClass: AuthorityClass): number {
  return AUTHORITY_CLASSES.indexOf(authorityClass);
}

/** Whether the path accepts the decision owner; `*` accepts any, and none. PROTOCOL section 8. */
export function isOwnerInScope({ document }: LoadedPath, { facts }: Opening): boolean {
  const { owners } = document.authority;
  const owner = Object.hasOwn(facts, 'decision_owner') ? facts.decision_owner : undefined;
  return owners.includes(ANY) || (typeof owner === 'string' && owners.includes(owner));
}

/** Whether the path accepts the authorization source. PROTOCOL section 8. */
export function isSourceInScope({ document }: LoadedPath, { authority }: Opening): boolean {
  const { sources } = document.authority;
  return sources.includes(ANY) || sources.includes(authority.source);
}

/** Names of required declared facts that the opening lacks. */
export function missingFacts({ document }: LoadedPath, facts: Opening['facts']): string[] {
  return document.facts
    .filter(({ name, required }) => required && !Object.hasOwn(facts, name))
    .map(({ name }) => name);
}

/** The rules whose conditions hold; undefined if any rule cannot be evaluated. */
export function matchedRules(
  path: LoadedPath,
  opening: Opening,
  nowMs: number,
): LoadedRule[] | undefined {
  try {
    const inputs = inputsOf(path, opening, nowMs);
    return path.rules.filter(({ condition }) => condition.holds(inputs));
  } catch {
    return undefined;
  }
}

function mostSevere(rules: readonly LoadedRule[]): Verdict | undefined {
  return VERDICTS.findLast((verdict) => rules.some((rule) => rule.verdict === verdict));
}
