import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'styles/tokens.css'), 'utf8');
const tokens = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name, light, dark]) => [name, { light: light!, dark: dark! }],
  ),
);

/** Foreground and background that appear together, with the least contrast (WCAG 1.4.3, 1.4.11). */
const TEXT = 4.5;
const SHAPE = 3;
const PAIRS: readonly (readonly [string, string, number])[] = [
  ...['paper', 'surface', 'sunken', 'bad-tint'].flatMap(
    (back) =>
      [
        ['ink', back, TEXT],
        ['ink-soft', back, TEXT],
        ['line-strong', back, SHAPE],
      ] as const,
  ),
  ...['paper', 'surface', 'sunken', 'accent-tint'].map((back) => ['accent', back, TEXT] as const),
  ...['good', 'warn', 'bad', 'said', 'quiet'].flatMap((status) =>
    ['paper', 'surface', 'sunken', `${status}-tint`].map((back) => [status, back, TEXT] as const),
  ),
  ['bad', 'bad-tint', TEXT],
  ['quiet', 'bad-tint', TEXT],
  ['on-accent', 'accent', TEXT],
];

describe.each(['light', 'dark'] as const)('colours in %s', (theme) => {
  it.each(PAIRS)('%s on %s reaches %d', (front, back, least) => {
    expect(contrast(colour(front, theme), colour(back, theme))).toBeGreaterThanOrEqual(least);
  });
});

function colour(name: string, theme: 'light' | 'dark'): string {
  const token = tokens.get(name);
  if (token === undefined) throw new Error(`There is no colour ${name}.`);
  return token[theme];
}

/** WCAG 2.2 contrast ratio of two colours. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const channel = parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
