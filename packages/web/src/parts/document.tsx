/** The frame of every page: head, skip link, navigation, main, footer. */
import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { assetPath } from '../assets.ts';
import type { SiteModel } from '../models.ts';
import { Mark } from './brand.tsx';

/** What one page puts into the frame. */
export interface PageFrame {
  readonly site: SiteModel;
  /** Path of the page itself: marks the entry of the navigation. */
  readonly path: string;
  /** Title without the name of the product. */
  readonly title: string;
  /** One sentence for search results and link previews. */
  readonly description: string;
  /** Scripts of the page, by path; every one of them is an improvement that can be missing. */
  readonly scripts?: readonly string[];
  /** In the place of the public navigation. */
  readonly navigation?: readonly NavigationEntry[];
  /** Not for search engines. */
  readonly isPrivate?: boolean;
  readonly children: ComponentChildren;
}

/** One entry of the navigation on top. */
export interface NavigationEntry {
  readonly path: string;
  readonly label: string;
}

/** Top navigation. What lies under one of its pages, such as the rollout gates, is not in it. */
const NAVIGATION = [
  { path: '/self-service', label: 'Start' },
  { path: '/self-service/readiness', label: 'Readiness' },
  { path: '/protocol', label: 'Protocol' },
  { path: '/verify', label: 'Verify' },
] as const;

/** A full HTML document. */
export function renderDocument(frame: PageFrame): string {
  return `<!doctype html>\n${renderToString(<Document {...frame} />)}\n`;
}

function Document(frame: PageFrame) {
  const { site, path, title, description, scripts = [], isPrivate = false, children } = frame;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{path === '/' ? title : `${title} · Craton`}</title>
        <meta name="description" content={description} />
        {isPrivate && <meta name="robots" content="noindex" />}
        <link rel="icon" href={assetPath('icon.svg')} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath('site.css')} />
        {[assetPath('copy.js'), ...scripts].map((script) => (
          <script key={script} src={script} defer />
        ))}
      </head>
      <body>
        <a class="skip-link" href="#content">
          Skip to content
        </a>
        <Header frame={frame} />
        <main id="content">{children}</main>
        <Footer site={site} />
      </body>
    </html>
  );
}

/** Entries that lead somewhere on this server. */
function served<Entry extends { readonly path: string }>(
  entries: readonly Entry[],
  { hasSelfService }: SiteModel,
): readonly Entry[] {
  return entries.filter(
    ({ path }) => hasSelfService !== false || !path.startsWith('/self-service'),
  );
}

function Header({ frame }: { readonly frame: PageFrame }) {
  const { path, site, navigation = NAVIGATION } = frame;
  return (
    <header class="site-header">
      <a class="brand" href="/" aria-current={path === '/' ? 'page' : undefined}>
        <Mark />
        Craton
      </a>
      <nav aria-label="Main">
        <ul>
          {served(navigation, site).map((entry) => (
            <li key={entry.path}>
              <a href={entry.path} aria-current={entry.path === path ? 'page' : undefined}>
                {entry.label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <p class="environment">
        <span class="visually-hidden">Environment: </span>
        {site.environment}
      </p>
    </header>
  );
}

/** Everything that can be reached, at the end of every page in the same place. */
const FOOTER_LINKS = [
  ...NAVIGATION,
  { path: '/agent-api', label: 'Agent API' },
  { path: '/log', label: 'Log' },
  { path: '/openapi.json', label: 'OpenAPI' },
  { path: '/protocol/v1/jwks.json', label: 'Public keys' },
] as const;

function Footer({ site }: { site: SiteModel }) {
  return (
    <footer class="site-footer">
      <nav aria-label="All pages">
        <ul>
          {served(FOOTER_LINKS, site).map(({ path, label }) => (
            <li key={path}>
              <a href={path}>{label}</a>
            </li>
          ))}
        </ul>
      </nav>
      <p>
        Craton {site.version}, issuer <span class="mono">{site.issuer}</span>
      </p>
    </footer>
  );
}
