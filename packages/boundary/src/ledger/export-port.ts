/** What an export for auditors reads of the ledger. */
import type { Receipt, ReceiptType } from '@craton/protocol';

/** Receipts in one read at most. */
export const EXPORT_PAGE = 128;

/** Which streams of one environment are exported. */
export interface ExportScope {
  readonly environment: string;
  readonly partnerId?: string;
  readonly pathId?: string;
}

/** A stream as its export needs it. */
export interface ExportedStream {
  readonly streamId: number;
  readonly stream: string;
  readonly partnerId: string;
  readonly pathId: string;
  readonly receiptType: ReceiptType;
  /** 32 bytes. */
  readonly streamKey: Uint8Array;
  /** The newest epoch, from 1. */
  readonly epoch: number;
  /** Last number of the newest epoch; 0 where it has none yet. */
  readonly lastSeq: number;
}

/** A part of one epoch of a stream; both bounds inclusive. */
export interface SeqRange {
  readonly streamId: number;
  readonly epoch: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

export interface ExportedReceipt {
  readonly seq: number;
  readonly receipt: Receipt;
  /** Canonical text; absent where there is none, or none any more. */
  readonly openingText?: string;
  /** Index in the log; absent while the publisher has not assigned it. */
  readonly logIndex?: number;
}

/** A version of a path document, canonical. */
export interface ExportedPath {
  readonly version: number;
  readonly documentText: string;
}

/**
 * Short reads of committed rows. Receipts are never changed or removed, so reading up to the numbers
 * that a stream had at the beginning shows one state of the ledger, and no read has to hold a
 * snapshot that would keep the store from tidying up behind a slow client. Every read throws
 * `ERR_STORE_UNAVAILABLE` if the store does not answer.
 */
export interface ExportRows {
  /** In the order in which the streams began. */
  streams(scope: ExportScope): Promise<readonly ExportedStream[]>;
  /** Last number of an epoch, 0 without any. */
  lastSeqOf(streamId: number, epoch: number): Promise<number>;
  /** Milliseconds since 1970 of the first receipt in the range; undefined if it is empty. */
  issuedAtMs(range: SeqRange): Promise<number | undefined>;
  /** The first `EXPORT_PAGE` receipts of the range, in order. */
  receipts(range: SeqRange): Promise<readonly ExportedReceipt[]>;
  /** The next version of a path after this one, whether or not it is live. */
  nextPath(path: Required<ExportScope>, afterVersion: number): Promise<ExportedPath | undefined>;
}
