/** What every page of operators shares: its frame, its navigation, and the token in its forms. */
import type { ComponentChildren } from 'preact';
import type { SiteModel } from '../models.ts';
import type { OperatorViewer } from '../operator-model.ts';
import { renderDocument } from './document.tsx';
import { Hidden } from './field.tsx';

export interface OperatorFrameProps {
  readonly site: SiteModel;
  readonly viewer: OperatorViewer;
  readonly path: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

const NAVIGATION = [
  { path: '/operator', label: 'Inbox' },
  { path: '/operator/paths', label: 'Paths' },
  { path: '/log', label: 'Log' },
  { path: '/verify', label: 'Verify' },
] as const;

/** A full HTML document. */
export function renderOperatorDocument(frame: OperatorFrameProps): string {
  const { viewer, children, ...others } = frame;
  return renderDocument({
    ...others,
    description: 'For the people who review, deploy and take back. Signed in only.',
    navigation: NAVIGATION,
    isPrivate: true,
    children: (
      <>
        {children}
        <form class="actions sign-out" method="post" action="/operator/sign-out">
          <Csrf viewer={viewer} />
          <p class="soft">
            You are signed in as {viewer.name}
            {viewer.roles.length > 0 && `: ${viewer.roles.join(', ')}`}.
          </p>
          <button class="button quiet" type="submit">
            Sign out
          </button>
        </form>
      </>
    ),
  });
}

/** In every form of a session, so that no other site can send it. */
export function Csrf({ viewer }: { readonly viewer: OperatorViewer }) {
  return <Hidden values={{ csrf_token: viewer.csrfToken }} />;
}
