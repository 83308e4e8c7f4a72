import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditions, FACTS } from '../../test/conditions.ts';
import { pathWith, pathWithCondition, pathWithRules } from '../../test/documents.ts';
import { loadPath } from '../load-path.ts';
import { memberOf, nodesOf, presenceOf } from './condition-tree.ts';
import { ConditionReader, formatUsd } from './read-condition.ts';
import { readPathAloud } from './read-path.ts';

const AMOUNT = 'request.decision_size_usd_cents';

function clauseOf(when: string): string {
  const [rule] = loadPath(pathWithCondition(when, { facts: FACTS })).rules;
  return new ConditionReader([...FACTS]).read(rule!.condition.ast);
}

const clauses: readonly [when: string, clause: string][] = [
  ['true', 'in every case'],
  ['false', 'never'],
  ['authority.status != "present"', 'the authorization status is not "present"'],
  [`!has(${AMOUNT})`, 'the amount is not given'],
  [`has(${AMOUNT})`, 'the amount is given'],
  [`has(${AMOUNT}) && ${AMOUNT} <= 50000001`, 'the amount is at most 500,000.01 USD'],
  [
    `has(${AMOUNT}) && ${AMOUNT} > 5 && ${AMOUNT} <= 100000`,
    'the amount is more than 0.05 USD and is at most 1,000 USD',
  ],
  [`has(${AMOUNT}) && ${AMOUNT} in [100, 250]`, 'the amount is one of 1 USD, 2.50 USD'],
  [
    `has(${AMOUNT}) && (${AMOUNT} > 100 || facts.urgent)`,
    'the amount is given and (the amount is more than 1 USD or the fact urgent is true)',
  ],
  [
    `!has(${AMOUNT}) || ${AMOUNT} >= 100`,
    'the amount is not given or the amount is at least 1 USD',
  ],
  [`has(${AMOUNT}) && ${AMOUNT} > facts.count`, 'the amount in cents is more than the fact count'],
  [
    `has(${AMOUNT}) && facts.window_sum_usd_cents_24h < ${AMOUNT}`,
    'the sum of amounts in the last 24 hours is less than the amount',
  ],
  ['facts.window_count_24h >= 10', 'the number of decisions in the last 24 hours is at least 10'],
  ['has(facts.fee) && facts.fee > 1050', 'the fact fee is more than 10.50'],
  [
    'has(facts.fee) && facts.fee > facts.count',
    'the fact fee in hundredths is more than the fact count',
  ],
  ['facts.count == -12345', 'the fact count is -12,345'],
  ['!facts.urgent', 'the fact urgent is false'],
  ['facts.urgent == false', 'the fact urgent is false'],
  ['has(facts.verified) && !facts.verified', 'the fact verified is false'],
  ['facts.region in ["emea", "a"]', 'the fact region is one of "emea", "a"'],
  ['facts.region.startsWith("em")', 'the fact region begins with "em"'],
  ['facts.region.endsWith("a")', 'the fact region ends with "a"'],
  ['facts.region.contains("\\"")', 'the fact region contains "\\""'],
  ['size(facts.region) > 3', 'the length of the fact region is more than 3'],
  ['facts.region.size() == 3', 'the length of the fact region is 3'],
  [
    '!(facts.urgent && facts.count > 1)',
    'it is not so that (the fact urgent is true and the fact count is more than 1)',
  ],
  [
    'facts.urgent && (facts.count > 1 || facts.region == "a")',
    'the fact urgent is true and (the fact count is more than 1 or the fact region is "a")',
  ],
  [
    'facts.urgent || facts.count > 1 && facts.region == "a"',
    'the fact urgent is true or (the fact count is more than 1 and the fact region is "a")',
  ],
  [
    'facts.urgent == (facts.count > 1)',
    'the fact urgent is whether (the fact count is more than 1)',
  ],
  ['facts.urgent == has(facts.risk)', 'the fact urgent is whether (the fact risk is given)'],
  [
    'now < timestamp("2027-01-01T00:00:00Z")',
    'the time of the decision is before 2027-01-01T00:00:00Z',
  ],
  [
    'now - timestamp("2026-01-01T00:00:00Z") > duration("24h")',
    'the time since 2026-01-01T00:00:00Z is more than 24h',
  ],
];

describe('a condition read aloud', () => {
  it.each(clauses)('%s', (when, clause) => {
    expect(clauseOf(when)).toBe(clause);
  });

  it('names every member that it reads, for any condition of the profile', () => {
    fc.assert(
      fc.property(conditions, (when) => {
        const [rule] = loadPath(pathWithCondition(when, { facts: FACTS })).rules;
        const { ast, members } = rule!.condition;
        const clause = new ConditionReader([...FACTS]).read(ast);
        for (const member of members) {
          if (member.startsWith('facts.') && !member.startsWith('facts.window_')) {
            expect(clause).toContain(`the fact ${member.slice('facts.'.length)}`);
          }
        }
        const nodes = Array.from(nodesOf(ast));
        const seen = nodes.flatMap((node) => memberOf(node) ?? presenceOf(node) ?? []);
        expect(new Set(seen)).toEqual(members);
      }),
      { numRuns: 500 },
    );
  });

  it('depends on the meaning and not on the spelling', () => {
    expect(clauseOf('((facts.count)>=1)&&true')).toBe(clauseOf('facts.count >= 1 && (true)'));
    expect(clauseOf('facts.count >= 0x10')).toBe('the fact count is at least 16');
  });

  it.each([
    [0, '0 USD'],
    [5, '0.05 USD'],
    [123_456_789, '1,234,567.89 USD'],
  ])('writes %d cents as %s', (cents, words) => {
    expect(formatUsd(cents)).toBe(words);
  });
});

describe('a path read aloud', () => {
  it('says scope, demands, rules and obligations', () => {
    const path = loadPath(
      pathWithRules(
        [
          {
            id: 'two',
            when: 'authority.class == "submitted"',
            verdict: 'constrain',
            reason: 'weak',
            obligations: [
              { type: 'dual_control', approvals: 2 },
              { type: 'human_review' },
              { type: 'review_afterwards', within_hours: 4 },
              { type: 'park', minutes: 5 },
            ],
          },
          { id: 'any', when: 'true', verdict: 'allow', reason: 'fine' },
        ],
        {
          facts: FACTS,
          enforcement: 'observe',
          action_digest: 'required',
          reference_reuse: 'refuse',
          authority: { sources: ['a', 'b'], owners: ['c'], minimum_class: 'signature_verified' },
          on_unavailable: { mode: 'allow_below', cents: 10_000, per_hour: 3 },
        },
      ),
    );
    expect(readPathAloud(path)).toMatchObject({
      scope:
        'Requests of treasury of harbor_bank at payment_release in payment_hub, for release. It only observes: no receipt of it is a permission.',
      demands: [
        'The approval must come from a or b.',
        'The decision owner must be c.',
        'The approval must be at least of the class signature_verified.',
        'The fact region must be sent.',
        'The fact count must be sent.',
        'The fact urgent must be sent.',
        'The digest of the exact action must be sent.',
        'An external reference that was used before is rejected.',
        'While the boundary cannot be reached, the host may act below 100 USD, at most 3 times in an hour.',
        'A decision can be used for 300 seconds.',
      ],
      rules: [
        {
          sentence: 'Constrain when the authority class is "submitted" (reason weak).',
          obligations: [
            { sentence: 'At least 2 people must approve before the action.' },
            { sentence: 'A person must look at the case before the action.' },
            { sentence: 'A person must review the action within 4 hours after it.' },
            {
              sentence:
                'The host must fulfil park (minutes 5), or refuse the action if it does not know it.',
            },
          ],
        },
        { sentence: 'Allow in every case (reason fine).', obligations: [] },
      ],
    });
  });

  it('says what an open path does not demand', () => {
    const path = loadPath(
      pathWith({
        unit: undefined,
        decision_types: ['*'],
        on_unavailable: { mode: 'hold', max_s: 9 },
      }),
    );
    const { scope, demands } = readPathAloud(path);
    expect(scope).toBe(
      'Requests of harbor_bank at payment_release in payment_hub, for any decision type.',
    );
    expect(demands).toEqual(
      expect.arrayContaining([
        'The approval may come from any source.',
        'Any decision owner may ask, and none need be named.',
        'While the boundary cannot be reached, the host waits for at most 9 seconds and then does not act.',
      ]),
    );
  });
});
