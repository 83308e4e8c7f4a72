/** Where somebody is: in a line of steps, and below which page. */
import { StateMark } from './tone.tsx';

export interface ProgressStep {
  readonly title: string;
  /** Where it can be gone to; absent: not yet. */
  readonly href?: string;
  readonly isDone?: boolean;
}

export interface ProgressProps {
  readonly label: string;
  readonly steps: readonly ProgressStep[];
  /** From 0. */
  readonly current: number;
}

export function Progress({ label, steps, current }: ProgressProps) {
  return (
    <ol class="progress" aria-label={label}>
      {steps.map(({ title, isDone = false }, index) => (
        <li key={title} aria-current={index === current ? 'step' : undefined}>
          <span class="number">{String(index + 1).padStart(2, '0')}</span>
          <span class="progress-title">{title}</span>
          {isDone && index !== current && <StateMark tone="good" icon="verified" word="done" />}
        </li>
      ))}
    </ol>
  );
}

export interface Crumb {
  readonly name: string;
  readonly path: string;
}

/** The last one is the page itself. */
export function Breadcrumb({ crumbs }: { readonly crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb" class="breadcrumb">
      <ol>
        {crumbs.map(({ name, path }, index) => (
          <li key={path}>
            <a href={path} aria-current={index === crumbs.length - 1 ? 'page' : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
