/** The expected verdicts: the list of cases, and the form of one. */
import type { FactDeclaration } from '@craton/policy';
import { AUTHORITY_CLASSES, VERDICTS } from '@craton/protocol';
import { Disclosure, Empty } from '../parts/disclosure.tsx';
import { Field, Hidden, Select } from '../parts/field.tsx';
import { VerdictMark } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import type { PlanFormModel } from '../plan-form-model.ts';

interface CaseProps {
  readonly model: PlanFormModel;
}

export function CaseList({ model }: CaseProps) {
  const { cases = [], draftId, revision, caseNumber } = model;
  const path = `/self-service/drafts/${draftId}/edit/cases`;
  if (cases.length === 0) {
    return (
      <Empty title="No case was typed yet">
        <p>Begin with one request that must pass, and one that must not.</p>
      </Empty>
    );
  }
  return (
    <section class="stack" aria-labelledby="cases">
      <h2 id="cases">Cases so far</h2>
      <Table
        caption="In the order in which they were typed"
        columns={['Case', 'Expected', 'Change']}
        rows={cases.map(({ number, name, verdict }) => [
          name,
          <VerdictMark key="verdict" verdict={verdict} />,
          <form key="change" method="post" action={path} class="row-actions">
            <Hidden values={{ revision: String(revision), case_number: String(number) }} />
            <a
              class="button quiet"
              href={`${path}?case=${number}#case-form`}
              aria-label={`Edit ${name}`}
              aria-current={number === caseNumber ? 'true' : undefined}
            >
              Edit
            </a>
            <button
              class="button quiet"
              type="submit"
              name="go"
              value="remove"
              aria-label={`Remove ${name}`}
            >
              Remove
            </button>
          </form>,
        ])}
      />
    </section>
  );
}

const NO_CHOICE = ['', 'Choose'] as const;

export function CaseFields({ model }: CaseProps) {
  const { values, problem, caseNumber, facts = [] } = model;
  const errorOf = (name: string) => (problem?.field === name ? problem.message : undefined);
  return (
    <>
      <h2 id="case-form">{caseNumber === undefined ? 'Another case' : `Case ${caseNumber}`}</h2>
      <Ask
        model={model}
        name="case"
        label="Name of the case"
        hint="For example: just above the limit"
      />
      <Ask
        model={model}
        name="amount"
        label="Amount (US dollars)"
        hint="With at most two decimals and without commas, for example 250000.01. Empty: the request has none."
      />
      {facts.map((fact) => (
        <FactField key={fact.name} model={model} fact={fact} />
      ))}
      <Select
        name="verdict"
        label="Expected verdict"
        options={[NO_CHOICE, ...VERDICTS.map((name) => [name, name] as const)]}
        value={values['verdict']}
        error={errorOf('verdict')}
      />
      <Select
        name="authority_class"
        label="How far the approval is checked"
        options={[
          ['', 'As far as the path asks for, at least'],
          ...AUTHORITY_CLASSES.map((name) => [name, name.replaceAll('_', ' ')] as const),
        ]}
        value={values['authority_class']}
        error={errorOf('authority_class')}
      />
      <Disclosure
        summary="Other members of the request"
        isOpen={OTHERS.some(([name]) => values[name] !== undefined || problem?.field === name)}
      >
        <p class="soft">
          What is left empty comes from the plan: its scope, and an approval that is present.
        </p>
        <div class="field-grid">
          {OTHERS.map(([name, hint]) => (
            <Ask key={name} model={model} name={name} label={name} hint={hint} />
          ))}
        </div>
      </Disclosure>
    </>
  );
}

const OTHERS = [
  ['decision_type', 'What kind of decision'],
  ['decision_owner', 'Who asks for it'],
  ['authorization_status', 'Empty: present. For example missing'],
  ['authorization_source', 'Empty: the source of the plan'],
  ['authorization_reference', 'The name of the approval'],
  ['external_reference', 'By which it is found again in staging'],
  ['case_id', 'The case in your system'],
  ['partner_id', 'Empty: the partner of the plan'],
  ['gate_type', 'Empty: the gate of the plan'],
  ['system_scope', 'Empty: the system of the plan'],
  ['action_digest', 'sha256: and 64 hexadecimal digits'],
] as const;

interface AskProps extends CaseProps {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
}

function Ask({ model: { values, problem }, name, ...words }: AskProps) {
  const error = problem?.field === name ? problem.message : undefined;
  return <Field name={name} value={values[name]} error={error} {...words} />;
}

const FACT_WORDS: Readonly<Record<FactDeclaration['type'], string>> = {
  string: 'A text',
  integer: 'A whole number',
  decimal2: 'A number with at most two decimals',
  boolean: 'true or false',
};

function FactField({ model, fact }: CaseProps & { readonly fact: FactDeclaration }) {
  const { name, type, required } = fact;
  const hint = `${FACT_WORDS[type]}${required ? '; every request needs it' : ''}`;
  return <Ask model={model} name={`fact_${name}`} label={`Fact ${name}`} hint={hint} />;
}
