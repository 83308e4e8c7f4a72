/** `/self-service/activation`: what must be true before production. Readiness leads here. */
import type { CriterionKind, GateCatalogue, RolloutGate } from '@craton/policy';
import type { ActivationModel } from '../models.ts';
import { renderDocument } from '../parts/document.tsx';
import { Section } from '../parts/section.tsx';

/** `/self-service/activation`. Full HTML document. */
export function activationPage({ site, catalogue }: ActivationModel): string {
  return renderDocument({
    site,
    path: '/self-service/activation',
    title: 'Deployment readiness',
    description: 'The four rollout gates: who owns each, what it asks for, and when it is passed.',
    children: (
      <>
        <nav aria-label="Breadcrumb" class="breadcrumb">
          <ol>
            <li>
              <a href="/self-service/readiness">Readiness</a>
            </li>
            <li>
              <a href="/self-service/activation" aria-current="page">
                Rollout gates
              </a>
            </li>
          </ol>
        </nav>
        <div class="page-head">
          <h1>Deployment readiness</h1>
          <p class="lede">Heavier rollout gates live under Readiness.</p>
          <p>
            This page is now a readiness detail view, not a public top-level destination. Teams can
            prepare one production-bound boundary path while production rollout remains an explicit,
            reviewable operator step.
          </p>
        </div>
        <Links />
        <Overview gates={catalogue.gates} />
        <Section id="gates" title="Deployment gates">
          <p>What must be true before production.</p>
          {catalogue.gates.map((gate) => (
            <Gate key={gate.id} gate={gate} />
          ))}
        </Section>
        <Rule catalogue={catalogue} />
      </>
    ),
  });
}

const LINKS = [
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
] as const;

function Links() {
  return (
    <nav class="cards" aria-label="Continue">
      <ul>
        {LINKS.map(({ title, text, path }) => (
          <li key={title}>
            <a href={path}>{title}</a>
            <p>{text}</p>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Overview({ gates }: Pick<GateCatalogue, 'gates'>) {
  return (
    <ol class="gate-steps" aria-label="The four gates">
      {gates.map(({ id, title, exit }, index) => (
        <li key={id}>
          <span class="number">{String(index + 1).padStart(2, '0')}</span>{' '}
          <a href={`#${id}`}>{title}</a>
          <p>{exit}</p>
        </li>
      ))}
    </ol>
  );
}

const KINDS: Readonly<Record<CriterionKind, string>> = {
  measured: 'measured',
  declared: 'declared by people',
  measured_and_declared: 'measured, and declared by people',
  structural: 'held by construction',
};

function Gate({ gate }: { readonly gate: RolloutGate }) {
  const { id, title, owner, exit, criteria } = gate;
  return (
    <section class="gate" id={id} aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{title}</h3>
      <p class="owner">{owner}</p>
      <dl>
        <dt>Exit</dt>
        <dd>{exit}</dd>
      </dl>
      <ul>
        {criteria.map((criterion) => (
          <li key={criterion.id} id={criterion.id}>
            <span>{criterion.text}</span>{' '}
            <small>
              {criterion.id}, {KINDS[criterion.kind]}: {criterion.evidence}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Rule({ catalogue }: { readonly catalogue: GateCatalogue }) {
  return (
    <Section id="operating-rule" title="Operating rule">
      <dl>
        {catalogue.operating_rule.map(({ side, rule }) => (
          <div key={side}>
            <dt>{side}</dt>
            <dd>{rule}</dd>
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
