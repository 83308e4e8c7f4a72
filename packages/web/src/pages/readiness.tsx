/** `/self-service/readiness`: whether a review may start, what blocks it, and how that is known. */
import {
  CODE_TEXTS,
  GROUP_TEXTS,
  type GroupPromise,
  type GroupState,
  type ReadinessDetail,
  readinessDocument,
  type ReadinessPage,
  readinessPage as pageOf,
} from '@craton/policy';
import type { ReadinessModel } from '../models.ts';
import { Code } from '../parts/code.tsx';
import { renderDocument } from '../parts/document.tsx';
import { Icon } from '../parts/icon.tsx';
import { Section } from '../parts/section.tsx';
import { BOUNDARY_POSTURE, READINESS_LINKS, READINESS_STEPS } from './readiness-texts.ts';

/** `/self-service/readiness`. Full HTML document. */
export function readinessPage({ site, detail, showsDetail, requestId }: ReadinessModel): string {
  const page = pageOf(detail);
  return renderDocument({
    site,
    path: '/self-service/readiness',
    title: 'Readiness',
    description: 'Whether a deployment review may start here, what blocks it and what is missing.',
    children: (
      <>
        <div class="page-head">
          <p class="eyebrow">Readiness</p>
          <h1>Is your environment ready for deployment?</h1>
          <p class="lede" id="answer">
            {page.headline}
          </p>
          {detail.status === 'error' && requestId !== undefined && (
            <p>
              Request <span class="mono">{requestId}</span>
            </p>
          )}
        </div>
        <Answer page={page} showsDetail={showsDetail} />
        <Links />
        <Tiles tiles={page.tiles} />
        <Section id="open-checks" title="Open checks">
          <p>Review only what needs attention.</p>
          {page.groups.map((group) => (
            <Group key={group.id} group={group} showsDetail={showsDetail} />
          ))}
          {!showsDetail && (
            <p>
              Single checks and their fixes are shown to people with a self-service key, and by{' '}
              <code>./craton readiness --checks</code>.
            </p>
          )}
        </Section>
        <Posture />
        <Steps detail={detail} baseUrl={site.baseUrl} />
      </>
    ),
  });
}

function Answer({ page, showsDetail }: { page: ReadinessPage; showsDetail: boolean }) {
  return (
    <dl class="answer" aria-labelledby="answer">
      {page.rows.map(({ label, text, items }) => (
        <div key={label} id={anchorOf(label)}>
          <dt>{label}</dt>
          <dd>
            <span>{text}</span>
            {showsDetail && items.length > 0 && (
              <ul>
                {items.map(({ code, sentence, fix }) => (
                  <li key={code}>
                    <a href={`#check-${code}`}>
                      <code>{code}</code>
                    </a>{' '}
                    {sentence} {fix}
                  </li>
                ))}
              </ul>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const anchorOf = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

function Links() {
  return (
    <nav class="cards" aria-label="Continue">
      <ul>
        {READINESS_LINKS.map(({ title, text, path, more }) => (
          <li key={title}>
            <a href={path}>{title}</a>
            <p>{text}</p>
            {more.length > 0 && (
              <ul class="links">
                {more.map(([name, address]) => (
                  <li key={name}>
                    <a href={address}>{name}</a>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Tiles({ tiles }: Pick<ReadinessPage, 'tiles'>) {
  return (
    <dl class="tiles">
      {tiles.map(({ label, text, ok }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <Mark state={ok ? 'pass' : 'warning'} /> <span>{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const MARKS = {
  pass: { icon: 'verified', word: 'clear' },
  warning: { icon: 'constrain', word: 'look' },
  fail: { icon: 'failed', word: 'open' },
} as const;

/** Shape, word and colour. */
function Mark({ state }: { readonly state: keyof typeof MARKS }) {
  const { icon, word } = MARKS[state];
  return (
    <span class={`status is-${icon}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

/** Those that need attention are open, the others fold away behind their count. */
function Group({ group, showsDetail }: { group: GroupState; showsDetail: boolean }) {
  const { number, title, summary, sentence, promises } = GROUP_TEXTS[group.id];
  return (
    <section class="check-group" id={`check-${group.id.replaceAll('_', '-')}`}>
      <h3>
        <span class="number">{number}</span> <span>{title}</span> <Mark state={group.state} />
      </h3>
      <p>{summary}</p>
      <details open={group.state !== 'pass'}>
        <summary>
          {group.passed} of {group.checks.length} checks are clear
        </summary>
        <p>{sentence}</p>
        <ul>
          {promises.map((promise) => (
            <Promised key={promise.text} promise={promise} checks={group.checks} />
          ))}
        </ul>
        {showsDetail && <Checks checks={group.checks} />}
      </details>
    </section>
  );
}

type Checks = ReadinessDetail['checks'];

function Promised({ promise, checks }: { promise: GroupPromise; checks: Checks }) {
  const own = checks.filter(({ code }) => promise.codes.includes(code));
  const failing = own.filter(({ result }) => result === 'fail');
  const isWarning = failing.every(({ kind }) => kind === 'warning');
  const state = failing.length === 0 ? 'pass' : isWarning ? 'warning' : 'fail';
  const ages = own.flatMap(({ age_s: age }) => (age === undefined ? [] : [age]));
  return (
    <li>
      <Mark state={state} /> <span>{promise.text}</span>{' '}
      <small>{promise.construction ?? measuredText(own.length, ages)}</small>
    </li>
  );
}

function measuredText(count: number, ages: readonly number[]): string {
  const checks = count === 1 ? 'One check' : `${count} checks`;
  return ages.length === 0
    ? `${checks}, read from the settings now.`
    : `${checks}; the oldest measurement is ${Math.max(...ages)} s old.`;
}

function Checks({ checks }: { readonly checks: Checks }) {
  return (
    <ul class="checks">
      {checks.map(({ code, kind, result, sentence, fix, measured, age_s: age }) => (
        <li key={code} id={`check-${code}`}>
          <Mark state={result === 'pass' ? 'pass' : kind === 'warning' ? 'warning' : 'fail'} />{' '}
          <code>{code}</code>
          <p>
            {result === 'fail' ? `${sentence} ${fix}` : `Would mean: ${sentence}`}
            {CODE_TEXTS[code].variable !== undefined && result === 'fail' && (
              <>
                {' '}
                Variable: <code>{CODE_TEXTS[code].variable}</code>.
              </>
            )}
          </p>
          <p>
            <small>
              {measured}
              {age !== undefined && ` ${age} s ago.`}
            </small>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Posture() {
  return (
    <Section id="boundary-posture" title="Boundary posture">
      <p>
        <strong>{BOUNDARY_POSTURE.summary}</strong>
      </p>
      <p>{BOUNDARY_POSTURE.text}</p>
      <dl>
        {BOUNDARY_POSTURE.points.map(({ title, text }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Steps({ detail, baseUrl }: { detail: ReadinessDetail; baseUrl: string }) {
  const { evaluated_at: at } = detail;
  return (
    <Section id="readiness-detail" title="Readiness detail">
      <p>Deployment, integration, and boundary posture.</p>
      {READINESS_STEPS.map(({ title, text }) => (
        <div key={title}>
          <h3>{title}</h3>
          <p>{text}</p>
        </div>
      ))}
      <Code
        text={JSON.stringify(readinessDocument(detail), undefined, 2)}
        caption="The same as data"
      />
      <Code text={`curl -s ${baseUrl}/self-service/readiness.json`} caption="With a command" />
      <ul class="links">
        <li>
          <a href="/self-service/readiness.json" download>
            Download the JSON
          </a>
        </li>
        <li>
          <a href="/self-service/readiness.schema.json">Schema</a>
        </li>
        <li>
          <a href="/self-service/readiness">Check again</a>
        </li>
      </ul>
      <p>
        Evaluated at <time dateTime={at}>{at}</time>.
      </p>
    </Section>
  );
}
