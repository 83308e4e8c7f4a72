/** A bar for work that takes a while, on terminals only. */
import type { CliContext } from '../context.ts';
import { grouped } from '../text.ts';

const BAR_CHARS = 24;
/** Drawn at most so often, in milliseconds. */
const DRAW_MS = 100;

export interface Progress {
  /** `of` 0: the end is not known. */
  readonly show: (what: string, done: number, of: number) => void;
  /** Takes the bar away. */
  readonly end: () => void;
}

/** Does nothing where standard error is no terminal. */
export function progressOf({ showProgress }: CliContext): Progress {
  let drawnAt = -Infinity;
  return {
    show: (what, done, of) => {
      const now = performance.now();
      if (showProgress === undefined || now - drawnAt < DRAW_MS) return;
      drawnAt = now;
      showProgress(of === 0 ? `${what} ${grouped(done)}` : `${bar(done / of)} ${what}`);
    },
    end: () => showProgress?.(''),
  };
}

function bar(share: number): string {
  const full = Math.min(BAR_CHARS, Math.round(share * BAR_CHARS));
  const percent = `${Math.min(100, Math.round(share * 100))}`.padStart(3);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CHARS - full)}] ${percent} %`;
}
