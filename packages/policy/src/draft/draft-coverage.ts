/** The first gate, draft coverage: its criteria that a draft alone decides (REQUIREMENTS G1). */
import type { Draft } from './draft.ts';
import { isFilled } from './draft.ts';
import { missingFields } from './draft-path.ts';

export type CriterionId = 'G1.1' | 'G1.2' | 'G1.3' | 'G1.4';

export interface Criterion {
  readonly id: CriterionId;
  readonly sentence: string;
  /** `not_evaluated`: G1.3 is declared by people, and nobody has yet. */
  readonly result: 'pass' | 'fail' | 'not_evaluated';
  /** Members of the draft that must change, dotted; empty unless the result is `fail`. */
  readonly fields: readonly string[];
  /** What to know besides: never a reason to fail. */
  readonly notes: readonly string[];
}

export interface DraftCoverage {
  readonly gate: 'G1';
  readonly criteria: readonly Criterion[];
  readonly exit: { readonly sentence: string; readonly met: boolean };
}

export interface CoverageContext {
  /** Labels of the sources that the operator knows; absent: no register is at hand. */
  readonly registeredSources?: readonly string[];
  /** What the operator side says about G1.3, which no draft can. */
  readonly reviewed?: 'pass' | 'fail';
}

/** The exit of the first gate, as the gate page words it. */
export const COVERAGE_EXIT = 'Coverage plan is ready to circulate internally.';

const SENTENCES: Readonly<Record<CriterionId, string>> = {
  'G1.1': 'One primary boundary path is mapped.',
  'G1.2': 'Authority context and authority source are named.',
  'G1.3': 'Generated boundary object is reviewed by platform/risk stakeholders.',
  'G1.4': 'Expansion moves are captured as draft coverage, not custom one-off work.',
};

const AUTHORITY_FIELDS = ['authority.context', 'authority.source'] as const;

/** G1.1: exactly one primary path with every scope member and a policy. */
export function onePathMapped(draft: Draft): Criterion {
  const isAuthority = (field: string) => AUTHORITY_FIELDS.some((name) => name === field);
  return criterion(
    'G1.1',
    missingFields(draft).filter((field) => !isAuthority(field)),
  );
}

/** G1.2: both say something; a source that nobody registered is noted. */
export function authorityNamed(draft: Draft, registeredSources?: readonly string[]): Criterion {
  const { context, source } = draft.authority ?? {};
  const fields = [
    ...(isFilled(context) ? [] : ['authority.context']),
    ...(isFilled(source) ? [] : ['authority.source']),
  ];
  const isUnregistered = isFilled(source) && registeredSources?.includes(source) !== true;
  return criterion('G1.2', fields, isUnregistered ? ['authority_source_unregistered'] : []);
}

/** G1.4: moves stand in the plan, or the plan says that none are planned. */
export function movesCaptured({ expansion_moves, none_planned }: Draft): Criterion {
  const isSaid = (expansion_moves ?? []).length > 0 || none_planned === true;
  return criterion('G1.4', isSaid ? [] : ['expansion_moves']);
}

/** The four criteria and the exit, which is met when all four pass. */
export function evaluateDraftCoverage(draft: Draft, context: CoverageContext = {}): DraftCoverage {
  const { registeredSources, reviewed } = context;
  const criteria = [
    onePathMapped(draft),
    authorityNamed(draft, registeredSources),
    { ...criterion('G1.3', []), result: reviewed ?? 'not_evaluated' } satisfies Criterion,
    movesCaptured(draft),
  ];
  const met = criteria.every(({ result }) => result === 'pass');
  return { gate: 'G1', criteria, exit: { sentence: COVERAGE_EXIT, met } };
}

function criterion(
  id: CriterionId,
  fields: readonly string[],
  notes: readonly string[] = [],
): Criterion {
  const result = fields.length === 0 ? 'pass' : 'fail';
  return { id, sentence: SENTENCES[id], result, fields, notes };
}
