/** What a draft would decide: sentences, verdict map, examples. Nothing in it is signed. */
import { AMOUNT_CENTS_MAX, type AmountBand, type BoundaryPreview, formatUsd } from '@craton/policy';
import { AUTHORITY_CLASSES } from '@craton/protocol';
import { Code } from './code.tsx';
import { VerdictMark } from './status.tsx';
import { Table } from './table.tsx';

/** The rules of a boundary object as sentences. */
export function Reading({ preview: { reading } }: { readonly preview: BoundaryPreview }) {
  return (
    <>
      <p class="strong">{reading.scope}</p>
      <ul class="list">
        {reading.demands.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <ol class="list">
        {reading.rules.map((rule) => (
          <li key={rule.id}>
            {rule.sentence} {rule.obligations.map(({ sentence }) => sentence).join(' ')}
          </li>
        ))}
      </ol>
      <p class="soft">{reading.combination}</p>
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
            <span key={name} class="map-cell">
              <VerdictMark verdict={byClass[name].verdict} />{' '}
              <span class="mono soft">{byClass[name].reasons.join(', ')}</span>
            </span>
          )),
        ])}
      />
      {!exact && <p>There are more thresholds than are looked at: between them it may differ.</p>}
    </>
  );
}

function bandText(band: AmountBand): string {
  if (band.amount === 'absent') return 'no amount';
  if (band.to_cents === AMOUNT_CENTS_MAX) return `${formatUsd(band.from_cents)} and more`;
  return `${formatUsd(band.from_cents)} to ${formatUsd(band.to_cents)}`;
}

/** One request for each verdict that was found. */
export function ExampleRequestList({ preview }: { readonly preview: BoundaryPreview }) {
  const { examples, not_found: notFound } = preview.example_requests;
  return (
    <>
      <ul class="columns examples">
        {examples.map(({ verdict, request, result }) => (
          <li key={verdict} class="stack-tight">
            <h3>
              <VerdictMark verdict={verdict} />
            </h3>
            <p class="small mono soft">{result.reasons.join(', ')}</p>
            <Code caption="Preview, unsigned" text={JSON.stringify(request, undefined, 2)} />
          </li>
        ))}
      </ul>
      {notFound.length > 0 && <p>No request was found that gets: {notFound.join(', ')}.</p>}
    </>
  );
}
