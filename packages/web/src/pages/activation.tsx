/** `/self-service/activation`: what must be true before production. Readiness leads here. */
import type { CriterionKind, GateCatalogue, RolloutGate } from '@craton/policy';
import type { ActivationModel } from '../models.ts';
import { type LinkCard, LinkCards } from '../parts/cards.tsx';
import { renderDocument } from '../parts/document.tsx';
import { Breadcrumb } from '../parts/progress.tsx';
import { Section } from '../parts/section.tsx';
import { StateMark, type StateMarkProps } from '../parts/tone.tsx';

/** `/self-service/activation`. Full HTML document. */
export function activationPage({ site, catalogue }: ActivationModel): string {
  return renderDocument({
    site,
    path: '/self-service/activation',
    title: 'Deployment readiness',
    description: 'The four rollout gates: who owns each, what it asks for, and when it is passed.',
    children: (
      <>
        <Breadcrumb
          crumbs={[
            { name: 'Readiness', path: '/self-service/readiness' },
            { name: 'Rollout gates', path: '/self-service/activation' },
          ]}
        />
        <div class="page-head">
          <h1>Deployment readiness</h1>
          <p class="lede">Heavier rollout gates live under Readiness.</p>
          <p id="about-gates">
            This page belongs to Readiness and is reached from there. A team prepares one path that
            is meant for production; taking it there stays a step of its own, which operators take
            in the open and others can review.
          </p>
        </div>
        <LinkCards label="Continue" cards={LINKS} />
        <Overview gates={catalogue.gates} />
        <Section id="gates" title="Deployment gates">
          <p class="lede">What must be true before production.</p>
          {catalogue.gates.map((gate) => (
            <Gate key={gate.id} gate={gate} />
          ))}
        </Section>
        <Rule catalogue={catalogue} />
      </>
    ),
  });
}

const LINKS: readonly LinkCard[] = [
  { title: 'Start', text: 'Prepare one path.', path: '/self-service' },
  {
    title: 'Readiness',
    text: 'Check can continue / blocked / missing.',
    path: '/self-service/readiness',
  },
  {
    title: 'Readiness data',
    text: 'Machine-readable posture.',
    path: '/self-service/readiness.json',
  },
];

function Overview({ gates }: Pick<GateCatalogue, 'gates'>) {
  return (
    <ol class="gate-steps" aria-label="The four gates">
      {gates.map(({ id, title, exit }, index) => (
        <li key={id}>
          <span class="number">{String(index + 1).padStart(2, '0')}</span>{' '}
          <a class="card-link" href={`#${id}`}>
            {title}
          </a>
          <p>{exit}</p>
        </li>
      ))}
    </ol>
  );
}

/** What is measured never looks like what somebody says. */
const KINDS: Readonly<Record<CriterionKind, StateMarkProps>> = {
  measured: { tone: 'quiet', icon: 'pulse', word: 'measured' },
  declared: { tone: 'said', icon: 'asserted', word: 'declared by people' },
  measured_and_declared: {
    tone: 'said',
    icon: 'asserted',
    word: 'measured, and declared by people',
  },
  structural: { tone: 'quiet', icon: 'not_checked', word: 'held by construction' },
};

function Gate({ gate }: { readonly gate: RolloutGate }) {
  const { id, title, owner, exit, criteria } = gate;
  return (
    <section class="card gate" id={id} aria-labelledby={`${id}-title`}>
      <div class="card-head">
        <h3 id={`${id}-title`}>{title}</h3>
        <p class="badge">{owner}</p>
      </div>
      <dl class="exit">
        <dt>Exit</dt>
        <dd>{exit}</dd>
      </dl>
      <ul class="rows">
        {criteria.map((criterion) => (
          <li key={criterion.id} id={criterion.id} class="row">
            <span class="number">{criterion.id}</span>
            <div>
              <p>{criterion.text}</p>
              <p class="small soft">
                <StateMark {...KINDS[criterion.kind]} />
                {': '}
                {criterion.evidence}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Rule({ catalogue }: { readonly catalogue: GateCatalogue }) {
  return (
    <Section id="operating-rule" title="Operating rule">
      <dl class="columns points">
        {catalogue.operating_rule.map(({ side, rule }) => (
          <div key={side}>
            <dt>{side}</dt>
            <dd id={`rule-${side.toLowerCase()}`}>{rule}</dd>
          </div>
        ))}
      </dl>
      <p>
        The gates <a href="/self-service/rollout-gates.json">as data</a>, digest{' '}
        <span class="mono">{catalogue.digest}</span>. What stands in a rollout is shown to its
        people, after they have signed in.
      </p>
    </Section>
  );
}
