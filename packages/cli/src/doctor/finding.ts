/** What `craton doctor` finds: each with what it means and how to mend it. */
import type { ExitName } from '../exit-codes.ts';

export type FindingStatus = 'ok' | 'blocked' | 'missing' | 'degraded';

export interface Finding {
  /** What was looked at, snake_case. */
  readonly id: string;
  readonly status: FindingStatus;
  /** One sentence; names variables and files, never a secret's value. */
  readonly detail: string;
  /** What to do; absent if nothing is to be done. */
  readonly fix?: string;
}

export function ok(id: string, detail: string): Finding {
  return { id, status: 'ok', detail };
}

export function problem(
  id: string,
  status: Exclude<FindingStatus, 'ok'>,
  [detail, fix]: readonly [detail: string, fix: string],
): Finding {
  return { id, status, detail, fix };
}

const WORST_FIRST = ['blocked', 'missing', 'degraded'] as const;

/** The worst status decides how the command ends. */
export function exitOfFindings(findings: readonly Finding[]): ExitName {
  return WORST_FIRST.find((status) => findings.some((found) => found.status === status)) ?? 'done';
}
