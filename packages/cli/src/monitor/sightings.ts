/** What others saw of the log: two accounts that exclude each other convict it. */
import {
  encodeBase64,
  equalBytes,
  type JsonValue,
  type TlogPolicy,
  verifyCheckpointUnder,
} from '@craton/protocol';
import { consistencyEvidence, describeHead, InconsistentLogError } from './alarm.ts';
import { type Head, proveRootAt } from './contradictions.ts';
import type { LogReader } from './log-reader.ts';

/** A head of the log that somebody else saw, in something that the log or its issuer signed. */
export interface Sighting {
  readonly treeSize: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** A receipt's `seen`, the checkpoint of a receipt's proof, or that of a witness. */
  readonly kind: 'receipt' | 'proof' | 'witness';
  /** The receipt's file, or the witness's name. */
  readonly source: string;
  /** The checkpoint's note; a receipt's `seen` has none. */
  readonly note?: string;
  /** The signed receipt that says so, read again when it is evidence. */
  readonly readReceipt?: () => JsonValue;
}

/** Reads a note as a sighting; undefined unless the log signed it, and nobody's word counts here. */
export async function sightingOfNote(
  note: string,
  origin: string,
  policy: TlogPolicy,
  by: Pick<Sighting, 'kind' | 'source'>,
): Promise<Sighting | undefined> {
  try {
    const checkpoint = await verifyCheckpointUnder({ ...policy, witnesses: [] }, note);
    const { treeSize, root } = checkpoint;
    return checkpoint.origin === origin ? { ...by, treeSize, root, note } : undefined;
  } catch {
    return undefined;
  }
}

/** Throws if two sightings of one size have different roots: no log is needed to see that. */
export function assertAgreement(sightings: readonly Sighting[]): void {
  const bySize = new Map<number, Sighting>();
  for (const sighting of sightings) {
    const other = bySize.get(sighting.treeSize) ?? sighting;
    bySize.set(sighting.treeSize, other);
    if (equalBytes(other.root, sighting.root)) continue;
    const message =
      `The log has forked: ${name(other)} saw ${describeHead(other)}, ` +
      `${name(sighting)} saw ${describeHead(sighting)}.`;
    throw new InconsistentLogError('seen_conflict', message, evidenceOf([other, sighting]));
  }
}

/**
 * Throws if a sighting is no part of the history under `head`. `roots` are computed roots by size;
 * others are proved from the log's tiles.
 */
export async function assertSeenIn(
  head: Head,
  sightings: readonly Sighting[],
  roots: ReadonlyMap<number, Uint8Array>,
  reader: LogReader,
): Promise<void> {
  for (const sighting of sightings) {
    const known = sighting.treeSize === head.treeSize ? head.root : roots.get(sighting.treeSize);
    if (known !== undefined && equalBytes(known, sighting.root)) continue;
    const claim = await proveRootAt(sighting.treeSize, head, reader);
    if (claim !== undefined && equalBytes(claim.root1, sighting.root)) continue;
    if (claim === undefined) throw unprovable(sighting, head);
    const message =
      `${name(sighting)} saw ${describeHead(sighting)}, ` +
      `but the log now shows the root ${encodeBase64(claim.root1)} for that size.`;
    throw new InconsistentLogError('seen_conflict', message, {
      ...evidenceOf([sighting], head),
      proof: consistencyEvidence(claim),
    });
  }
}

function unprovable(sighting: Sighting, head: Head): InconsistentLogError {
  const message =
    `The log’s tiles do not lead to its checkpoint (${describeHead(head)}), so it cannot be ` +
    `compared. ${name(sighting)} saw ${describeHead(sighting)}.`;
  const evidence = evidenceOf([sighting], head);
  return new InconsistentLogError('checkpoint_unbacked', message, evidence);
}

/**
 * Throws if a receipt, or its proof, saw more than the log shows. A witness may be ahead for a
 * moment: it cosigns before the log publishes.
 */
export function assertNothingHidden(head: Head, sightings: readonly Sighting[]): void {
  const ahead = sightings.find(
    ({ kind, treeSize }) => kind !== 'witness' && treeSize > head.treeSize,
  );
  if (ahead === undefined) return;
  const message = `${name(ahead)} saw ${describeHead(ahead)}, but the log shows only ${describeHead(head)}.`;
  throw new InconsistentLogError('shrink', message, evidenceOf([ahead], head));
}

/** Of two heads that both stand in notes, what a note says is shown; of receipts, the receipt. */
function evidenceOf(sightings: readonly Sighting[], head?: Head) {
  const notes = sightings.flatMap(({ note }) => note ?? []);
  const receipts = sightings.flatMap(({ source, readReceipt }) =>
    readReceipt === undefined ? [] : [{ file: source, receipt: readReceipt() }],
  );
  return {
    checkpoints: [...notes, ...(head ? [head.note] : [])],
    ...(receipts.length > 0 && { receipts }),
  };
}

function name({ kind, source }: Sighting): string {
  if (kind === 'witness') return `The witness ${source}`;
  return kind === 'proof' ? `The proof in ${source}` : `The receipt in ${source}`;
}
