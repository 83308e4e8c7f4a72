/** `/self-service/drafts/:id/edit/:section`: one section of a plan as a plain form. */
import { OWNER_ROLES, type OwnerRole } from '@craton/policy';
import type { ComponentChildren } from 'preact';
import { renderDocument } from '../parts/document.tsx';
import { EnterButton, ErrorSummary, Field, Hidden } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Breadcrumb } from '../parts/progress.tsx';
import type { PlanFormModel, PlanSection } from '../plan-form-model.ts';
import { CaseFields, CaseList } from './plan-form-case.tsx';
import { MoveFields } from './plan-form-moves.tsx';

interface SectionWords {
  readonly name: string;
  readonly question: string;
  readonly about: string;
}

const SECTIONS: Readonly<Record<PlanSection, SectionWords>> = {
  cases: {
    name: 'Expected verdicts',
    question: 'What should it decide?',
    about:
      'One request in each case, and the verdict that you expect: you type it, and no program fills it in. The plan shows it beside what a dry run gives.',
  },
  moves: {
    name: 'Expansion moves',
    question: 'Where should it go next, and in which order?',
    about: 'Coverage to add later. It stays a draft like this one; nothing is built for it.',
  },
  people: {
    name: 'People',
    question: 'Who answers for it?',
    about: 'A named person for each role. What is not known yet stays empty.',
  },
  service: {
    name: 'Service level and support',
    question: 'When does somebody answer, and how are they reached?',
    about: 'Gate 4 asks for the hours, the response targets and a contact.',
  },
  rollback: {
    name: 'Rollback',
    question: 'Who takes it back, and where is that said?',
    about: 'Both are asked for before a path goes live: the owner confirms, the channel is tested.',
  },
};

const ORDER: readonly PlanSection[] = ['cases', 'moves', 'people', 'service', 'rollback'];

/** `/self-service/drafts/:id/edit/:section`. Full HTML document. */
export function planFormPage(model: PlanFormModel): string {
  const { site, draftId, section, problem, title } = model;
  const { name, question, about } = SECTIONS[section];
  const plan = `/self-service/drafts/${draftId}`;
  return renderDocument({
    site,
    path: `${plan}/edit/${section}`,
    title: `${name} · ${title}`,
    description: `${name} of the coverage plan ${title}. Saving makes another version of the draft.`,
    children: (
      <>
        <Breadcrumb
          crumbs={[
            { name: 'Start', path: '/self-service' },
            { name: title, path: plan },
            { name, path: `${plan}/edit/${section}` },
          ]}
        />
        <div class="page-head">
          <h1>{question}</h1>
          <p class="lede">{about}</p>
        </div>
        {problem !== undefined && (
          <div class="page-notice">
            <ErrorSummary {...problem} />
          </div>
        )}
        <div class="with-aside">
          <div class="question">
            {model.cases !== undefined && <CaseList model={model} />}
            <SectionFields model={model} />
          </div>
          <Aside model={model} />
        </div>
      </>
    ),
  });
}

function SectionFields({ model }: { readonly model: PlanFormModel }) {
  const { draftId, section, revision, latestVersion, caseNumber } = model;
  const plan = `/self-service/drafts/${draftId}`;
  const about = {
    revision: String(revision),
    ...(caseNumber !== undefined && { case_number: String(caseNumber) }),
  };
  return (
    <form method="post" action={`${plan}/edit/${section}`} class="question" novalidate>
      <Hidden values={about} />
      <EnterButton name="go" value="save" />
      <FieldsOf model={model} />
      <p class="actions">
        <button class="button primary" type="submit" name="go" value="save">
          Save as version {latestVersion + 1}
        </button>
        <a class="button" href={plan}>
          Back without saving
        </a>
      </p>
    </form>
  );
}

function FieldsOf({ model }: { readonly model: PlanFormModel }): ComponentChildren {
  switch (model.section) {
    case 'cases':
      return <CaseFields model={model} />;
    case 'moves':
      return <MoveFields model={model} />;
    case 'people':
      return OWNER_ROLES.map((role) => (
        <Line key={role} model={model} name={role} {...ROLES[role]} />
      ));
    case 'service':
      return SERVICE.map((field) => <Line key={field.name} model={model} {...field} />);
    case 'rollback':
      return ROLLBACK.map((field) => <Line key={field.name} model={model} {...field} />);
  }
}

interface LineWords {
  readonly label: string;
  readonly hint: string;
}

const ROLES: Readonly<Record<OwnerRole, LineWords>> = {
  platform_owner: {
    label: 'Platform owner',
    hint: 'Answers for this path, and approves gate 1 with the risk owner',
  },
  risk_owner: { label: 'Risk owner', hint: 'Approves the limits and the rules' },
  security_owner: {
    label: 'Security owner',
    hint: 'Approves isolation and keys, before staging and before live',
  },
  craton_operator: { label: 'Craton operator', hint: 'Runs the gates and deploys' },
  integration_engineer: {
    label: 'Integration engineer',
    hint: 'Makes the calls, and shows that receipts are verified',
  },
  business_owner: {
    label: 'Business owner',
    hint: 'Whose action it is, for example the head of payments',
  },
};

const SERVICE: readonly (LineWords & { readonly name: string })[] = [
  { name: 'hours', label: 'Hours', hint: 'For example Monday to Friday, 08:00 to 18:00 UTC' },
  {
    name: 'response_targets',
    label: 'Response targets',
    hint: 'For example 15 minutes when nothing is decided, 4 hours otherwise',
  },
  {
    name: 'document_url',
    label: 'Address of the agreement (if there is one)',
    hint: 'It begins with https://; nothing is loaded from it',
  },
  {
    name: 'document_digest',
    label: 'Digest of the agreement (if there is one)',
    hint: 'sha256: and 64 hexadecimal digits, so that everybody means the same text',
  },
  {
    name: 'contact',
    label: 'Support contact',
    hint: 'A team or a mailbox that somebody reads, for example platform-oncall@bank.example',
  },
];

const ROLLBACK: readonly (LineWords & { readonly name: string })[] = [
  {
    name: 'owner',
    label: 'Rollback owner',
    hint: 'The person who brings the version before back, at once and without asking',
  },
  {
    name: 'incident_channel',
    label: 'Incident channel',
    hint: 'Where everybody looks when something is wrong, for example #boundary-incidents',
  },
];

function Line({
  model: { values, problem },
  name,
  ...words
}: LineWords & { readonly model: PlanFormModel; readonly name: string }) {
  const error = problem?.field === name ? problem.message : undefined;
  return <Field name={name} value={values[name]} error={error} {...words} />;
}

/** The other sections, and what a save does. */
function Aside({ model }: { readonly model: PlanFormModel }) {
  const { draftId, section, latestVersion, reviewVersion, person } = model;
  return (
    <aside class="aside" aria-labelledby="sections">
      <h2 id="sections">Sections of the plan</h2>
      <ol class="plain section-links">
        {ORDER.map((one) => (
          <li key={one}>
            <a
              href={`/self-service/drafts/${draftId}/edit/${one}`}
              aria-current={one === section ? 'page' : undefined}
            >
              {SECTIONS[one].name}
            </a>
          </li>
        ))}
      </ol>
      {reviewVersion !== undefined && (
        <Notice tone="said" icon="asserted" title={`Version ${reviewVersion} is under review`}>
          <p>Saving makes version {latestVersion + 1}; what is under review does not change.</p>
        </Notice>
      )}
      <p class="small">
        Each save is another version of the draft. It touches nothing in production.
      </p>
      <p class="small soft">You are signed in as {person}.</p>
    </aside>
  );
}
