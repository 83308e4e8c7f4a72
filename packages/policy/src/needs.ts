/** Advice to a host: which members of a request stood between it and another verdict. */
import { type AuthorityClass, type Decision, type Opening, parseTime } from '@craton/protocol';
import {
  type Demand,
  isOwnerInScope,
  isSourceInScope,
  matchedRules,
  missingFacts,
  unmetDemands,
} from './evaluate.ts';
import type { LoadedPath } from './load-path.ts';

/** A member of the check request that is missing or insufficient, and the reason that it caused. */
export interface Need {
  /** Dotted, as in the request: `decision_size_usd`, `context.facts.region`. */
  readonly member: string;
  readonly reason: string;
  /** The class that evidence must reach. */
  readonly minimum_class?: AuthorityClass;
}

/** Optional members of conditions, by their names in the request. */
const REQUEST_MEMBERS: Readonly<Record<string, string>> = {
  'request.decision_type': 'decision_type',
  'request.decision_owner': 'decision_owner',
  'request.decision_size_usd_cents': 'decision_size_usd',
};

/**
 * The `needs` of a check answer; absent where nothing is known that would help. Sending what is
 * asked for lifts these reasons and promises no verdict. Source: PROTOCOL section 10.
 */
export function needsFor(
  path: LoadedPath | undefined,
  opening: Opening,
  decision: Decision,
): readonly Need[] | undefined {
  if (opening.ledger.match === 'ambiguous') {
    return [{ member: 'decision_type', reason: 'ambiguous_boundary' }];
  }
  if (path === undefined || opening.ledger.match === 'none') return undefined;
  if (decision.verdict === 'allow') return undefined;
  const demands = unmetDemands(path, opening).flatMap((reason) => needsOf(reason, path, opening));
  const needs = demands.length > 0 ? demands : needsOfRules(path, opening, decision);
  return needs.length > 0 ? needs : undefined;
}

function needsOf(reason: Demand, path: LoadedPath, opening: Opening): Need[] {
  switch (reason) {
    case 'authority_out_of_scope':
      return [
        ...(isOwnerInScope(path, opening) ? [] : [{ member: 'decision_owner', reason }]),
        ...(isSourceInScope(path, opening)
          ? []
          : [{ member: 'context.authorization_source', reason }]),
      ];
    case 'authority_class_too_low':
      return [
        {
          member: 'authorization_evidence',
          reason,
          minimum_class: path.document.authority.minimum_class,
        },
      ];
    case 'action_digest_required':
      return [{ member: 'action_digest', reason }];
    case 'fact_missing':
      return missingFacts(path, opening.facts).map((name) => ({
        member: `context.facts.${name}`,
        reason,
      }));
    case 'external_reference_reused':
      return [{ member: 'external_reference', reason }];
  }
}

/** Rules that decided because a member was absent: `!has(member)` is a conjunct of theirs. */
function needsOfRules(path: LoadedPath, opening: Opening, { verdict }: Decision): Need[] {
  const matched = matchedRules(path, opening, parseTime(opening.evaluated_at)) ?? [];
  const deciding = matched.filter((rule) => rule.verdict === verdict);
  const needs = deciding.flatMap(({ reason, condition }) =>
    condition.absentMembers.map((member) => ({ member: requestMember(member), reason })),
  );
  return needs.filter(
    ({ member, reason }, index) =>
      needs.findIndex((need) => need.member === member && need.reason === reason) === index,
  );
}

/** Facts are sent below `context`, under the names that conditions use. */
function requestMember(member: string): string {
  return REQUEST_MEMBERS[member] ?? `context.${member}`;
}
