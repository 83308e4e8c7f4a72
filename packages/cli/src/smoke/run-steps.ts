/** Runs the steps of a smoke test one after the other, and says what became of each. */
import { CratonError } from '@craton/protocol';
import type { SmokeStep } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { printable } from '../text.ts';

/** What one step does; it fails by throwing. */
export type StepWork = () => Promise<void>;

/**
 * Runs until a step fails; what comes after it is not run. One line for each goes to standard error.
 * Faults of our own are not caught.
 */
export async function runSteps(
  context: CliContext,
  steps: Readonly<Record<string, StepWork>>,
): Promise<readonly SmokeStep[]> {
  const done: SmokeStep[] = [];
  for (const [id, work] of Object.entries(steps)) {
    const hasFailed = done.some(({ status }) => status === 'failed');
    const step = hasFailed ? notRun(id) : await runStep(context, id, work);
    if (hasFailed) context.err(`  - ${id.padEnd(ID_WIDTH)} not run`);
    done.push(step);
  }
  return done;
}

const ID_WIDTH = 15;

function notRun(id: string): SmokeStep {
  return { id, status: 'not_run', took_ms: 0 };
}

async function runStep(context: CliContext, id: string, work: StepWork): Promise<SmokeStep> {
  const startedAtMs = context.now();
  const tookMs = (): number => Math.max(0, Math.round(context.now() - startedAtMs));
  try {
    await work();
    const step = { id, status: 'passed', took_ms: tookMs() } as const;
    context.err(`  ${context.paint('green', '✓')} ${id.padEnd(ID_WIDTH)} ${step.took_ms} ms`);
    return step;
  } catch (error) {
    if (!(error instanceof CratonError || error instanceof CommandFailure)) throw error;
    const { code, message } = error;
    context.err(`  ${context.paint('red', '✗')} ${id.padEnd(ID_WIDTH)} ${printable(message)}`);
    return { id, status: 'failed', took_ms: tookMs(), code };
  }
}

/** A step failed because an answer is not what it should be. */
export function unexpected(what: string): CommandFailure {
  return new CommandFailure(what, { code: 'answer_unexpected' });
}

/** Fails unless the server refuses with this code. */
export async function expectRefusal(code: string, ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (error instanceof CommandFailure && error.code === code) return;
    throw error;
  }
  throw unexpected(`The server accepted what it must refuse with ${code}.`);
}
