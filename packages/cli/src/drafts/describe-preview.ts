/** A previewed packet in lines of text. */
import { evaluateDraftCoverage, formatUsd, type Packet, type VerdictMap } from '@craton/policy';
import { AUTHORITY_CLASSES } from '@craton/protocol';
import { table } from '../text.ts';

/** Sentences, verdict map, cases and the first gate; marked as unsigned. */
export function describePreview({ draft, preview, missing }: Packet): string[] {
  const coverage = evaluateDraftCoverage(draft).criteria.map(
    ({ id, result, sentence }) => `${id}  ${result.padEnd(13)} ${sentence}`,
  );
  if (preview === undefined) {
    return [`No boundary object yet. Missing: ${missing.join(', ')}`, '', ...coverage];
  }
  const { reading, verdict_map: map, expected_verdicts: expected } = preview;
  return [
    'Preview, unsigned; nothing is kept.',
    '',
    reading.scope,
    ...reading.demands.map((sentence) => `  ${sentence}`),
    ...reading.rules.map(({ sentence }) => `- ${sentence}`),
    reading.combination,
    '',
    ...mapLines(map),
    '',
    ...expected.cases.map(
      (one) =>
        `${one.agrees ? 'agrees ' : 'DIFFERS'} ${one.case}: expected ${one.expected}, ` +
        `observed ${one.observed?.verdict ?? 'refused'}`,
    ),
    ...coverage,
  ];
}

function mapLines({ rows }: VerdictMap): string[] {
  const head = ['AMOUNT', ...AUTHORITY_CLASSES.map((name) => name.toUpperCase())];
  return table(
    head,
    rows.map(({ band, by_class: byClass }) => [
      band.amount === 'absent'
        ? 'no amount'
        : `${formatUsd(band.from_cents)} to ${formatUsd(band.to_cents)}`,
      ...AUTHORITY_CLASSES.map((name) => byClass[name].verdict),
    ]),
  );
}
