/**
 * Every promise with the tests that prove it. `test/requirements.test.ts` checks that the list is
 * complete, that the tests exist, and that the number of planned promises only falls.
 */
import { GATE_CRITERIA } from './requirements/gate-criteria.ts';
import { HTTP } from './requirements/http.ts';
import { PITFALLS } from './requirements/pitfalls.ts';
import { READINESS } from './requirements/readiness.ts';
import type { Requirement } from './requirements/requirement.ts';
import { ROLLOUT_GATES } from './requirements/rollout-gates.ts';

export type { Requirement };

export interface RequirementGroup {
  readonly title: string;
  readonly requirements: readonly Requirement[];
}

export const REQUIREMENT_GROUPS: readonly RequirementGroup[] = [
  { title: 'Rollout gates', requirements: ROLLOUT_GATES },
  { title: 'Readiness', requirements: READINESS },
  { title: 'Gate criteria', requirements: GATE_CRITERIA },
  { title: 'HTTP answers', requirements: HTTP },
  { title: 'Known pitfalls', requirements: PITFALLS },
];

export const REQUIREMENTS: readonly Requirement[] = REQUIREMENT_GROUPS.flatMap(
  (group) => group.requirements,
);

/** How many promises may still be planned. Lower it whenever one is proven; never raise it. */
export const PLANNED_MAX = 6;
