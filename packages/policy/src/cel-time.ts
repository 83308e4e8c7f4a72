/** Texts of times in conditions, read here so that no engine's own reading counts. */
import { isTime } from '@craton/protocol';

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?Z$/;
const DURATION = /^-?(?:\d+(?:\.\d+)?[a-z]+)+$/;
const DURATION_PART = /(\d+)(?:\.(\d+))?([a-z]+)/g;
const NANOSECONDS: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};
const NANOSECONDS_PER_MS = 1_000_000n;
/** What an engine with 64-bit nanoseconds can hold. */
const DURATION_NANOSECONDS_MAX = 2n ** 63n - 1n;

/** Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS[.fff]Z`, year 1 on; undefined for other texts. */
export function parseTimestampMs(text: string): number | undefined {
  const [, seconds, fraction = ''] = TIMESTAMP.exec(text) ?? [];
  if (seconds === undefined || seconds.startsWith('0000')) return undefined;
  const time = `${seconds}.${fraction.padEnd(3, '0')}Z`;
  return isTime(time) ? Date.parse(time) : undefined;
}

/**
 * Milliseconds of a signed sequence of decimals with units, such as `-1h30m` or `1.5s`; undefined
 * for another text, for a fraction of a millisecond, and beyond 64-bit nanoseconds.
 */
export function parseDurationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  const parts = Array.from(text.matchAll(DURATION_PART));
  const digits = Math.max(...parts.map(([, , fraction = '']) => fraction.length));
  // A fraction of n digits is exact in units of 10^-n nanoseconds.
  const scale = 10n ** BigInt(digits);
  let scaled = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of parts) {
    const perUnit = NANOSECONDS[unit];
    if (perUnit === undefined) return undefined;
    scaled += BigInt(whole + fraction.padEnd(digits, '0')) * perUnit;
  }
  const perMs = NANOSECONDS_PER_MS * scale;
  if (scaled % perMs !== 0n || scaled > DURATION_NANOSECONDS_MAX * scale) return undefined;
  const ms = Number(scaled / perMs);
  return text.startsWith('-') ? -ms : ms;
}
