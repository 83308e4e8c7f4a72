import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runNode } from './process.ts';
import type { Outcome, Runner } from './runner.ts';
import { RESULTS_FILE_VARIABLE } from './vitest-results.ts';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const RESULTS_REPORTER = join(ROOT, 'scripts/runners/vitest-results.ts');
const TIMEOUT_MS = 20 * 60_000;

/** Every test of vitest.config.ts, with its progress shown. */
export const vitest: Runner = {
  name: 'vitest',
  run: async () => runVitest(['--reporter=default'], { echo: true }),
};

/**
 * Runs vitest with further arguments. Throws if it crashed: no readable results, or an exit code
 * that its results do not explain.
 */
export async function runVitest(
  args: readonly string[],
  { echo }: { echo: boolean },
): Promise<Outcome & { output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'craton-vitest-'));
  const resultsFile = join(folder, 'results.json');
  try {
    const finished = await runNode([VITEST, 'run', `--reporter=${RESULTS_REPORTER}`, ...args], {
      echo,
      timeoutMs: TIMEOUT_MS,
      env: {
        ...process.env,
        ...(echo ? {} : { NO_COLOR: '1' }),
        [RESULTS_FILE_VARIABLE]: resultsFile,
      },
    });
    const outcome = parseResults(await readFile(resultsFile, 'utf8').catch(() => ''));
    if (finished.code !== 0 && outcome.failures.length === 0) {
      throw new Error(`vitest ended with exit code ${finished.code ?? 'none'} and no failed test`);
    }
    return { ...outcome, output: finished.output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads what the results reporter wrote; throws on anything else. */
export function parseResults(text: string): Outcome {
  if (text === '') throw new Error('vitest wrote no results');
  const { passed, failures, skips } = JSON.parse(text) as Partial<Outcome>;
  if (typeof passed !== 'number' || failures === undefined || skips === undefined) {
    throw new Error('the results of vitest cannot be read');
  }
  return { passed, failures, skips };
}
