/** The control totals of a report as rows of label and value. */
import { isJsonObject, type JsonValue } from '@craton/protocol';
import type { AuditReport } from '@craton/protocol/audit';
import { grouped } from '../text.ts';

/** One row for each total. */
export function controlTotals({ totals, export: exported }: AuditReport): [string, string][] {
  const verdicts = isJsonObject(totals['verdicts']) ? totals['verdicts'] : {};
  const verdictText = Object.entries(verdicts)
    .map(([verdict, count]) => `${shown(count)} ${verdict}`)
    .join(', ');
  return [
    ['Receipts in the period', shown(totals['receipts'])],
    ['Receipts in the export', shown(exported['receipts'])],
    ['Streams', shown(exported['streams'])],
    ['Verdicts', verdictText],
    ['Decisions with an amount', shown(totals['amounts'])],
    ['Sum of amounts (USD)', shown(totals['sum_usd'])],
    ['Openings deleted', shown(totals['openings_deleted'])],
    ['Verdicts recomputed', shown(totals['verdicts_recomputed'])],
  ];
}

/** A text as it is, a count with its thousands told apart. */
function shown(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? grouped(value) : '';
}
