/** A request that can be changed and evaluated again. Nothing of it is kept, nothing is signed. */
import { AUTHORITY_CLASSES } from '@craton/protocol';
import type { TriedRequest } from '../plan-form-model.ts';
import { Field, Hidden, Select } from './field.tsx';
import { Badge } from './notice.tsx';
import { VerdictMark } from './status.tsx';

const TRIED_CHARACTERS_MAX = 8 * 1024;
const ROWS = 16;

export interface TryRequestProps {
  readonly tried: TriedRequest;
  readonly action: string;
  /** What travels along. */
  readonly values?: Readonly<Record<string, string | undefined>>;
}

export function TryRequest({ tried, action, values = {} }: TryRequestProps) {
  const { text, authorityClass, problem } = tried;
  return (
    <div class="columns side-by-side">
      <form method="post" action={action} class="stack" novalidate>
        <Hidden values={values} />
        <Field
          name="request"
          label="The request, as JSON"
          hint="Change what you like: no names of customers, no documents, no credentials."
          value={text}
          error={problem?.message}
          rows={ROWS}
          maxLength={TRIED_CHARACTERS_MAX}
        />
        <Select
          name="class"
          label="How far the approval is checked"
          options={AUTHORITY_CLASSES.map((name) => [name, name.replaceAll('_', ' ')] as const)}
          value={authorityClass}
        />
        <p class="actions">
          <button class="button primary" type="submit">
            Evaluate
          </button>
        </p>
      </form>
      <TriedResult tried={tried} />
    </div>
  );
}

function TriedResult({ tried: { result } }: { readonly tried: TriedRequest }) {
  if (result === undefined) {
    return (
      <div class="card tried" role="status">
        <p class="soft">The verdict will stand here. Nothing is written by trying.</p>
      </div>
    );
  }
  const { verdict, reasons, obligations, matches_path: matches, needs = [] } = result;
  return (
    <div class="card tried" role="status">
      <div class="card-head">
        <p class="tried-verdict">
          <VerdictMark verdict={verdict} />
        </p>
        <Badge>preview, unsigned</Badge>
      </div>
      <p class="mono small">{reasons.join(', ')}</p>
      {!matches && (
        <p>This request belongs to another path: partner, gate, system or decision type differ.</p>
      )}
      {obligations.length > 0 && (
        <ul class="list">
          {obligations.map((obligation, index) => (
            <li key={index} class="mono small">
              {JSON.stringify(obligation)}
            </li>
          ))}
        </ul>
      )}
      {needs.length > 0 && (
        <>
          <p class="strong">What it would need</p>
          <ul class="list">
            {needs.map((need, index) => (
              <li key={index} class="mono small">
                {JSON.stringify(need)}
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="small soft">
        Assumed: nothing was decided in the last 24 hours, and the reference is new.
      </p>
    </div>
  );
}
