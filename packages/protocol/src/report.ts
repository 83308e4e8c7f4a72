/** The verification report: independent lines, never one boolean (PROTOCOL section 9). */
import type { JsonObject } from './json/canonical.ts';

export const REPORT_LINES = [
  'payload',
  'signature',
  'issuer',
  'key_status',
  'validity',
  'action_bound',
  'commitment',
  'verdict_recomputed',
  'authority',
  'obligations',
  'log_inclusion',
  'witnesses',
  'confirmation',
  'completeness',
] as const;
export type ReportLine = (typeof REPORT_LINES)[number];

/** `asserted`: somebody says so and nobody here can check it. `absent`: there is nothing to check. */
export type CheckStatus = 'verified' | 'asserted' | 'absent' | 'failed' | 'not_checked';

/** Whose word a line is. */
export type Voucher =
  'verifier' | 'signing_key' | 'root' | 'log' | 'witnesses' | 'host' | 'other_party' | 'nobody';

/** The result of one line. `code` is snake_case and listed in `spec/report-codes.json`. */
export interface CheckResult {
  readonly status: CheckStatus;
  readonly code: string;
  /** One sentence for a person. */
  readonly detail: string;
  readonly vouched_by: Voucher;
  readonly data?: JsonObject;
}

export interface ReportCheck extends CheckResult {
  readonly id: ReportLine;
}

/** `failed`: any line failed. `reached`: every required line verified. Else `insufficient`. */
export type Outcome = 'reached' | 'failed' | 'insufficient';

export interface VerificationReport {
  readonly object: 'craton.verification.report.v1';
  readonly subject: {
    /** Bare hex; absent if `payload_b64` does not decode. */
    readonly payload_sha256?: string;
    readonly kid?: string;
    readonly request_id?: string;
    readonly commitment_id?: string;
  };
  readonly checks: readonly ReportCheck[];
  readonly required: readonly ReportLine[];
  readonly outcome: Outcome;
}
