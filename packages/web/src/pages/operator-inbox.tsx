/** `/operator`: what waits for this viewer, then everything else that is open. */
import type { InboxEntry, InboxModel, OpenReview, OperatorViewer } from '../operator-model.ts';
import { Tiles } from '../parts/cards.tsx';
import { Empty } from '../parts/disclosure.tsx';
import { Time } from '../parts/facts.tsx';
import { ErrorSummary, Hidden } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Csrf, renderOperatorDocument } from '../parts/operator-frame.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { StateMark } from '../parts/tone.tsx';
import { distance, plainName, ROLLOUT_STATES, sentenceOf } from './operator-words.ts';

/** `/operator`. Full HTML document. */
export function operatorInboxPage(model: InboxModel): string {
  const { site, viewer, frozenBy, problem, yours, others, at } = model;
  return renderOperatorDocument({
    site,
    viewer,
    path: '/operator',
    title: 'Inbox',
    children: (
      <>
        <div class="page-head">
          <h1>Inbox</h1>
          <p class="lede">{ledeOf(model)}</p>
        </div>
        {problem !== undefined && <ErrorSummary {...problem} />}
        {frozenBy.length > 0 && (
          <div class="page-notice">
            <Notice tone="warn" icon="not_checked" title="A freeze holds">
              <p>Nothing is deployed while {frozenBy.join(', ')} holds. Going back always works.</p>
            </Notice>
          </div>
        )}
        <div class="counts">
          <Counts model={model} />
        </div>
        <Section id="yours" title="Waiting for you">
          {yours.length === 0 ? (
            <Empty title="Nothing waits for you">
              <p>What others must do is below.</p>
            </Empty>
          ) : (
            <Entries entries={yours} at={at} />
          )}
        </Section>
        <Reviews model={model} />
        <Group id="blocked" title="Blocked" entries={model.blocked} at={at} />
        <Group id="expiring" title="Expiring" entries={model.expiring} at={at} />
        <Group id="attention" title="Needs attention" entries={model.attention} at={at} />
        <Group id="others" title="All others" entries={others} at={at} />
      </>
    ),
  });
}

function ledeOf({ yours, attention }: InboxModel): string {
  const waiting =
    yours.length === 0
      ? 'Nothing waits for you'
      : `${yours.length} ${yours.length === 1 ? 'rollout waits' : 'rollouts wait'} for you`;
  if (attention.length === 0) return `${waiting}, and no live path needs attention.`;
  const paths = attention.length === 1 ? 'one live path needs' : `${attention.length} paths need`;
  return `${waiting}; ${paths} attention.`;
}

function Counts({ model }: { readonly model: InboxModel }) {
  const { yours, blocked, expiring, attention, frozenBy } = model;
  const tile = (label: string, count: number, meaning: string) => ({
    label,
    mark: <span class="count">{count}</span>,
    text: count === 0 ? 'none' : meaning,
  });
  return (
    <Tiles
      tiles={[
        tile('Waiting for you', yours.length, 'you can act now'),
        tile('Blocked', blocked.length, 'something fails or is missing'),
        tile('Expiring', expiring.length, 'approvals lapse within a day'),
        tile('Attention', attention.length, 'a live path is not as it should be'),
        tile('Freeze', frozenBy.length, 'nothing is deployed'),
      ]}
    />
  );
}

interface GroupProps {
  readonly id: string;
  readonly title: string;
  readonly entries: readonly InboxEntry[];
  readonly at: string;
}

function Group({ id, title, entries, at }: GroupProps) {
  if (entries.length === 0) return null;
  return (
    <Section id={id} title={title}>
      <Entries entries={entries} at={at} />
    </Section>
  );
}

function Entries({ entries, at }: Pick<GroupProps, 'entries' | 'at'>) {
  return (
    <ul class="rows">
      {entries.map((entry) => (
        <li key={entry.rolloutId} class="row inbox-row">
          <StateMark {...ROLLOUT_STATES[entry.state]} />
          <div class="stack-tight">
            <p>
              <a class="card-link" href={`/operator/rollouts/${entry.rolloutId}`}>
                {entry.path}
              </a>{' '}
              <span class="soft small">
                version {entry.version}
                {entry.gate !== undefined && `, gate ${entry.gate.slice(1)}`}, changed{' '}
                {distance(entry.changedAt, at)}
              </span>
            </p>
            {entry.yours.length > 0 && (
              <p class="small strong">You can: {entry.yours.map(plainName).join(', ')}</p>
            )}
            {entry.reasons.length > 0 && (
              <p class="small soft">{entry.reasons.map(sentenceOf).join(' ')}</p>
            )}
            {entry.expiresAt !== undefined && (
              <p class="small">
                Expires {distance(entry.expiresAt, at)}, <Time at={entry.expiresAt} />
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Reviews({ model }: { readonly model: InboxModel }) {
  const { reviews, isReviewListMissing, viewer, at } = model;
  if (isReviewListMissing) {
    return (
      <Section id="reviews" title="Requested, and not taken yet">
        <Notice tone="warn" icon="pulse" title="Self-service does not answer">
          <p>What was requested there is not known at the moment. Everything else here is.</p>
        </Notice>
      </Section>
    );
  }
  if (reviews.length === 0) return null;
  return (
    <Section id="reviews" title="Requested, and not taken yet">
      <Table
        caption="Taking one under review begins its rollout; nothing changes in production"
        columns={['Packet', 'Organisation', 'Version', 'Requested', 'Take it']}
        rows={reviews.map((review) => reviewRow(review, viewer, at))}
      />
    </Section>
  );
}

function reviewRow(review: OpenReview, viewer: OperatorViewer, at: string) {
  const { packetDigest, organisation, version, requestedAt } = review;
  return [
    <span key="packet" class="mono">
      {packetDigest.slice(0, 23)}…
    </span>,
    organisation,
    version,
    distance(requestedAt, at),
    <form key="take" method="post" action="/operator/rollouts">
      <Csrf viewer={viewer} />
      <Hidden values={{ packet_digest: packetDigest }} />
      <button class="button" type="submit" aria-label={`Take under review: ${packetDigest}`}>
        Take under review
      </button>
    </form>,
  ];
}
