/** A message that stands out, and a box with an answer in it. */
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import type { Tone } from './tone.tsx';

export interface NoticeProps {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  /** Read out at once by a screen reader. */
  readonly isAlert?: boolean;
  readonly children: ComponentChildren;
}

export function Notice({ tone, icon, title, isAlert = false, children }: NoticeProps) {
  return (
    <div class={`notice tone-${tone}`} role={isAlert ? 'alert' : undefined}>
      <p class="notice-title">
        <Icon name={icon} /> {title}
      </p>
      <div class="stack-tight">{children}</div>
    </div>
  );
}

/** A small frame around a fact that everybody should see: `draft · production_write=false`. */
export function Badge({ children }: { readonly children: ComponentChildren }) {
  return <span class="badge">{children}</span>;
}
