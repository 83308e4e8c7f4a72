import type { LedgerReader, Owner, ReceiptRange } from '../ledger/port.ts';
import { objectText, receiptMembers } from './describe-receipt.ts';

export interface ReceiptLines {
  /** JSON Lines, each with its final line feed. */
  readonly text: string;
  /** Where the next page begins; absent at the end. */
  readonly nextSeq?: number;
}

/** One page of a stream, one receipt a line, in the order of `seq`; `coveredSize` as for `receiptMembers`. */
export async function listReceipts(
  reader: Pick<LedgerReader, 'listReceipts'>,
  owner: Owner,
  range: ReceiptRange,
  coveredSize: number,
): Promise<ReceiptLines> {
  const { receipts, nextSeq } = await reader.listReceipts(owner, range);
  const lines = receipts.map((stored) =>
    objectText({
      epoch: String(stored.epoch),
      seq: String(stored.seq),
      ...receiptMembers(stored, coveredSize),
    }),
  );
  return {
    text: lines.map((line) => `${line}\n`).join(''),
    ...(nextSeq !== undefined && { nextSeq }),
  };
}
