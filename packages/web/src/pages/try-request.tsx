/** `/self-service/drafts/:id/try`: a request of one's own against the rules of a plan. */
import { renderDocument } from '../parts/document.tsx';
import { ErrorSummary } from '../parts/field.tsx';
import { Breadcrumb } from '../parts/progress.tsx';
import { TryRequest } from '../parts/try-request.tsx';
import type { TryPageModel } from '../plan-form-model.ts';

/** `/self-service/drafts/:id/try`. Full HTML document. */
export function tryRequestPage({ site, draftId, title, version, tried }: TryPageModel): string {
  const plan = `/self-service/drafts/${draftId}`;
  return renderDocument({
    site,
    path: `${plan}/try`,
    title: `Try a request · ${title}`,
    description: `A request evaluated by version ${version} of the plan ${title}. Nothing is kept.`,
    children: (
      <>
        <Breadcrumb
          crumbs={[
            { name: 'Start', path: '/self-service' },
            { name: title, path: plan },
            { name: 'Try a request', path: `${plan}/try` },
          ]}
        />
        <div class="page-head">
          <h1>Try a request</h1>
          <p class="lede">
            The rules of version {version} say what they would decide. Nothing is kept, and nothing
            is signed.
          </p>
        </div>
        {tried.problem !== undefined && (
          <div class="page-notice">
            <ErrorSummary {...tried.problem} />
          </div>
        )}
        <div class="section">
          <TryRequest tried={tried} action={`${plan}/try`} />
        </div>
      </>
    ),
  });
}
