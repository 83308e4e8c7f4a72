/** Stands in the place of a draft that needs a key, or that this person cannot have. */
import type { SignInModel } from '../models.ts';
import { renderDocument } from '../parts/document.tsx';
import { ErrorSummary, Field, Hidden } from '../parts/field.tsx';

/** Full HTML document. */
export function signInPage({ site, problem, draftId, person }: SignInModel): string {
  const isAskedFor = person === undefined;
  return renderDocument({
    site,
    path: '/self-service/sign-in',
    title: isAskedFor ? 'Sign in' : 'Not possible',
    description: 'Drafts are for the people of their organisation, with a key of their own.',
    children: (
      <>
        <div class="page-head">
          <h1>{isAskedFor ? 'Drafts are for people with a key' : 'This was not possible'}</h1>
          <p class="lede">
            {isAskedFor
              ? 'A draft belongs to an organisation. Its people read it with a self-service key of their own, which your operator makes.'
              : `Nothing was changed. You are signed in as ${person}.`}
          </p>
        </div>
        {problem !== undefined && (
          <div class="page-notice">
            <ErrorSummary {...problem} />
          </div>
        )}
        {isAskedFor ? (
          <form method="post" action="/self-service/sign-in" class="stack section">
            <Hidden values={{ draft_id: draftId }} />
            <Field
              name="api_key"
              label="Your self-service key"
              hint="It is sent to this server only, is not kept on disk, and is in no address. A session of one hour begins."
              value={undefined}
              error={problem?.field === 'api_key' ? problem.message : undefined}
              isSecret
            />
            <p class="actions">
              <button class="button primary" type="submit">
                Sign in
              </button>
              <a class="button" href="/self-service">
                Start without a key
              </a>
            </p>
          </form>
        ) : (
          <p class="section">
            <a href={draftId === undefined ? '/self-service' : `/self-service/drafts/${draftId}`}>
              Look at it as it is now
            </a>
          </p>
        )}
      </>
    ),
  });
}
