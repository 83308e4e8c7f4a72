/** The answer of the readiness page: one sentence, and the rows behind it. */
import type { ReadinessDetail, ReadinessPage, ReadinessStatus } from '@craton/policy';
import { Time } from '../parts/facts.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import type { Tone } from '../parts/tone.tsx';
import { anchorOf } from './readiness-texts.ts';

const LOOKS: Readonly<Record<ReadinessStatus, { readonly tone: Tone; readonly icon: IconName }>> = {
  ready_for_review: { tone: 'good', icon: 'verified' },
  development_only: { tone: 'said', icon: 'draft' },
  degraded: { tone: 'warn', icon: 'pulse' },
  missing: { tone: 'warn', icon: 'absent' },
  blocked: { tone: 'bad', icon: 'failed' },
  error: { tone: 'quiet', icon: 'unknown' },
};

export interface AnswerProps {
  readonly page: ReadinessPage;
  readonly detail: ReadinessDetail;
  readonly showsDetail: boolean;
  readonly requestId: string | undefined;
}

export function Answer({ page, detail, showsDetail, requestId }: AnswerProps) {
  const { tone, icon } = LOOKS[detail.status];
  return (
    <section class={`answer tone-${tone}`} aria-labelledby="answer">
      <div class="answer-head">
        <p id="answer">
          <span class="answer-word">
            <Icon name={icon} /> {page.word}.
          </span>{' '}
          <span class="answer-sentence">{page.sentence}</span>
        </p>
        <p class="small soft">
          Environment <span class="mono">{detail.environment}</span>, evaluated at{' '}
          <Time at={detail.evaluated_at} />. <a href="/self-service/readiness">Check again</a>
        </p>
      </div>
      {detail.status === 'error' ? (
        requestId !== undefined && (
          <p>
            Tell the operator the number of this request: <span class="mono">{requestId}</span>
          </p>
        )
      ) : (
        <Rows rows={page.rows} showsDetail={showsDetail} />
      )}
    </section>
  );
}

type Row = ReadinessPage['rows'][number];

function Rows({ rows, showsDetail }: { rows: readonly Row[]; showsDetail: boolean }) {
  return (
    <dl class="answer-rows">
      {rows.map((row) => (
        <div key={row.label} id={anchorOf(row.label)}>
          <dt>{row.label}</dt>
          <dd>
            <span>{row.text}</span>
            {showsDetail && row.items.length > 0 && <Findings items={row.items} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Findings({ items }: Pick<Row, 'items'>) {
  return (
    <ul class="findings">
      {items.map(({ code, sentence, fix }) => (
        <li key={code}>
          <a class="mono" href={`#check-${code}`}>
            {code}
          </a>
          <p>
            {sentence} <strong>{fix}</strong>
          </p>
        </li>
      ))}
    </ul>
  );
}
