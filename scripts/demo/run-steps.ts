/** Runs the steps of the demo one after the other; what comes after a failure is not run. */
import { performance } from 'node:perf_hooks';

/** One step; it fails by throwing. It may answer the name of what it left behind. */
export interface Step {
  readonly id: string;
  /** Who does what, for people. */
  readonly title: string;
  readonly work: () => Promise<string | undefined>;
}

export interface StepResult {
  readonly step: string;
  readonly status: 'passed' | 'failed' | 'not_run';
  readonly ms: number;
  /** Relative to the folder of artefacts. */
  readonly artefact?: string;
  readonly error?: string;
}

export interface DemoResult {
  readonly demo: 'passed' | 'failed';
  readonly steps: number;
  readonly artefactsDir: string;
}

/** Who is told what becomes of the steps. */
export interface Teller {
  begin(step: Step): void;
  done(step: Step, result: StepResult): void;
  end(result: DemoResult): void;
}

/** Answers whether all passed. */
export async function runSteps(steps: readonly Step[], tell: Teller): Promise<boolean> {
  let hasFailed = false;
  for (const step of steps) {
    tell.begin(step);
    const result: StepResult = hasFailed
      ? { step: step.id, status: 'not_run', ms: 0 }
      : await runStep(step);
    hasFailed ||= result.status === 'failed';
    tell.done(step, result);
  }
  return !hasFailed;
}

async function runStep({ id, work }: Step): Promise<StepResult> {
  const startMs = performance.now();
  const ms = (): number => Math.round(performance.now() - startMs);
  try {
    const artefact = await work();
    return { step: id, status: 'passed', ms: ms(), ...(artefact !== undefined && { artefact }) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { step: id, status: 'failed', ms: ms(), error: text };
  }
}
