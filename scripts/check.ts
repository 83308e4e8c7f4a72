/** `npm run check`: what must hold before every commit, without the slow tests. */
import { availableParallelism } from 'node:os';
import { QUICK_STATIC_STEPS, runSteps, type CheckStep } from './check-steps.ts';
import { runVitest } from './runners/vitest.ts';

const fastTests: CheckStep = {
  name: 'fast tests',
  run: async () => {
    const { failures, skips, output } = await runVitest(['--project=fast', '--reporter=dot'], {
      echo: false,
    });
    for (const skip of skips) console.log(`  skipped: ${skip}`);
    return failures.length === 0 ? undefined : output;
  },
};

const startedAt = performance.now();
const results = await runSteps(
  [fastTests, ...QUICK_STATIC_STEPS],
  Math.min(2, availableParallelism()),
);
const failed = results.filter((result) => result.problem !== undefined);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(
  failed.length === 0
    ? `check: all ${results.length} steps passed in ${seconds} s`
    : `check: ${failed.map((result) => result.name).join(', ')} failed (${seconds} s)`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
