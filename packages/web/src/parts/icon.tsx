/** Icons on a 16 px grid, drawn in the current colour. They repeat a word that stands beside them. */
import type { CheckStatus, Verdict } from '@craton/protocol';

/** A shape of its own for each status and verdict, so that colour is never needed. */
export type IconName = CheckStatus | Verdict | 'draft' | 'pulse' | 'unknown' | 'next';

const OCTAGON = 'M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z';

const SHAPES: Readonly<Record<IconName, readonly string[]>> = {
  // A tick in a circle.
  verified: ['M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z', 'm4.8 8.3 2.2 2.2 4.3-4.8'],
  // A speech bubble: somebody says so.
  asserted: ['M2 2h12v9H8l-3.5 3.5V11H2z', 'M5 5.2h6M5 7.8h4'],
  // A circle with gaps: nothing there.
  absent: [
    'M5.6 1.5a7 7 0 0 1 4.8 0M13.6 3.9a7 7 0 0 1 1.3 4.6M13.7 12a7 7 0 0 1-3.9 2.7',
    'M6.2 14.8A7 7 0 0 1 2.2 12M1.1 8.5a7 7 0 0 1 1.3-4.6',
  ],
  // A cross in an octagon.
  failed: [OCTAGON, 'm5.5 5.5 5 5m0-5-5 5'],
  // A bar in a square: nobody looked.
  not_checked: ['M2 2h12v12H2z', 'M5 8h6'],
  // An arrow that passes.
  allow: ['M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z', 'M4.5 8h7M8.7 5.2 11.5 8l-2.8 2.8'],
  // An arrow that passes under a condition: a triangle.
  constrain: ['M8 1.5 15 14H1z', 'M8 6v4M8 12v.2'],
  // A bar in an octagon: no entry.
  reject: [OCTAGON, 'M4.7 8h6.6'],
  // A pencil: still being written.
  draft: ['M10.8 2.2 13.8 5.2 5.4 13.6 1.8 14.2l.6-3.6z', 'm9 4 3 3'],
  // A line that dips: something measured is not as it should be.
  pulse: ['M1 8h3l2-5.5L9.4 13l2-5H15'],
  // A question mark in a diamond: nobody can say.
  unknown: [
    'M8 .9 15.1 8 8 15.1.9 8z',
    'M6.2 6.4a1.85 1.85 0 1 1 2.6 1.7c-.6.3-.8.6-.8 1.2M8 11.4v.1',
  ],
  // An arrow to the right.
  next: ['M2 8h11.5M9 3.5 13.5 8 9 12.5'],
};

/** Decoration only: the word is always beside it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round">
        {SHAPES[name].map((path) => (
          <path key={path} d={path} stroke-linecap="round" />
        ))}
      </g>
    </svg>
  );
}
