/** What a draft would decide: sentences, verdict map, examples. Nothing in it is signed. */
import { type AmountBand, type BoundaryPreview, formatUsd } from '@craton/policy';
import { AUTHORITY_CLASSES } from '@craton/protocol';
import { Code } from './code.tsx';
import { VerdictMark } from './status.tsx';
import { Table } from './table.tsx';

/** The rules of a boundary object as sentences. */
export function Reading({ preview: { reading } }: { readonly preview: BoundaryPreview }) {
  return (
    <>
      <p>{reading.scope}</p>
      <ul>
        {reading.demands.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <ol>
        {reading.rules.map((rule) => (
          <li key={rule.id}>
            {rule.sentence} {rule.obligations.map(({ sentence }) => sentence).join(' ')}
          </li>
        ))}
      </ol>
      <p>{reading.combination}</p>
    </>
  );
}

/** Amounts down, classes of authority across. */
export function VerdictMapTable({ preview }: { readonly preview: BoundaryPreview }) {
  const { rows, exact } = preview.verdict_map;
  return (
    <>
      <Table
        caption="The verdict for each amount and class of authority"
        columns={['Amount', ...AUTHORITY_CLASSES]}
        rows={rows.map(({ band, by_class: byClass }) => [
          bandText(band),
          ...AUTHORITY_CLASSES.map((name) => (
            <>
              <VerdictMark verdict={byClass[name].verdict} /> {byClass[name].reasons.join(', ')}
            </>
          )),
        ])}
      />
      {!exact && <p>There are more thresholds than are looked at: between them it may differ.</p>}
    </>
  );
}

function bandText(band: AmountBand): string {
  if (band.amount === 'absent') return 'no amount';
  return `${formatUsd(band.from_cents)} to ${formatUsd(band.to_cents)}`;
}

/** One request for each verdict that was found. */
export function ExampleRequestList({ preview }: { readonly preview: BoundaryPreview }) {
  const { examples, not_found: notFound } = preview.example_requests;
  return (
    <>
      {examples.map(({ verdict, request, result }) => (
        <div key={verdict}>
          <p>
            <VerdictMark verdict={verdict} /> {result.reasons.join(', ')}
          </p>
          <Code caption="Preview, unsigned" text={JSON.stringify(request, undefined, 2)} />
        </div>
      ))}
      {notFound.length > 0 && <p>No request was found that gets: {notFound.join(', ')}.</p>}
    </>
  );
}
