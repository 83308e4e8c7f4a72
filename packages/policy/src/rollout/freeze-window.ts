/** Times in which nothing is deployed: one-off or weekly, in a time zone; deny wins. */
import { parseTime } from '@craton/protocol';
import type { FreezeWindow } from './records.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MINUTES_OF_DAY = 1_440;

/** Whether a time lies in a window. A window whose time zone is unknown holds always. */
export function isFrozenBy(window: FreezeWindow, nowMs: number): boolean {
  return isInSpan(window, nowMs) && isInWeek(window, nowMs);
}

/** The ids of the windows that hold now. */
export function activeFreezes(windows: readonly FreezeWindow[], nowMs: number): readonly string[] {
  return windows.filter((window) => isFrozenBy(window, nowMs)).map(({ id }) => id);
}

function isInSpan({ from, until }: FreezeWindow, nowMs: number): boolean {
  return (
    (from === undefined || nowMs >= parseTime(from)) &&
    (until === undefined || nowMs < parseTime(until))
  );
}

function isInWeek({ weekly, time_zone }: FreezeWindow, nowMs: number): boolean {
  if (weekly === undefined) return true;
  const local = localTime(nowMs, time_zone);
  if (local === undefined) return true;
  const { from_minute, until_minute } = weekly;
  const isDay = weekly.days.includes(String(local.day));
  if (until_minute > from_minute) {
    return isDay && local.minute >= from_minute && local.minute < until_minute;
  }
  // Over midnight: it began today, or it began yesterday and goes on.
  const yesterday = local.day === 1 ? DAYS.length : local.day - 1;
  const wasDay = weekly.days.includes(String(yesterday));
  return (isDay && local.minute >= from_minute) || (wasDay && local.minute < until_minute);
}

/** Day 1 (Monday) to 7, and minute of the day; undefined for an unknown time zone. */
function localTime(
  nowMs: number,
  timeZone: string,
): { readonly day: number; readonly minute: number } | undefined {
  const format = { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' } as const;
  try {
    const parts = new Intl.DateTimeFormat('en-GB', { ...format, hourCycle: 'h23' }).formatToParts(
      nowMs,
    );
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
    const minute = Number(part('hour')) * 60 + Number(part('minute'));
    return { day: DAYS.indexOf(part('weekday')) + 1, minute: minute % MINUTES_OF_DAY };
  } catch {
    return undefined;
  }
}
