/** What the entries of the log say about an export: each place once, and nothing beyond. */
import { isKeyEventEntry } from '../key-event.ts';
import type { Sha256 } from '../sha256.ts';
import type { DisclosedGaps } from './disclosed-gaps.ts';
import type { ExceptionList } from './exceptions.ts';
import type { LogDemand } from './export-audit.ts';
import type { ExportHeader } from './export-lines.ts';
import type { LeafHandlers } from './leaf-join.ts';
import type { ExpectedLeaf } from './stream-audit.ts';

/** Receipts without an entry of their own that are looked for under other tags. */
const SEARCHED_MAX = 1_000;

/** Below which index the receipts of a key count, and why only there. */
export interface KeyLimit {
  readonly demand: LogDemand;
  /** 0 where no checkpoint shows any. */
  readonly indexBelow: number;
}

export interface LeafAuditContext {
  readonly header: ExportHeader;
  readonly exceptions: ExceptionList;
  readonly disclosed: DisclosedGaps;
  readonly sha256: Sha256;
  /** By position of the key. */
  readonly limits: ReadonlyMap<number, KeyLimit>;
  /** The time that the checkpoint speaks for, milliseconds since 1970; undefined if nobody says. */
  readonly checkpointAtMs: number | undefined;
  /** Goes through places and entries, all of them, each time that it is called. */
  readonly join: (handlers: LeafHandlers) => void;
}

export interface LeafCounts {
  /** Receipts whose entry the log has. */
  readonly found: number;
  /** Receipts at the end of their streams that the log need not have yet. */
  readonly pending: number;
  /** Entries that belong to no stream of this export. */
  readonly unexplained: number;
  /** Index of the first receipt that was found, by position of its key. */
  readonly firstIndex: ReadonlyMap<number, number>;
}

const nothing = (): void => undefined;
const IGNORED: LeafHandlers = {
  found: nothing,
  different: nothing,
  twice: nothing,
  beyond: nothing,
  missing: nothing,
  unexplained: nothing,
};

/** Compares, and adds an exception for whatever does not fit. */
export function auditLeaves(context: LeafAuditContext): LeafCounts {
  const { exceptions, header } = context;
  const highest = new Map<string, number>();
  const firstIndex = new Map<number, number>();
  let [found, missing] = [0, 0];
  const strange = { receipts: new Strangers(), keyEvents: new Strangers() };
  const tell = (code: 'leaf_mismatch' | 'leaf_twice' | 'leaf_beyond') => {
    return (leaf: ExpectedLeaf, index: number): void => {
      exceptions.add(code, { ...placeOf(header, leaf), index });
    };
  };
  context.join({
    found: (leaf, index) => {
      const stream = streamName(leaf);
      highest.set(stream, Math.max(leaf.seq, highest.get(stream) ?? 0));
      if (leaf.held === undefined) return;
      found++;
      const { keyNo } = leaf.held;
      firstIndex.set(keyNo, Math.min(index, firstIndex.get(keyNo) ?? index));
      checkFound(context, leaf, index);
    },
    different: tell('leaf_mismatch'),
    twice: tell('leaf_twice'),
    beyond: tell('leaf_beyond'),
    missing: () => missing++,
    unexplained: (logged) => {
      const isKeyEvent = isKeyEventEntry(logged, context.sha256);
      strange[isKeyEvent ? 'keyEvents' : 'receipts'].add(logged.index);
    },
  });
  const isWhole = header.partnerId === undefined && header.pathId === undefined;
  if (isWhole) strange.receipts.tell(exceptions, 'entries_unexplained');
  strange.keyEvents.tell(exceptions, 'key_event_unexplained');
  const pending = missing === 0 ? 0 : auditMissing(context, highest);
  return { found, pending, unexplained: strange.receipts.count, firstIndex };
}

/** Entries that nothing in the export explains: how many, and where the first is. */
class Strangers {
  count = 0;
  #firstIndex = Infinity;

  add(index: number): void {
    this.count++;
    this.#firstIndex = Math.min(this.#firstIndex, index);
  }

  tell(exceptions: ExceptionList, code: 'entries_unexplained' | 'key_event_unexplained'): void {
    if (this.count === 0) return;
    exceptions.add(code, { entries: this.count, first_index: this.#firstIndex });
  }
}

function checkFound(context: LeafAuditContext, leaf: ExpectedLeaf, index: number): void {
  const { exceptions, header, limits } = context;
  const at = { ...placeOf(header, leaf), index };
  const limit = limits.get(leaf.held?.keyNo ?? -1);
  if (limit !== undefined && index >= limit.indexBelow) exceptions.add(limit.demand, at);
  const told = leaf.held?.index;
  if (told !== undefined && told !== index) exceptions.add('index_mismatch', { ...at, told });
}

/** Answers how many are only not due yet. */
function auditMissing(context: LeafAuditContext, highest: ReadonlyMap<string, number>): number {
  const { exceptions, header, disclosed, checkpointAtMs = -Infinity, limits } = context;
  const searched = new Map<string, ExpectedLeaf>();
  let pending = 0;
  context.join({
    ...IGNORED,
    missing: (leaf) => {
      const { held, streamNo, epoch, seq } = leaf;
      if (disclosed.covers(streamNo, epoch, seq)) return;
      const at = placeOf(header, leaf);
      if (held !== undefined && searched.size < SEARCHED_MAX) searched.set(held.digest, leaf);
      const limit = limits.get(held?.keyNo ?? -1);
      if (limit !== undefined) exceptions.add(limit.demand, at);
      // The publisher gives a stream's entries their places in the order of its numbers.
      if (seq < (highest.get(streamName(leaf)) ?? 0)) exceptions.add('leaf_missing', at);
      else if (held !== undefined && held.mergeByMs < checkpointAtMs) {
        exceptions.add('promise_broken', at);
      } else if (held !== undefined) pending++;
    },
  });
  searchElsewhere(context, searched);
  return pending;
}

function searchElsewhere(
  { exceptions, header, join }: LeafAuditContext,
  searched: ReadonlyMap<string, ExpectedLeaf>,
): void {
  if (searched.size === 0) return;
  join({
    ...IGNORED,
    unexplained: ({ digest, index }) => {
      const leaf = searched.get(digest);
      if (leaf !== undefined) {
        exceptions.add('leaf_elsewhere', { ...placeOf(header, leaf), index });
      }
    },
  });
}

const streamName = ({ streamNo, epoch }: ExpectedLeaf): string => `${streamNo} ${epoch}`;

function placeOf({ streams }: ExportHeader, { streamNo, epoch, seq }: ExpectedLeaf) {
  return { stream: streams[streamNo]?.stream ?? '', epoch, seq };
}
