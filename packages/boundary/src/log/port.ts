/**
 * The transparency log of one environment as its publisher and its readers see it (DESIGN section 6).
 * Receipts bring their leaves without an index; whoever holds the lease gives them one.
 */
import type { TileContent } from '@craton/protocol';

/** Which log of a store. */
export interface LogName {
  readonly environment: string;
  /** `<issuer>/<environment>`: what its checkpoints begin with. */
  readonly origin: string;
}

/** A leaf that has no index yet. */
export interface WaitingLeaf {
  /** Number of its receipt; of a key event its number, negative. */
  readonly leafId: number;
  /** Canonical bytes of the log entry. */
  readonly entry: Uint8Array;
}

/** A statement of a root on its way into a log. */
export interface NewKeyEvent {
  /** Of the statement's payload. */
  readonly digest: string;
  /** Canonical text of the wrapper. */
  readonly statementText: string;
  /** Canonical bytes of the log entry. */
  readonly entry: Uint8Array;
}

/** A statement that is stored. */
export interface StoredKeyEvent {
  readonly statementText: string;
  /** Index in the log; absent while the publisher has not assigned it. */
  readonly logIndex?: number;
}

/** A checkpoint that was signed, and what became of it. */
export interface StoredCheckpoint {
  readonly treeSize: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** The whole note, with the cosignatures that came so far. */
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly signedAtMs: number;
  readonly isPublished: boolean;
  /** Enough witnesses cosigned it. */
  readonly isCosigned: boolean;
}

/** A stored checkpoint that somebody looks for. */
export interface CheckpointQuery {
  /** The smallest tree that will do, in entries. */
  readonly sizeMin: number;
  readonly kind: 'published' | 'cosigned';
}

/** How far the log is. The newest of each kind; absent while there is none. */
export interface LogState {
  /** Leaves with an index. */
  readonly treeSize: number;
  readonly signed?: StoredCheckpoint;
  readonly published?: StoredCheckpoint;
  readonly cosigned?: StoredCheckpoint;
}

/** What no checkpoint covers yet. */
export interface LogLag {
  /** Leaves without an index, counted up to `WAITING_COUNT_MAX`. */
  readonly waiting: number;
  /** When the oldest receipt or key event that is not covered came to be, milliseconds since 1970. */
  readonly oldestIssuedAtMs?: number;
}

/** Leaves without an index are counted up to this number. */
export const WAITING_COUNT_MAX = 10_000;

/** Leaves and the tiles that they change, which become durable together. */
export interface Growth {
  /** Size of the tree before. */
  readonly treeSize: number;
  /** Whose leaves take the next indices, in this order. */
  readonly leafIds: readonly number[];
  readonly tiles: readonly TileContent[];
}

/** What was learned about a checkpoint that is stored. */
export type Publication = Pick<StoredCheckpoint, 'treeSize' | 'note' | 'isCosigned'>;

/** Reads of committed rows, on every node. */
export interface LogReader {
  readState(): Promise<LogState>;
  /** `coveredSize`: size of the newest checkpoint that keeps the promises of receipts. */
  readLag(coveredSize: number): Promise<LogLag>;
  /**
   * Key events first, in the order in which they were stored, then leaves in the order of their
   * receipts, and so per stream in the order of `seq`: all as of one moment.
   */
  listWaiting(limit: number): Promise<readonly WaitingLeaf[]>;
  /** The smallest one of this kind that is large enough. */
  firstCheckpoint(query: CheckpointQuery): Promise<StoredCheckpoint | undefined>;
  /** The hashes of a tile, as many as there are now; undefined if there are none. */
  readTile(level: number, index: number): Promise<Uint8Array | undefined>;
  /** The entries from `start` (inclusive) to `end` (exclusive), those of them that there are. */
  listEntries(start: number, end: number): Promise<readonly Uint8Array[]>;
  /** All of them, in the order in which they were stored. */
  listKeyEvents(): Promise<readonly StoredKeyEvent[]>;
}

/**
 * Writes of the publisher. Each is one transaction, durable when it resolves, and rejects with
 * `LeaseLost` and nothing written if the token is not that of the newest lease.
 */
export interface LogWriter {
  /**
   * Takes the lease, or renews it if `holder` has it. Undefined while another holder has it. Every
   * new holder gets a larger token.
   */
  acquire(holder: string, ttlMs: number): Promise<number | undefined>;
  /** Lets another holder have the lease at once. */
  release(token: number): Promise<void>;
  /**
   * Moves leaves to their indices and writes their tiles. Rejects with `ERR_LOG_INCONSISTENT` if the
   * tree has another size than `treeSize`, or a leaf is not there.
   */
  grow(token: number, growth: Growth): Promise<void>;
  /** Rejects with `ERR_LOG_INCONSISTENT` unless it is larger than all before and not beyond the tree. */
  storeSigned(token: number, checkpoint: StoredCheckpoint): Promise<void>;
  /** Puts the note in the place of the stored one; what was published or cosigned stays so. */
  publish(token: number, publication: Publication): Promise<void>;
}

/** One log in a store. */
export interface LogStore extends LogReader, LogWriter {
  /**
   * Stores those of these statements that are not stored yet, in one transaction and durably. Any node
   * may, without the lease: they wait for an index as the leaves of receipts do.
   */
  storeKeyEvents(events: readonly NewKeyEvent[]): Promise<void>;
}

/** Another publisher has the lease now; nothing was written. */
export class LeaseLost extends Error {
  constructor() {
    super('Another publisher has the lease.');
  }
}
