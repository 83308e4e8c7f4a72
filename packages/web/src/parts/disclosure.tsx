/** What folds away, and alternatives of which one is open: both work without a script. */
import type { ComponentChildren } from 'preact';

export interface DisclosureProps {
  readonly summary: ComponentChildren;
  readonly isOpen?: boolean;
  readonly children: ComponentChildren;
}

export function Disclosure({ summary, isOpen = false, children }: DisclosureProps) {
  return (
    <details class="disclosure" open={isOpen}>
      <summary>{summary}</summary>
      <div class="disclosure-body">{children}</div>
    </details>
  );
}

export interface Alternative {
  readonly title: string;
  readonly content: ComponentChildren;
}

export interface AlternativesProps {
  /** Shared by all of them: opening one closes the others. */
  readonly name: string;
  readonly alternatives: readonly Alternative[];
}

/** The first one is open. */
export function Alternatives({ name, alternatives }: AlternativesProps) {
  return (
    <div class="alternatives">
      {alternatives.map(({ title, content }, index) => (
        <details key={title} name={name} open={index === 0}>
          <summary>{title}</summary>
          {content}
        </details>
      ))}
    </div>
  );
}

/** Nothing is here yet, and what to do about it. */
export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
