/** The check groups of the readiness page: what each promises, and how every check came out. */
import {
  CODE_TEXTS,
  GROUP_TEXTS,
  type GroupPromise,
  type GroupState,
  type ReadinessDetail,
} from '@craton/policy';
import { Disclosure } from '../parts/disclosure.tsx';
import { type Outcome, OutcomeMark } from '../parts/tone.tsx';

type Check = ReadinessDetail['checks'][number];

export interface CheckGroupProps {
  readonly group: GroupState;
  readonly showsDetail: boolean;
}

/** Those that need attention are open, the others fold away behind their count. */
export function CheckGroup({ group, showsDetail }: CheckGroupProps) {
  const { number, title, summary, sentence, promises } = GROUP_TEXTS[group.id];
  const id = `check-${group.id.replaceAll('_', '-')}`;
  return (
    <section class="card check-group" id={id} aria-labelledby={`${id}-title`}>
      <div class="card-head">
        <h3 id={`${id}-title`}>
          <span class="number">{number}</span> <span>{title}</span>
        </h3>
        <OutcomeMark outcome={group.state} />
      </div>
      <p class="strong">{summary}</p>
      <Disclosure
        summary={`${group.passed} of ${group.checks.length} checks are clear`}
        isOpen={group.state !== 'pass'}
      >
        <p id={`about-${id}`}>{sentence}</p>
        <ul class="rows">
          {promises.map((promise) => (
            <Promised key={promise.text} promise={promise} checks={group.checks} />
          ))}
        </ul>
        {showsDetail && <Checks checks={group.checks} />}
      </Disclosure>
    </section>
  );
}

interface PromisedProps {
  readonly promise: GroupPromise;
  readonly checks: readonly Check[];
}

function Promised({ promise, checks }: PromisedProps) {
  const own = checks.filter(({ code }) => promise.codes.includes(code));
  const ages = own.flatMap(({ age_s: age }) => (age === undefined ? [] : [age]));
  return (
    <li class="row">
      <OutcomeMark outcome={worstOf(own)} />
      <div>
        <p>{promise.text}</p>
        <p class="small soft">{promise.construction ?? measuredText(own.length, ages)}</p>
      </div>
    </li>
  );
}

function worstOf(checks: readonly Check[]): Outcome {
  const outcomes = checks.map(outcomeOf);
  if (outcomes.includes('fail')) return 'fail';
  return outcomes.includes('warning') ? 'warning' : 'pass';
}

function outcomeOf({ result, kind }: Check): Outcome {
  if (result === 'pass') return 'pass';
  return kind === 'warning' ? 'warning' : 'fail';
}

function measuredText(count: number, ages: readonly number[]): string {
  const checks = count === 1 ? 'One check' : `${count} checks`;
  return ages.length === 0
    ? `${checks}, read from the settings now.`
    : `${checks}; the oldest measurement is ${Math.max(...ages)} s old.`;
}

/** What fails is said in full; what is clear is one line each, and folded away. */
function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const open = checks.filter(({ result }) => result === 'fail');
  const clear = checks.filter(({ result }) => result === 'pass');
  return (
    <>
      {open.length > 0 && (
        <ul class="rows">
          {open.map((check) => (
            <OpenCheck key={check.code} check={check} />
          ))}
        </ul>
      )}
      {clear.length > 0 && (
        <Disclosure
          summary={clear.length === 1 ? 'The clear one' : `The ${clear.length} clear ones`}
        >
          <ul class="rows">
            {clear.map((check) => (
              <ClearCheck key={check.code} check={check} />
            ))}
          </ul>
        </Disclosure>
      )}
    </>
  );
}

function OpenCheck({ check }: { readonly check: Check }) {
  const { code, sentence, fix } = check;
  const { variable } = CODE_TEXTS[code];
  return (
    <li class="row" id={`check-${code}`}>
      <OutcomeMark outcome={outcomeOf(check)} />
      <div>
        <p class="mono">{code}</p>
        <p>
          {sentence} <strong>{fix}</strong>
        </p>
        <p class="small soft">
          {variable !== undefined && (
            <>
              Variable <code>{variable}</code>.{' '}
            </>
          )}
          <Measured check={check} />
        </p>
      </div>
    </li>
  );
}

function ClearCheck({ check }: { readonly check: Check }) {
  return (
    <li class="row" id={`check-${check.code}`}>
      <OutcomeMark outcome="pass" />
      <div>
        <p class="mono">{check.code}</p>
        <p class="small soft">
          It would mean: {check.sentence} <Measured check={check} />
        </p>
      </div>
    </li>
  );
}

function Measured({ check: { measured, age_s: age } }: { readonly check: Check }) {
  return (
    <>
      {measured}
      {age !== undefined && ` ${age} s ago.`}
    </>
  );
}
