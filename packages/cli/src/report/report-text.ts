/** A verification report for people: one entry per line, in words, with who vouches for it. */
import type { CheckStatus, ReportCheck, VerificationReport, Voucher } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { type Colour, labelled, printable, wrap } from '../text.ts';

const ICONS = {
  verified: ['✓', 'green'],
  asserted: ['~', 'yellow'],
  absent: ['-', 'dim'],
  failed: ['✗', 'red'],
  not_checked: ['?', 'dim'],
} as const satisfies Record<CheckStatus, readonly [string, Colour]>;

const VOUCHERS = {
  verifier: 'this verifier',
  signing_key: 'signing key',
  root: 'root',
  log: 'log',
  witnesses: 'witnesses',
  host: 'host',
  other_party: 'other party',
  nobody: '',
} as const satisfies Record<Voucher, string>;

const ID_WIDTH = 18;
const STATUS_WIDTH = 11;
const VOUCHER_WIDTH = 13;
const TEXT_WIDTH_MIN = 30;
const COLUMNS_MAX = 110;

/** The report's entries, one or more lines of text each. */
export function reportLines(context: CliContext, report: VerificationReport): string[] {
  const { kid, payload_sha256, request_id, commitment_id } = report.subject;
  const subject: (readonly [string, string])[] = [
    ...(request_id === undefined ? [] : [['request', request_id] as const]),
    ...(commitment_id === undefined ? [] : [['commitment', commitment_id] as const]),
    ...(kid === undefined ? [] : [['key', printable(kid)] as const]),
    ['payload', `sha256 ${payload_sha256}`],
  ];
  return [
    ...labelled(subject),
    '',
    context.paint('dim', `${columns(' ', 'line', 'status', 'word of')}what was found`),
    ...report.checks.flatMap((check) => checkLines(context, check)),
    '',
    ...outcomeLines(context, report),
  ];
}

function checkLines(context: CliContext, check: ReportCheck): string[] {
  const [icon, colour] = ICONS[check.status];
  const left = columns(icon, check.id, check.status, VOUCHERS[check.vouched_by]);
  const width = Math.max(Math.min(context.columns, COLUMNS_MAX) - left.length, TEXT_WIDTH_MIN);
  const code = check.code === 'ok' ? '' : ` [${check.code}]`;
  const [first = '', ...rest] = wrap(printable(check.detail) + code, width);
  return [
    context.paint(colour, left) + first,
    ...rest.map((line) => ' '.repeat(left.length) + line),
  ];
}

function columns(icon: string, id: string, status: string, voucher: string): string {
  return `  ${icon} ${id.padEnd(ID_WIDTH)} ${status.padEnd(STATUS_WIDTH)} ${voucher.padEnd(VOUCHER_WIDTH)} `;
}

function outcomeLines(context: CliContext, report: VerificationReport): string[] {
  const required = report.required.join(', ');
  switch (report.outcome) {
    case 'reached':
      return [
        `${context.paint('green', 'The record holds.')} Verified as required: ${required}.`,
        'This says that the record is genuine, not that the action was permitted.',
      ];
    case 'failed': {
      const failed = report.checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
      return [`${context.paint('red', 'The record does not hold.')} Failed: ${failed.join(', ')}.`];
    }
    case 'insufficient':
      return [
        `${context.paint('yellow', 'Not enough.')} Nothing failed, but not all of this is verified: ${required}.`,
      ];
  }
}

const OUTCOME_EXITS = { reached: 'done', failed: 'failed', insufficient: 'insufficient' } as const;

/** The name of the exit code that an outcome ends with. */
export function exitOf({ outcome }: VerificationReport): 'done' | 'failed' | 'insufficient' {
  return OUTCOME_EXITS[outcome];
}

/** The result of one line. Every report has every line. */
export function checkOf(report: VerificationReport, id: ReportCheck['id']): ReportCheck {
  const check = report.checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new TypeError(`The report has no line ${id}.`);
  return check;
}
