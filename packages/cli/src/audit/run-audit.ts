/** An audit from beginning to end: the export, the log, and what they say of each other. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recomputeVerdict } from '@craton/policy';
import {
  CratonError,
  emptyRoot,
  encodeBase64,
  type StatedTrust,
  type TrustPolicy,
  withSentStatements,
} from '@craton/protocol';
import {
  auditLeaves,
  type AuditedLog,
  type AuditReport,
  type AuditSink,
  composeAuditReport,
  type ExpectedLeaf,
  ExportAudit,
  type ExportHeader,
  joinLeaves,
  KeyEventAudit,
  type LoggedLeaf,
  parseExportHeader,
  parseExportLine,
  type SeenRoot,
} from '@craton/protocol/audit';
import { CommandFailure } from '../failure.ts';
import { InconsistentLogError } from '../monitor/alarm.ts';
import { fastSha256 } from '../monitor/follow-tree.ts';
import type { LogReader } from '../monitor/log-reader.ts';
import { type AuditedLogSource, describeWitnesses, openAuditedLog } from './audited-log.ts';
import { digestText, type FileLine, readLines } from './export-file.ts';
import { cutOffSizes, keyLimits } from './key-limits.ts';
import { nodeEd25519 } from './node-ed25519.ts';
import { EXPECTED_FORM, LOGGED_FORM, partOfTag, SEEN_FORM, TAG_PARTS } from './records.ts';
import { scanLog, segmentOf } from './scan-log.ts';
import { Spill } from './spill.ts';

export interface AuditOrder {
  /** Absolute path of the export. */
  readonly file: string;
  readonly trust: TrustPolicy;
  readonly period: { readonly fromMs: number; readonly toMs: number };
  /** Where the log is read, if there is one. */
  readonly reader?: LogReader;
  /** Notes of checkpoints that the auditor has kept. */
  readonly checkpoints: readonly string[];
  /** Notes that stand in statements about compromised keys. */
  readonly statedCheckpoints: readonly string[];
  readonly hasSignatures: boolean;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly onProgress: (what: string, done: number, of: number) => void;
}

/** Runs it. Temporary files are removed at the end, however it ends. */
export async function runAudit(order: AuditOrder): Promise<AuditReport> {
  const folder = mkdtempSync(join(tmpdir(), 'craton-audit-'));
  try {
    return await new Audit(order, folder).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Audit {
  #order: AuditOrder;
  readonly #expected: Spill<ExpectedLeaf>;
  readonly #logged: Spill<LoggedLeaf>;
  readonly #seen: Spill<SeenRoot>;
  #took = { export: 0, log: 0 };
  #beyondNewest: SeenRoot | undefined;

  constructor(order: AuditOrder, folder: string) {
    this.#order = order;
    this.#expected = new Spill(folder, 'expected', EXPECTED_FORM);
    this.#logged = new Spill(folder, 'logged', LOGGED_FORM);
    this.#seen = new Spill(folder, 'seen', SEEN_FORM);
  }

  async run(): Promise<AuditReport> {
    const { file, reader, atMs, hasSignatures, period } = this.#order;
    const whole = createHash('sha256');
    const lines = readLines(file, whole);
    const first = await lines.next();
    const header = readHeader(file, first.done === true ? undefined : first.value);
    assertCovered(header, period);
    const hasGoodStatements = await this.#takeStatements(header);
    const opened = reader && (await this.#openLog(header, reader));
    const log = opened instanceof InconsistentLogError ? undefined : opened;
    const audit = this.#begin(header, log);
    if (!hasGoodStatements) audit.exceptions.add('key_compromise_invalid');
    const startedAt = performance.now();
    await this.#readExport(audit, lines);
    this.#took.export = performance.now() - startedAt;
    if (opened instanceof InconsistentLogError) addInconsistency(audit, opened);
    const found = log && (await this.#compare(audit, log));
    return composeAuditReport({
      audit,
      period,
      hasSignatures,
      fileDigest: digestText(whole),
      auditedAtMs: atMs,
      unwitnessedCutOffs: found?.unwitnessedCutOffs ?? [],
      rates: this.#rates(audit.receiptCount),
      ...(found && { log: found.log }),
    });
  }

  /** What roots of the policy say in the header counts as the policy does. False: it is not theirs. */
  async #takeStatements({ keyCompromises }: ExportHeader): Promise<boolean> {
    const { trust, statedCheckpoints } = this.#order;
    const stated = await statedIn(keyCompromises, trust);
    if (stated === undefined) return false;
    this.#order = {
      ...this.#order,
      trust: stated.trust,
      statedCheckpoints: [...statedCheckpoints, ...stated.checkpoints],
    };
    return true;
  }

  async #openLog(
    header: ExportHeader,
    reader: LogReader,
  ): Promise<AuditedLogSource | InconsistentLogError> {
    const { trust, checkpoints, statedCheckpoints: stated } = this.#order;
    const { origin, checkpoint: exported } = header;
    if (!trust.tlog.logs.some(({ key }) => key.name === origin)) {
      throw new CommandFailure('The trust policy names no log with the export’s origin.', {
        exit: 'insufficient',
        code: 'log_not_in_policy',
        nextStep: `Add the log’s line for ${origin}: craton keys log prints it.`,
      });
    }
    try {
      return await openAuditedLog({ reader, origin, trust, exported, given: checkpoints, stated });
    } catch (error) {
      if (error instanceof InconsistentLogError) return error;
      throw error;
    }
  }

  #begin(header: ExportHeader, log: AuditedLogSource | undefined): ExportAudit {
    const { trust, atMs, period, hasSignatures } = this.#order;
    try {
      return new ExportAudit(header, {
        trust,
        sha256: fastSha256,
        ed25519: nodeEd25519(),
        recompute: recomputeVerdict,
        hasSignatures,
        atMs,
        period,
        ...(log && { sink: this.#sinkFor(log) }),
      });
    } catch (cause) {
      if (!(cause instanceof CratonError)) throw cause;
      throw notAnExport(this.#order.file, cause.message, cause);
    }
  }

  #sinkFor({ checkpoint, newest }: AuditedLogSource): AuditSink {
    const { treeSize } = checkpoint;
    return {
      treeSize,
      expect: (leaf) => {
        this.#expected.add(partOfTag(leaf.tag), leaf);
      },
      seen: (root) => {
        const isEmpty = root.size === 0;
        const isWrong = isEmpty && root.root !== encodeBase64(emptyRoot());
        if (root.size > newest.treeSize || isWrong) this.#beyondNewest ??= root;
        else if (!isEmpty && root.size <= treeSize) {
          this.#seen.add(segmentOf(root.size, treeSize), root);
        }
      },
    };
  }

  async #readExport(audit: ExportAudit, lines: AsyncGenerator<FileLine>): Promise<void> {
    const { file, onProgress } = this.#order;
    const { size } = statSync(file);
    let digest = '';
    for await (const { bytes, digestBefore, end } of lines) {
      const line = readLine(bytes);
      if (line === undefined) {
        audit.refuseLine();
        break;
      }
      if (line.kind === 'trailer') digest = digestBefore();
      await audit.take(line);
      onProgress('export', end, size);
    }
    audit.finish(digest);
  }

  async #compare(
    audit: ExportAudit,
    log: AuditedLogSource,
  ): Promise<{ readonly log: AuditedLog; readonly unwitnessedCutOffs: readonly string[] }> {
    const { trust, onProgress } = this.#order;
    const { checkpoint, known } = log;
    const described = describeWitnesses(checkpoint, trust);
    const startedAt = performance.now();
    const conflict = ({ size, streamNo, seq }: SeenRoot): void => {
      const stream = audit.header.streams[streamNo]?.stream ?? '';
      audit.exceptions.add('seen_conflict', { stream, seq, size });
    };
    if (this.#beyondNewest !== undefined) conflict(this.#beyondNewest);
    try {
      const tools = { sha256: fastSha256, ed25519: nodeEd25519() };
      const { exceptions, header } = audit;
      const events = await KeyEventAudit.open(header, { trust, exceptions }, tools);
      const { roots } = await scanLog({
        log,
        seen: this.#seen,
        sizes: cutOffSizes(audit, trust),
        onLeaf: (leaf) => {
          if (!events.take(leaf)) this.#logged.add(partOfTag(leaf.tag), leaf);
        },
        onConflict: conflict,
        onProgress: (entries) => {
          onProgress('log', entries, checkpoint.treeSize);
        },
      });
      const { limits, unwitnessedCutOffs } = keyLimits(audit, trust, { known, roots });
      const leaves = auditLeaves({
        header,
        exceptions,
        sha256: fastSha256,
        disclosed: audit.disclosed,
        limits,
        checkpointAtMs: described.witnessedAtMs,
        join: (handlers) => {
          for (let part = 0; part < TAG_PARTS; part++) {
            joinLeaves(this.#expected.read(part), this.#logged.read(part), handlers);
          }
        },
      });
      this.#took.log = performance.now() - startedAt;
      const { treeSize } = checkpoint;
      const keyEvents = events.judge(treeSize, audit.receipts.keys, leaves.firstIndex);
      return { log: { checkpoint: described, leaves, keyEvents }, unwitnessedCutOffs };
    } catch (error) {
      if (!(error instanceof InconsistentLogError)) throw error;
      addInconsistency(audit, error);
      return { log: { checkpoint: described }, unwitnessedCutOffs: [] };
    }
  }

  #rates(receipts: number) {
    const perSecond = (tookMs: number): number => Math.round((receipts * 1000) / tookMs);
    const { export: read, log } = this.#took;
    return {
      ...(this.#order.hasSignatures && { signatures_per_s: perSecond(read) }),
      ...(!this.#order.hasSignatures && { receipts_read_per_s: perSecond(read) }),
      ...(log > 0 && { merkle_range_per_s: perSecond(log) }),
    };
  }
}

function readHeader(file: string, line: FileLine | undefined): ExportHeader {
  try {
    return parseExportHeader(line?.bytes ?? new Uint8Array());
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw notAnExport(file, cause.message, cause);
  }
}

function notAnExport(file: string, problem: string, cause: unknown): CommandFailure {
  const details = { exit: 'badInput', code: 'ERR_EXPORT_FORMAT', cause } as const;
  return new CommandFailure(`${file} is no export: ${problem}`, details);
}

async function statedIn(
  sent: ExportHeader['keyCompromises'],
  trust: TrustPolicy,
): Promise<StatedTrust | undefined> {
  try {
    return await withSentStatements(trust, sent, { ed25519: nodeEd25519(), sha256: fastSha256 });
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function assertCovered({ fromMs, toMs }: ExportHeader, period: AuditOrder['period']): void {
  const isCovered =
    (fromMs === undefined || fromMs <= period.fromMs) &&
    (toMs === undefined || period.toMs <= toMs);
  if (isCovered) return;
  throw new CommandFailure('The export does not cover the period.', {
    exit: 'badInput',
    code: 'period_not_covered',
    nextStep: 'Export it again with the same --from and --to, or with none.',
  });
}

/** Undefined for a line that cannot be read. */
function readLine(bytes: Uint8Array) {
  try {
    return parseExportLine(bytes);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function addInconsistency(audit: ExportAudit, { code, message }: InconsistentLogError): void {
  audit.exceptions.add('log_inconsistent', { alarm: code, message });
}
