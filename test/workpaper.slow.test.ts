/** The audit's workpaper, printed: one page, however much there is to say. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Browser } from 'playwright-core';
import {
  AUDIT_EXCEPTIONS,
  AUDIT_LINES,
  type AuditReport,
} from '../packages/protocol/src/audit/index.ts';
import { workpaperHtml } from '../packages/cli/src/audit/workpaper.ts';
import { browserPath, launchChromium } from '../packages/web/test/browser/chromium.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const TIME = '2026-11-21T18:00:00.000Z';
const LONG_DETAIL =
  'A key is compromised and no witness cosigned the checkpoint of its cut-off: the cut-off shows nothing.';

/** More of everything than the page has rows for. */
const EXCEPTIONS = Object.entries(AUDIT_EXCEPTIONS)
  .toSorted(([, a], [, b]) => b.sentence.length - a.sentence.length)
  .slice(0, 12)
  .map(([code, { sentence }]) => ({
    ...{ code, detail: sentence, line: 123_456, stream: DIGEST, epoch: 1 },
    ...{ seq: 1_234_567, index: 12_345_678 },
  }));
const PATHS = Array.from({ length: 12 }, (_, at) => ({
  partner_id: `northwind_bank_islands_${at}`,
  path_id: `payments-above-limit-${at}`,
  ...{ receipts: 1_234_567, allow: 1_000_000, constrain: 200_000, reject: 34_567 },
  sum_usd: '123456789012.34',
}));

const REPORT: AuditReport = {
  object: 'craton.audit.report.v1',
  outcome: 'failed',
  audited_at: TIME,
  period: { from: TIME, to: TIME },
  export: { origin: 'craton.example/production', exported_at: TIME, digest: DIGEST },
  checks: AUDIT_LINES.map((id, at) => ({
    ...{ id, status: 'asserted' },
    // As long as the longest, and as most of them are.
    detail: at % 2 === 0 ? LONG_DETAIL : LONG_DETAIL.slice(0, 70),
  })),
  totals: {
    ...{ receipts: 12_345_678, openings_deleted: 1_234, paths: PATHS },
    by_type: { boundary_decision: 9_000_000, execution_confirmation: 3_345_678 },
    verdicts: { allow: 9_000_000, constrain: 1_000_000, reject: 2_345_678 },
    ...{ verdicts_recomputed: 12_000_000, amounts: 9_000_000, sum_usd: '123456789012.34' },
  },
  log: {
    ...{ size: 12_345_678, root_b64: `${'A'.repeat(43)}=` },
    witnesses: { cosigned: ['a', 'b'], eligible: ['a', 'b', 'c'], independent: ['a'] },
    ...{
      receipts_in_log: 12_000_000,
      receipts_pending: 12,
      entries_of_others: 1_234,
      key_events: 9,
    },
  },
  disclosed_gaps: [],
  exceptions: { total: 1_234, by_code: {}, listed: EXCEPTIONS, listed_max: 100 },
  rates: { signatures_per_s: 12_345 },
  limits: Array.from({ length: 6 }, () => LONG_DETAIL),
};

const RECEIPTS = Array.from({ length: 25 }, (_, at) => ({
  rank: 'ab'.repeat(32),
  ...{ digest: DIGEST, stream: DIGEST, seq: 1 + at, receiptType: 'boundary_decision' },
  requestId: `req_01a20132-cecd-723d-8f8a-c070367a1a${10 + at}`,
  issuedAt: TIME,
  verdict: 'constrain',
}));

/** Pages of a document as Chromium writes it. */
const pagesOf = (pdf: Buffer): number =>
  pdf.toString('latin1').split(/\/Type\s*\/Page\b/).length - 1;

if (browserPath === undefined) console.warn('SKIPPED: no Chromium on PATH, nothing was printed.');

describe.skipIf(browserPath === undefined)('the workpaper, printed by Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });

  async function print(html: string): Promise<number> {
    const page = await browser.newPage();
    await page.setContent(html);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    await page.close();
    return pagesOf(pdf);
  }

  it('fits on one page of A4', async () => {
    const sample = { receipts: RECEIPTS, population: 12_345_678 };
    const command = `craton audit export-of-november.jsonl --trust trust-policy.txt --log ${'x'.repeat(60)}`;
    const html = workpaperHtml({ report: REPORT, sample, seed: 'dice 4 1 6 3', command });
    expect(html).toContain('more in the JSON report');
    expect(await print(html)).toBe(1);
    // The count can tell one page from two.
    expect(await print(`${html}${'<p>one line more</p>'.repeat(60)}`)).toBeGreaterThan(1);
  });
});
