/** Times are `YYYY-MM-DDTHH:MM:SS.mmmZ`, one spelling per instant (PROTOCOL section 1). */
import { CratonError } from './errors.ts';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Times of one moment come again and again; so many are remembered at most. */
const TIMES_MAX = 64;
const textsByMs = new Map<number, string>();
const msByText = new Map<string, number>();

/** The protocol's text for an instant in milliseconds since 1970. */
export function formatTime(epochMs: number): string {
  const known = textsByMs.get(epochMs);
  if (known !== undefined) return known;
  const text = new Date(epochMs).toISOString();
  if (Number.isInteger(epochMs) && TIME.test(text)) remember(epochMs, text);
  return text;
}

function remember(epochMs: number, text: string): void {
  if (textsByMs.size >= TIMES_MAX) {
    textsByMs.clear();
    msByText.clear();
  }
  textsByMs.set(epochMs, text);
  msByText.set(text, epochMs);
}

/** True for a text that `formatTime` would have written. */
export function isTime(text: string): boolean {
  if (msByText.has(text)) return true;
  if (!TIME.test(text)) return false;
  const epochMs = Date.parse(text);
  return !Number.isNaN(epochMs) && formatTime(epochMs) === text;
}

/** Milliseconds since 1970; throws `ERR_FORMAT` on any other spelling. */
export function parseTime(text: string): number {
  const known = msByText.get(text);
  if (known !== undefined) return known;
  if (!isTime(text))
    throw new CratonError('ERR_FORMAT', 'Not a time of the form 2026-01-31T23:59:59.000Z.');
  return Date.parse(text);
}
