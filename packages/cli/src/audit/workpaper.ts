/** An audit on one printed page: HTML that needs nothing else, and runs nothing. */
import { isJsonList, isJsonObject, type JsonObject } from '@craton/protocol';
import type { AuditReport } from '@craton/protocol/audit';
import { controlTotals } from './control-totals.ts';
import type { Sample } from './sample.ts';

/** Rows of a table that fit on the page beside everything else. */
const EXCEPTIONS_MAX = 3;
const PATHS_MAX = 3;
const SAMPLE_ROWS_MAX = 10;

export interface Workpaper {
  readonly report: AuditReport;
  readonly sample: Sample;
  readonly seed: string;
  /** How the command was called, for whoever repeats it. */
  readonly command: string;
}

const OUTCOMES = { reached: 'Holds', failed: 'Failed', insufficient: 'Not enough' } as const;

const STYLE = `
  @page { size: A4; margin: 8mm }
  body { font: 7.5pt/1.25 system-ui, sans-serif; color: #111; background: #fff; max-width: 194mm; margin: 0 auto }
  h1 { font-size: 13pt; margin: 0 0 1mm } h2 { font-size: 9.5pt; margin: 1.5mm 0 0.5mm }
  p { margin: 0 0 1mm } table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: 0.3mm 2mm 0.3mm 0; border-bottom: 0.2mm solid #bbb }
  th { font-weight: 600 } code { font: 6.5pt ui-monospace, monospace; word-break: break-all }
  ul { margin: 0; padding-left: 4mm } .sign { margin-top: 3mm; display: flex; gap: 10mm }
  .sign span { flex: 1; border-top: 0.2mm solid #111; padding-top: 1mm }`;

/** The page. Everything from elsewhere is escaped. */
export function workpaperHtml({ report, sample, seed, command }: Workpaper): string {
  const { period, checks, limits, exceptions, disclosed_gaps: gaps } = report;
  const { export: exported } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Audit workpaper</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>Audit workpaper: ${escapeHtml(OUTCOMES[report.outcome])}</h1>
<p>${text(exported, 'origin')}, ${escapeHtml(period.from)} to ${escapeHtml(period.to)} (the second not included). Audited ${escapeHtml(report.audited_at)}.</p>
<h2>Population</h2>
<p>Export of ${text(exported, 'exported_at')}, <code>${text(exported, 'digest')}</code>${partText(exported)}</p>
${logText(report)}
<h2>What was checked</h2>
${tableHtml(
  ['Line', 'Status', 'Result'],
  checks.map(({ id, status, detail }) => [id, status, detail]),
)}
<h2>Control totals</h2>
${tableHtml(['Total', 'Value', 'Total', 'Value'], inPairs(controlTotals(report)))}
${pathTable(report)}
<h2>Exceptions: ${exceptions.total}</h2>
${exceptionTable(report)}
<p>Disclosed gaps: ${gaps.length}. Openings deleted: ${text(report.totals, 'openings_deleted')}.</p>
<h2>Sample</h2>
<p>${sample.receipts.length} of ${sample.population} receipts, seed <code>${escapeHtml(seed)}</code>: those with the smallest SHA-256 of <code>craton.sample.v1</code>, seed and payload digest.</p>
${sampleTable(sample)}
<h2>Limits: what this does not show</h2>
<ul>${limits.map((limit) => `<li>${escapeHtml(limit)}</li>`).join('')}</ul>
<p>Repeat: <code>${escapeHtml(command)}</code></p>
<div class="sign"><span>Prepared by, date</span><span>Reviewed by, date</span></div>
</body>
</html>
`;
}

function partText(exported: JsonObject): string {
  const { partner_id: partner, path_id: path } = exported;
  const parts = [
    ...(typeof partner === 'string' ? [`partner ${escapeHtml(partner)}`] : []),
    ...(typeof path === 'string' ? [`path ${escapeHtml(path)}`] : []),
  ];
  return parts.length === 0 ? ', every stream.' : `, only ${parts.join(', ')}.`;
}

function logText({ log }: AuditReport): string {
  if (log === undefined) return '<p>No log was compared.</p>';
  const witnesses = isJsonObject(log['witnesses']) ? log['witnesses'] : {};
  const count = (name: string): number => {
    const names = witnesses[name];
    return isJsonList(names) ? names.length : 0;
  };
  return `<p>Log of ${text(log, 'size')} entries, root <code>${text(log, 'root_b64')}</code>; cosigned by ${count('cosigned')} of ${count('eligible')} witnesses, ${count('independent')} of them not the issuer’s.</p>`;
}

function pathTable({ totals }: AuditReport): string {
  const paths = isJsonList(totals['paths']) ? totals['paths'].filter(isJsonObject) : [];
  const names = ['partner_id', 'path_id', 'receipts', 'allow', 'constrain', 'reject', 'sum_usd'];
  const rows = paths.slice(0, PATHS_MAX).map((path) => names.map((name) => plain(path[name])));
  return (
    tableHtml(['Partner', 'Path', 'Receipts', 'Allow', 'Constrain', 'Reject', 'USD'], rows) +
    more(paths.length, PATHS_MAX)
  );
}

function exceptionTable({ exceptions }: AuditReport): string {
  if (exceptions.total === 0) return '<p>None.</p>';
  const rows = exceptions.listed.slice(0, EXCEPTIONS_MAX).map(({ code, detail, ...place }) => [
    plain(code),
    plain(detail),
    Object.entries(place)
      .map(([name, value]) => `${name} ${shortened(plain(value))}`)
      .join(', '),
  ]);
  return tableHtml(['Code', 'Meaning', 'Where'], rows) + more(exceptions.total, EXCEPTIONS_MAX);
}

function sampleTable({ receipts }: Sample): string {
  const rows = receipts
    .slice(0, SAMPLE_ROWS_MAX)
    .map(({ requestId, digest, issuedAt, verdict }) => [
      requestId ?? digest,
      issuedAt,
      verdict ?? '',
      '',
    ]);
  return (
    tableHtml(['Receipt', 'Issued', 'Verdict', 'Compared with'], rows) +
    more(receipts.length, SAMPLE_ROWS_MAX)
  );
}

/** Two rows beside each other. */
function inPairs(rows: readonly (readonly string[])[]): string[][] {
  const half = Math.ceil(rows.length / 2);
  return rows.slice(0, half).map((row, at) => [...row, ...(rows[at + half] ?? ['', ''])]);
}

/** A digest by its first digits: the JSON report has it whole. */
function shortened(value: string): string {
  return value.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1…');
}

function more(total: number, shown: number): string {
  return total > shown ? `<p>${total - shown} more in the JSON report.</p>` : '';
}

function tableHtml(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'th' | 'td', items: readonly string[]): string =>
    `<tr>${items.map((item) => `<${tag}>${escapeHtml(item)}</${tag}>`).join('')}</tr>`;
  return `<table>${cells('th', head)}${rows.map((row) => cells('td', row)).join('')}</table>`;
}

function text(members: JsonObject, name: string): string {
  return escapeHtml(plain(members[name]));
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function escapeHtml(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
