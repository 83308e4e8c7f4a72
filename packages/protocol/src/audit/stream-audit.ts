/** One stream of an export: which of its numbers are there, and what the log must hold for it. */
import { decodeBase64url } from '../base64.ts';
import type { Digest } from '../digest.ts';
import type { Payload } from '../receipt.ts';
import type { Sha256 } from '../sha256.ts';
import { streamDigest, streamTag } from '../stream.ts';
import { parseTime } from '../time.ts';
import type { ExceptionList } from './exceptions.ts';
import type { ExportHeader, ListedStream } from './export-lines.ts';

/** Numbers after the last one that the log must not have. */
export const BEYOND_PROBED = 16;
/** Ranges of missing numbers that are kept; an export with more is beyond repair. */
const GAPS_MAX = 10_000;

/** Why a tag is looked for. */
export type LeafKind =
  /** The export holds the receipt. */
  | 'held'
  /** It is outside of the exported period, or missing. */
  | 'unheld'
  /** It is after the last one: the log must not have it. */
  | 'beyond';

/** A place of a stream, as the log must show it. */
export interface ExpectedLeaf {
  readonly kind: LeafKind;
  /** base64url, 32 bytes. */
  readonly tag: string;
  /** Position of the stream in the header. */
  readonly streamNo: number;
  readonly epoch: number;
  readonly seq: number;
  readonly held?: HeldLeaf;
}

/** What is known of a receipt that the export holds. */
export interface HeldLeaf {
  /** 32 bytes: of the log entry that the receipt must have. */
  readonly leafHash: Uint8Array;
  readonly digest: Digest;
  /** Position of the key in the header. */
  readonly keyNo: number;
  /** Milliseconds since 1970. */
  readonly mergeByMs: number;
  /** Where the export says that it stands. */
  readonly index?: number;
}

/** Numbers of a stream, both bounds inclusive. */
export interface SeqGap {
  readonly streamNo: number;
  readonly epoch: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** What the audit of one stream tells others. */
export interface StreamPorts {
  readonly header: ExportHeader;
  readonly exceptions: ExceptionList;
  readonly sha256: Sha256;
  readonly expect: (leaf: ExpectedLeaf) => void;
  /** Answers whether a tag for a number that is not there may still be asked for. */
  readonly mayProbe: () => boolean;
}

/** Counts one stream while its receipts go by, in their order. */
export class StreamAudit {
  readonly listed: ListedStream;
  readonly streamNo: number;
  readonly gaps: SeqGap[] = [];
  receipts = 0;
  readonly #ports: StreamPorts;
  readonly #key: Uint8Array;
  #epoch = 1;
  /** The last number of this epoch that went by, exported or not. */
  #seq = 0;
  #lastIssuedAtMs = -Infinity;

  constructor(listed: ListedStream, streamNo: number, ports: StreamPorts) {
    this.listed = listed;
    this.streamNo = streamNo;
    this.#ports = ports;
    this.#key = decodeBase64url(listed.stream_key);
    if (streamDigest(listed, ports.sha256) !== listed.stream) {
      ports.exceptions.add('stream_mismatch', this.#at());
    }
  }

  /** The tag of a place, as it must stand in the log. */
  tagOf(epoch: number, seq: number): string {
    const position = { stream: this.listed.stream, epoch, seq };
    return streamTag(this.#key, position, this.#ports.sha256);
  }

  /** Takes the next receipt; `tag` is the one of its place. False if it is out of order. */
  take(payload: Payload, held: Omit<HeldLeaf, 'mergeByMs'>, tag: string): boolean {
    const { epoch, seq } = payload;
    const { exceptions, expect } = this.#ports;
    this.receipts++;
    const isLater = epoch > this.#epoch || (epoch === this.#epoch && seq > this.#seq);
    if (!isLater) {
      const isSame = epoch === this.#epoch && seq === this.#seq;
      exceptions.add(isSame ? 'seq_twice' : 'seq_order', this.#at({ epoch, seq }));
      return false;
    }
    const issuedAtMs = parseTime(payload.issued_at);
    while (this.#epoch < epoch && this.#epoch <= this.listed.epochs.length) this.#endEpoch();
    this.#pass(seq - 1, issuedAtMs);
    if (issuedAtMs < this.#lastIssuedAtMs) {
      exceptions.add('time_backwards', this.#at({ epoch, seq }));
    }
    this.#lastIssuedAtMs = issuedAtMs;
    [this.#epoch, this.#seq] = [epoch, seq];
    const mergeByMs = parseTime(payload.log.merge_by);
    const { streamNo } = this;
    expect({ kind: 'held', tag, streamNo, epoch, seq, held: { ...held, mergeByMs } });
    return true;
  }

  /** Called once, after the last receipt. */
  finish(): void {
    const { epochs } = this.listed;
    while (this.#epoch <= epochs.length) this.#endEpoch();
  }

  /** The numbers up to `lastSeq` are not in the export; outside of the period that may be so. */
  #pass(lastSeq: number, nextIssuedAtMs: number): void {
    if (lastSeq <= this.#seq) return;
    const { fromMs } = this.#ports.header;
    // The receipt before the period shows that all earlier ones are before it as well.
    const isBefore = fromMs !== undefined && nextIssuedAtMs < fromMs;
    if (!isBefore) this.#gap(lastSeq);
    this.#unheld(lastSeq);
  }

  #endEpoch(): void {
    const { header } = this.#ports;
    const lastSeq = this.listed.epochs[this.#epoch - 1]?.lastSeq ?? 0;
    if (lastSeq > this.#seq) {
      // The receipt after the period shows that all later ones are after it as well.
      const isAfter = header.toMs !== undefined && this.#lastIssuedAtMs >= header.toMs;
      if (!isAfter) this.#gap(lastSeq);
      this.#unheld(lastSeq);
    }
    this.#probe(this.#epoch, this.#seq, BEYOND_PROBED);
    [this.#epoch, this.#seq] = [this.#epoch + 1, 0];
    // Of the epoch after the last one, its beginning.
    if (this.#epoch > this.listed.epochs.length) this.#probe(this.#epoch, 0, 1);
  }

  #gap(toSeq: number): void {
    const gap = {
      streamNo: this.streamNo,
      epoch: this.#epoch,
      fromSeq: this.#seq + 1,
      toSeq,
    };
    if (this.gaps.length < GAPS_MAX) this.gaps.push(gap);
    else this.#ports.exceptions.add('seq_missing', this.#at({ epoch: gap.epoch }));
  }

  #unheld(lastSeq: number): void {
    const { expect, mayProbe } = this.#ports;
    const [epoch, { streamNo }] = [this.#epoch, this];
    for (let seq = this.#seq + 1; seq <= lastSeq && mayProbe(); seq++) {
      expect({ kind: 'unheld', tag: this.tagOf(epoch, seq), streamNo, epoch, seq });
    }
    this.#seq = lastSeq;
  }

  #probe(epoch: number, after: number, count: number): void {
    for (let seq = after + 1; seq <= after + count; seq++) {
      const { streamNo } = this;
      this.#ports.expect({ kind: 'beyond', tag: this.tagOf(epoch, seq), streamNo, epoch, seq });
    }
  }

  #at(place: { readonly epoch?: number; readonly seq?: number } = {}) {
    return { stream: this.listed.stream, ...place };
  }
}
