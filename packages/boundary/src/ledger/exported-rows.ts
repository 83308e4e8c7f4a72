/** Rows of an export, which both engines give in the same form. */
import { sealReceipt } from '@craton/protocol';
import type { ExportedPath, ExportedReceipt, ExportedStream } from './export-port.ts';
import { bytesOf, integerOf, optionalIntegerOf, optionalTextOf, type Row, textOf } from './row.ts';
import { parseReceiptType } from './stored-values.ts';

/** A row that has all columns of a stream and its partner. */
export function readExportedStream(row: Row): ExportedStream {
  return {
    streamId: integerOf(row, 'stream_id'),
    stream: textOf(row, 'stream'),
    partnerId: textOf(row, 'partner_id'),
    pathId: textOf(row, 'path_id'),
    receiptType: parseReceiptType(textOf(row, 'receipt_type')),
    streamKey: bytesOf(row, 'stream_key'),
    epoch: integerOf(row, 'epoch'),
    lastSeq: integerOf(row, 'last_seq'),
  };
}

/** A row of a receipt and its opening. */
export function readExportedReceipt(row: Row): ExportedReceipt {
  const openingText = optionalTextOf(row, 'opening');
  const logIndex = optionalIntegerOf(row, 'log_index');
  return {
    seq: integerOf(row, 'seq'),
    receipt: sealReceipt(bytesOf(row, 'payload'), bytesOf(row, 'signature'), textOf(row, 'kid')),
    ...(openingText !== undefined && { openingText }),
    ...(logIndex !== undefined && { logIndex }),
  };
}

/** A row of a path. */
export function readExportedPath(row: Row): ExportedPath {
  return { version: integerOf(row, 'version'), documentText: textOf(row, 'document') };
}
