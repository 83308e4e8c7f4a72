/** The inclusion proof as a drawing: one leaf, what it was hashed with, and the root above. */
import { inclusionRanges } from '@craton/protocol';

const ROW = 44;
const WIDTH = 360;
const MIDDLE = WIDTH / 2;
const ASIDE = 120;

export interface InclusionPlace {
  /** Position of the entry, from 0. */
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly size: number;
}

/** Shown where the line `log_inclusion` is verified; the sentence says what the drawing shows. */
export function InclusionTree({ index, size }: InclusionPlace) {
  const ranges = inclusionRanges(index, size);
  const height = (ranges.length + 1) * ROW;
  const rowOf = (level: number) => height - ROW / 2 - level * ROW;
  const names = ranges.map(({ start, end }) =>
    end - start === 1 ? `leaf ${start}` : `leaves ${start} to ${end - 1}`,
  );
  const sentence =
    names.length === 0
      ? `Leaf ${index} is the whole tree.`
      : `Leaf ${index}, hashed in turn with ${names.join(', ')}, gives the root of ${size} leaves.`;
  return (
    <figure class="tree">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={sentence}>
        {ranges.map(({ start }, level) => {
          const x = MIDDLE + (start > index ? ASIDE : -ASIDE);
          return (
            <g key={level}>
              <path
                d={`M${MIDDLE} ${rowOf(level)}V${rowOf(level + 1)}L${x} ${rowOf(level)}`}
                fill="none"
                stroke="currentColor"
              />
              <circle cx={x} cy={rowOf(level)} r="4" fill="currentColor" />
              <text x={x} y={rowOf(level) + 18} text-anchor="middle">
                {names[level]}
              </text>
            </g>
          );
        })}
        {[...ranges, undefined].map((_, level) => (
          <circle key={level} class="own" cx={MIDDLE} cy={rowOf(level)} r="6" />
        ))}
        <text x={MIDDLE + 12} y={rowOf(0) + 5}>
          leaf {index}
        </text>
        {ranges.length > 0 && (
          <text x={MIDDLE + 12} y={rowOf(ranges.length) - 2}>
            root of {size}
          </text>
        )}
      </svg>
      <figcaption>{sentence}</figcaption>
    </figure>
  );
}
