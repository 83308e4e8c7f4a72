/** A fingerprint to read over the telephone: its hex digits in the NATO spelling alphabet. */

const WORDS: Readonly<Record<string, string>> = {
  0: 'zero',
  1: 'one',
  2: 'two',
  3: 'three',
  4: 'four',
  5: 'five',
  6: 'six',
  7: 'seven',
  8: 'eight',
  9: 'nine',
  a: 'Alfa',
  b: 'Bravo',
  c: 'Charlie',
  d: 'Delta',
  e: 'Echo',
  f: 'Foxtrot',
};

const WORDS_PER_LINE = 8;

/** Lines of eight words for 64 lower-case hex digits; digits keep their plain names. */
export function fingerprintWords(fingerprint: string): string[] {
  const words = Array.from(fingerprint, (digit) => WORDS[digit] ?? digit);
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += WORDS_PER_LINE) {
    lines.push(words.slice(at, at + WORDS_PER_LINE).join(' '));
  }
  return lines;
}

/** The fingerprint in groups of four digits, for the eye. */
export function fingerprintGroups(fingerprint: string): string {
  return fingerprint.replace(/(.{4})(?=.)/g, '$1 ');
}
