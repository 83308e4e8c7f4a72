import { AUTHORITY_CLASSES, canonicalize, type JsonObject, VERDICTS } from '@craton/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditions as anyCondition, FACTS } from '../../test/conditions.ts';
import { pathWithRules } from '../../test/documents.ts';
import { draftWith, EVALUATED_AT, INPUTS, parsed } from '../../test/drafts.ts';
import type { LoadedPath } from '../load-path.ts';
import { loadPath } from '../load-path.ts';
import { assumptionsFor, dryRun } from './dry-run.ts';
import { generateBoundary } from './generate-boundary.ts';
import { PRESETS } from './presets.ts';
import { AMOUNT_CENTS_MAX } from './sample-requests.ts';
import { findExamples, mapVerdicts, type VerdictMap } from './verdict-map.ts';

/** Larger amounts can have the digits of a card number, which a boundary refuses. */
const AMOUNT_CENTS_BELOW_CARDS = 1_000_000_000_000;
const AMOUNT = 'request.decision_size_usd_cents';

/** The row of the map in which an amount lies. */
function rowOf({ rows }: VerdictMap, cents: number) {
  const found = rows.filter(
    ({ band }) => band.amount === 'between' && band.from_cents <= cents && cents <= band.to_cents,
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

function presetPath(preset: (typeof PRESETS)[number]): LoadedPath {
  const draft = parsed(
    draftWith({
      policy: { preset: preset.id },
      primary_path: {
        production_bound: true,
        partner_id: 'northstar_controls',
        unit: 'operations',
        gate_type: preset.gateType,
        system_scope: 'operations_console',
        decision_types: [preset.decisionType],
      },
      expected_verdicts: [],
    }),
  );
  const generated = generateBoundary(draft, INPUTS);
  if (!generated.complete) throw new Error('The draft has gaps.');
  return generated.path;
}

const literal = fc.oneof(fc.integer({ min: -2, max: 30 }), fc.constant(AMOUNT_CENTS_MAX));
const order = fc.constantFrom('<', '<=', '>', '>=', '==', '!=');
const amountTest = fc.oneof(
  fc.tuple(order, literal).map(([op, value]) => `${AMOUNT} ${op} ${value}`),
  fc.tuple(order, literal).map(([op, value]) => `${value} ${op} ${AMOUNT}`),
  fc
    .array(literal, { minLength: 1, maxLength: 3 })
    .map((all) => `${AMOUNT} in [${all.join(', ')}]`),
  fc.constant(`${AMOUNT} > facts.count`),
  fc.constant(`size(authority.source) < ${AMOUNT}`),
  fc.constant(`facts.window_sum_usd_cents_24h == ${AMOUNT}`),
);
const conditions = fc
  .tuple(
    fc.array(amountTest, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(' && ', ' || '),
    fc.constantFrom('', ' && facts.urgent', ' && authority.class != "submitted"'),
  )
  .map(([tests, joint, more]) => `has(${AMOUNT}) && (${tests.join(joint)})${more}`);
const paths = fc
  .array(fc.record({ when: conditions, verdict: fc.constantFrom(...VERDICTS) }), { maxLength: 4 })
  .map((rules) =>
    loadPath(
      pathWithRules(
        rules.map((rule, index) => ({ id: `rule-${index}`, reason: `reason_${index}`, ...rule })),
        { facts: FACTS.filter(({ name }) => name === 'count' || name === 'urgent') },
      ),
    ),
  );

describe('the verdict map', () => {
  it('says at every amount and class what the evaluation says', () => {
    const amounts = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.nat(AMOUNT_CENTS_BELOW_CARDS));
    fc.assert(
      fc.property(
        paths,
        fc.array(amounts, { minLength: 8, maxLength: 8 }),
        fc.constantFrom(...AUTHORITY_CLASSES),
        (path, all, authority_class) => {
          const map = mapVerdicts(path, assumptionsFor(path, EVALUATED_AT));
          expect(map.exact).toBe(true);
          for (const cents of all) {
            const request: JsonObject = { ...map.example, decision_size_usd: cents / 100 };
            const assumed = assumptionsFor(path, EVALUATED_AT, { authority_class });
            const { verdict, reasons, obligations } = dryRun(path, request, assumed);
            expect(rowOf(map, cents).by_class[authority_class]).toEqual({
              verdict,
              reasons,
              obligations,
            });
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('covers all amounts without a gap, and neighbours differ', () => {
    fc.assert(
      fc.property(paths, (path) => {
        const { rows } = mapVerdicts(path, assumptionsFor(path, EVALUATED_AT));
        const [absent, ...others] = rows;
        expect(absent?.band).toEqual({ amount: 'absent' });
        let next = 0;
        for (const { band } of others) {
          if (band.amount !== 'between') throw new Error('A band has no bounds.');
          expect(band.from_cents).toBe(next);
          next = band.to_cents + 1;
        }
        expect(next).toBe(AMOUNT_CENTS_MAX + 1);
        const texts = others.map(({ by_class }) => canonicalize(by_class));
        expect(texts.filter((text, index) => text === texts[index - 1])).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('finds the edges of the sample limits to the cent', () => {
    const path = presetPath(PRESETS[0]!);
    const { rows, example } = mapVerdicts(path, assumptionsFor(path, EVALUATED_AT));
    expect(rows.map(({ band, by_class }) => [band, by_class.submitted.verdict])).toEqual([
      [{ amount: 'absent' }, 'reject'],
      [{ amount: 'between', from_cents: 0, to_cents: 50_000_000 }, 'allow'],
      [{ amount: 'between', from_cents: 50_000_001, to_cents: 100_000_000 }, 'constrain'],
      [{ amount: 'between', from_cents: 100_000_001, to_cents: AMOUNT_CENTS_MAX }, 'reject'],
    ]);
    expect(example).toMatchObject({ partner_id: 'northstar_controls' });
  });

  it('shows the minimum class in every row', () => {
    const rules = [{ id: 'any', when: 'true', verdict: 'allow', reason: 'fine' }];
    const authority = { sources: ['*'], owners: ['*'], minimum_class: 'signature_verified' };
    const path = loadPath(pathWithRules(rules, { authority }));
    for (const { by_class } of mapVerdicts(path, assumptionsFor(path, EVALUATED_AT)).rows) {
      expect(by_class.submitted.reasons).toEqual(['authority_class_too_low']);
      expect(by_class.signature_verified.verdict).toBe('allow');
    }
  });

  it('says when there are more thresholds than it looks at', () => {
    const list = (from: number) => Array.from({ length: 100 }, (_, index) => from + index * 3);
    const rules = [100, 5_000].map((from, index) => ({
      id: `rule-${index}`,
      when: `has(${AMOUNT}) && ${AMOUNT} in [${list(from).join(',')}]`,
      verdict: 'allow',
      reason: 'listed',
    }));
    const path = loadPath(pathWithRules(rules));
    expect(mapVerdicts(path, assumptionsFor(path, EVALUATED_AT)).exact).toBe(false);
  });
});

describe('example requests', () => {
  it.each(PRESETS)('of $id get the verdict that they show', (preset) => {
    const path = presetPath(preset);
    const assumed = assumptionsFor(path, EVALUATED_AT);
    const { examples, not_found } = findExamples(path, assumed);
    for (const { verdict, request, result } of examples) {
      expect(result).toMatchObject({ dry_run: true, matches_path: true, verdict });
      expect(dryRun(path, request, assumed)).toEqual(result);
    }
    const shown = examples.map(({ verdict }) => verdict);
    expect([...shown, ...not_found].sort()).toEqual([...VERDICTS].sort());
    // An override is never simply allowed; every other preset has all three verdicts.
    expect(not_found).toEqual(preset.id === 'manual_override' ? ['allow'] : []);
  });

  it('are found or not for any path, without an error', () => {
    const anyPath = fc
      .array(fc.record({ when: anyCondition, verdict: fc.constantFrom(...VERDICTS) }), {
        maxLength: 3,
      })
      .map((rules) =>
        loadPath(
          pathWithRules(
            rules.map((rule, index) => ({ id: `rule-${index}`, reason: 'because', ...rule })),
            { facts: FACTS },
          ),
        ),
      );
    fc.assert(
      fc.property(anyPath, (path) => {
        const assumed = assumptionsFor(path, EVALUATED_AT);
        for (const { verdict, result } of findExamples(path, assumed).examples) {
          expect(result.verdict).toBe(verdict);
        }
        expect(mapVerdicts(path, assumed).rows.length).toBeGreaterThan(1);
      }),
      { numRuns: 100 },
    );
  });

  it('leave out values that no request may carry', () => {
    const rules = ['4111111111111111', '7'].map((number, index) => ({
      id: `rule-${index}`,
      when: `facts.count == ${number} && facts.region in ["4111 1111 1111 1111", "\\n", "emea"]`,
      verdict: 'allow',
      reason: 'listed',
    }));
    const path = loadPath(pathWithRules(rules, { facts: FACTS }));
    const { examples } = findExamples(path, assumptionsFor(path, EVALUATED_AT));
    expect(examples.map(({ verdict }) => verdict)).toEqual(['allow', 'reject']);
    expect(JSON.stringify(examples)).not.toContain('4111');
  });

  it('are never signed', () => {
    const path = presetPath(PRESETS[0]!);
    const text = JSON.stringify(findExamples(path, assumptionsFor(path, EVALUATED_AT)));
    for (const name of ['commitment_id', 'receipt', 'signature', 'payload_b64', 'opening', 'kid']) {
      expect(text).not.toContain(`"${name}"`);
    }
  });

  it('tell a request of another path from one of this', () => {
    const path = presetPath(PRESETS[0]!);
    const assumed = assumptionsFor(path, EVALUATED_AT);
    const { request } = findExamples(path, assumed).examples[0]!;
    expect(dryRun(path, { ...request, system_scope: 'elsewhere' }, assumed)).toMatchObject({
      matches_path: false,
      verdict: 'reject',
      reasons: ['no_live_boundary'],
    });
    const reused = { ...assumed, reference_reused: true };
    expect(dryRun(path, request, reused).reasons).toContain('external_reference_reused');
  });
});
