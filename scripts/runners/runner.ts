/** What a runner found. Every skip carries its reason, so none can pass unseen. */
export interface Outcome {
  readonly passed: number;
  /** One line each: what failed. */
  readonly failures: readonly string[];
  /** One line each: what was skipped and why. */
  readonly skips: readonly string[];
}

/** One kind of test. `run` may throw: the summary then counts one failure. */
export interface Runner {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

export interface RunnerResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly seconds: number;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs one runner. A crash, or a run that ends without any result, is a failure. */
export async function runOne(runner: Runner): Promise<RunnerResult> {
  const startedAt = performance.now();
  const outcome = await outcomeOf(runner);
  return { name: runner.name, outcome, seconds: (performance.now() - startedAt) / 1000 };
}

async function outcomeOf(runner: Runner): Promise<Outcome> {
  try {
    const outcome = await runner.run();
    if (outcome.passed + outcome.failures.length + outcome.skips.length > 0) return outcome;
    return { passed: 0, failures: ['it ended without running a test'], skips: [] };
  } catch (error) {
    return {
      passed: 0,
      failures: [error instanceof Error ? error.message : String(error)],
      skips: [],
    };
  }
}

/** Sums over all runners. */
export function totalsOf(results: readonly RunnerResult[]): Totals {
  const sum = (count: (outcome: Outcome) => number): number =>
    results.reduce((total, result) => total + count(result.outcome), 0);
  return {
    passed: sum((outcome) => outcome.passed),
    failed: sum((outcome) => outcome.failures.length),
    skipped: sum((outcome) => outcome.skips.length),
  };
}

/** The last line of `npm test`, which other programs read. */
export function summaryLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** 0 only if something passed and nothing failed. */
export function exitCodeOf({ passed, failed }: Totals): 0 | 1 {
  return passed > 0 && failed === 0 ? 0 : 1;
}
