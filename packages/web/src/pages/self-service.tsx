/** `/self-service`, Start: from one action to a boundary pattern, one question at a time. */
import { renderDocument } from '../parts/document.tsx';
import { ErrorSummary } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Progress } from '../parts/progress.tsx';
import { StateMark } from '../parts/tone.tsx';
import type { OwnDraft, WizardModel, WizardScreen, WizardValues } from '../wizard-model.ts';
import { ReviewScreen } from './wizard-review.tsx';
import { QuestionScreen } from './wizard-screens.tsx';

const STEPS = ['Action', 'Scope', 'Expansion moves', 'Preview'] as const;

/** The step that a screen belongs to, from 0. */
const STEP_OF: Readonly<Record<WizardScreen, number>> = {
  action: 0,
  pattern: 0,
  scope: 1,
  limits: 1,
  authority: 1,
  moves: 2,
  review: 3,
};

/** `/self-service`. Full HTML document. */
export function selfServicePage(model: WizardModel): string {
  const { site, screen, problem, person, latest } = model;
  const step = STEP_OF[screen];
  return renderDocument({
    site,
    path: '/self-service',
    title: 'Start',
    description: 'Describe one action, get a boundary pattern, see what it would decide. Unsigned.',
    children: (
      <>
        <div class="page-head">
          <h1>Start</h1>
          {step === 0 && (
            <p class="lede">
              Prepare one path: three steps, then a preview of what it would decide.
            </p>
          )}
          <Progress
            label="Steps"
            steps={STEPS.map((title, index) => ({ title, isDone: index < step }))}
            current={step}
          />
        </div>
        {problem !== undefined && (
          <div class="page-notice">
            <ErrorSummary {...problem} />
          </div>
        )}
        {screen === 'action' && latest !== undefined && <Resume latest={latest} person={person} />}
        {screen === 'review' ? (
          <ReviewScreen model={model} />
        ) : (
          <div class="with-aside">
            <QuestionScreen model={model} screen={screen} />
            <MinimumFields values={model.values} />
          </div>
        )}
      </>
    ),
  });
}

function Resume({ latest, person }: { latest: OwnDraft; person: string | undefined }) {
  const { draftId, title, version } = latest;
  return (
    <div class="page-notice">
      <Notice tone="said" icon="draft" title={`Continue: ${title === '' ? 'your draft' : title}`}>
        <p>
          Version {version} is your latest{person !== undefined && `, ${person}`}.{' '}
          <a href={`/self-service/drafts/${draftId}`}>Go on with it</a>, or describe another action
          below.
        </p>
      </Notice>
    </div>
  );
}

const MINIMUM: readonly (readonly [name: string, field: keyof WizardValues])[] = [
  ['Partner', 'partner_id'],
  ['Gate', 'preset'],
  ['System scope', 'system_scope'],
  ['Authority context', 'authority_context'],
  ['Authority source', 'authority_source'],
];

/** What a boundary needs, and how far this draft is. */
function MinimumFields({ values }: { readonly values: WizardValues }) {
  return (
    <aside class="aside" aria-labelledby="minimum">
      <h2 id="minimum">Minimum fields</h2>
      <ul class="plain">
        {MINIMUM.map(([name, field]) => (
          <li key={field}>
            {values[field] === undefined ? (
              <StateMark tone="quiet" icon="absent" word="open" />
            ) : (
              <StateMark tone="good" icon="verified" word="there" />
            )}{' '}
            {name}
          </li>
        ))}
      </ul>
      <p class="small">
        Each check brings a reference of its own besides. There is no field for the payload: it
        stays with you.
      </p>
      <p class="small strong">
        Nothing is written until you save; nothing here can reach production.
      </p>
    </aside>
  );
}
