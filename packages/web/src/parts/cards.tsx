/** Cards that lead somewhere, and tiles that say one thing each. */
import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';

export interface LinkCard {
  readonly title: string;
  readonly text: string;
  readonly path: string;
  readonly more?: readonly (readonly [name: string, path: string])[];
}

export function LinkCards({ label, cards }: { label: string; cards: readonly LinkCard[] }) {
  return (
    <nav class="cards" aria-label={label}>
      <ul>
        {cards.map(({ title, text, path, more = [] }) => (
          <li key={title}>
            <a class="card-link" href={path}>
              {title}
            </a>
            <p>{text}</p>
            {more.length > 0 && <Links links={more} />}
            <Icon name="next" />
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Links in one line, wrapped where they must be. */
export function Links({ links }: { links: readonly (readonly [name: string, path: string])[] }) {
  return (
    <ul class="links">
      {links.map(([name, path]) => (
        <li key={path}>
          <a href={path}>{name}</a>
        </li>
      ))}
    </ul>
  );
}

export interface Tile {
  readonly label: string;
  readonly text: string;
  readonly mark: ComponentChildren;
}

export function Tiles({ tiles }: { readonly tiles: readonly Tile[] }) {
  return (
    <dl class="tiles">
      {tiles.map(({ label, text, mark }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {mark} <span>{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
