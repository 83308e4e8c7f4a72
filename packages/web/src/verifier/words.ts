/** What the page says about lines, vouchers and outcomes. */
import type { CheckStatus, ReportLine, VerificationReport, Voucher } from '@craton/protocol';

/** The question that each line answers. */
export const LINE_TITLES: Readonly<Record<ReportLine, string>> = {
  payload: 'Well-formed payload',
  signature: 'Signature',
  issuer: 'Issuer',
  key_status: 'Status of the key',
  validity: 'In force',
  action_bound: 'Bound to the action',
  commitment: 'What was evaluated',
  verdict_recomputed: 'Verdict recomputed',
  authority: 'Approval',
  obligations: 'Obligations',
  log_inclusion: 'In the log',
  witnesses: 'Witnessed',
  confirmation: 'Carried out',
  completeness: 'Nothing missing',
};

/** The lines in three groups that keep their order. */
export const LINE_GROUPS: readonly { readonly title: string; readonly lines: ReportLine[] }[] = [
  { title: 'Who signed what', lines: ['payload', 'signature', 'issuer', 'key_status'] },
  {
    title: 'What was decided',
    lines: [
      'validity',
      'action_bound',
      'commitment',
      'verdict_recomputed',
      'authority',
      'obligations',
    ],
  },
  {
    title: 'What others saw',
    lines: ['log_inclusion', 'witnesses', 'confirmation', 'completeness'],
  },
];

export const VOUCHER_NAMES: Readonly<Record<Voucher, string>> = {
  verifier: 'this page',
  signing_key: 'the signing key',
  root: 'a root of your policy',
  log: 'the log',
  witnesses: 'the witnesses',
  host: 'the host',
  other_party: 'another party',
  nobody: 'nobody',
};

export const STATUS_MEANINGS = {
  verified: 'checked here, and it holds',
  asserted: 'somebody says so, and nobody here can check it',
  absent: 'there is nothing to check',
  not_checked: 'nobody looked',
  failed: 'checked here, and it does not hold',
} as const;

/** Headline and the sentence below it. Never more than what the lines say. */
export function outcomeWords(report: VerificationReport): { title: string; sentence: string } {
  const asked = report.required.map((id) => LINE_TITLES[id]).join(', ');
  const failed = report.checks.find(({ status }) => status === 'failed');
  if (failed !== undefined) {
    return {
      title: 'Do not rely on this receipt',
      sentence: `First line that fails: ${LINE_TITLES[failed.id]}. ${failed.detail}`,
    };
  }
  if (report.outcome === 'reached') {
    return {
      title: 'The record holds',
      sentence: `Asked for and verified: ${asked}.${notCovered(report)} A record that holds does not say that the action was permitted.`,
    };
  }
  const missing = report.checks
    .filter(({ id, status }) => status !== 'verified' && isRequired(report, id))
    .map(({ id, detail }) => `${LINE_TITLES[id]}. ${detail}`);
  return {
    title: 'Not enough to rely on',
    sentence: `Nothing failed, but not all that was asked for is verified. ${missing.join(' ')}`,
  };
}

/** Codes of lines that are absent because there is no question. */
const NOTHING_OPEN: readonly string[] = ['not_applicable', 'no_obligations'];

/** Names what a good outcome leaves open. */
function notCovered({ checks }: VerificationReport): string {
  const titlesOf = (wanted: readonly CheckStatus[]) =>
    checks
      .filter(({ status, code }) => wanted.includes(status) && !NOTHING_OPEN.includes(code))
      .map(({ id }) => LINE_TITLES[id]);
  const said = titlesOf(['asserted']);
  const open = titlesOf(['absent', 'not_checked']);
  return [
    said.length > 0 ? ` Only said by somebody: ${said.join(', ')}.` : '',
    open.length > 0 ? ` Not covered: ${open.join(', ')}.` : '',
  ].join('');
}

/** Whether the outcome needs this line. */
export function isRequired(report: VerificationReport, id: ReportLine): boolean {
  return report.required.includes(id);
}
