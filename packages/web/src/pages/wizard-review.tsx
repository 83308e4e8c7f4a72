/** The last screen of Start: what the draft would decide, how to call it, and how to keep it. */
import type { BoundaryPreview, Packet } from '@craton/policy';
import { ApiAccess } from '../parts/api-access.tsx';
import { ExampleRequestList, Reading, VerdictMapTable } from '../parts/boundary-preview.tsx';
import { Code } from '../parts/code.tsx';
import { Disclosure, Empty } from '../parts/disclosure.tsx';
import { Facts } from '../parts/facts.tsx';
import { Field, Hidden } from '../parts/field.tsx';
import { Badge, Notice } from '../parts/notice.tsx';
import { TryRequest } from '../parts/try-request.tsx';
import type { WizardModel, WizardScreen } from '../wizard-model.ts';

export function ReviewScreen({ model }: { readonly model: WizardModel }) {
  const { packet } = model;
  return (
    <>
      <section class="stack review-head" aria-labelledby="preview">
        <div class="card-head">
          <h2 id="preview">Preview</h2>
          <Badge>draft · production_write=false</Badge>
        </div>
        <p class="lede">
          Nothing is written until you save; nothing here can reach production. What you see is
          evaluated by the rules that would run, and it is not signed.
        </p>
        <Edits model={model} />
      </section>
      {packet === undefined ? (
        <Empty title="There is nothing to preview yet">
          <p>Go back to the field that is named above.</p>
        </Empty>
      ) : (
        <Previewed packet={packet} model={model} />
      )}
      <Keep model={model} />
    </>
  );
}

const EDITS: readonly (readonly [screen: WizardScreen, name: string])[] = [
  ['action', 'Action'],
  ['scope', 'Scope'],
  ['limits', 'Limits'],
  ['authority', 'Authority'],
  ['moves', 'Expansion moves'],
];

/** Back to each question, with everything that was typed. */
function Edits({ model: { values } }: { readonly model: WizardModel }) {
  return (
    <form method="post" action="/self-service/compose" class="edits">
      <Hidden values={{ screen: 'review', ...values }} />
      <span class="soft">Change</span>
      {EDITS.map(([screen, name]) => (
        <button key={screen} class="button quiet" type="submit" name="go" value={screen}>
          {name}
        </button>
      ))}
    </form>
  );
}

interface PreviewedProps {
  readonly packet: Packet;
  readonly model: WizardModel;
}

function Previewed({ packet, model }: PreviewedProps) {
  const { access } = model;
  const { preview } = packet;
  return (
    <>
      {preview === undefined ? (
        <Gaps missing={packet.missing} />
      ) : (
        <>
          <RulesAndObject packet={packet} preview={preview} />
          <section class="section" aria-labelledby="verdicts">
            <h2 id="verdicts">The verdict for every amount</h2>
            <VerdictMapTable preview={preview} />
          </section>
          <section class="section" aria-labelledby="examples">
            <h2 id="examples">Three requests, and their verdicts</h2>
            <ExampleRequestList preview={preview} />
          </section>
          <Trying model={model} preview={preview} />
        </>
      )}
      {access !== undefined && (
        <section class="section" aria-labelledby="access">
          <h2 id="access">API access context</h2>
          <ApiAccess access={access} />
        </section>
      )}
    </>
  );
}

/** One of the examples to change, or what was typed the last time. */
function Trying({ model, preview }: { model: WizardModel; preview: BoundaryPreview }) {
  const [example] = preview.example_requests.examples;
  const text = example === undefined ? '{}' : JSON.stringify(example.request, undefined, 2);
  const tried = model.tried ?? { text, authorityClass: 'submitted' };
  return (
    <section class="section" aria-labelledby="try">
      <h2 id="try">Change one and evaluate it</h2>
      <TryRequest tried={tried} action="/self-service/preview#try" values={model.values} />
    </section>
  );
}

/** Names of draft members, and where they are asked for. */
function Gaps({ missing }: Pick<Packet, 'missing'>) {
  return (
    <Notice tone="warn" icon="absent" title="Something is still open">
      <p>These are missing before there can be a boundary object:</p>
      <ul class="list">
        {missing.map((field) => (
          <li key={field} class="mono">
            {field}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function RulesAndObject({ packet, preview }: { packet: Packet; preview: BoundaryPreview }) {
  return (
    <section class="section" aria-labelledby="rules">
      <h2 id="rules">The rules, read aloud, and the boundary object</h2>
      <div class="columns side-by-side">
        <div class="stack">
          <Reading preview={preview} />
          <Facts
            facts={[
              {
                name: 'Object digest',
                value: <span class="mono">{packet.boundary_object_digest}</span>,
              },
            ]}
          />
        </div>
        <Code
          caption="The boundary object, in canonical order"
          text={JSON.stringify(packet.boundary_object, undefined, 2)}
        />
      </div>
    </section>
  );
}

function Keep({ model }: { readonly model: WizardModel }) {
  const { site, values, packet } = model;
  return (
    <section class="section" aria-labelledby="keep">
      <h2 id="keep">Keep it</h2>
      <div class="columns wide-first">
        <div class="stack">
          <SaveForm model={model} />
        </div>
        <div class="stack">
          <p class="soft">
            Drafts belong to a named person of an organisation. Without a key of your own you
            compose, preview and take the file with you.
          </p>
          {packet !== undefined && (
            <Disclosure summary="Save by command or API">
              <Code
                caption="The draft, to save as draft.json"
                text={JSON.stringify(packet.draft, undefined, 2)}
              />
              <Code
                caption="By command"
                text={`./craton draft save draft.json\n./craton draft request-review <draft-id>`}
              />
              <Code
                caption="By API"
                text={[
                  `curl -sS ${site.baseUrl}/self-service/api/drafts \\`,
                  "  -H 'X-API-Key: <YOUR_KEY>' -H 'Content-Type: application/json' \\",
                  `  -d "{\\"draft\\": $(cat draft.json)}"`,
                ].join('\n')}
              />
            </Disclosure>
          )}
          {values.draft_id !== undefined && (
            <p>
              This is an edit of a saved draft.{' '}
              <a href={`/self-service/drafts/${values.draft_id}`}>Back to it without saving</a>
            </p>
          )}
        </div>
      </div>
    </section>
  );
}

function SaveForm({
  model: { values, person, canSave, problem },
}: {
  readonly model: WizardModel;
}) {
  if (!canSave) {
    return (
      <Notice tone="warn" icon="pulse" title="Saving is off at the moment">
        <p>
          Drafts have no store to go to; <a href="/self-service/readiness">Readiness</a> says why.
          Everything you typed is still on this page, and the file below holds it too.
        </p>
      </Notice>
    );
  }
  const { title, ...others } = values;
  const errorOf = (name: string) => (problem?.field === name ? problem.message : undefined);
  return (
    <form method="post" action="/self-service/save" class="stack" novalidate>
      <Hidden values={others} />
      <Field
        name="title"
        label="Name of the plan"
        hint="For the people who read it, for example Console limits"
        value={title}
        error={errorOf('title')}
      />
      {person === undefined ? (
        <Field
          name="api_key"
          label="Your self-service key"
          hint="It is sent to this server only, is not kept, and is in no address. A session of one hour begins."
          value={undefined}
          error={errorOf('api_key')}
          isSecret
        />
      ) : (
        <p class="soft">You are signed in as {person}.</p>
      )}
      <p class="actions">
        <button class="button primary" type="submit">
          {values.draft_id === undefined ? 'Save as version 1' : 'Save as a new version'}
        </button>
      </p>
    </form>
  );
}
