import { CratonError } from '@craton/protocol';
import type { LedgerReader, Owner, StoredReceipt } from '../ledger/port.ts';
import { listText, objectText, receiptMembers } from './describe-receipt.ts';

export interface FoundReceipt {
  readonly stored: StoredReceipt;
  /** Of a decision its claims and confirmations in the order of issue; of those their decision. */
  readonly linked: readonly StoredReceipt[];
}

/**
 * A receipt by its request id or commitment id, with what is linked to it. Throws `ERR_NOT_FOUND`
 * for what does not exist and for what belongs to another partner or environment alike.
 */
export async function findReceipt(
  reader: Pick<LedgerReader, 'findReceipt' | 'findLinked'>,
  owner: Owner,
  id: string,
): Promise<FoundReceipt> {
  const stored = await reader.findReceipt(owner, id);
  if (stored === undefined) throw new CratonError('ERR_NOT_FOUND', 'There is no such receipt.');
  return { stored, linked: await findLinked(reader, owner, stored) };
}

async function findLinked(
  reader: Pick<LedgerReader, 'findReceipt' | 'findLinked'>,
  owner: Owner,
  { receiptType, commitmentId }: StoredReceipt,
): Promise<readonly StoredReceipt[]> {
  if (commitmentId === undefined) return [];
  if (receiptType === 'boundary_decision') return reader.findLinked(owner, commitmentId);
  const decision = await reader.findReceipt(owner, commitmentId);
  return decision === undefined ? [] : [decision];
}

/** The answer of `GET /v1/receipts/{id}`, as JSON text; `coveredSize` as for `receiptMembers`. */
export function foundReceiptText({ stored, linked }: FoundReceipt, coveredSize: number): string {
  const items = linked.map((other) =>
    objectText({
      receipt_type: JSON.stringify(other.receiptType),
      ...receiptMembers(other, coveredSize),
    }),
  );
  return objectText({ ...receiptMembers(stored, coveredSize), linked: listText(items) });
}
