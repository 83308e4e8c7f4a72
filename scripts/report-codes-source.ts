/** The code table of the verification report in `packages/protocol`, from `spec/report-codes.json`. */
import { readFileSync } from 'node:fs';

interface CodeRow {
  readonly code: string;
  readonly status: string;
  readonly vouched_by: string;
  readonly sentence: string;
}

const source = new URL('../spec/report-codes.json', import.meta.url);

/** The TypeScript text for the table in `spec/`. */
export function reportCodesSource(): string {
  const lines = JSON.parse(readFileSync(source, 'utf8')) as Record<string, readonly CodeRow[]>;
  const text = [
    '/** Generated from spec/report-codes.json by `npm run generate`. */',
    "import type { CheckStatus, ReportLine, Voucher } from './report.ts';",
    '',
    'export type CodeMeaning = readonly [status: CheckStatus, vouchedBy: Voucher, sentence: string];',
    '',
    '/** Each code of each line: its status, whose word it is, and one sentence. */',
    'export const REPORT_CODES = {',
  ];
  for (const [line, rows] of Object.entries(lines)) {
    text.push(`  ${line}: {`);
    for (const { code, status, vouched_by, sentence } of rows) {
      text.push(`    ${code}: ${JSON.stringify([status, vouched_by, sentence])},`);
    }
    text.push('  },');
  }
  text.push('} as const satisfies Record<ReportLine, Record<string, CodeMeaning>>;', '');
  return text.join('\n');
}
