/** Times are `YYYY-MM-DDTHH:MM:SS.mmmZ`, one spelling per instant (PROTOCOL section 1). */
import { CratonError } from './errors.ts';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The protocol's text for an instant in milliseconds since 1970. */
export function formatTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** True for a text that `formatTime` would have written. */
export function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const epochMs = Date.parse(text);
  return !Number.isNaN(epochMs) && formatTime(epochMs) === text;
}

/** Milliseconds since 1970; throws `ERR_FORMAT` on any other spelling. */
export function parseTime(text: string): number {
  if (!isTime(text))
    throw new CratonError('ERR_FORMAT', 'Not a time of the form 2026-01-31T23:59:59.000Z.');
  return Date.parse(text);
}
