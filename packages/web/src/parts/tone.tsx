/** What kind of news something is: always an icon of its own shape and a word, besides the colour. */
import { Icon, type IconName } from './icon.tsx';

/** `said`: for information; `quiet`: nothing to do here. */
export type Tone = 'good' | 'warn' | 'bad' | 'said' | 'quiet';

export interface StateMarkProps {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly word: string;
}

/** Icon and word in one line: the state of a check, a step, a draft. */
export function StateMark({ tone, icon, word }: StateMarkProps) {
  return (
    <span class={`status tone-${tone}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

/** How a check came out. */
export type Outcome = 'pass' | 'warning' | 'fail' | 'not_evaluated';

const OUTCOMES: Readonly<Record<Outcome, StateMarkProps>> = {
  pass: { tone: 'good', icon: 'verified', word: 'clear' },
  warning: { tone: 'warn', icon: 'constrain', word: 'attention' },
  fail: { tone: 'bad', icon: 'failed', word: 'fails' },
  not_evaluated: { tone: 'quiet', icon: 'not_checked', word: 'not yet' },
};

export function OutcomeMark({ outcome }: { readonly outcome: Outcome }) {
  return <StateMark {...OUTCOMES[outcome]} />;
}
