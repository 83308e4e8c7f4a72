/** Records as a table: RFC 4180, one line for each, the body as JSON in one field. */
import { canonicalize } from '@craton/protocol';

/** A record as it is shown to people. */
export interface ShownRecord {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly kind: string;
  readonly digest: string;
  readonly body: unknown;
}

const COLUMNS = ['seq', 'at', 'actor', 'kind', 'digest', 'body'] as const;
/** What a spreadsheet would run: it begins a field of ours only if a person wrote it. */
const FORMULA = /^[=+\-@\t\r]/;

/** With a line of column names; lines end in CR LF. */
export function recordsCsv(records: readonly ShownRecord[]): string {
  const lines = records.map((record) =>
    COLUMNS.map((name) =>
      field(name === 'body' ? canonicalize(record.body) : String(record[name])),
    ).join(','),
  );
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

function field(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
