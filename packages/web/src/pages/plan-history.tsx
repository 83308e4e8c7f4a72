/** The versions of a plan, and what changed between two of them. */
import type { Change } from '@craton/policy';
import type { PlanPageModel, PlanVersion } from '../models.ts';
import { Time } from '../parts/facts.tsx';
import { Select } from '../parts/field.tsx';
import { Table } from '../parts/table.tsx';
import { StateMark, type StateMarkProps } from '../parts/tone.tsx';

const STATES: Readonly<Record<PlanVersion['state'], StateMarkProps>> = {
  saved: { tone: 'quiet', icon: 'draft', word: 'saved' },
  review_requested: { tone: 'said', icon: 'asserted', word: 'under review' },
  withdrawn: { tone: 'quiet', icon: 'absent', word: 'withdrawn' },
};

export function History({ model }: { readonly model: PlanPageModel }) {
  const { versions, draftId } = model;
  return (
    <Table
      caption="Versions are never changed; each has a digest of its own"
      columns={['Version', 'State', 'Saved by', 'Saved at', 'Digest']}
      rows={versions.toReversed().map(({ version, state, author, savedAt, packetDigest }) => [
        <a key={version} href={`/self-service/drafts/${draftId}?version=${version}`}>
          {version}
        </a>,
        <StateMark key={state} {...STATES[state]} />,
        author,
        <Time key={savedAt} at={savedAt} />,
        <span key={packetDigest} class="mono">
          {packetDigest}
        </span>,
      ])}
    />
  );
}

export function Comparison({ model }: { readonly model: PlanPageModel }) {
  const { versions, comparison, latestVersion, draftId } = model;
  const options = versions.map(({ version }) => [String(version), `Version ${version}`] as const);
  const { from = latestVersion - 1, to = latestVersion } = comparison ?? {};
  return (
    <>
      <form class="compare" method="get" action={`/self-service/drafts/${draftId}#changes`}>
        <Select name="from" label="Compare" options={options} value={String(from)} />
        <Select name="to" label="with" options={options} value={String(to)} />
        <button class="button" type="submit">
          Show what changed
        </button>
      </form>
      {comparison !== undefined && (
        <section class="stack" aria-labelledby="changes">
          <h3 id="changes">
            From version {comparison.from} to version {comparison.to}
          </h3>
          <Changes changes={comparison.changes} />
        </section>
      )}
    </>
  );
}

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return <p>Nothing changed.</p>;
  return (
    <Table
      caption="Member by member"
      columns={['Member', 'Before', 'After']}
      rows={changes.map(({ field, before, after }) => [
        <span key={field} class="mono">
          {field}
        </span>,
        <del key="before">{shown(before)}</del>,
        <ins key="after">{shown(after)}</ins>,
      ])}
    />
  );
}

function shown(value: Change['before']): string {
  if (value === undefined) return 'not there';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
