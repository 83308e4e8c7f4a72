/** `/self-service/drafts/:id`: a saved coverage plan, its versions, and what is still open. */
import type { DraftCoverage } from '@craton/policy';
import type { PlanPageModel } from '../models.ts';
import { ExampleRequestList, Reading, VerdictMapTable } from '../parts/boundary-preview.tsx';
import { renderDocument } from '../parts/document.tsx';
import { Facts } from '../parts/facts.tsx';
import { Hidden } from '../parts/field.tsx';
import { Badge, Notice } from '../parts/notice.tsx';
import { Breadcrumb } from '../parts/progress.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { OutcomeMark } from '../parts/tone.tsx';
import type { PlanSection } from '../plan-form-model.ts';
import { Comparison, History } from './plan-history.tsx';
import { ExpectedCases, Moves, peopleRows, scopeRows } from './plan-sections.tsx';

/** `/self-service/drafts/:id`. Full HTML document. */
export function coveragePlanPage(model: PlanPageModel): string {
  const { site, packet, draftId, versions } = model;
  const title = packet.draft.title ?? 'Coverage plan';
  const path = `/self-service/drafts/${draftId}`;
  return renderDocument({
    site,
    path,
    title,
    description: `Coverage plan ${title}: scope, verdicts, people, versions and review.`,
    children: (
      <>
        <Breadcrumb
          crumbs={[
            { name: 'Start', path: '/self-service' },
            { name: title, path },
          ]}
        />
        <Head model={model} title={title} />
        <State model={model} />
        <Actions model={model} />
        <Checklist coverage={model.coverage} />
        <Plan model={model} />
        <Section id="history" title="History">
          <History model={model} />
          {versions.length > 1 && <Comparison model={model} />}
        </Section>
        <SignOut person={model.person} />
      </>
    ),
  });
}

function Head({ model, title }: { readonly model: PlanPageModel; readonly title: string }) {
  const { packet, versions } = model;
  const shown = versions.find(({ version }) => version === packet.version);
  return (
    <div class="page-head">
      <h1>{title}</h1>
      <p>
        <Badge>draft · production_write=false</Badge>
      </p>
      <Facts
        facts={[
          { name: 'Version', value: `${packet.version} of ${model.latestVersion}` },
          { name: 'Saved by', value: shown?.author ?? 'somebody' },
          { name: 'Owner', value: packet.draft.owners?.platform_owner ?? 'not named yet' },
          { name: 'Digest', value: <span class="mono">{packet.packet_digest}</span> },
        ]}
      />
    </div>
  );
}

/** What became of the version that is shown. */
function State({ model }: { readonly model: PlanPageModel }) {
  const { packet, versions, latestVersion, reviewVersion } = model;
  const shown = versions.find(({ version }) => version === packet.version);
  if (reviewVersion !== undefined) {
    return (
      <div class="page-notice">
        <Notice tone="said" icon="asserted" title={`Version ${reviewVersion} is under review`}>
          <p>
            Editing makes version {latestVersion + 1}; what is under review does not change. The
            request stores what you intend and touches nothing in production.
          </p>
        </Notice>
      </div>
    );
  }
  if (shown?.state === 'withdrawn') {
    return (
      <div class="page-notice">
        <Notice tone="quiet" icon="absent" title={`Version ${packet.version} was withdrawn`}>
          <p>It is over. Save another version to ask for a review again.</p>
        </Notice>
      </div>
    );
  }
  if (packet.version === latestVersion) return null;
  return (
    <div class="page-notice">
      <Notice tone="warn" icon="constrain" title="This is an older version">
        <p>
          <a href={`/self-service/drafts/${model.draftId}`}>Version {latestVersion}</a> has replaced
          it.
        </p>
      </Notice>
    </div>
  );
}

function Actions({ model }: { readonly model: PlanPageModel }) {
  const { draftId, packet, revision, latestVersion, reviewVersion, values } = model;
  const path = `/self-service/drafts/${draftId}`;
  const about = { version: String(reviewVersion ?? packet.version), revision: String(revision) };
  const isLatest = packet.version === latestVersion;
  const exported = (format: string) => `${path}/export?version=${packet.version}&format=${format}`;
  const edited = { screen: 'review', draft_id: draftId, revision: String(revision) };
  return (
    <div class="actions plan-actions">
      {reviewVersion !== undefined && (
        <form method="post" action={`${path}/withdraw`}>
          <Hidden values={about} />
          <button class="button" type="submit">
            Withdraw version {reviewVersion}
          </button>
        </form>
      )}
      {reviewVersion === undefined && isLatest && packet.preview !== undefined && (
        <form method="post" action={`${path}/review`}>
          <Hidden values={about} />
          <button class="button primary" type="submit">
            Request review of version {packet.version}
          </button>
        </form>
      )}
      {values !== undefined && (
        <form method="post" action="/self-service/compose">
          <Hidden values={{ ...values, ...edited }} />
          <button class="button" type="submit" name="go" value="scope">
            Edit
          </button>
        </form>
      )}
      <a class="button" href={exported('html')}>
        Export as one file
      </a>
      <a class="button" href={exported('json')}>
        Export as JSON
      </a>
    </div>
  );
}

/** Leads to the form of one section; an older version has none. */
function EditLink({
  model: { draftId, packet, latestVersion },
  section,
  name,
}: {
  readonly model: PlanPageModel;
  readonly section: PlanSection;
  readonly name: string;
}) {
  if (packet.version !== latestVersion) return null;
  return (
    <p class="actions">
      <a class="button" href={`/self-service/drafts/${draftId}/edit/${section}`}>
        {name}
      </a>
    </p>
  );
}

/** Where a member of the draft is shown on this page. */
const PLACES: readonly (readonly [prefix: string, id: string])[] = [
  ['primary_path', 'path'],
  ['authority', 'path'],
  ['policy', 'decides'],
  ['expansion_moves', 'moves'],
];

function placeOf(field: string): string {
  return PLACES.find(([prefix]) => field.startsWith(prefix))?.[1] ?? 'path';
}

/** The first gate, as far as a draft alone decides it. */
function Checklist({ coverage }: { readonly coverage: DraftCoverage }) {
  return (
    <section class="section" aria-labelledby="checklist">
      <h2 id="checklist">Draft coverage</h2>
      <p class="lede">{coverage.exit.sentence}</p>
      <ul class="rows">
        {coverage.criteria.map(({ id, sentence, result, fields }) => (
          <li key={id} class="row">
            <OutcomeMark outcome={result} />
            <div>
              <p>
                <span class="mono soft">{id}</span> {sentence}
              </p>
              {fields.length > 0 && (
                <ul class="links">
                  {fields.map((field) => (
                    <li key={field}>
                      <a class="mono" href={`#${placeOf(field)}`}>
                        {field}
                      </a>
                    </li>
                  ))}
                </ul>
              )}
              {result === 'not_evaluated' && (
                <p class="small soft">People say so after a review was requested.</p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Plan({ model }: { readonly model: PlanPageModel }) {
  const { packet } = model;
  const { draft, preview } = packet;
  return (
    <>
      <Section id="path" title="Path and authority">
        <Table caption="The scope" columns={['Member', 'Value']} rows={scopeRows(draft)} />
      </Section>
      <Section id="decides" title="What it would decide">
        {preview === undefined ? (
          <p>Not yet: {packet.missing.join(', ')} must be filled in first.</p>
        ) : (
          <>
            <div class="stack">
              <Reading preview={preview} />
            </div>
            <VerdictMapTable preview={preview} />
          </>
        )}
      </Section>
      <Section id="expected" title="Expected verdicts">
        <ExpectedCases packet={packet} />
        <EditLink model={model} section="cases" name="Add or change cases" />
      </Section>
      {preview !== undefined && (
        <Section id="examples" title="Examples">
          <ExampleRequestList preview={preview} />
          {packet.version === model.latestVersion && (
            <p class="actions">
              <a class="button" href={`/self-service/drafts/${model.draftId}/try`}>
                Change one and evaluate it
              </a>
            </p>
          )}
        </Section>
      )}
      <Section id="moves" title="Expansion moves">
        <Moves draft={draft} />
        <EditLink model={model} section="moves" name="Change moves and their order" />
      </Section>
      <People model={model} />
    </>
  );
}

function People({ model }: { readonly model: PlanPageModel }) {
  const rows = peopleRows(model.packet.draft);
  return (
    <Section id="people" title="People, service level, rollback">
      {rows.length === 0 ? (
        <p>Nothing is said yet; gate 4 asks for it.</p>
      ) : (
        <Table caption="As the plan says" columns={['What', 'Value']} rows={rows} />
      )}
      <div class="actions">
        <EditLink model={model} section="people" name="People" />
        <EditLink model={model} section="service" name="Service level and support" />
        <EditLink model={model} section="rollback" name="Rollback" />
      </div>
    </Section>
  );
}

function SignOut({ person }: { readonly person: string }) {
  return (
    <form class="actions sign-out" method="post" action="/self-service/sign-out">
      <p class="soft">You are signed in as {person}.</p>
      <button class="button quiet" type="submit">
        Sign out
      </button>
    </form>
  );
}
