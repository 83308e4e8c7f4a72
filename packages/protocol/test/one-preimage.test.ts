/** What is hashed says what it was made from: no two things give the same bytes (PROTOCOL 1). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize, taggedDigest } from '../src/index.ts';
import { type DigestTag, taggedText } from '../src/digest.ts';

const TAGS = [
  'craton.request.v1',
  'craton.path.v1',
  'craton.packet.v1',
  'craton.boundary.commitment.v1',
] as const satisfies readonly DigestTag[];

/** Text with whatever a careless join would take for a border. */
const hostile = fc
  .array(fc.constantFrom('a', '"', ',', ':', '{', '}', '\\', '\n', '|', '\u0000', 'craton.path.v1'))
  .map((parts) => parts.join(''));
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }).filter((value) => JSON.stringify(value).isWellFormed()),
  fc.dictionary(hostile, hostile),
  fc.array(hostile),
);

/** Two values are the same as data: order of members and the sign of zero say nothing. */
const asData = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

describe('a text that is hashed', () => {
  it('gives back its tag and its value, so that no other has it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TAGS), anything, (tag, value) => {
        const text = taggedText(tag, canonicalize(value));
        const border = text.indexOf('\n');
        expect(text.slice(0, border)).toBe(tag);
        expect(JSON.parse(text.slice(border + 1))).toEqual(asData(value));
      }),
    );
  });

  it('is another one when text moves over the border of two members', () => {
    const cut = fc.tuple(hostile, fc.nat(), fc.nat());
    fc.assert(
      fc.property(cut, ([whole, first, second]) => {
        const [one, other] = [first % (whole.length + 1), second % (whole.length + 1)];
        fc.pre(one !== other);
        const split = (at: number) => ({ a: whole.slice(0, at), b: whole.slice(at) });
        const digests = [one, other].map((at) => taggedDigest('craton.request.v1', split(at)));
        expect(digests[0]).not.toBe(digests[1]);
      }),
    );
  });

  it('is another one under another tag', () => {
    const digests = TAGS.map((tag) => taggedDigest(tag, { a: 1 }));
    expect(new Set(digests).size).toBe(TAGS.length);
  });
});
