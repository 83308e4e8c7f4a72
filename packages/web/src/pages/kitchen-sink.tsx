/** `/kitchen-sink`: every part that pages are put together from, in each of its states. */
import type { SiteModel } from '../models.ts';
import { LinkCards, Links, Tiles } from '../parts/cards.tsx';
import { Code } from '../parts/code.tsx';
import { Alternatives, Disclosure, Empty } from '../parts/disclosure.tsx';
import { renderDocument } from '../parts/document.tsx';
import { Facts, Time } from '../parts/facts.tsx';
import { Check, ChoiceCards, ErrorSummary, Field, Select } from '../parts/field.tsx';
import { Badge, Notice } from '../parts/notice.tsx';
import { Breadcrumb, Progress } from '../parts/progress.tsx';
import { PageHead, Section } from '../parts/section.tsx';
import { Status, VerdictMark } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import { OutcomeMark, StateMark, type Tone } from '../parts/tone.tsx';

const PATH = '/kitchen-sink';
const SECTIONS = {
  marks: { id: 'marks', title: 'Marks' },
  messages: { id: 'messages', title: 'Messages' },
  places: { id: 'places', title: 'Where somebody is' },
  data: { id: 'data', title: 'Data' },
  folded: { id: 'folded', title: 'What folds away' },
  forms: { id: 'forms', title: 'Forms' },
} as const;

/** `/kitchen-sink`, in development alone. Full HTML document. */
export function kitchenSinkPage({ site }: { readonly site: SiteModel }): string {
  return renderDocument({
    site,
    path: PATH,
    title: 'Kitchen sink',
    description: 'Every part of the pages in each of its states, to look at and to test.',
    children: (
      <>
        <Breadcrumb
          crumbs={[
            { name: 'Home', path: '/' },
            { name: 'Kitchen sink', path: PATH },
          ]}
        />
        <PageHead title="Kitchen sink" sections={Object.values(SECTIONS)}>
          <p class="lede">Every part of the pages in each of its states. In development only.</p>
        </PageHead>
        <Section {...SECTIONS.marks}>
          <Marks />
        </Section>
        <Section {...SECTIONS.messages}>
          <Messages />
        </Section>
        <Section {...SECTIONS.places}>
          <Places />
        </Section>
        <Section {...SECTIONS.data}>
          <Data />
        </Section>
        <Section {...SECTIONS.folded}>
          <Folded />
        </Section>
        <Section {...SECTIONS.forms}>
          <Forms />
        </Section>
      </>
    ),
  });
}

function Marks() {
  return (
    <>
      <ul class="links" aria-label="Verdicts">
        {(['allow', 'constrain', 'reject'] as const).map((verdict) => (
          <li key={verdict}>
            <VerdictMark verdict={verdict} />
          </li>
        ))}
      </ul>
      <ul class="links" aria-label="Lines of a report">
        {(['verified', 'asserted', 'absent', 'failed', 'not_checked'] as const).map((status) => (
          <li key={status}>
            <Status status={status} />
          </li>
        ))}
      </ul>
      <ul class="links" aria-label="Checks">
        {(['pass', 'warning', 'fail', 'not_evaluated'] as const).map((outcome) => (
          <li key={outcome}>
            <OutcomeMark outcome={outcome} />
          </li>
        ))}
      </ul>
      <ul class="links" aria-label="States">
        <li>
          <StateMark tone="said" icon="draft" word="draft" />
        </li>
        <li>
          <StateMark tone="warn" icon="pulse" word="degraded" />
        </li>
        <li>
          <StateMark tone="quiet" icon="unknown" word="not known" />
        </li>
        <li>
          <Badge>draft · production_write=false</Badge>
        </li>
      </ul>
      <p class="actions">
        <a class="button primary" href="#marks">
          Primary
        </a>
        <a class="button" href="#marks">
          Secondary
        </a>
        <a class="button quiet" href="#marks">
          Quiet
        </a>
      </p>
    </>
  );
}

const TONES: readonly Tone[] = ['good', 'warn', 'bad', 'said', 'quiet'];
const TONE_ICONS = {
  good: 'verified',
  warn: 'constrain',
  bad: 'failed',
  said: 'asserted',
  quiet: 'absent',
} as const;

function Messages() {
  return (
    <>
      {TONES.map((tone) => (
        <Notice key={tone} tone={tone} icon={TONE_ICONS[tone]} title={`A notice: ${tone}`}>
          <p>
            One sentence about it, with <a href="#messages">a link</a>.
          </p>
        </Notice>
      ))}
      <ErrorSummary message="Partner must be a label." field="sink-partner" />
      <Empty title="Nothing is here yet">
        <p>This says what to do about it.</p>
      </Empty>
    </>
  );
}

function Places() {
  return (
    <>
      <Progress
        label="Steps"
        steps={[{ title: 'Done', isDone: true }, { title: 'Now' }, { title: 'Later' }]}
        current={1}
      />
      <LinkCards
        label="Cards"
        cards={[
          { title: 'A card', text: 'It leads somewhere.', path: '#places' },
          {
            title: 'Another one',
            text: 'With more links.',
            path: '#data',
            more: [['Forms', '#forms']],
          },
        ]}
      />
      <Links links={[['A line of links', '#marks']]} />
    </>
  );
}

function Data() {
  return (
    <>
      <Tiles
        tiles={[
          { label: 'A tile', text: 'It says one thing.', mark: <OutcomeMark outcome="pass" /> },
          { label: 'Another', text: 'And this one.', mark: <OutcomeMark outcome="warning" /> },
        ]}
      />
      <Facts
        facts={[
          { name: 'Digest', value: <span class="mono">{`sha256:${'0'.repeat(64)}`}</span> },
          { name: 'Time', value: <Time at="2026-11-21T18:00:00.000Z" /> },
        ]}
      />
      <Table
        caption="A table that becomes a list on a narrow screen"
        columns={['Row', 'One', 'Two']}
        rows={[
          ['First', 'a', 'b'],
          ['Second', 'c', 'd'],
        ]}
      />
      <Code caption="A command" text="./craton verify bundle.json --trust trust-policy.txt" />
    </>
  );
}

function Folded() {
  return (
    <>
      <Disclosure summary="Closed at first">
        <p>What is inside.</p>
      </Disclosure>
      <Disclosure summary="Open at first" isOpen>
        <p>What is inside.</p>
      </Disclosure>
      <Alternatives
        name="sink-alternatives"
        alternatives={[
          { title: 'One', content: <p>The first of two.</p> },
          { title: 'Two', content: <p>The second of two.</p> },
        ]}
      />
    </>
  );
}

function Forms() {
  return (
    <form class="question" method="get" action={PATH}>
      <Field name="sink-unit" label="A field" hint="What belongs into it." value="operations" />
      <Field
        name="sink-partner"
        label="A field that was refused"
        hint="What belongs into it."
        value=""
        error="Partner must be a label."
      />
      <Field name="sink-words" label="More lines" hint="Some words." value="" rows={3} />
      <Field name="sink-key" label="A secret" hint="It is not shown." value="" isSecret />
      <ChoiceCards
        name="sink-choice"
        legend="A choice"
        choices={[
          { value: 'one', title: 'One', text: 'What it means.' },
          { value: 'two', title: 'Two', text: 'What this means.' },
        ]}
        chosen="two"
      />
      <Select
        name="sink-select"
        label="One of a list"
        options={[
          ['a', 'The first'],
          ['b', 'The second'],
        ]}
        value="b"
      />
      <Check name="sink-check" label="Yes or no" isChecked />
      <p class="actions">
        <button class="button primary" type="submit">
          Send
        </button>
      </p>
    </form>
  );
}
