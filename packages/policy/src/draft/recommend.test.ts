import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRESETS } from './presets.ts';
import { RECOMMEND_CHARACTERS_MAX, recommend } from './recommend.ts';
import { RECOMMEND_TERMS } from './recommend-terms.ts';

interface PhraseRow {
  readonly phrase: string;
  readonly answer: string;
  /** Best first. */
  readonly presets: readonly string[];
}

const rows = JSON.parse(
  readFileSync(new URL('../../test/recommend-phrases.json', import.meta.url), 'utf8'),
) as readonly PhraseRow[];

describe('the recommender', () => {
  it.each(rows)('answers "$phrase" with $answer', ({ phrase, answer, presets }) => {
    const { answer: given, candidates } = recommend(phrase);
    expect(given).toBe(answer);
    expect(candidates.map(({ preset }) => preset)).toEqual(presets);
  });

  it('has a table that reaches every preset and every kind of answer', () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
    const first = new Set(rows.filter((row) => row.answer === 'one').map((row) => row.presets[0]));
    expect(Array.from(first).sort()).toEqual(PRESETS.map(({ id }) => id).sort());
    expect(new Set(rows.map((row) => row.answer))).toEqual(new Set(['one', 'several', 'not_sure']));
    expect(Object.keys(RECOMMEND_TERMS).sort()).toEqual(PRESETS.map(({ id }) => id).sort());
  });

  it('answers any text, the same way every time, and never repeats it', () => {
    const words = fc.constantFrom(
      ...rows.flatMap(({ phrase }) => phrase.split(' ')),
      'canary9',
      'not',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const answer = recommend(text);
        expect(recommend(text)).toEqual(answer);
        expect(answer.candidates.length > 0).toBe(answer.answer !== 'not_sure');
        const points = answer.candidates.map((candidate) => candidate.points);
        expect(points).toEqual(points.toSorted((a, b) => b - a));
        expect(JSON.stringify(answer)).not.toContain('canary9');
        for (const candidate of answer.candidates) expect(candidate.because).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('reads no more than it says and says what must not be kept', () => {
    const long = `${'word '.repeat(RECOMMEND_CHARACTERS_MAX / 5)} deploy to production`;
    expect(recommend(long)).toMatchObject({ answer: 'not_sure', truncated: true });
    expect(recommend('deploy')).not.toHaveProperty('refused_content');
    expect(recommend('deploy with card 4111 1111 1111 1111').refused_content).toBe('card_number');
  });

  it('gives the reason in words of its own table', () => {
    const [best] = recommend('Wire transfer to a beneficiary').candidates;
    expect(best).toMatchObject({
      gate_type: 'counterparty_release_gate',
      decision_type: 'counterparty_release_request',
      because: ['wire', 'beneficiar', 'transfer'],
    });
    expect(best?.rules.length).toBeGreaterThan(3);
  });
});
