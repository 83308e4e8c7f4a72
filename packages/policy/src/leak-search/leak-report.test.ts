import { describe, expect, it } from 'vitest';
import {
  composeLeakReport,
  type LeakReport,
  leakReportObject,
  LEAKS_FOUND_MAX,
  parseLeakReport,
} from './leak-report.ts';

const report = (members: Partial<LeakReport> = {}): LeakReport =>
  composeLeakReport({
    environment: 'production',
    build: '0.1.0',
    started_at: '2026-11-22T10:00:00.000Z',
    ended_at: '2026-11-22T10:00:01.000Z',
    planted: ['DATABASE_URL', 'CRATON_LOG_KEY'],
    searched: 812,
    searched_bytes: 2_000_000,
    found: [],
    ...members,
  });

describe('the report of a leak search', () => {
  it('is read as it was sent', () => {
    for (const one of [report(), report({ found: ['DATABASE_URL in GET /healthz 200'] })]) {
      expect(parseLeakReport(leakReportObject(one))).toEqual(one);
    }
    expect(report().planted).toEqual(['CRATON_LOG_KEY', 'DATABASE_URL']);
  });

  it('names a bounded number of places', () => {
    const found = Array.from({ length: LEAKS_FOUND_MAX + 1 }, (_, index) => `A in ${index}`);
    expect(report({ found }).found).toHaveLength(LEAKS_FOUND_MAX);
  });

  const sent = leakReportObject(report());
  const many = (length: number) => Array.from({ length }, () => 'A');
  it.each<[what: string, changes: object, field: string]>([
    ['another schema', { schema: 'craton.leak.search.v2' }, 'schema'],
    ['no environment', { environment: '' }, 'environment'],
    ['a build that is a text', { build: 'of today' }, 'build'],
    ['no time', { started_at: 'today' }, 'started_at'],
    ['an end before its beginning', { ended_at: '2026-11-22T09:59:59.999Z' }, 'ended_at'],
    ['a setting that is none', { planted: ['a secret'] }, 'planted'],
    ['too many settings', { planted: many(65) }, 'planted'],
    ['fewer than none', { searched: -1 }, 'searched'],
    ['no number of bytes', { searched_bytes: '1' }, 'searched_bytes'],
    ['a place over two lines', { found: ['A in\nB'] }, 'found'],
    ['too many places', { found: many(LEAKS_FOUND_MAX + 1) }, 'found'],
    ['an unknown member', { note: 'clean' }, 'note'],
    ['the digest of another', { searched: 813 }, 'digest'],
    ['a digest that is none', { digest: 'sha256:0' }, 'digest'],
  ])('with %s is refused by name', (_what, changes, field) => {
    expect(() => parseLeakReport({ ...sent, ...changes })).toThrow(
      expect.objectContaining({ code: 'ERR_REQUEST_FIELD', field }) as Error,
    );
  });
});
