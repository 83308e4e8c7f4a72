/** Compares the places of streams with the entries of the log, part by part. */
import { equalBytes } from '../bytes.ts';
import type { ExpectedLeaf, HeldLeaf } from './stream-audit.ts';

/** An entry of the log whose form is the protocol's. */
export interface LoggedLeaf {
  /** base64url, 32 bytes. */
  readonly tag: string;
  /** 32 bytes. */
  readonly leafHash: Uint8Array;
  readonly digest: string;
  readonly index: number;
}

/** What became of each place; called in no particular order. */
export interface LeafHandlers {
  /** The log has the entry that this receipt must have. */
  readonly found: (leaf: ExpectedLeaf, index: number) => void;
  /** It has another one under this tag. */
  readonly different: (leaf: ExpectedLeaf, index: number) => void;
  /** It has a second one under this tag. */
  readonly twice: (leaf: ExpectedLeaf, index: number) => void;
  /** It has an entry under a tag that comes after the last. */
  readonly beyond: (leaf: ExpectedLeaf, index: number) => void;
  /** It has none. */
  readonly missing: (leaf: ExpectedLeaf) => void;
  /** An entry of the log is under no tag that was looked for. */
  readonly unexplained: (logged: LoggedLeaf) => void;
}

/**
 * Joins places and entries by their tag. Both must hold all of their kind whose tag belongs to this
 * part; memory is that of the part's places.
 */
export function joinLeaves(
  expected: Iterable<ExpectedLeaf>,
  logged: Iterable<LoggedLeaf>,
  on: LeafHandlers,
): void {
  const places = new Map<string, { readonly leaf: ExpectedLeaf; count: number }>();
  for (const leaf of expected) places.set(leaf.tag, { leaf, count: 0 });
  for (const entry of logged) {
    const place = places.get(entry.tag);
    if (place === undefined) on.unexplained(entry);
    else judge(place.leaf, ++place.count, entry, on);
  }
  for (const { leaf, count } of places.values()) {
    if (count === 0 && leaf.kind !== 'beyond') on.missing(leaf);
  }
}

function judge(leaf: ExpectedLeaf, count: number, entry: LoggedLeaf, on: LeafHandlers): void {
  if (leaf.kind === 'beyond') on.beyond(leaf, entry.index);
  else if (count > 1) on.twice(leaf, entry.index);
  else if (!isLeafOf(leaf.held, entry)) on.different(leaf, entry.index);
  else on.found(leaf, entry.index);
}

/** What is not in the export can be compared by its tag alone. */
function isLeafOf(held: HeldLeaf | undefined, entry: LoggedLeaf): boolean {
  return held === undefined || equalBytes(held.leafHash, entry.leafHash);
}
