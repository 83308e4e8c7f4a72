import {
  canonicalize,
  type Decision,
  type FactValue,
  isTime,
  type JsonObject,
  type Opening,
  VERDICTS,
} from '@craton/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, loadPath, needsFor } from '../src/index.ts';
import { conditions, FACTS, inputs } from './conditions.ts';
import { pathWith, pathWithRules } from './documents.ts';
import { openingWith } from './openings.ts';

const verdict = fc.constantFrom(...VERDICTS);
const reason = fc.constantFrom('alpha', 'beta', 'gamma');
const obligation = fc.record({ type: reason, level: fc.integer({ min: 0, max: 3 }) });

const rules = fc
  .array(fc.record({ when: conditions, verdict, reason, obligation }), { maxLength: 5 })
  .map((all) =>
    all.map(({ obligation: one, ...rule }, index) => ({
      id: `rule-${index}`,
      ...rule,
      ...(rule.verdict === 'constrain' && { obligations: [one] }),
    })),
  );
const demands = fc.record({
  action_digest: fc.constantFrom('optional', 'required'),
  enforcement: fc.constantFrom('enforce', 'observe'),
  reference_reuse: fc.constantFrom('flag', 'refuse'),
});
const documents = fc
  .tuple(rules, demands)
  .map(([list, members]) => pathWithRules(list, { facts: FACTS, ...members }));
const openings = fc
  .tuple(inputs, fc.boolean(), fc.boolean())
  .map(([seen, reference_reused, hasDigest]) =>
    openingWith({
      ...seen,
      ledger: { match: 'one', reference_reused },
      ...(hasDigest && { action_digest: `sha256:${'0'.repeat(64)}` }),
    }),
  );

const severity = (decision: Decision) => VERDICTS.indexOf(decision.verdict);
const reversed = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).reverse()) as T;

describe('a decision', () => {
  it('is total, well-formed and the same every time', () => {
    fc.assert(
      fc.property(documents, openings, (document, opening) => {
        const path = loadPath(document);
        const decision = evaluate(path, opening);
        expect(evaluate(loadPath(document), structuredClone(opening))).toEqual(decision);
        expect(VERDICTS).toContain(decision.verdict);
        expect(decision.reasons.length).toBeGreaterThan(0);
        expect(decision.reasons).toEqual(Array.from(new Set(decision.reasons)).sort());
        expect(isTime(decision.expires_at)).toBe(true);
        const texts = decision.obligations.map((one) => canonicalize(one));
        expect(texts).toEqual(Array.from(new Set(texts)).sort());
        if (decision.verdict !== 'constrain') expect(texts).toEqual([]);
        expect(decision.reasons).not.toContain('policy_error');
        expect(Array.isArray(needsFor(path, opening, decision) ?? [])).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of rules or of members', () => {
    fc.assert(
      fc.property(
        documents,
        openings,
        fc.infiniteStream(fc.nat(1000)),
        (document, opening, keys) => {
          const policy = document.policy as { rules: JsonObject[] };
          const shuffled = policy.rules
            .map((rule) => ({ rule: reversed(rule), key: keys.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ rule }) => rule);
          const other = reversed({ ...document, policy: reversed({ ...policy, rules: shuffled }) });
          const otherOpening = reversed({ ...opening, facts: reversed(opening.facts) });
          expect(evaluate(loadPath(other), otherOpening)).toEqual(
            evaluate(loadPath(document), opening),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is never milder under a tighter limit', () => {
    const limit = fc.integer({ min: 0, max: 1000 });
    const limited = (allowed: number, constrained: number) =>
      loadPath(
        pathWithRules([
          {
            id: 'small',
            when: `has(request.decision_size_usd_cents) && request.decision_size_usd_cents <= ${allowed}`,
            verdict: 'allow',
            reason: 'small',
          },
          {
            id: 'medium',
            when: `has(request.decision_size_usd_cents) && request.decision_size_usd_cents > ${allowed} && request.decision_size_usd_cents <= ${constrained}`,
            verdict: 'constrain',
            reason: 'medium',
          },
          {
            id: 'large',
            when: `!has(request.decision_size_usd_cents) || request.decision_size_usd_cents > ${constrained}`,
            verdict: 'reject',
            reason: 'large',
          },
        ]),
      );
    fc.assert(
      fc.property(fc.tuple(limit, limit, limit, limit), fc.option(limit), ([a, b, c, d], cents) => {
        const opening = openingWith({
          facts: cents === null ? {} : { decision_size_usd_cents: cents },
        });
        const loose = evaluate(limited(a, a + b), opening);
        const tight = evaluate(limited(Math.max(0, a - c), Math.max(0, a + b - c - d)), opening);
        expect(severity(tight)).toBeGreaterThanOrEqual(severity(loose));
      }),
    );
  });

  it('is never milder with one more rejecting rule', () => {
    fc.assert(
      fc.property(rules, conditions, openings, (list, when, opening) => {
        const more = [...list, { id: 'more', when, verdict: 'reject', reason: 'more' }];
        const before = evaluate(loadPath(pathWithRules(list, { facts: FACTS })), opening);
        const after = evaluate(loadPath(pathWithRules(more, { facts: FACTS })), opening);
        expect(severity(after)).toBeGreaterThanOrEqual(severity(before));
      }),
      { numRuns: 200 },
    );
  });

  it('is a reject when any rule cannot be evaluated, whatever the other rules say', () => {
    const wrong = fc.constantFrom<[string, FactValue]>(
      ['region', 5],
      ['count', 'five'],
      ['count', 1.5],
      ['count', 2 ** 53],
      ['urgent', 1],
      ['window_count_24h', true],
    );
    fc.assert(
      fc.property(rules, openings, wrong, fc.nat(5), (list, opening, [name, value], at) => {
        // `||` would hide an error of its right operand from whoever only looked at the result.
        const tests = {
          region: '== "x"',
          count: '> 1',
          urgent: '== true',
          window_count_24h: '> 1',
        };
        const when = `true || facts.${name} ${tests[name as keyof typeof tests]}`;
        const failing = { id: 'failing', when, verdict: 'allow', reason: 'alpha' };
        const path = loadPath(
          pathWithRules(list.toSpliced(at, 0, failing as never), { facts: FACTS }),
        );
        const facts = { ...opening.facts, [name]: value };
        const decision = evaluate(path, {
          ...opening,
          facts,
          ledger: { match: 'one', reference_reused: false },
        });
        expect(decision).toMatchObject({
          verdict: 'reject',
          reasons: ['policy_error'],
          obligations: [],
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe('what cannot be evaluated', () => {
  const path = loadPath(pathWith({}));

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no ledger', { ...openingWith(), ledger: undefined }],
    ['no facts', { ...openingWith(), facts: undefined }],
    ['no authority', { ...openingWith(), authority: null }],
    ['a time of another spelling', openingWith({ evaluated_at: '2026-11-21T18:00:00Z' })],
    ['a lifetime beyond the year 9999', openingWith({ evaluated_at: '9999-12-31T23:59:59.999Z' })],
    ['one match, and no path', openingWith()],
  ])('%s is a reject with policy_error', (about, opening) => {
    const given = about === 'one match, and no path' ? undefined : path;
    expect(evaluate(given, opening as Opening)).toMatchObject({
      verdict: 'reject',
      reasons: ['policy_error'],
      obligations: [],
      enforcement: 'enforce',
    });
  });

  it('has expired when it is made, if its time cannot be read', () => {
    const evaluated_at = '9999-12-31T23:59:59.999Z';
    expect(evaluate(path, openingWith({ evaluated_at })).expires_at).toBe(evaluated_at);
  });

  it('is a window fact that the ledger did not give', () => {
    const rule = { id: 'w', when: 'facts.window_count_24h < 5', verdict: 'allow', reason: 'few' };
    const decision = evaluate(loadPath(pathWithRules([rule])), openingWith());
    expect(decision.reasons).toEqual(['policy_error']);
  });

  it('is that fact also where || would hide it', () => {
    const when = 'true || facts.window_count_24h < 5';
    const rule = { id: 'w', when, verdict: 'allow', reason: 'few' };
    const decision = evaluate(loadPath(pathWithRules([rule])), openingWith());
    expect(decision.reasons).toEqual(['policy_error']);
  });

  it('has no advice', () => {
    const rule = { id: 'w', when: 'facts.window_count_24h < 5', verdict: 'allow', reason: 'few' };
    const path = loadPath(pathWithRules([rule]));
    const opening = openingWith();
    expect(needsFor(path, opening, evaluate(path, opening))).toBeUndefined();
  });
});
