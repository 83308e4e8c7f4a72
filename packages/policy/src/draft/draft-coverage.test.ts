import type { JsonValue } from '@craton/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPLETE, drafts, draftWith, draftWithPath, parsed } from '../../test/drafts.ts';
import { diffDocuments } from './diff.ts';
import {
  authorityNamed,
  COVERAGE_EXIT,
  type CriterionId,
  evaluateDraftCoverage,
  movesCaptured,
  onePathMapped,
} from './draft-coverage.ts';

const AUTHORITY = COMPLETE.authority;

describe('criterion G1.1', () => {
  it('passes for one path with every scope member', () => {
    expect(onePathMapped(parsed(COMPLETE))).toMatchObject({ result: 'pass', fields: [] });
  });

  it.each(['partner_id', 'unit', 'gate_type', 'system_scope', 'decision_types'])(
    'fails without %s and names it',
    (name) => {
      const { result, fields } = onePathMapped(parsed(draftWithPath({ [name]: undefined })));
      expect([result, fields]).toEqual(['fail', [`primary_path.${name}`]]);
    },
  );

  it('fails without a path, and without rules', () => {
    const none = onePathMapped(parsed(draftWith({ primary_path: undefined })));
    expect([none.result, none.fields]).toEqual(['fail', ['primary_path']]);
    const empty = onePathMapped(parsed(draftWith({ policy: { rules: [] } })));
    expect([empty.result, empty.fields]).toEqual(['fail', ['policy']]);
  });
});

describe('criterion G1.2', () => {
  it.each(['', '   ', 'n/a', 'N/A', 'none', 'TBD', '-', '...', '\u00a0'])(
    'takes "%s" for no authority context',
    (context) => {
      const draft = parsed(draftWith({ authority: { ...AUTHORITY, context } }));
      const { result, fields } = authorityNamed(draft);
      expect([result, fields]).toEqual(['fail', ['authority.context']]);
    },
  );

  it.each([undefined, '', ' ', 'none', 'tbd', 'unknown'])('takes "%s" for no source', (source) => {
    const { result, fields } = authorityNamed(
      parsed(draftWith({ authority: { ...AUTHORITY, source } })),
    );
    expect([result, fields]).toEqual(['fail', ['authority.source']]);
  });

  it('notes a source that nobody registered, and passes', () => {
    const draft = parsed(COMPLETE);
    const note = ['authority_source_unregistered'];
    expect(authorityNamed(draft, [])).toMatchObject({ result: 'pass', notes: note });
    expect(authorityNamed(draft)).toMatchObject({ result: 'pass', notes: note });
    expect(authorityNamed(draft, ['approval_workflow'])).toMatchObject({ notes: [] });
  });

  it('names both without an authority', () => {
    const { fields } = authorityNamed(parsed(draftWith({ authority: undefined })));
    expect(fields).toEqual(['authority.context', 'authority.source']);
  });
});

describe('criterion G1.4', () => {
  it.each([
    ['moves', {}, 'pass'],
    ['none and the word for it', { expansion_moves: [], none_planned: true }, 'pass'],
    ['only the word', { expansion_moves: undefined, none_planned: true }, 'pass'],
    ['an empty list alone', { expansion_moves: [] }, 'fail'],
    ['nothing', { expansion_moves: undefined }, 'fail'],
  ])('with %s', (_title, changes, expected) => {
    const { result, fields } = movesCaptured(parsed(draftWith(changes)));
    expect(result).toBe(expected);
    expect(fields).toEqual(expected === 'pass' ? [] : ['expansion_moves']);
  });
});

describe('the exit of draft coverage', () => {
  const broken: readonly [CriterionId, unknown][] = [
    ['G1.1', draftWithPath({ unit: undefined })],
    ['G1.2', draftWith({ authority: undefined })],
    ['G1.4', draftWith({ expansion_moves: undefined })],
  ];

  it('is met when all four pass', () => {
    const coverage = evaluateDraftCoverage(parsed(COMPLETE), { reviewed: 'pass' });
    expect(coverage.exit).toEqual({ sentence: COVERAGE_EXIT, met: true });
    expect(coverage.criteria.map(({ id }) => id)).toEqual(['G1.1', 'G1.2', 'G1.3', 'G1.4']);
  });

  it.each(broken)('is not met when only %s fails', (id, draft) => {
    const { criteria, exit } = evaluateDraftCoverage(parsed(draft), { reviewed: 'pass' });
    expect(criteria.filter(({ result }) => result === 'fail').map((one) => one.id)).toContain(id);
    expect(exit.met).toBe(false);
  });

  it.each([{}, { reviewed: 'fail' as const }])('is not met without a review (%j)', (context) => {
    expect(evaluateDraftCoverage(parsed(COMPLETE), context).exit.met).toBe(false);
  });
});

describe('the difference between two drafts', () => {
  it('is empty for equal ones and names what changed, both ways', () => {
    fc.assert(
      fc.property(drafts, drafts, (one, other) => {
        expect(diffDocuments(one, structuredClone(one))).toEqual([]);
        const changes = diffDocuments(one, other);
        const back = diffDocuments(other, one).map(({ field }) => field);
        expect(changes.map(({ field }) => field).sort()).toEqual(back.sort());
        for (const { before, after } of changes) expect(before).not.toEqual(after);
      }),
      { numRuns: 200 },
    );
  });

  it('has old and new of each member', () => {
    const before: JsonValue = { a: 1, b: [1, { c: 'x' }], d: { e: true } };
    const after: JsonValue = { a: 2, b: [1, { c: 'y' }, 3], d: [] };
    expect(diffDocuments(before, after)).toEqual([
      { field: 'a', before: 1, after: 2 },
      { field: 'b[1].c', before: 'x', after: 'y' },
      { field: 'b[2]', after: 3 },
      { field: 'd', before: { e: true }, after: [] },
    ]);
  });
});
