/** Stored receipts as JSON text. Canonical texts are put in as they are, never parsed again. */
import type { StoredReceipt } from '../ledger/port.ts';

/** Members of a JSON object; an undefined text leaves the member out. */
export function objectText(members: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(members)
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${JSON.stringify(name)}:${text ?? ''}`);
  return `{${parts.join(',')}}`;
}

export function listText(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

/**
 * A receipt with its opening and its place in the log (PROTOCOL section 10). `coveredSize` is that of
 * the newest checkpoint which keeps the promise of the receipts below it.
 */
export function receiptMembers(
  stored: StoredReceipt,
  coveredSize: number,
): Record<string, string | undefined> {
  return {
    receipt: JSON.stringify(stored.receipt),
    opening: stored.openingText,
    commitment_id: optionalText(stored.commitmentId),
    request_id: optionalText(stored.requestId),
    log: JSON.stringify(logPlace(stored, coveredSize)),
  };
}

function logPlace({ logIndex: index }: StoredReceipt, coveredSize: number): object {
  if (index === undefined) return { status: 'pending' };
  return { status: index < coveredSize ? 'covered' : 'sequenced', index };
}

function optionalText(value: string | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
