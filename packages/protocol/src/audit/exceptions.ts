/** What an audit finds wrong: stable codes, each of one line of the report. */
import type { JsonObject } from '../json/canonical.ts';

/** Lines of the audit's report, in its order. */
export const AUDIT_LINES = [
  'export',
  'signatures',
  'issuer',
  'key_status',
  'verdicts',
  'log',
  'witnesses',
  'promises',
  'completeness',
] as const;
export type AuditLine = (typeof AUDIT_LINES)[number];

interface ExceptionKind {
  readonly line: AuditLine;
  /** One sentence for a person. */
  readonly sentence: string;
}

const of = (line: AuditLine, sentence: string): ExceptionKind => ({ line, sentence });

/** Every code, and what it means. A code is never renamed once released. */
export const AUDIT_EXCEPTIONS = {
  line_malformed: of('export', 'A line of the export cannot be read; nothing after it was.'),
  line_order: of('export', 'A line of the export stands where it does not belong.'),
  export_truncated: of('export', 'The export ends before its last line.'),
  trailer_mismatch: of('export', 'Counts or digest of the last line do not fit what is before it.'),
  stream_twice: of('export', 'Two entries of the header name one stream.'),
  stream_unknown: of('export', 'A receipt belongs to a stream that the header does not list.'),
  other_environment: of('export', 'A receipt is of another issuer or environment.'),
  payload_invalid: of('signatures', 'A signed payload does not have its form.'),
  signature_invalid: of('signatures', 'A signature does not verify under the key that it names.'),
  issuer_not_attested: of('issuer', 'No root of the trust policy stands behind a signing key.'),
  outside_attested_window: of('key_status', 'A receipt was issued outside its key’s window.'),
  key_compromise_invalid: of(
    'key_status',
    'A statement about a compromised key was not made by the root that it names.',
  ),
  key_event_invalid: of(
    'key_status',
    'A listed key event has not its form, or was not made by the root that it names.',
  ),
  key_event_misplaced: of(
    'key_status',
    'The entry of a listed key event is not once in the log, where the export says.',
  ),
  key_event_unexplained: of('key_status', 'The log has key events that the export does not list.'),
  key_event_missing: of(
    'key_status',
    'No attestation of a signing key stands in the log before its first receipt.',
  ),
  key_expired: of(
    'key_status',
    'The key’s window is over, and no witnessed checkpoint of then shows the receipt.',
  ),
  key_compromised: of(
    'key_status',
    'The key is compromised, and the receipt is not in the log before the cut-off.',
  ),
  cut_off_mismatch: of('key_status', 'A cut-off of the trust policy names another history.'),
  opening_mismatch: of('verdicts', 'An opening or a path document does not fit its receipt.'),
  verdict_mismatch: of('verdicts', 'The path document gives another verdict for this opening.'),
  log_inconsistent: of('log', 'The log contradicts what it signed.'),
  seen_conflict: of('promises', 'A receipt names a root that the log never had at that size.'),
  promise_broken: of('promises', 'A receipt is not in the log although its merge_by has passed.'),
  stream_mismatch: of('completeness', 'A stream value is not the one of its stream’s key.'),
  seq_twice: of('completeness', 'One number of a stream stands in two receipts.'),
  seq_order: of('completeness', 'Receipts are not in the order of their stream.'),
  seq_missing: of('completeness', 'Receipts are missing that no signed disclosure names.'),
  time_backwards: of('completeness', 'A receipt was issued before the one that it follows.'),
  leaf_missing: of('completeness', 'The log has no entry for a place of a stream.'),
  leaf_twice: of('completeness', 'The log has two entries for one place of a stream.'),
  leaf_mismatch: of('completeness', 'The log has another receipt at this place of a stream.'),
  leaf_elsewhere: of('completeness', 'The log has a receipt under another tag than its own.'),
  leaf_beyond: of('completeness', 'The log has entries of a stream after the last exported one.'),
  index_mismatch: of('completeness', 'The export gives another place in the log than it has.'),
  entries_unexplained: of('completeness', 'The log has entries that belong to no exported stream.'),
} as const satisfies Record<string, ExceptionKind>;

export type AuditExceptionCode = keyof typeof AUDIT_EXCEPTIONS;

/** One thing that is wrong, and where. */
export interface AuditException {
  readonly code: AuditExceptionCode;
  /** Ids and numbers that name the place; never a value of a payload. */
  readonly at: JsonObject;
}

/** Exceptions that are listed one by one; all others are only counted. */
export const EXCEPTIONS_LISTED_MAX = 100;

/** Counts all and keeps the first few, so that its memory does not depend on how many there are. */
export class ExceptionList {
  readonly #listed: AuditException[] = [];
  readonly #counts = new Map<AuditExceptionCode, number>();

  add(code: AuditExceptionCode, at: JsonObject = {}): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    if (this.#listed.length < EXCEPTIONS_LISTED_MAX) this.#listed.push({ code, at });
  }

  get listed(): readonly AuditException[] {
    return this.#listed;
  }

  get total(): number {
    return Array.from(this.#counts.values()).reduce((sum, count) => sum + count, 0);
  }

  /** How often each code was found, in the order of the codes' names. */
  get byCode(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.#counts).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  has(line: AuditLine): boolean {
    return Array.from(this.#counts.keys()).some((code) => AUDIT_EXCEPTIONS[code].line === line);
  }
}
