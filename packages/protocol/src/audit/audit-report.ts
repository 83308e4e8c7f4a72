/** The audit's report: independent lines, what was counted, what is wrong, and what it cannot show. */
import type { JsonObject } from '../json/canonical.ts';
import { MERGE_DELAY_MS } from '../issue.ts';
import type { CheckStatus, Outcome } from '../report.ts';
import { formatTime } from '../time.ts';
import {
  AUDIT_EXCEPTIONS,
  AUDIT_LINES,
  type AuditLine,
  EXCEPTIONS_LISTED_MAX,
} from './exceptions.ts';
import type { ExportAudit } from './export-audit.ts';
import type { KeyEventCounts } from './key-event-audit.ts';
import type { LeafCounts } from './leaf-audit.ts';

/** The checkpoint that the log was read up to, and who stands behind it. */
export interface AuditedCheckpoint {
  readonly size: number;
  /** Padded base64. */
  readonly root: string;
  /** Names, as the trust policy has them. */
  readonly cosigned: readonly string[];
  readonly eligible: readonly string[];
  /** Those that the issuer does not run. */
  readonly independent: readonly string[];
  /** Whether the policy asks for witnesses at all. */
  readonly isAskedFor: boolean;
  readonly isReached: boolean;
  /** Milliseconds since 1970 of the first cosignature; undefined without any. */
  readonly witnessedAtMs?: number;
}

/** What the log showed; absent where there was none. */
export interface AuditedLog {
  readonly checkpoint: AuditedCheckpoint;
  /** Undefined if the log contradicts itself: then nothing was compared. */
  readonly leaves?: LeafCounts;
  /** As `leaves`. */
  readonly keyEvents?: KeyEventCounts;
}

export interface AuditReportParts {
  readonly audit: ExportAudit;
  readonly period: { readonly fromMs: number; readonly toMs: number };
  /** Of the whole file, `sha256:` and hex. */
  readonly fileDigest: string;
  readonly hasSignatures: boolean;
  readonly log?: AuditedLog;
  /** Key cut-offs of the trust policy that no witnessed checkpoint stands behind. */
  readonly unwitnessedCutOffs: readonly string[];
  /** Receipts a second, and whatever else was measured. */
  readonly rates: JsonObject;
  /** Milliseconds since 1970. */
  readonly auditedAtMs: number;
}

/** An exception as it is listed, with members that name its place. */
export type ListedException = JsonObject & { readonly code: string; readonly detail: string };

export interface AuditCheck {
  readonly id: AuditLine;
  readonly status: CheckStatus;
  /** One sentence for a person. */
  readonly detail: string;
}

export interface AuditReport {
  readonly object: 'craton.audit.report.v1';
  readonly outcome: Outcome;
  readonly audited_at: string;
  readonly period: { readonly from: string; readonly to: string };
  readonly export: JsonObject & { readonly digest: string };
  readonly checks: readonly AuditCheck[];
  readonly totals: JsonObject;
  readonly log?: JsonObject;
  readonly disclosed_gaps: readonly JsonObject[];
  readonly exceptions: {
    readonly total: number;
    readonly by_code: Readonly<Record<string, number>>;
    readonly listed: readonly ListedException[];
    readonly listed_max: number;
  };
  readonly rates: JsonObject;
  /** What this does not show. */
  readonly limits: readonly string[];
}

const NO_LOG = 'There is no log to compare with.';

type Check = readonly [status: CheckStatus, detail: string];

/** Composes the report. A line with an exception is `failed`; only verified lines reach the outcome. */
export function composeAuditReport(parts: AuditReportParts): AuditReport {
  const { audit, log, period, rates } = parts;
  const { exceptions, header, totals } = audit;
  const checks = AUDIT_LINES.map((id) => ({ id, ...checkOf(id, parts) }));
  const isFailed = checks.some(({ status }) => status === 'failed');
  const isReached = checks.every(({ id, status }) => isEnough(id, status));
  return {
    object: 'craton.audit.report.v1',
    outcome: isFailed ? 'failed' : isReached ? 'reached' : 'insufficient',
    audited_at: formatTime(parts.auditedAtMs),
    period: { from: formatTime(period.fromMs), to: formatTime(period.toMs) },
    export: exportMembers(parts),
    checks,
    totals: totals.document(),
    ...(log && { log: logMembers(log) }),
    disclosed_gaps: audit.disclosed.list.map(({ streamNo, epoch, fromSeq, toSeq, reason }) => ({
      stream: header.streams[streamNo]?.stream ?? '',
      epoch,
      from_seq: fromSeq,
      to_seq: toSeq,
      reason,
    })),
    exceptions: {
      total: exceptions.total,
      by_code: exceptions.byCode,
      listed: exceptions.listed.map(({ code, at }) => ({
        code,
        detail: AUDIT_EXCEPTIONS[code].sentence,
        ...at,
      })),
      listed_max: EXCEPTIONS_LISTED_MAX,
    },
    rates,
    limits: limitsOf(parts),
  };
}

/** Verdicts that nobody can repeat leave the rest of the record whole. */
function isEnough(id: AuditLine, status: CheckStatus): boolean {
  return status === 'verified' || (id === 'verdicts' && status !== 'failed');
}

function checkOf(id: AuditLine, parts: AuditReportParts): Omit<AuditCheck, 'id'> {
  const isFailed = parts.audit.exceptions.has(id);
  const [status, detail]: Check = isFailed ? ['failed', 'See the exceptions.'] : LINES[id](parts);
  return { status, detail };
}

const LINES: Record<AuditLine, (parts: AuditReportParts) => Check> = {
  export: () => ['verified', 'The file is whole: counts and digest of its last line fit.'],
  signatures: ({ hasSignatures, log }) => {
    if (hasSignatures) return ['verified', 'Every signature verifies.'];
    return log?.leaves === undefined || log.leaves.pending > 0
      ? [
          'not_checked',
          'Signatures were not asked for, and the log does not vouch for every receipt.',
        ]
      : ['verified', 'Not checked one by one: every receipt is a leaf of the log’s signed tree.'];
  },
  issuer: () => ['verified', 'A root of the trust policy stands behind every signing key.'],
  key_status: keyStatus,
  verdicts: ({ audit: { totals } }) =>
    totals.verdictsWithoutInputs + totals.verdictsAsserted === 0
      ? ['verified', 'Every verdict follows from its opening and path document.']
      : [
          'asserted',
          `${totals.verdictsRecomputed} verdicts recomputed, ${totals.verdictsAsserted} follow from the ledger’s state, ${totals.verdictsWithoutInputs} without opening or path document.`,
        ],
  log: ({ log }) =>
    log === undefined
      ? ['absent', NO_LOG]
      : ['verified', 'Its entries lead to the root that it signed.'],
  witnesses: witnessCheck,
  promises: ({ log }) =>
    log === undefined
      ? ['absent', `${NO_LOG} Nobody can see whether promises were kept.`]
      : [
          'verified',
          'No receipt is overdue, and every root that receipts saw is in the log’s history.',
        ],
  completeness,
};

function keyStatus({ unwitnessedCutOffs, log }: AuditReportParts): Check {
  if (unwitnessedCutOffs.length > 0) {
    return [
      'asserted',
      'A key is compromised and no witness cosigned the checkpoint of its cut-off: the cut-off shows nothing.',
    ];
  }
  const { unloggedKeys = 0, unloggedCutOffs = 0 } = log?.keyEvents ?? {};
  if (unloggedKeys + unloggedCutOffs > 0) {
    return [
      'asserted',
      `Statements of roots are not in the log up to this checkpoint: the attestations of ${unloggedKeys} signing keys, ${unloggedCutOffs} cut-offs.`,
    ];
  }
  return ['verified', 'Every receipt was issued within its key’s window, before any cut-off.'];
}

function witnessCheck({ log }: AuditReportParts): Check {
  if (log === undefined) return ['absent', NO_LOG];
  const { cosigned, eligible, independent, isAskedFor, isReached } = log.checkpoint;
  if (!isAskedFor) return ['absent', 'Not witnessed: the trust policy asks for no witness.'];
  const detail = `${cosigned.length} of ${eligible.length} witnesses cosigned, ${independent.length} of them not the issuer’s.`;
  return [isReached ? 'verified' : 'absent', detail];
}

function completeness({ log, period }: AuditReportParts): Check {
  if (log === undefined) {
    return ['absent', `${NO_LOG} Nobody can see whether receipts are missing.`];
  }
  const { checkpoint, leaves } = log;
  if (leaves === undefined) return ['not_checked', 'The log contradicts itself.'];
  if (!checkpoint.isAskedFor || !checkpoint.isReached) {
    return ['asserted', 'Nothing is missing by the word of the log alone: it is not witnessed.'];
  }
  const { witnessedAtMs = -Infinity } = checkpoint;
  if (period.toMs + MERGE_DELAY_MS > witnessedAtMs) {
    return [
      'asserted',
      'The period ends less than an hour before the witnessed checkpoint: receipts may be on their way.',
    ];
  }
  if (leaves.pending > 0) {
    return ['asserted', `${leaves.pending} receipts are not in the log yet, and not overdue.`];
  }
  return [
    'verified',
    'Each place of every listed stream is in the log once, and nothing after it.',
  ];
}

function exportMembers({ audit, fileDigest }: AuditReportParts): AuditReport['export'] {
  const { header, receiptCount } = audit;
  const time = (name: string, timeMs: number | undefined): JsonObject =>
    timeMs === undefined ? {} : { [name]: formatTime(timeMs) };
  return {
    issuer: header.issuer,
    environment: header.environment,
    origin: header.origin,
    exported_at: formatTime(header.exportedAtMs),
    ...time('from', header.fromMs),
    ...time('to', header.toMs),
    ...(header.partnerId !== undefined && { partner_id: header.partnerId }),
    ...(header.pathId !== undefined && { path_id: header.pathId }),
    digest: fileDigest,
    receipts: receiptCount,
    streams: header.streams.length,
    signing_keys: audit.receipts.keys.map(({ kid }) => kid),
  };
}

function logMembers({ checkpoint, leaves, keyEvents }: AuditedLog): JsonObject {
  const { size, root, cosigned, eligible, independent, witnessedAtMs } = checkpoint;
  return {
    size,
    root_b64: root,
    witnesses: {
      cosigned,
      eligible,
      independent,
      ...(witnessedAtMs !== undefined && { witnessed_at: formatTime(witnessedAtMs) }),
    },
    ...(leaves && {
      receipts_in_log: leaves.found,
      receipts_pending: leaves.pending,
      entries_of_others: leaves.unexplained,
    }),
    ...(keyEvents && { key_events: keyEvents.found }),
  };
}

/** What a reader could take this report for, and must not. */
function limitsOf({ audit, log, unwitnessedCutOffs }: AuditReportParts): string[] {
  const { partnerId, pathId } = audit.header;
  const isPartial = partnerId !== undefined || pathId !== undefined;
  return [
    'It shows what was recorded. It does not show that the requests told the truth, nor that what was allowed was done.',
    'What was never asked of the boundary left no receipt.',
    ...(isPartial
      ? ['The export is of some streams only: whether others are missing was not looked at.']
      : []),
    ...(log === undefined
      ? ['Without a log it does not show that receipts are missing, added or exchanged as a whole.']
      : [
          'Completeness holds for receipts whose holders compared their tags with the stream’s key.',
        ]),
    ...(log !== undefined && !log.checkpoint.isReached
      ? ['Without witnesses the issuer could show another log to somebody else.']
      : []),
    ...(unwitnessedCutOffs.length > 0
      ? ['The cut-off of a compromised key shows nothing: no witness saw the log at that time.']
      : []),
  ];
}
