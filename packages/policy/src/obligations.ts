/** Obligations of a decision: merged when equal, in the order of their canonical bytes. */
import { canonicalBytes, type Obligation } from '@craton/protocol';

export function mergeObligations(obligations: readonly Obligation[]): readonly Obligation[] {
  if (obligations.length < 2) return obligations;
  const sorted = obligations
    .map((obligation) => ({ obligation, bytes: canonicalBytes(obligation) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes));
  return sorted
    .filter(({ bytes }, index) => {
      const previous = sorted[index - 1];
      return previous === undefined || compareBytes(previous.bytes, bytes) !== 0;
    })
    .map(({ obligation }) => obligation);
}

/** The order of unsigned bytes; a prefix comes first. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const differs = a.findIndex((byte, index) => byte !== b[index]);
  if (differs === -1) return a.length - b.length;
  return (a[differs] ?? 0) - (b[differs] ?? -1);
}
