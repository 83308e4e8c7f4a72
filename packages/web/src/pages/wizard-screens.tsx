/** The questions of the page Start. Each is a form of its own and carries all other answers along. */
import { findPreset, type Measure, PRESETS, type Recommendation } from '@craton/policy';
import type { ComponentChildren } from 'preact';
import { Check, ChoiceCards, EnterButton, Field, Hidden, Select } from '../parts/field.tsx';
import { StateMark } from '../parts/tone.tsx';
import type {
  MoveNumber,
  WizardField,
  WizardModel,
  WizardScreen,
  WizardValues,
} from '../wizard-model.ts';

type Question = Exclude<WizardScreen, 'review'>;

const DESCRIPTION_CHARACTERS_MAX = 2_000;

const MOVES: readonly MoveNumber[] = [1, 2, 3];

/** Which fields a screen asks for; all others travel hidden. */
const ASKED: Readonly<Record<Question, readonly WizardField[]>> = {
  action: ['description', 'preset'],
  pattern: ['preset'],
  scope: ['partner_id', 'unit', 'system_scope'],
  limits: ['allow_up_to', 'constrain_up_to'],
  authority: ['authority_context', 'authority_source', 'platform_owner'],
  moves: [
    'none_planned',
    ...MOVES.flatMap((number) => [
      `move_${number}_type` as const,
      `move_${number}_member` as const,
      `move_${number}_value` as const,
    ]),
  ],
};

export interface QuestionScreenProps {
  readonly model: WizardModel;
  readonly screen: Question;
}

export function QuestionScreen({ model, screen }: QuestionScreenProps) {
  const { values } = model;
  const others = Object.entries(values).filter(
    ([name]) => !ASKED[screen].some((field) => field === name),
  );
  return (
    <form method="post" action="/self-service/compose" class="question" novalidate>
      <Hidden values={{ screen, ...Object.fromEntries(others) }} />
      <EnterButton name="go" value="next" />
      <ScreenContent model={model} screen={screen} />
      <p class="actions">
        <button class="button primary" type="submit" name="go" value="next">
          {screen === 'moves' ? 'Preview' : 'Continue'}
        </button>
        {screen !== 'action' && (
          <button class="button" type="submit" name="go" value="back">
            Back
          </button>
        )}
        {values.preset !== undefined && screen !== 'moves' && (
          <button class="button quiet" type="submit" name="go" value="review">
            Preview now
          </button>
        )}
      </p>
    </form>
  );
}

function ScreenContent({ model, screen }: QuestionScreenProps) {
  const { values, recommendation } = model;
  switch (screen) {
    case 'action':
      return <ActionScreen model={model} />;
    case 'pattern':
      return <PatternScreen recommendation={recommendation} values={values} />;
    case 'scope':
      return <ScopeScreen model={model} />;
    case 'limits':
      return <LimitsScreen model={model} />;
    case 'authority':
      return <AuthorityScreen model={model} />;
    case 'moves':
      return <MovesScreen model={model} />;
  }
}

interface ScreenProps {
  readonly model: WizardModel;
}

interface HeadProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

function Head({ title, children }: HeadProps) {
  return (
    <div class="stack-tight">
      <h2>{title}</h2>
      <p class="soft">{children}</p>
    </div>
  );
}

interface AskProps extends ScreenProps {
  readonly name: WizardField;
  readonly label: string;
  readonly hint: ComponentChildren;
  readonly isNumber?: boolean;
}

function Ask({ model, name, ...others }: AskProps) {
  const { values, problem } = model;
  const error = problem?.field === name ? problem.message : undefined;
  return <Field name={name} value={values[name]} error={error} {...others} />;
}

function ActionScreen({ model }: ScreenProps) {
  const { values, problem } = model;
  return (
    <>
      <Head title="What is about to happen?">
        Choose the pattern that fits. If none of the names says it, describe the action, and one
        will be suggested.
      </Head>
      <ChoiceCards
        name="preset"
        legend="Patterns"
        choices={PRESETS.map(({ id, title, about }) => ({ value: id, title, text: about }))}
        chosen={values.preset}
      />
      <Field
        name="description"
        label="Or describe it in your own words"
        hint="What kind of action it is, not a case: no names of customers, no documents, no credentials."
        value={values.description}
        error={problem?.field === 'description' ? problem.message : undefined}
        rows={3}
        maxLength={DESCRIPTION_CHARACTERS_MAX}
      />
    </>
  );
}

interface PatternProps {
  readonly recommendation: Recommendation | undefined;
  readonly values: WizardValues;
}

/** The suggestion with its reason on top; every other pattern can be taken instead. */
function PatternScreen({ recommendation, values }: PatternProps) {
  const candidates = recommendation?.candidates ?? [];
  const others = PRESETS.filter(({ id }) => !candidates.some(({ preset }) => preset === id));
  return (
    <>
      <Head title="Is this the pattern?">
        {recommendation?.sentence ?? 'Choose the pattern that fits.'}
      </Head>
      {candidates.length > 0 && (
        <ChoiceCards
          name="preset"
          legend="Suggested"
          choices={candidates.map((one, index) => ({
            value: one.preset,
            title: one.title,
            text: (
              <>
                {index === 0 && recommendation?.answer === 'one' && (
                  <>
                    <StateMark tone="good" icon="verified" word="fits best" />
                    <br />
                  </>
                )}
                Why this one: {one.reason}
                <br />
                <span class="mono">{one.gate_type}</span>
              </>
            ),
          }))}
          chosen={values.preset}
        />
      )}
      <ChoiceCards
        name="preset"
        legend={candidates.length > 0 ? 'Or another one' : 'All patterns'}
        choices={others.map(({ id, title, about }) => ({ value: id, title, text: about }))}
        chosen={values.preset}
      />
    </>
  );
}

function ScopeScreen({ model }: ScreenProps) {
  return (
    <>
      <Head title="Where does it happen?">
        Labels as your systems use them: small letters, digits and underscores.
      </Head>
      <Ask
        model={model}
        name="partner_id"
        label="Partner"
        hint="The organisation that asks, for example northstar_controls"
      />
      <Ask
        model={model}
        name="unit"
        label="Unit"
        hint="The part of it that is responsible, for example operations"
      />
      <Ask
        model={model}
        name="system_scope"
        label="System scope"
        hint="The system in which the action would run, for example operations_console"
      />
    </>
  );
}

const UNIT_WORDS: Readonly<Record<Measure['unit'], string>> = {
  usd_cents: 'US dollars',
  minutes: 'minutes',
  records: 'records',
  points: 'points',
};
const CENTS_PER_DOLLAR = 100;

function LimitsScreen({ model }: ScreenProps) {
  const measure = findPreset(model.values.preset ?? '')?.measure;
  if (measure === undefined) return <p>This pattern has no limits.</p>;
  const unit = UNIT_WORDS[measure.unit];
  const usual = (value: number) =>
    `A whole number of ${unit}. Left empty: ${shownNumber(value, measure.unit)}`;
  return (
    <>
      <Head title="From which size on does it need more?">
        Up to the first number the verdict is allow, up to the second one constrain, above it
        reject. The measure is <span class="mono">{measure.member}</span>.
      </Head>
      <Ask
        model={model}
        name="allow_up_to"
        label={`Allow up to (${unit})`}
        hint={usual(measure.allowUpTo)}
        isNumber
      />
      <Ask
        model={model}
        name="constrain_up_to"
        label={`Constrain up to (${unit})`}
        hint={usual(measure.constrainUpTo)}
        isNumber
      />
    </>
  );
}

function shownNumber(value: number, unit: Measure['unit']): string {
  return (unit === 'usd_cents' ? value / CENTS_PER_DOLLAR : value).toLocaleString('en-US');
}

function AuthorityScreen({ model }: ScreenProps) {
  return (
    <>
      <Head title="Who may approve it, and where is that recorded?">
        Craton does not approve anything. It asks whether somebody did, and where that comes from.
      </Head>
      <Ask
        model={model}
        name="authority_context"
        label="Authority context"
        hint="In words: who may approve, for example the head of operations, above the limit two people"
      />
      <Ask
        model={model}
        name="authority_source"
        label="Authority source"
        hint="The system that records the approval, for example approval_workflow"
      />
      <Ask
        model={model}
        name="platform_owner"
        label="Platform owner (can be filled in later)"
        hint="The person who answers for this path. Gate 1 needs a named one."
      />
    </>
  );
}

const MOVE_MEMBERS = [
  ['unit', 'unit'],
  ['system_scope', 'system scope'],
  ['partner_id', 'partner'],
  ['gate_type', 'gate type'],
  ['decision_type', 'decision type'],
] as const;

function MovesScreen({ model }: ScreenProps) {
  const { values } = model;
  return (
    <>
      <Head title="Where should it go next?">
        Coverage to add later, in order. It stays a draft like this one; nothing is built for it.
      </Head>
      <Check
        name="none_planned"
        label="No expansion moves are planned"
        isChecked={values.none_planned === 'true'}
      />
      {MOVES.map((number) => (
        <fieldset key={number} class="move">
          <legend>
            Move {number}
            <Reorder number={number} isFilled={values[`move_${number}_type`] !== undefined} />
          </legend>
          <Ask
            model={model}
            name={`move_${number}_type`}
            label="What kind"
            hint="A label, for example new_unit"
          />
          <Select
            name={`move_${number}_member`}
            label="What changes"
            options={MOVE_MEMBERS}
            value={values[`move_${number}_member`]}
          />
          <Ask
            model={model}
            name={`move_${number}_value`}
            label="To what"
            hint="A label, for example treasury"
          />
        </fieldset>
      ))}
    </>
  );
}

/** Buttons, so that nothing needs to be dragged. */
function Reorder({ number, isFilled }: { number: MoveNumber; isFilled: boolean }) {
  if (!isFilled) return null;
  const ways = [
    ...(number > 1 ? [['up', 'Move up'] as const] : []),
    ...(number < MOVES.length ? [['down', 'Move down'] as const] : []),
  ];
  return (
    <span class="move-buttons">
      {ways.map(([way, name]) => (
        <button
          key={way}
          class="button quiet"
          type="submit"
          name="go"
          value={`${way}_${number}`}
          aria-label={`${name}: move ${number}`}
        >
          {name}
        </button>
      ))}
    </span>
  );
}
