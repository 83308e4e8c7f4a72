/** The report as people read it: outcome in words, then every line. */
import type { CheckStatus, ReportCheck, VerificationReport } from '@craton/protocol';
import { Icon } from '../parts/icon.tsx';
import { Status } from '../parts/status.tsx';
import {
  isRequired,
  LINE_GROUPS,
  LINE_TITLES,
  outcomeWords,
  STATUS_MEANINGS,
  VOUCHER_NAMES,
} from './words.ts';

const OUTCOME_ICONS = {
  reached: 'verified',
  failed: 'failed',
  insufficient: 'not_checked',
} as const;

export function Outcome({ report }: { readonly report: VerificationReport }) {
  const { title, sentence } = outcomeWords(report);
  const validity = report.checks.find(({ id }) => id === 'validity');
  const isPermissionSpoken = report.outcome !== 'failed' && validity?.status !== 'not_checked';
  return (
    <div class={`outcome is-${report.outcome}`}>
      <h2 id="outcome" tabIndex={-1}>
        <Icon name={OUTCOME_ICONS[report.outcome]} />
        {title}
      </h2>
      <p>{sentence}</p>
      {isPermissionSpoken && validity && <p>{validity.detail}</p>}
      <Tally report={report} />
    </div>
  );
}

/** How many lines have which status, so that the headline is never alone. */
function Tally({ report }: { report: VerificationReport }) {
  return (
    <ul class="tally">
      {statuses().map((status) => (
        <li key={status}>
          <span class="tally-count">{countOf(report, status)}</span> <Status status={status} />
        </li>
      ))}
    </ul>
  );
}

export function Lines({ report }: { readonly report: VerificationReport }) {
  return (
    <div class="stack">
      {LINE_GROUPS.map(({ title, lines }) => (
        <div class="report-group" key={title}>
          <h3>{title}</h3>
          <ul class="report">
            {report.checks
              .filter(({ id }) => lines.includes(id))
              .map((line) => (
                <Line key={line.id} line={line} required={isRequired(report, line.id)} />
              ))}
          </ul>
        </div>
      ))}
      <Legend />
    </div>
  );
}

function Line({ line, required }: { line: ReportCheck; required: boolean }) {
  return (
    <li class="report-line" id={`line-${line.id}`} data-status={line.status}>
      <Status status={line.status} />
      <div>
        <p class="report-title">
          {LINE_TITLES[line.id]}
          {required && <span class="asked">asked for</span>}
        </p>
        <p>{line.detail}</p>
        <p class="report-source">
          <code>
            {line.id}: {line.code}
          </code>
          <span>Whose word: {VOUCHER_NAMES[line.vouched_by]}</span>
        </p>
      </div>
    </li>
  );
}

function Legend() {
  return (
    <details class="legend">
      <summary>What the five words mean</summary>
      <dl>
        {statuses().map((status) => (
          <div key={status}>
            <dt>
              <Status status={status} />
            </dt>
            <dd>{STATUS_MEANINGS[status]}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function statuses(): readonly CheckStatus[] {
  return ['verified', 'asserted', 'absent', 'not_checked', 'failed'];
}

function countOf(report: VerificationReport, wanted: CheckStatus): number {
  return report.checks.filter(({ status }) => status === wanted).length;
}
