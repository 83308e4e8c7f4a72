/** One look at a log: is it the one that was seen before, grown, and does it keep its promises? */
import { createHash } from 'node:crypto';
import {
  CratonError,
  edgeRoot,
  EMPTY_EDGE,
  equalBytes,
  evaluateQuorum,
  type QuorumResult,
  type TlogPolicy,
  type VerifiedCheckpoint,
  verifyCheckpointUnder,
} from '@craton/protocol';
import { describeHead, InconsistentLogError } from './alarm.ts';
import { assertBacked, assertExtends, type Head, refuseShrink } from './contradictions.ts';
import { fastSha256, followTree } from './follow-tree.ts';
import { type EntryMembers, type KeyEventNames, SeenKeyEvents } from './key-events.ts';
import { fetchWitnessNote, type LogReader } from './log-reader.ts';
import type { MonitorState } from './monitor-state.ts';
import type { PromisedReceipt, ReceiptFolder } from './receipt-folder.ts';
import {
  assertAgreement,
  assertNothingHidden,
  assertSeenIn,
  type Sighting,
  sightingOfNote,
} from './sightings.ts';

/** Receipts that are shown in an alarm; all others are only counted. */
const RECEIPTS_SHOWN_MAX = 100;
/** A leaf as the protocol's version 1 writes it, canonical; other entries are nobody's. */
const LOG_ENTRY =
  /^\{"digest":"(sha256:[0-9a-f]{64})","kid":"([A-Za-z0-9_-]{43})","tag":"([A-Za-z0-9_-]{43})","v":1\}$/;

export interface WatchedLog {
  readonly origin: string;
  readonly policy: TlogPolicy;
  readonly reader: LogReader;
  readonly keyEvents: KeyEventNames;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onProgress: (treeSize: number, of: number) => void;
}

/** What one look found; a contradiction is thrown as `InconsistentLogError` instead. */
export interface Look {
  readonly state: MonitorState;
  /** Size before this look, undefined the first time. */
  readonly grownFrom?: number;
  readonly quorum: QuorumResult;
  /** Of what is new in this look. */
  readonly keyEvents: SeenKeyEvents;
  readonly receipts: { readonly inLog: number; readonly pending: number };
  readonly unverified: ReceiptFolder['unverified'];
}

/**
 * Looks at the log once. Throws `InconsistentLogError`, and `CommandFailure` with exit code
 * `insufficient` if the log does not answer.
 */
export async function lookAtLog(
  log: WatchedLog,
  before: MonitorState | undefined,
  { receipts, unverified }: ReceiptFolder,
): Promise<Look> {
  // Before the log's own checkpoint, which is then most likely not older.
  const witnessed = await witnessSightings(log);
  const all = [...receipts.flatMap(({ sightings }) => sightings), ...witnessed];
  assertAgreement(all);
  const note = await log.reader.checkpoint();
  const lookedAtMs = log.now();
  const checkpoint = await openCheckpoint(log, note);
  const head: Head = { treeSize: checkpoint.treeSize, root: checkpoint.root, note };
  await assertGrown(before?.head, head, log.reader);
  assertNothingHidden(head, all);
  const fresh = receipts.filter(({ digest }) => before?.receipts.has(digest) !== true);
  const sightings = [...fresh.flatMap((receipt) => receipt.sightings), ...witnessed];
  const keyEvents = new SeenKeyEvents();
  const state = await follow(log, { before, head, receipts, sightings, keyEvents });
  return {
    state,
    ...(before && { grownFrom: before.head.treeSize }),
    keyEvents,
    quorum: evaluateQuorum(log.policy, checkpoint.cosignatures),
    receipts: countReceipts(receipts, state, lookedAtMs),
    unverified,
  };
}

async function witnessSightings({ origin, policy }: WatchedLog): Promise<Sighting[]> {
  const originHash = createHash('sha256').update(origin).digest('hex');
  const found = await Promise.all(
    policy.witnesses.map(async ({ name, url }) => {
      if (url === undefined) return undefined;
      const note = await fetchWitnessNote(url, originHash).catch(() => undefined);
      const by = { kind: 'witness', source: name } as const;
      return note === undefined ? undefined : sightingOfNote(note, origin, policy, by);
    }),
  );
  return found.filter((sighting) => sighting !== undefined);
}

async function openCheckpoint(
  { origin, policy }: WatchedLog,
  note: string,
): Promise<VerifiedCheckpoint> {
  const unsigned = (what: string): InconsistentLogError =>
    new InconsistentLogError('checkpoint_invalid', `What the log shows ${what}.`, {
      checkpoints: [note],
    });
  try {
    // The log's own signature first: a wrong cosignature is no fault of the log, and counts nothing.
    const checkpoint = await verifyCheckpointUnder({ ...policy, witnesses: [] }, note);
    const whole = await verifyCheckpointUnder(policy, note).catch(() => undefined);
    if (checkpoint.origin === origin) return whole ?? checkpoint;
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    throw unsigned(`is no checkpoint that the trust policy accepts (${error.message})`);
  }
  throw unsigned('is the checkpoint of another log');
}

/** Throws if the new head is smaller, or of one size and different. Growth is followed later. */
async function assertGrown(before: Head | undefined, head: Head, reader: LogReader): Promise<void> {
  if (before === undefined || before.treeSize < head.treeSize) return;
  if (before.treeSize > head.treeSize) await refuseShrink(before, head, reader);
  await assertExtends(before, head, reader);
}

interface Following {
  readonly before: MonitorState | undefined;
  readonly head: Head;
  readonly receipts: readonly PromisedReceipt[];
  /** None that was checked in an earlier look. */
  readonly sightings: readonly Sighting[];
  /** Takes up what is named on the way. */
  readonly keyEvents: SeenKeyEvents;
}

/** Reads what is new, or everything if a receipt has never been looked for, and checks it all. */
async function follow(log: WatchedLog, following: Following): Promise<MonitorState> {
  const { before, head, receipts, sightings, keyEvents } = following;
  const search = new LeafSearch(receipts, before);
  const followed = await followTree(log.reader, {
    from: search.isNew || before === undefined ? EMPTY_EDGE : before.edge,
    treeSize: head.treeSize,
    note: head.note,
    stops: new Set([before?.head ?? head, ...sightings].map(({ treeSize }) => treeSize)),
    onEntry: (index, entry) => {
      const members = membersOf(entry);
      if (members === undefined) return;
      if (!search.isOver) search.look(index, members);
      // What was read again for receipts was told before.
      const isNew = index >= (before?.head.treeSize ?? 0);
      const seen = isNew ? log.keyEvents.name(index, members) : undefined;
      if (seen !== undefined) keyEvents.add(seen);
    },
    onProgress: (treeSize) => log.onProgress(treeSize, head.treeSize),
  });
  const { edge, roots } = followed;
  const heads = { older: before?.head, newer: head };
  await assertBacked(followed, edgeRoot(edge, fastSha256), heads, log.reader);
  if (before !== undefined) {
    const rootBefore = roots.get(before.head.treeSize) ?? before.head.root;
    if (!equalBytes(rootBefore, before.head.root))
      await assertExtends(before.head, head, log.reader);
  }
  const visible = sightings.filter(({ treeSize }) => treeSize <= head.treeSize);
  await assertSeenIn(head, visible, roots, log.reader);
  return { head, edge, receipts: search.places };
}

function membersOf(entry: Uint8Array): EntryMembers | undefined {
  const text = Buffer.from(entry.buffer, entry.byteOffset, entry.length).toString('latin1');
  const [, digest, kid, tag] = LOG_ENTRY.exec(text) ?? [];
  if (digest === undefined || kid === undefined || tag === undefined) return undefined;
  return { digest, kid, tag };
}

/** Looks for the leaves of receipts while entries go by. */
class LeafSearch {
  /** By payload digest; undefined for what was not found. */
  readonly places: Map<string, number | undefined>;
  /** A receipt has never been looked for: its leaf may be anywhere. */
  readonly isNew: boolean;
  readonly #wanted: ReadonlyMap<string, string>;

  constructor(receipts: readonly PromisedReceipt[], before: MonitorState | undefined) {
    const known = before?.receipts ?? new Map<string, number>();
    this.places = new Map(receipts.map(({ digest }) => [digest, known.get(digest)]));
    this.isNew = receipts.some(({ digest }) => !known.has(digest));
    const missing = receipts.filter(({ digest }) => known.get(digest) === undefined);
    this.#wanted = new Map(missing.map(({ digest, kid }) => [digest, kid]));
  }

  get isOver(): boolean {
    return this.#wanted.size === 0;
  }

  look(index: number, { digest, kid }: EntryMembers): void {
    if (this.#wanted.get(digest) !== kid) return;
    this.places.set(digest, this.places.get(digest) ?? index);
  }
}

/** Counts receipts; throws if the log has broken its promise about any. */
function countReceipts(
  receipts: readonly PromisedReceipt[],
  { head, receipts: places }: MonitorState,
  lookedAtMs: number,
): Look['receipts'] {
  const missing = receipts.filter(({ digest }) => places.get(digest) === undefined);
  const broken = missing.filter(({ mergeByMs }) => mergeByMs < lookedAtMs);
  if (broken.length === 0) {
    return { inLog: receipts.length - missing.length, pending: missing.length };
  }
  const shown = broken.slice(0, RECEIPTS_SHOWN_MAX);
  const message =
    `${broken.length} receipts are not in the log (${describeHead(head)}) although the time by ` +
    `which it promised them has passed: ${shown.map(({ file }) => file).join(', ')}.`;
  throw new InconsistentLogError('promise_broken', message, {
    checkpoints: [head.note],
    receipts: shown.map(({ file, readReceipt }) => ({ file, receipt: readReceipt() })),
  });
}
