/** Commands and data, with a caption. The copy button is added by a script where there is one. */
import type { ComponentChildren } from 'preact';

/** One block of text to read or to copy. Long lines wrap on screen and are copied unwrapped. */
export interface CodeProps {
  readonly text: string;
  readonly caption: string;
  /** Sits in the caption bar, at its end. */
  readonly action?: ComponentChildren;
  /** A link in the caption bar, beside the copy button. */
  readonly link?: ComponentChildren;
}

export function Code({ text, caption, action, link }: CodeProps) {
  return (
    <figure class="code">
      <figcaption>
        <span>{caption}</span>
        {link}
        {action}
      </figcaption>
      <pre data-copy={action === undefined ? '' : undefined}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
