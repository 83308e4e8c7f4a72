/** The steps of a check with standard tools: what to run, and what must come out. */
import type { ComponentChildren } from 'preact';
import type { ShellStep } from '../verifier/shell-commands.ts';
import { Code } from './code.tsx';

export interface ShellStepsProps {
  readonly steps: readonly ShellStep[];
  /** A button for the bar of each step. */
  readonly action?: (step: ShellStep) => ComponentChildren;
}

export function ShellSteps({ steps, action }: ShellStepsProps) {
  return (
    <ol class="steps wide">
      {steps.map((step) => (
        <li key={step.title}>
          <div class="stack-tight">
            <Code caption={step.title} text={step.command} action={action?.(step)} />
            <p class="small">
              Must print: <samp>{step.expected}</samp>
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
