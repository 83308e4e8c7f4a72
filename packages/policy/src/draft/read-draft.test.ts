import { CratonError, utf8 } from '@craton/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPLETE, drafts, draftWith, draftWithPath, parsed } from '../../test/drafts.ts';
import { DRAFT_BYTES_MAX, parseDraft, readDraft } from './read-draft.ts';

const CANARY = 'canary value';
const CASE = { case: 'a', request: {}, verdict: 'allow' };
const MOVE = { kind: 'draft_coverage', order: 1, type: 'new_unit', scope: { unit: 'treasury' } };

function errorOf(run: () => unknown): CratonError {
  try {
    run();
  } catch (error) {
    if (error instanceof CratonError) return error;
    throw error;
  }
  throw new Error('The draft was accepted.');
}

const withCase = (changes: object) => draftWith({ expected_verdicts: [{ ...CASE, ...changes }] });
const withMove = (changes: object) => draftWith({ expansion_moves: [{ ...MOVE, ...changes }] });
const withRules = (...rules: object[]) => draftWith({ policy: { rules } });
const RULE = { id: 'all', when: 'true', verdict: 'allow', reason: 'fine' };

const refused: readonly [title: string, field: string, draft: unknown][] = [
  ['a list for a draft', '', [CANARY]],
  ['another schema', 'schema', draftWith({ schema: CANARY })],
  ['an unknown member', 'production_write', draftWith({ production_write: true })],
  ['two primary paths', 'primary_path', draftWith({ primary_path: [{}, {}] })],
  ['a second primary path', 'primary_paths', draftWith({ primary_paths: [] })],
  [
    'a path not for production',
    'primary_path.production_bound',
    draftWithPath({ production_bound: false }),
  ],
  ['a path that does not say', 'primary_path.production_bound', draftWith({ primary_path: {} })],
  ['an unknown member of the path', 'primary_path.live', draftWithPath({ live: true })],
  ['a partner that is no label', 'primary_path.partner_id', draftWithPath({ partner_id: CANARY })],
  ['an empty unit', 'primary_path.unit', draftWithPath({ unit: '' })],
  ['a reserved path id', 'primary_path.path_id', draftWithPath({ path_id: 'unmatched' })],
  ['a fact that is none', 'primary_path.facts[0]', draftWithPath({ facts: [CANARY] })],
  [
    'a fact of no type',
    'primary_path.facts[0].type',
    draftWithPath({ facts: [{ name: 'a', required: true, type: CANARY }] }),
  ],
  ['facts that are no list', 'primary_path.facts', draftWithPath({ facts: CANARY })],
  ['a source that is no label', 'authority.source', draftWith({ authority: { source: CANARY } })],
  ['a context of two lines', 'authority.context', draftWith({ authority: { context: 'a\nb' } })],
  [
    'a class that is none',
    'authority.minimum_class',
    draftWith({ authority: { minimum_class: CANARY } }),
  ],
  ['an owner that is none', 'authority.owners', draftWith({ authority: { owners: [CANARY] } })],
  ['a preset that is none', 'policy.preset', draftWith({ policy: { preset: CANARY } })],
  [
    'rules beside a preset',
    'policy.preset',
    draftWith({ policy: { preset: 'threshold', rules: [] } }),
  ],
  [
    'a limit of nothing',
    'policy.allow_up_to',
    draftWith({ policy: { preset: 'manual_override', allow_up_to: 1 } }),
  ],
  [
    'a limit that is a text',
    'policy.allow_up_to',
    draftWith({ policy: { preset: 'threshold', allow_up_to: CANARY } }),
  ],
  [
    'a long lifetime',
    'policy.lifetime_s',
    draftWith({ policy: { preset: 'threshold', lifetime_s: 86_401 } }),
  ],
  [
    'a rule outside the profile',
    'policy.rules[all].when',
    withRules({ ...RULE, when: `"${CANARY}".matches("a")` }),
  ],
  [
    'a rule of a verdict that is none',
    'policy.rules[all].verdict',
    withRules({ ...RULE, verdict: CANARY }),
  ],
  ['two rules of one id', 'policy.rules[all].id', withRules(RULE, RULE)],
  ['cases that are no list', 'expected_verdicts', draftWith({ expected_verdicts: {} })],
  ['a case without a name', 'expected_verdicts[0].case', withCase({ case: undefined })],
  [
    'two cases of one name',
    'expected_verdicts[1].case',
    draftWith({ expected_verdicts: [CASE, CASE] }),
  ],
  [
    'a case of a verdict that is none',
    'expected_verdicts[0].verdict',
    withCase({ verdict: CANARY }),
  ],
  [
    'a case with an observed verdict',
    'expected_verdicts[0].observed',
    withCase({ observed: 'allow' }),
  ],
  [
    'a case with an unknown request member',
    'expected_verdicts[0].request.payload',
    withCase({ request: { payload: CANARY } }),
  ],
  [
    'a case with a text for an amount',
    'expected_verdicts[0].request.decision_size_usd',
    withCase({ request: { decision_size_usd: CANARY } }),
  ],
  [
    'a case with a context that is none',
    'expected_verdicts[0].request.context',
    withCase({ request: { context: CANARY } }),
  ],
  ['a move of another kind', 'expansion_moves[0].kind', withMove({ kind: 'custom_work' })],
  ['a move out of order', 'expansion_moves[0].order', withMove({ order: 2 })],
  [
    'a move for production',
    'expansion_moves[0].production_bound',
    withMove({ production_bound: true }),
  ],
  ['a move without a scope', 'expansion_moves[0].scope', withMove({ scope: {} })],
  [
    'a move of a scope that is no label',
    'expansion_moves[0].scope.unit',
    withMove({ scope: { unit: CANARY } }),
  ],
  ['moves and none planned', 'none_planned', draftWith({ none_planned: true })],
  [
    'none planned that is false',
    'none_planned',
    draftWith({ expansion_moves: [], none_planned: false }),
  ],
  ['an owner of an unknown role', 'owners.intern', draftWith({ owners: { intern: CANARY } })],
  ['an owner that is no text', 'owners.risk_owner', draftWith({ owners: { risk_owner: 1 } })],
  ['a long text', 'support.contact', draftWith({ support: { contact: 'a '.repeat(129) } })],
  [
    'a document without https',
    'sla.document_url',
    draftWith({ sla: { document_url: 'http://docs.example' } }),
  ],
  ['a digest that is none', 'sla.document_digest', draftWith({ sla: { document_digest: CANARY } })],
  ['an unknown member of rollback', 'rollback.plan', draftWith({ rollback: { plan: CANARY } })],
  ['notes that are no text', 'notes', draftWith({ notes: null })],
];

describe('a draft', () => {
  it('is read as it was typed', () => {
    expect(parsed(COMPLETE)).toEqual(COMPLETE);
    expect(parsed({ schema: 'craton.draft.v1' })).toEqual({ schema: 'craton.draft.v1' });
  });

  it.each(refused)('is refused with %s, naming %s', (_title, field, draft) => {
    const error = errorOf(() => parsed(draft));
    expect([error.code, error.field]).toEqual(['ERR_DRAFT_FIELD', field]);
    expect(error.message).not.toContain(CANARY);
    if (field !== '') expect(error.message).toContain(field);
  });

  it('is refused with more cases or moves than can be looked at', () => {
    const cases = Array.from({ length: 201 }, (_, index) => ({ ...CASE, case: `c${index}` }));
    const moves = Array.from({ length: 65 }, (_, index) => ({ ...MOVE, order: index + 1 }));
    expect(errorOf(() => parsed(draftWith({ expected_verdicts: cases }))).field).toBe(
      'expected_verdicts',
    );
    expect(errorOf(() => parsed(draftWith({ expansion_moves: moves }))).field).toBe(
      'expansion_moves',
    );
  });

  it('is refused when two cases share the reference by which staging finds them', () => {
    const request = { external_reference: 'case-1' };
    const cases = [
      { ...CASE, request },
      { ...CASE, case: 'b', request },
    ];
    expect(errorOf(() => parsed(draftWith({ expected_verdicts: cases }))).field).toBe(
      'expected_verdicts[1].request.external_reference',
    );
  });

  it('is refused with content that must stay with the host, wherever it stands', () => {
    const card = '4111 1111 1111 1111';
    const places = [
      draftWith({ notes: `card ${card}` }),
      draftWith({ expected_verdicts: [{ ...CASE, request: { case_id: card } }] }),
      draftWith({ owners: { risk_owner: card } }),
    ];
    for (const draft of places) {
      const error = errorOf(() => parsed(draft));
      expect(error.code).toBe('ERR_REQUEST_CONTENT_REFUSED');
      expect(error.message).not.toContain('4111');
    }
  });

  it.each([
    ['ERR_JSON_SYNTAX', '{'],
    ['ERR_JSON_DUPLICATE_KEY', '{"primary_path":{},"primary_path":{}}'],
    ['ERR_JSON_DEPTH', '['.repeat(9) + ']'.repeat(9)],
    ['ERR_REQUEST_TOO_LARGE', ' '.repeat(DRAFT_BYTES_MAX + 1)],
  ])('is refused with %s', (code, text) => {
    expect(errorOf(() => parseDraft(utf8(text))).code).toBe(code);
  });

  it('reads the same after it was written', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const read = parsed(draft);
        expect(read).toEqual(draft);
        expect(parsed(read)).toEqual(read);
      }),
      { numRuns: 200 },
    );
  });

  it('is read or refused with a named error, whatever it is', () => {
    const members = fc.constantFrom(...Object.keys(COMPLETE));
    fc.assert(
      fc.property(members, fc.jsonValue({ maxDepth: 3 }), (name, value) => {
        const changed = { ...COMPLETE, [name]: value };
        try {
          readDraft(JSON.parse(JSON.stringify(changed)));
        } catch (error) {
          expect(error).toBeInstanceOf(CratonError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
