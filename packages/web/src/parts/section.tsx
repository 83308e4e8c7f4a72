/** Head and sections of a long page, and the list of them. */
import type { ComponentChildren } from 'preact';

/** One section that the list of contents names. */
export interface SectionHead {
  readonly id: string;
  readonly title: string;
}

export interface SectionProps extends SectionHead {
  readonly children: ComponentChildren;
}

export function Section({ id, title, children }: SectionProps) {
  return (
    <section class="section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

export interface PageHeadProps {
  readonly title: string;
  readonly sections: readonly SectionHead[];
  readonly children: ComponentChildren;
}

export function PageHead({ title, sections, children }: PageHeadProps) {
  return (
    <div class="page-head">
      <h1>{title}</h1>
      {children}
      <nav class="contents" aria-label="On this page">
        <ul>
          {sections.map((section) => (
            <li key={section.id}>
              <a href={`#${section.id}`}>{section.title}</a>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}
