/** An audit's report for people. */
import type { AuditReport } from '@craton/protocol/audit';
import type { CliContext } from '../context.ts';
import { grouped, labelled, printable, wrap } from '../text.ts';
import { controlTotals } from './control-totals.ts';

const OUTCOMES = {
  reached: [
    'green',
    'HOLDS',
    'The record of the period is whole and genuine, as far as this shows.',
  ],
  failed: ['red', 'FAILED', 'Something is wrong: see the exceptions.'],
  insufficient: ['yellow', 'NOT ENOUGH', 'Nothing failed, but not everything could be shown.'],
} as const;

/** Exceptions that are printed; the JSON report lists more. */
const SHOWN_MAX = 20;

/** The lines of the report, without line breaks. */
export function auditLines(context: CliContext, report: AuditReport): string[] {
  const { period, checks, exceptions, limits, disclosed_gaps: gaps } = report;
  const [colour, word, sentence] = OUTCOMES[report.outcome];
  const shown = exceptions.listed.slice(0, SHOWN_MAX);
  return [
    `${context.paint(colour, word)}  ${sentence}`,
    `Period ${period.from} to ${period.to}`,
    '',
    ...labelled(checks.map(({ id, status, detail }) => [id, `${status.padEnd(11)} ${detail}`])),
    '',
    ...labelled(controlTotals(report)),
    ...(gaps.length === 0 ? [] : ['', `Disclosed gaps: ${gaps.length}`]),
    ...gaps.slice(0, SHOWN_MAX).map((gap) => `  ${placeText(gap)}`),
    ...(exceptions.total === 0 ? [] : ['', `Exceptions: ${grouped(exceptions.total)}`]),
    ...shown.map(
      (exception) => `  ${context.paint('red', exception.code)} ${placeText(exception)}`,
    ),
    ...(exceptions.total > shown.length ? ['  and more: --json lists them'] : []),
    '',
    'What this does not show:',
    ...limits.flatMap((limit) =>
      wrap(limit, context.columns - 4).map((line, at) => `${at === 0 ? '  - ' : '    '}${line}`),
    ),
  ];
}

function placeText(place: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(place)
    .filter(([name]) => name !== 'code' && name !== 'detail')
    .map(([name, value]) => `${name}=${String(value)}`);
  return printable(members.join(' '));
}
