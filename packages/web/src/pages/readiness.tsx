/** `/self-service/readiness`: whether a review may start, what blocks it, and how that is known. */
import {
  type ReadinessDetail,
  readinessDocument,
  type ReadinessPage,
  readinessPage as pageOf,
} from '@craton/policy';
import type { ReadinessModel, SiteModel } from '../models.ts';
import { LinkCards, Links, Tiles } from '../parts/cards.tsx';
import { Code } from '../parts/code.tsx';
import { renderDocument } from '../parts/document.tsx';
import { Time } from '../parts/facts.tsx';
import { Section } from '../parts/section.tsx';
import { OutcomeMark } from '../parts/tone.tsx';
import { Answer } from './readiness-answer.tsx';
import { CheckGroup } from './readiness-checks.tsx';
import { anchorOf, BOUNDARY_POSTURE, READINESS_LINKS, READINESS_STEPS } from './readiness-texts.ts';

const DATA = '/self-service/readiness.json';
/** For whoever may see single checks. */
const DETAIL_LINKS = [
  ['Every check as data', '/self-service/readiness/checks.json'],
  ['Snapshot with the signed posture', '/self-service/readiness/receipt'],
] as const;

/** `/self-service/readiness`. Full HTML document. */
export function readinessPage(model: ReadinessModel): string {
  const { site, detail, showsDetail, requestId } = model;
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
        </div>
        <Answer page={page} detail={detail} showsDetail={showsDetail} requestId={requestId} />
        {detail.status !== 'error' && (
          <Evaluated site={site} page={page} detail={detail} showsDetail={showsDetail} />
        )}
      </>
    ),
  });
}

interface EvaluatedProps {
  readonly site: SiteModel;
  readonly page: ReadinessPage;
  readonly detail: ReadinessDetail;
  readonly showsDetail: boolean;
}

/** Everything below the answer. An evaluation that failed has none of it. */
function Evaluated({ site, page, detail, showsDetail }: EvaluatedProps) {
  return (
    <>
      <Tiles
        tiles={page.tiles.map(({ label, text, ok }) => ({
          label,
          text,
          mark: <OutcomeMark outcome={ok ? 'pass' : 'warning'} />,
        }))}
      />
      <LinkCards label="Continue" cards={READINESS_LINKS} />
      <Section id="open-checks" title="Open checks">
        <p class="lede">Review only what needs attention.</p>
        {page.groups.map((group) => (
          <CheckGroup key={group.id} group={group} showsDetail={showsDetail} />
        ))}
        {!showsDetail && (
          <p class="soft">
            Single checks and their fixes are shown to people with a self-service key, and by{' '}
            <code>./craton readiness --checks</code>.
          </p>
        )}
      </Section>
      <Posture />
      <Steps />
      <AsData detail={detail} baseUrl={site.baseUrl} showsDetail={showsDetail} />
    </>
  );
}

function Posture() {
  return (
    <Section id="boundary-posture" title="Boundary posture">
      <div class="stack-tight">
        <p class="strong">{BOUNDARY_POSTURE.summary}</p>
        <p id="posture">{BOUNDARY_POSTURE.text}</p>
      </div>
      <dl class="columns points">
        {BOUNDARY_POSTURE.points.map(({ title, text }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd id={anchorOf(title)}>{text}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Steps() {
  return (
    <Section id="readiness-detail" title="Readiness detail">
      <p class="lede">Deployment, integration, and boundary posture.</p>
      <ol class="columns step-cards">
        {READINESS_STEPS.map(({ title, text }) => (
          <li key={title} class="stack-tight">
            <h3>{title}</h3>
            <p id={`step-${anchorOf(title)}`}>{text}</p>
          </li>
        ))}
      </ol>
    </Section>
  );
}

interface AsDataProps {
  readonly detail: ReadinessDetail;
  readonly baseUrl: string;
  readonly showsDetail: boolean;
}

function AsData({ detail, baseUrl, showsDetail }: AsDataProps) {
  return (
    <section class="stack as-data" aria-labelledby="as-data">
      <h3 id="as-data">The same as data</h3>
      <p>
        The page and the data come from one evaluation, of <Time at={detail.evaluated_at} />.
      </p>
      <div class="columns wide-first">
        <Code
          text={JSON.stringify(readinessDocument(detail), undefined, 2)}
          caption="readiness.json"
          link={
            <a class="copy" href={DATA} download="readiness.json">
              Download
            </a>
          }
        />
        <div class="stack">
          <Code text={`curl -s ${baseUrl}${DATA}`} caption="With curl" />
          <Code
            text="./craton readiness --require-production"
            caption="In a pipeline: ends with 0 only where a review may start"
          />
          <Links
            links={[
              ['Schema', '/self-service/readiness.schema.json'],
              ...(showsDetail ? DETAIL_LINKS : []),
              ['Check again', '/self-service/readiness'],
            ]}
          />
        </div>
      </div>
    </section>
  );
}
