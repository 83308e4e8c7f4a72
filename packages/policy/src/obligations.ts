/** Obligations of a decision: merged when equal, in the order of their canonical bytes. */
import { canonicalBytes, encodeHex, type Obligation } from '@craton/protocol';

/** Equal obligations become one; the order is that of their canonical bytes. PROTOCOL section 4. */
export function mergeObligations(obligations: readonly Obligation[]): readonly Obligation[] {
  if (obligations.length < 2) return obligations;
  // Hex sorts as the bytes do, and UTF-16 does not.
  const byBytes = new Map(obligations.map((one) => [encodeHex(canonicalBytes(one)), one]));
  return Array.from(byBytes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, obligation]) => obligation);
}
