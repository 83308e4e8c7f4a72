/** `/operator/paths`: what is live on each path, how it came there, and the way back. */
import type { PathAction, PathListModel, PathPageModel } from '../operator-model.ts';
import { Empty } from '../parts/disclosure.tsx';
import { Facts, Time } from '../parts/facts.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Csrf, renderOperatorDocument } from '../parts/operator-frame.tsx';
import { Breadcrumb } from '../parts/progress.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { StateMark } from '../parts/tone.tsx';
import { distance, plainName, sentenceOf } from './operator-words.ts';

/** `/operator/paths`. Full HTML document. */
export function operatorPathListPage({ site, viewer, at, paths }: PathListModel): string {
  return renderOperatorDocument({
    site,
    viewer,
    path: '/operator/paths',
    title: 'Paths',
    children: (
      <>
        <div class="page-head">
          <h1>Paths</h1>
          <p class="lede">Every path that was under review here, and what answers on it now.</p>
        </div>
        {paths.length === 0 ? (
          <Empty title="No path yet">
            <p>
              Take a packet under review in the <a href="/operator">inbox</a>.
            </p>
          </Empty>
        ) : (
          <Table
            caption="By partner and name"
            columns={['Path', 'Now', 'Version', 'Since']}
            rows={paths.map(({ partnerId, pathId, live }) => [
              <a key="path" href={`/operator/paths/${partnerId}/${pathId}`}>
                {partnerId}/{pathId}
              </a>,
              <LiveMark key="mark" isLive={live !== undefined} />,
              live?.version ?? 'none',
              live === undefined ? 'not live' : distance(live.at, at),
            ])}
          />
        )}
      </>
    ),
  });
}

function LiveMark({ isLive }: { readonly isLive: boolean }) {
  return isLive ? (
    <StateMark tone="good" icon="allow" word="live" />
  ) : (
    <StateMark tone="quiet" icon="absent" word="not live" />
  );
}

/** `/operator/paths/:partner/:path`. Full HTML document. */
export function operatorPathPage(model: PathPageModel): string {
  const { site, viewer, partnerId, pathId, history, isReviewOpen, live } = model;
  const name = `${partnerId}/${pathId}`;
  const path = `/operator/paths/${name}`;
  return renderOperatorDocument({
    site,
    viewer,
    path,
    title: name,
    children: (
      <>
        <Breadcrumb
          crumbs={[
            { name: 'Paths', path: '/operator/paths' },
            { name, path },
          ]}
        />
        <div class="page-head">
          <h1>{name}</h1>
          <p>
            <LiveMark isLive={live !== undefined} />
          </p>
        </div>
        {isReviewOpen && (
          <Notice tone="warn" icon="constrain" title="An emergency deployment waits for its review">
            <p>Until somebody else has reviewed it, there can be no other one.</p>
          </Notice>
        )}
        <Live model={model} />
        <Undo model={model} />
        <Section id="history" title="History">
          {history.length === 0 ? (
            <p>Nothing was ever deployed on it.</p>
          ) : (
            <HistoryTable model={model} />
          )}
        </Section>
      </>
    ),
  });
}

function Live({ model: { live, at } }: { readonly model: PathPageModel }) {
  return (
    <Section id="live" title="What answers now">
      {live === undefined ? (
        <p>Nothing: every check on this path is a reject.</p>
      ) : (
        <Facts
          facts={[
            { name: 'Version', value: live.version ?? 'unknown' },
            {
              name: 'Since',
              value: (
                <>
                  <Time at={live.at} />, {distance(live.at, at)}
                </>
              ),
            },
            { name: 'By', value: live.who },
            { name: 'Policy', value: <span class="mono">{live.policyDigest ?? 'unknown'}</span> },
            { name: 'Record', value: <span class="mono">{live.recordDigest}</span> },
            {
              name: 'Rollout',
              value: <a href={`/operator/rollouts/${live.rolloutId}`}>{live.rolloutId}</a>,
            },
          ]}
        />
      )}
    </Section>
  );
}

/** In sight as long as something is live: whoever looks for it is in a hurry. */
function Undo({ model: { rollback, viewer } }: { readonly model: PathPageModel }) {
  if (rollback === undefined) return null;
  const { rolloutId, owners, refusals } = rollback;
  return (
    <Section id="rollback" title="Roll back">
      <p>
        Brings the version before back, or takes the path out of service if there is none. Rollback
        owner: <span class="strong">{owners.join(', ') || 'nobody'}</span>
      </p>
      {refusals.length > 0 ? (
        <ul class="list">
          {refusals.map((code) => (
            <li key={code}>{sentenceOf(code)}</li>
          ))}
        </ul>
      ) : (
        <form
          method="post"
          action={`/operator/rollouts/${rolloutId}/rollback`}
          class="stack"
          novalidate
        >
          <Csrf viewer={viewer} />
          <Field
            name="reason"
            label="Reason"
            hint="It is recorded, and everybody who owns the path reads it"
            value={undefined}
          />
          <p class="actions">
            <button class="button danger" type="submit">
              Roll back
            </button>
          </p>
        </form>
      )}
    </Section>
  );
}

function HistoryTable({ model: { history } }: { readonly model: PathPageModel }) {
  return (
    <Table
      caption="Every deployment action, the newest first; each has a signed record"
      columns={['When', 'What', 'Version', 'Afterwards', 'By', 'Record']}
      rows={history.toReversed().map((one: PathAction) => [
        <Time key="at" at={one.at} />,
        <a key="what" href={`/operator/rollouts/${one.rolloutId}`}>
          {plainName(one.action)}
        </a>,
        one.version ?? 'none',
        <LiveMark key="live" isLive={one.isLive} />,
        one.who,
        <span key="record" class="mono small">
          {one.recordDigest}
        </span>,
      ])}
    />
  );
}
