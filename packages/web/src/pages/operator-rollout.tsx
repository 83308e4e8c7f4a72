/** `/operator/rollouts/:id`: everything about one rollout, and what this viewer can do with it. */
import type { RolloutPageModel } from '../operator-model.ts';
import { Disclosure } from '../parts/disclosure.tsx';
import { Facts, Time } from '../parts/facts.tsx';
import { Notice } from '../parts/notice.tsx';
import { renderOperatorDocument } from '../parts/operator-frame.tsx';
import { Breadcrumb } from '../parts/progress.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { StateMark } from '../parts/tone.tsx';
import { RolloutActions } from './operator-actions.tsx';
import { GateCard, GateProgress } from './operator-gates.tsx';
import { distance, plainName, ROLLOUT_STATES, sentenceOf } from './operator-words.ts';

interface PartProps {
  readonly model: RolloutPageModel;
}

/** `/operator/rollouts/:id`. Full HTML document. */
export function operatorRolloutPage(model: RolloutPageModel): string {
  const { site, viewer, rolloutId, scope, gates } = model;
  const name = `${scope.partner_id}/${scope.path_id}`;
  const path = `/operator/rollouts/${rolloutId}`;
  return renderOperatorDocument({
    site,
    viewer,
    path,
    title: name,
    children: (
      <>
        <Breadcrumb
          crumbs={[
            { name: 'Inbox', path: '/operator' },
            { name, path },
          ]}
        />
        <Head model={model} name={name} />
        <PacketBar model={model} />
        <Said model={model} />
        <GateProgress model={model} />
        <Section id="actions" title="What you can do">
          <RolloutActions model={model} />
        </Section>
        <Section id="gates" title="Gates">
          <div class="stack">
            {gates.map((gate) => (
              <GateCard key={gate.judged.id} model={model} gate={gate} />
            ))}
          </div>
        </Section>
        <Facets model={model} />
        <People model={model} />
        <Timeline model={model} />
      </>
    ),
  });
}

function Head({ model, name }: PartProps & { readonly name: string }) {
  const { state, scope, packet } = model;
  return (
    <div class="page-head">
      <h1>{name}</h1>
      <p>
        <StateMark {...ROLLOUT_STATES[state]} />
      </p>
      <Facts
        facts={[
          { name: 'Environment', value: scope.environment },
          { name: 'Unit', value: scope.unit },
          { name: 'Gate and system', value: `${scope.gate_type} in ${scope.system_scope}` },
          { name: 'Author', value: packet.author },
          { name: 'Requested', value: <Time at={packet.requestedAt} /> },
        ]}
      />
    </div>
  );
}

/** Stays in sight: whatever is decided is decided about this. */
function PacketBar({ model: { packet, frozenBy } }: PartProps) {
  return (
    <div class="packet-bar">
      <span class="strong">Version {packet.version}</span>
      <span class="mono small">{packet.packetDigest}</span>
      {frozenBy.length > 0 && (
        <StateMark tone="warn" icon="not_checked" word={`freeze: ${frozenBy.join(', ')}`} />
      )}
    </div>
  );
}

/** What came of the last form, and why somebody should look. */
function Said({ model: { done, problem, attention } }: PartProps) {
  return (
    <>
      {problem !== undefined && (
        <div class="page-notice">
          <Notice tone="bad" icon="failed" title="Not done" isAlert>
            {problem.reasons.length === 0 ? (
              <p>
                {problem.field === undefined ? (
                  problem.message
                ) : (
                  <a href={`#${problem.field}`}>{problem.message}</a>
                )}
              </p>
            ) : (
              <ul class="list">
                {problem.reasons.map((code) => (
                  <li key={code}>{sentenceOf(code)}</li>
                ))}
              </ul>
            )}
          </Notice>
        </div>
      )}
      {done !== undefined && problem === undefined && (
        <div class="page-notice" role="status">
          <Notice tone="good" icon="verified" title={`Done: ${plainName(done)}`}>
            <p>It stands in the record below.</p>
          </Notice>
        </div>
      )}
      {attention.length > 0 && (
        <div class="page-notice">
          <Notice tone="bad" icon="pulse" title="The live path needs attention">
            <p>{attention.map(sentenceOf).join(' ')}</p>
          </Notice>
        </div>
      )}
    </>
  );
}

function Facets({ model: { facets } }: PartProps) {
  return (
    <Section id="facets" title="Seven facets of a deployment">
      <Table
        caption="Each must pass at the moment at which somebody deploys"
        columns={['Facet', 'Stands', 'Lacks']}
        rows={facets.map(({ facet, passed, lacking }) => [
          plainName(facet),
          passed ? (
            <StateMark key="mark" tone="good" icon="verified" word="clear" />
          ) : (
            <StateMark key="mark" tone="warn" icon="absent" word="open" />
          ),
          lacking.length === 0 ? 'nothing' : lacking.map(plainName).join(', '),
        ])}
      />
    </Section>
  );
}

function People({ model: { holders, approvalExpiresAt, executionExpiresAt, at } }: PartProps) {
  const clocks = [
    ...(approvalExpiresAt === undefined ? [] : [['The first approval lapses', approvalExpiresAt]]),
    ...(executionExpiresAt === undefined ? [] : [['The time to deploy ends', executionExpiresAt]]),
  ];
  return (
    <Section id="people" title="People">
      <Table
        caption="Who held which role when review was requested: it counts for the whole rollout"
        columns={['Role', 'People']}
        rows={holders.map(({ role, people }) => [
          plainName(role),
          people.length === 0 ? 'vacant' : people.join(', '),
        ])}
      />
      {clocks.map(([what, when = '']) => (
        <p key={what}>
          {what} {distance(when, at)}, <Time at={when} />
        </p>
      ))}
    </Section>
  );
}

function Timeline({ model: { timeline, at } }: PartProps) {
  return (
    <Section id="timeline" title="Record">
      <p class="soft">Each entry names the digest of the one before it; the newest is on top.</p>
      <ol class="timeline" reversed>
        {timeline.toReversed().map(({ seq, at: when, who, kind, digest, bodyText }) => (
          <li key={seq}>
            <p>
              <span class="strong">{plainName(kind)}</span> by {who}, {distance(when, at)}{' '}
              <span class="soft small">
                <Time at={when} />
              </span>
            </p>
            <Disclosure summary={`Entry ${seq}`}>
              <p class="mono small">{digest}</p>
              <pre class="mono small">{bodyText}</pre>
            </Disclosure>
          </li>
        ))}
      </ol>
    </Section>
  );
}
