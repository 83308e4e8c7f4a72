/** One line's result, by its code. */
import type { JsonObject } from '../json/canonical.ts';
import { REPORT_CODES } from '../report-codes.ts';
import type { CheckResult, ReportLine } from '../report.ts';

/** The codes that a line can have. */
export type CodeOf<L extends ReportLine> = keyof (typeof REPORT_CODES)[L] & string;

/** The result that a code stands for; `data` is for machines and says which, how many, since when. */
export function result<L extends ReportLine>(
  line: L,
  code: CodeOf<L>,
  data?: JsonObject,
): CheckResult {
  const meanings: Record<
    string,
    readonly [CheckResult['status'], CheckResult['vouched_by'], string]
  > = REPORT_CODES[line];
  const meaning = meanings[code];
  if (meaning === undefined) throw new TypeError(`The line ${line} has no code ${code}.`);
  const [status, vouched_by, detail] = meaning;
  return { status, code, detail, vouched_by, ...(data && { data }) };
}
