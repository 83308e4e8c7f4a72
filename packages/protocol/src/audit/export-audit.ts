/**
 * Audits an export line by line, in memory that does not grow with it. What the log must show for
 * each receipt goes to a sink; what the log says is compared with it afterwards (`leaf-audit.ts`).
 */
import { type Ed25519Verify } from '../ed25519.ts';
import type { Payload } from '../receipt.ts';
import type { Sha256 } from '../sha256.ts';
import { encodeLogEntry } from '../stream.ts';
import { parseTime } from '../time.ts';
import { leafHash } from '../tlog/merkle.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import type { RecomputeVerdict } from '../verify/verify.ts';
import { ExceptionList } from './exceptions.ts';
import type {
  ExportedReceiptLine,
  ExportHeader,
  ExportLine,
  ExportTrailer,
} from './export-lines.ts';
import { DisclosedGaps } from './disclosed-gaps.ts';
import { type AuditedReceipt, ReceiptAudit } from './receipt-audit.ts';
import { type ExpectedLeaf, StreamAudit, type StreamPorts } from './stream-audit.ts';
import { ControlTotals } from './totals.ts';

/** A root that an issuer says the log had. */
export interface SeenRoot {
  readonly size: number;
  /** Padded base64, as in the checkpoint. */
  readonly root: string;
  readonly streamNo: number;
  readonly seq: number;
}

/** Keeps what the log will be asked for; the audit of an export without a log has none. */
export interface AuditSink {
  /** Of the checkpoint that the log will be read up to. */
  readonly treeSize: number;
  readonly expect: (leaf: ExpectedLeaf) => void;
  readonly seen: (root: SeenRoot) => void;
}

export interface ExportAuditOptions {
  readonly trust: TrustPolicy;
  readonly sha256: Sha256;
  readonly ed25519: Ed25519Verify;
  readonly recompute: RecomputeVerdict;
  /** False: the log's tree vouches for the receipts instead. */
  readonly hasSignatures: boolean;
  /** Time of checking, milliseconds since 1970. */
  readonly atMs: number;
  /** Counted are receipts from the first to before the second, milliseconds since 1970. */
  readonly period: { readonly fromMs: number; readonly toMs: number };
  readonly sink?: AuditSink;
}

/** Why receipts of a key count only where the log shows them. */
export type LogDemand = 'key_compromised' | 'key_expired';

/** Takes the lines of one export in their order. */
export class ExportAudit {
  readonly header: ExportHeader;
  readonly exceptions = new ExceptionList();
  readonly totals = new ControlTotals();
  readonly disclosed = new DisclosedGaps();
  readonly receipts: ReceiptAudit;
  /** Of the whole export, margins of the period included. */
  receiptCount = 0;
  readonly #options: ExportAuditOptions;
  readonly #ports: StreamPorts;
  readonly #byDigest = new Map<string, number>();
  readonly #byName = new Map<string, number>();
  readonly #counts: number[];
  #current: StreamAudit | undefined;
  #next = 0;
  #lineNo = 1;
  #probes = 0;
  #lastSeen = '';
  #hasReceipts = false;
  #trailer: ExportTrailer | undefined;

  /** Throws `ERR_KEY_FORMAT` or `ERR_KEY_REFUSED` for a key set that cannot be used. */
  constructor(header: ExportHeader, options: ExportAuditOptions) {
    this.header = header;
    this.#options = options;
    this.receipts = new ReceiptAudit(header, options);
    const { sink, sha256 } = options;
    this.#ports = {
      header,
      exceptions: this.exceptions,
      sha256,
      expect: (leaf) => sink?.expect(leaf),
      // A log holds no more tags than entries, whatever a header claims.
      mayProbe: () => sink !== undefined && this.#probes++ < sink.treeSize,
    };
    this.#counts = header.streams.map(() => 0);
    header.streams.forEach((listed, streamNo) => {
      const name = nameOf(listed);
      const isKnown = this.#byDigest.has(listed.stream) || this.#byName.has(name);
      if (isKnown) this.exceptions.add('stream_twice', { stream: listed.stream });
      this.#byDigest.set(listed.stream, streamNo);
      this.#byName.set(name, streamNo);
    });
  }

  /** Takes the next line. Throws `ERR_EXPORT_FORMAT` if there is more of it than can be kept. */
  async take(line: ExportLine): Promise<void> {
    this.#lineNo++;
    const isLate = this.#trailer !== undefined || (line.kind === 'path' && this.#hasReceipts);
    if (isLate) this.exceptions.add('line_order', { line: this.#lineNo });
    if (line.kind === 'trailer') this.#trailer = line;
    else if (line.kind === 'path') this.receipts.addPath(line.document);
    else await this.#takeReceipt(line);
  }

  /** A line that could not be read: the reader stops there. */
  refuseLine(): void {
    this.exceptions.add('line_malformed', { line: this.#lineNo + 1 });
  }

  /** Called once at the end; `digest` is that of every byte before the last line. */
  finish(digest: string): void {
    while (this.#next < this.header.streams.length) this.#openNext();
    this.#closeCurrent();
    this.disclosed.settle(this.header, this.exceptions);
    this.#checkTrailer(digest);
  }

  /** Why this key's receipts need the log, if they do. */
  logDemandOf(kid: string): LogDemand | undefined {
    const { trust, atMs } = this.#options;
    if (trust.compromised.some((key) => key.kid === kid)) return 'key_compromised';
    const window = this.receipts.keys.find((key) => key.kid === kid)?.window;
    return window !== undefined && atMs > window.notAfterMs ? 'key_expired' : undefined;
  }

  async #takeReceipt(line: ExportedReceiptLine): Promise<void> {
    this.#hasReceipts = true;
    this.receiptCount++;
    const audited = await this.receipts.check(line);
    if (audited === undefined) {
      this.exceptions.add('payload_invalid', { line: this.#lineNo });
      return;
    }
    const { payload } = audited;
    const at = { line: this.#lineNo, stream: payload.stream, seq: payload.seq };
    for (const fault of audited.faults) this.exceptions.add(fault, at);
    if (audited.faults.includes('other_environment')) return;
    const demand = this.#options.sink ? undefined : this.logDemandOf(audited.kid);
    if (demand !== undefined) this.exceptions.add(demand, at);
    const streamNo = this.#streamOf(payload, at);
    if (streamNo === undefined || !this.#takePlace(audited, line, streamNo)) return;
    this.#noteSeen(payload, streamNo);
    if (payload.receipt_type === 'gap_disclosure' && audited.faults.length === 0) {
      this.disclosed.disclose(payload);
    }
    const issuedAtMs = parseTime(payload.issued_at);
    const { fromMs, toMs } = this.#options.period;
    if (fromMs <= issuedAtMs && issuedAtMs < toMs) this.totals.add(audited);
  }

  /** The stream that the header lists for this receipt. */
  #streamOf(
    payload: Payload,
    at: { readonly line: number; readonly stream: string; readonly seq: number },
  ): number | undefined {
    const byDigest = this.#byDigest.get(payload.stream);
    const byName = this.#byName.get(nameOf(identityOf(payload)));
    if (byDigest !== undefined && byDigest === byName) return byDigest;
    const isKnown = byDigest !== undefined || byName !== undefined;
    this.exceptions.add(isKnown ? 'stream_mismatch' : 'stream_unknown', at);
    return byName;
  }

  /** Counts the receipt at its place. False if it cannot stand there. */
  #takePlace(audited: AuditedReceipt, line: ExportedReceiptLine, streamNo: number): boolean {
    this.#counts[streamNo] = (this.#counts[streamNo] ?? 0) + 1;
    while (this.#next <= streamNo) this.#openNext();
    const stream = this.#current;
    const { payload, digest, kid } = audited;
    const { epoch, seq } = payload;
    if (stream?.streamNo !== streamNo) {
      this.exceptions.add('seq_order', { stream: payload.stream, epoch, seq });
      return false;
    }
    const tag = stream.tagOf(epoch, seq);
    const entry = encodeLogEntry({ v: 1, digest, kid, tag });
    const held = {
      leafHash: leafHash(entry, this.#options.sha256),
      digest,
      keyNo: this.receipts.keyNoOf(kid),
      ...(line.logIndex !== undefined && { index: line.logIndex }),
    };
    return stream.take(payload, held, tag);
  }

  #openNext(): void {
    this.#closeCurrent();
    const listed = this.header.streams[this.#next];
    if (listed !== undefined) this.#current = new StreamAudit(listed, this.#next, this.#ports);
    this.#next++;
  }

  #closeCurrent(): void {
    this.#current?.finish();
    for (const gap of this.#current?.gaps ?? []) this.disclosed.miss(gap);
    this.#current = undefined;
  }

  #noteSeen({ log, seq }: Payload, streamNo: number): void {
    const { seen } = log;
    if (seen === undefined || this.#options.sink === undefined) return;
    // Thousands in a row have seen the same.
    const name = `${seen.size} ${seen.root}`;
    if (name === this.#lastSeen) return;
    this.#lastSeen = name;
    this.#options.sink.seen({ ...seen, streamNo, seq });
  }

  #checkTrailer(digest: string): void {
    const trailer = this.#trailer;
    if (trailer === undefined) {
      this.exceptions.add('export_truncated');
      return;
    }
    const { streams } = this.header;
    const isCounted =
      trailer.streams.length === streams.length &&
      trailer.streams.every(
        ({ stream, receipts }, index) =>
          stream === streams[index]?.stream && receipts === this.#counts[index],
      );
    if (!isCounted || trailer.digest !== digest) this.exceptions.add('trailer_mismatch');
  }
}

interface StreamName {
  readonly partner_id: string;
  readonly path_id: string;
  readonly receipt_type: string;
}

const nameOf = ({ partner_id, path_id, receipt_type }: StreamName): string =>
  `${partner_id} ${path_id} ${receipt_type}`;

function identityOf(payload: Payload): StreamName {
  const { partner_id, path_id } =
    payload.receipt_type === 'gap_disclosure' ? payload : payload.boundary_snapshot;
  return { partner_id, path_id, receipt_type: payload.receipt_type };
}
