import { availableParallelism } from 'node:os';
import { runSteps, STATIC_STEPS } from '../check-steps.ts';
import type { Runner } from './runner.ts';

/** The steps of `npm run check` that are no tests; its tests run with all others. */
export const check: Runner = {
  name: 'check',
  run: async () => {
    const results = await runSteps(STATIC_STEPS, Math.min(2, availableParallelism()));
    const failed = results.filter((result) => result.problem !== undefined);
    return {
      passed: results.length - failed.length,
      failures: failed.map((result) => result.name),
      skips: [],
    };
  },
};
