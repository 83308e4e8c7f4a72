/** `/self-service`, Start: from one action to a boundary pattern, as plain forms. */
import { PRESETS, type Recommendation } from '@craton/policy';
import type { WizardField, WizardModel, WizardValues } from '../wizard-model.ts';
import { ExampleRequestList, Reading, VerdictMapTable } from '../parts/boundary-preview.tsx';
import { Code } from '../parts/code.tsx';
import { renderDocument } from '../parts/document.tsx';
import { PageHead, Section } from '../parts/section.tsx';

const SECTIONS = {
  action: { id: 'action', title: 'What is about to happen' },
  recommended: { id: 'recommended', title: 'Recommended pattern' },
  preview: { id: 'preview', title: 'Preview' },
  keep: { id: 'keep', title: 'Keep it' },
} as const;

/** `/self-service`. Full HTML document. */
export function selfServicePage(model: WizardModel): string {
  const { site, recommendation, packet, problem } = model;
  const sections = [
    SECTIONS.action,
    ...(recommendation === undefined ? [] : [SECTIONS.recommended]),
    ...(packet === undefined ? [] : [SECTIONS.preview]),
    SECTIONS.keep,
  ];
  return renderDocument({
    site,
    path: '/self-service',
    title: 'Start',
    description: 'Describe one action, get a boundary pattern, see what it would decide. Unsigned.',
    children: (
      <>
        <PageHead title="Start" sections={sections}>
          <p class="lede">
            Prepare one path. Nothing is written until you save, and nothing here can reach
            production.
          </p>
        </PageHead>
        {problem !== undefined && (
          <p role="alert">
            <strong>Not accepted.</strong> {problem.message}
          </p>
        )}
        <Section {...SECTIONS.action}>
          <ActionForm values={model.values} />
        </Section>
        {recommendation !== undefined && (
          <Section {...SECTIONS.recommended}>
            <Recommended recommendation={recommendation} />
          </Section>
        )}
        {packet !== undefined && (
          <Section {...SECTIONS.preview}>
            <Previewed packet={packet} />
          </Section>
        )}
        <Section {...SECTIONS.keep}>
          <HowToKeep baseUrl={site.baseUrl} />
        </Section>
      </>
    ),
  });
}

function ActionForm({ values }: { readonly values: WizardValues }) {
  return (
    <form method="post" action="/self-service/compose" class="stack">
      <div class="field">
        <label for="description">The action, in your own words</label>
        <textarea id="description" name="description" rows={3} maxLength={2000}>
          {values.description ?? ''}
        </textarea>
        <p class="hint">
          No case content, no names of customers, no credentials: they stay with you.
        </p>
      </div>
      <PatternChoice chosen={values.preset} />
      <TextField values={values} name="partner_id" label="Partner" hint="northstar_controls" />
      <TextField values={values} name="unit" label="Unit" hint="operations" />
      <TextField values={values} name="system_scope" label="System" hint="operations_console" />
      <TextField
        values={values}
        name="allow_up_to"
        label="Allow up to"
        hint="a whole number, in the unit of the pattern; amounts are in US cents"
      />
      <TextField
        values={values}
        name="constrain_up_to"
        label="Constrain up to"
        hint="above it the verdict is reject"
      />
      <TextField
        values={values}
        name="authority_context"
        label="Authority context"
        hint="who may approve the action"
      />
      <TextField
        values={values}
        name="authority_source"
        label="Authority source"
        hint="approval_workflow"
      />
      <p>
        <input
          type="checkbox"
          id="none_planned"
          name="none_planned"
          value="true"
          checked={values.none_planned === 'true'}
        />{' '}
        <label for="none_planned">No expansion moves are planned</label>
      </p>
      <p>
        <button class="button" type="submit">
          Recommend a pattern
        </button>{' '}
        <button class="button primary" type="submit" formAction="/self-service/preview">
          Preview
        </button>
      </p>
    </form>
  );
}

function PatternChoice({ chosen }: { readonly chosen: string | undefined }) {
  return (
    <fieldset>
      <legend>Or choose the pattern yourself</legend>
      {PRESETS.map(({ id, title, about }) => (
        <p key={id}>
          <input
            type="radio"
            id={`preset-${id}`}
            name="preset"
            value={id}
            checked={chosen === id}
          />{' '}
          <label for={`preset-${id}`}>{title}</label>: {about}
        </p>
      ))}
    </fieldset>
  );
}

interface TextFieldProps {
  readonly values: WizardValues;
  readonly name: WizardField;
  readonly label: string;
  readonly hint: string;
}

function TextField({ values, name, label, hint }: TextFieldProps) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        value={values[name] ?? ''}
        maxLength={256}
        aria-describedby={`${name}-hint`}
      />
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
    </div>
  );
}

function Recommended({ recommendation }: { readonly recommendation: Recommendation }) {
  const { sentence, candidates } = recommendation;
  return (
    <>
      <p>{sentence}</p>
      <ol>
        {candidates.map((one) => (
          <li key={one.preset}>
            <strong>{one.title}</strong> (<span class="mono">{one.gate_type}</span>): {one.reason}
          </li>
        ))}
      </ol>
    </>
  );
}

function Previewed({ packet }: { readonly packet: NonNullable<WizardModel['packet']> }) {
  const { preview, missing, draft } = packet;
  return (
    <>
      <p>
        <strong>draft · production_write=false.</strong> Unsigned, and kept nowhere.
      </p>
      {preview === undefined ? (
        <>
          <p>These are missing before there can be a boundary object:</p>
          <ul>
            {missing.map((field) => (
              <li key={field} class="mono">
                {field}
              </li>
            ))}
          </ul>
        </>
      ) : (
        <>
          <Reading preview={preview} />
          <VerdictMapTable preview={preview} />
          <ExampleRequestList preview={preview} />
          <Code
            caption="The boundary object"
            text={JSON.stringify(packet.boundary_object, undefined, 2)}
          />
        </>
      )}
      <Code caption="The draft, to save as draft.json" text={JSON.stringify(draft, undefined, 2)} />
    </>
  );
}

function HowToKeep({ baseUrl }: { readonly baseUrl: string }) {
  return (
    <>
      <p>
        Drafts belong to a named person of an organisation, so saving needs a key of your own. A
        visitor without one composes and previews.
      </p>
      <Code caption="By command" text={SAVE_COMMANDS} />
      <Code
        caption="By API"
        text={[
          `curl -sS ${baseUrl}/self-service/api/drafts \\`,
          "  -H 'X-API-Key: <YOUR_KEY>' -H 'Content-Type: application/json' \\",
          `  -d '{"draft": ...}'`,
        ].join('\n')}
      />
    </>
  );
}

const SAVE_COMMANDS = [
  './craton draft save draft.json',
  './craton draft request-review <draft-id>',
].join('\n');
