/** Names and values side by side, each pair in one line where there is room. */
import type { ComponentChildren } from 'preact';

export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A moment, as it is written in documents. */
export function Time({ at }: { readonly at: string }) {
  return (
    <time class="mono" dateTime={at}>
      {at.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC')}
    </time>
  );
}
