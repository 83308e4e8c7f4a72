import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runNode, tailOf } from './runners/process.ts';

/** One quick question about the whole tree. */
export interface CheckStep {
  readonly name: string;
  /** Resolves to undefined if all is well, else to what is wrong. */
  readonly run: () => Promise<string | undefined>;
}

const TIMEOUT_MS = 10 * 60_000;
const OUTPUT_CHARACTERS_MAX = 20_000;
const CACHE = join(ROOT, 'node_modules/.cache');
const bin = (path: string): string => join(ROOT, 'node_modules', path);

const ESLINT = bin('eslint/bin/eslint.js');
const ESLINT_CACHE = join(CACHE, 'eslint');

/** The steps without tests, the longest first. */
export const STATIC_STEPS: readonly CheckStep[] = [
  tool('lint', ESLINT, ['.', '--max-warnings=0']),
  tool('types', bin('typescript/bin/tsc'), [
    '-p',
    '.',
    '--incremental',
    '--tsBuildInfoFile',
    join(CACHE, 'tsc.tsbuildinfo'),
  ]),
  // Without Node's types: what protocol may not use does not exist there.
  tool('types of protocol', bin('typescript/bin/tsc'), ['-p', 'packages/protocol', '--noEmit']),
  tool('format', bin('prettier/bin/prettier.cjs'), ['--check', '--log-level=warn', '--cache', '.']),
  tool('generated files', join(ROOT, 'scripts/generate.ts'), ['--check']),
];

/** The same, but files that did not change are not linted again. */
export const QUICK_STATIC_STEPS: readonly CheckStep[] = STATIC_STEPS.map((step) =>
  step.name === 'lint' ? { name: 'lint', run: lintQuickly } : step,
);

/**
 * Rules that know types depend on more than the file at hand, so an old answer can be wrong. A
 * failure is therefore looked at afresh; a success is looked at afresh by `npm test`.
 */
async function lintQuickly(): Promise<string | undefined> {
  const args = ['.', '--max-warnings=0', '--cache', '--cache-location', `${ESLINT_CACHE}/`];
  const lint = tool('lint', ESLINT, args);
  if ((await lint.run()) === undefined) return undefined;
  await rm(ESLINT_CACHE, { recursive: true, force: true });
  return lint.run();
}

function tool(name: string, program: string, args: readonly string[]): CheckStep {
  return {
    name,
    run: async () => {
      const finished = await runNode([program, ...args], { timeoutMs: TIMEOUT_MS });
      if (finished.code === 0) return undefined;
      return (
        tailOf(finished.output, OUTPUT_CHARACTERS_MAX) || `exit code ${finished.code ?? 'none'}`
      );
    },
  };
}

export interface StepResult {
  readonly name: string;
  readonly problem: string | undefined;
}

/** Runs steps, at most `atOnce` at a time, and prints one line for each as it ends. */
export async function runSteps(
  steps: readonly CheckStep[],
  atOnce: number,
): Promise<readonly StepResult[]> {
  const waiting = [...steps];
  const results: StepResult[] = [];
  const worker = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      results.push(await runStep(step));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

async function runStep(step: CheckStep): Promise<StepResult> {
  const startedAt = performance.now();
  const problem = await step.run().catch((error: unknown) => String(error));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`  ${problem === undefined ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)`);
  if (problem !== undefined) console.log(problem.replaceAll(/^/gm, '       '));
  return { name: step.name, problem };
}
