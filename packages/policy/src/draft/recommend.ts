/** From a few words about an action to a gate type, a decision type and a starting policy. */
import { refusedContentRule, type RefusedContentRule } from '@craton/protocol';
import type { Rule } from '../path-document.ts';
import { type Preset, PRESETS, presetRules } from './presets.ts';
import { NEGATIONS, RECOMMEND_TERMS, type Term } from './recommend-terms.ts';

/** Characters of the text that are read; the rest is not, and the answer says so. */
export const RECOMMEND_CHARACTERS_MAX = 2_000;
/** Points from which a preset is worth naming. */
const POINTS_MIN = 2;
/** Points from which one preset can be the answer. */
const POINTS_SURE = 4;
/** How far the first must be ahead of the second to be the only answer. */
const LEAD_MIN = 2;
const CANDIDATES_MAX = 3;
/** Words after a negation that do not count. */
const NEGATED_WORDS = 3;

export interface Candidate {
  readonly preset: string;
  readonly title: string;
  readonly gate_type: string;
  readonly decision_type: string;
  readonly points: number;
  /** The terms of our table that were found; never the text that was sent. */
  readonly because: readonly string[];
  readonly reason: string;
  readonly rules: readonly Rule[];
}

export interface Recommendation {
  /** `one`: a clear answer. `several`: a person must choose. `not_sure`: nothing fits. */
  readonly answer: 'one' | 'several' | 'not_sure';
  readonly sentence: string;
  /** Best first; empty if and only if the answer is `not_sure`. */
  readonly candidates: readonly Candidate[];
  /** The text was longer than what is read. */
  readonly truncated: boolean;
  /** The text holds what must stay with the host; it should not be kept. */
  readonly refused_content?: RefusedContentRule;
}

interface Found {
  readonly preset: Preset;
  readonly terms: readonly Term[];
  readonly points: number;
}

/** Recommends. Deterministic and total: the same text always gets the same answer. */
export function recommend(text: string): Recommendation {
  const read = text.slice(0, RECOMMEND_CHARACTERS_MAX);
  const words = wordsOf(read);
  const found = PRESETS.map((preset) => findTerms(preset, words))
    .filter(({ points }) => points >= POINTS_MIN)
    .sort((a, b) => b.points - a.points);
  const chosen = choose(found);
  const refused = refusedContentRule(text);
  return {
    answer: chosen.answer,
    sentence: SENTENCES[chosen.answer],
    candidates: chosen.candidates.map(candidateOf),
    truncated: text.length > RECOMMEND_CHARACTERS_MAX,
    ...(refused !== undefined && { refused_content: refused }),
  };
}

const SENTENCES: Readonly<Record<Recommendation['answer'], string>> = {
  one: 'One pattern fits clearly better than the others. Look at the reason before you take it.',
  several: 'More than one pattern could fit, or one only weakly. Choose the one that you mean.',
  not_sure: 'Not sure: nothing in the text points to a pattern. Choose one from the list.',
};

function choose(found: readonly Found[]): Pick<Recommendation, 'answer'> & {
  readonly candidates: readonly Found[];
} {
  const [first, second] = found;
  if (first === undefined) return { answer: 'not_sure', candidates: [] };
  const isClear = first.points >= POINTS_SURE && first.points - (second?.points ?? 0) >= LEAD_MIN;
  // A single strong word in a long list of possibilities still is an answer; ties never are.
  return isClear
    ? { answer: 'one', candidates: found.slice(0, CANDIDATES_MAX) }
    : { answer: 'several', candidates: found.slice(0, CANDIDATES_MAX) };
}

function candidateOf({ preset, terms, points }: Found): Candidate {
  const because = terms.map(({ text }) => text.replaceAll('*', ''));
  return {
    preset: preset.id,
    title: preset.title,
    gate_type: preset.gateType,
    decision_type: preset.decisionType,
    points,
    because,
    reason: `${preset.about} The text mentions: ${because.join(', ')}.`,
    rules: presetRules(preset),
  };
}

/** Lower-case words of letters and digits; a negation takes the words after it along. */
function wordsOf(text: string): readonly string[] {
  const all = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['’]/g, '')
    .split(/(?<=[.;!?\n])|[^\p{L}\p{N}.;!?\n]+/u)
    .flatMap((part) => (/[\p{L}\p{N}]/u.test(part) ? [part] : part === '' ? [] : [STOP]));
  return all.flatMap((part) => {
    const word = part.replace(/[.;!?\n]+$/, '');
    return word === part ? [word] : [word, STOP];
  });
}

/** Between sentences, so that no term and no negation reaches over their end. */
const STOP = '.';

function findTerms(preset: Preset, words: readonly string[]): Found {
  const counted = dropNegated(words);
  const terms = (RECOMMEND_TERMS[preset.id] ?? []).filter((term) => isIn(term, counted));
  // `hand* over` beside `handover*` is one observation, and a longer term says the shorter one too.
  const told = terms.filter(({ text }) => !terms.some((other) => isPartOf(text, other.text)));
  return { preset, terms: told, points: told.reduce((sum, { weight }) => sum + weight, 0) };
}

function dropNegated(words: readonly string[]): readonly string[] {
  let left = 0;
  return words.map((word) => {
    if (NEGATIONS.has(word)) left = NEGATED_WORDS + 1;
    if (word === STOP || word === 'but') left = 0;
    left = Math.max(0, left - 1);
    return left > 0 || NEGATIONS.has(word) ? STOP : word;
  });
}

function isPartOf(text: string, other: string): boolean {
  return text !== other && ` ${other}`.includes(` ${text.replace(/\*$/, '')}`);
}

const ARTICLES: ReadonlySet<string> = new Set(['a', 'an', 'the']);

function isIn({ text }: Term, words: readonly string[]): boolean {
  const parts = text.split(/[ -]/).filter((part) => !ARTICLES.has(part));
  const plain = words.filter((word) => !ARTICLES.has(word));
  return plain.some((_, start) => parts.every((part, index) => isWord(part, plain[start + index])));
}

function isWord(part: string, word: string | undefined): boolean {
  if (word === undefined) return false;
  return part.endsWith('*') ? word.startsWith(part.slice(0, -1)) : word === part;
}
