/** What a person expects beside what the generated path would decide, case by case. */
import { type AuthorityClass, CratonError, type JsonObject, type Verdict } from '@craton/protocol';
import type { LoadedPath } from '../load-path.ts';
import { completeRequest, requestDefaults } from './case-request.ts';
import type { Draft, ExpectedVerdict } from './draft.ts';
import { assumptionsFor, type DryRun, dryRun } from './dry-run.ts';

export interface ComparedCase {
  readonly case: string;
  /** By which a check in staging is found again; absent if the person typed none. */
  readonly external_reference?: string;
  readonly authority_class: AuthorityClass;
  /** The complete request that was evaluated. */
  readonly request: JsonObject;
  /** Typed by a person, never filled by a program. */
  readonly expected: Verdict;
  /** Absent if the boundary would refuse the request. */
  readonly observed?: DryRun;
  /** Why the boundary would refuse the request, by member and never by value. */
  readonly refused?: { readonly code: string; readonly field?: string; readonly message: string };
  readonly agrees: boolean;
}

export interface ExpectedComparison {
  readonly dry_run: true;
  readonly cases: readonly ComparedCase[];
  /** At least one case, and all of them agree. */
  readonly agrees: boolean;
}

/** Runs the plan's cases against its path. `evaluatedAt`: `now` of the rules. */
export function compareExpected(
  draft: Draft,
  path: LoadedPath,
  evaluatedAt: string,
): ExpectedComparison {
  const cases = (draft.expected_verdicts ?? []).map((one) =>
    compareCase(one, draft, path, evaluatedAt),
  );
  return { dry_run: true, cases, agrees: cases.length > 0 && cases.every((one) => one.agrees) };
}

function compareCase(
  one: ExpectedVerdict,
  draft: Draft,
  path: LoadedPath,
  evaluatedAt: string,
): ComparedCase {
  const assumed = assumptionsFor(
    path,
    evaluatedAt,
    one.authority_class && { authority_class: one.authority_class },
  );
  const request = completeRequest(one.request, requestDefaults(draft));
  const reference = one.request.external_reference;
  const outcome = outcomeOf(() => dryRun(path, request, assumed));
  return {
    case: one.case,
    ...(typeof reference === 'string' && { external_reference: reference }),
    authority_class: assumed.authority_class,
    request,
    expected: one.verdict,
    ...outcome,
    agrees: outcome.observed?.verdict === one.verdict,
  };
}

function outcomeOf(run: () => DryRun): Pick<ComparedCase, 'observed' | 'refused'> {
  try {
    return { observed: run() };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const { code, field, message } = error;
    return { refused: { code, ...(field !== undefined && { field }), message } };
  }
}
