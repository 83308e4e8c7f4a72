/**
 * The publisher of one log: indices and tiles become durable, then a checkpoint over them is signed,
 * stored, shown to the witnesses, and published (FORMATS 5.4). Whatever step it dies at, the next one
 * goes on from what is stored, and never signs anything that contradicts it.
 */
import {
  appendLeaves,
  consistencyProofFromTiles,
  type Cosignature,
  CratonError,
  formatNote,
  leafHash,
  parseNote,
  type TreeEdge,
  verifyCheckpoint,
} from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { Witnesses } from './ask-witnesses.ts';
import { examineLog, rootOf } from './examine-log.ts';
import type { LogSigner } from './log-signer.ts';
import { LeaseLost, type LogStore, type StoredCheckpoint } from './port.ts';
import { tileReader } from './read-tiles.ts';
import type { WitnessPolicy } from './witness-policy.ts';

/** Leaves that one transaction takes at most: the hot path waits for it on SQLite. */
export const GROWTH_LEAVES_MAX = 256;
/** Transactions between two checkpoints at most, so that none waits long for the first. */
const GROWTHS_MAX = 40;
/** Milliseconds that a publisher which stopped answering keeps others from the log. */
export const LEASE_MS = 10_000;

export interface PublisherPorts {
  readonly store: LogStore;
  readonly signer: LogSigner;
  readonly policy: WitnessPolicy;
  readonly witnesses: Witnesses;
  /** Unlike any other publisher's, alive or dead. */
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** What one step came to. `standby`: another publisher has the lease. */
export type Step = 'idle' | 'published' | 'standby';

/** What the holder of the lease knows without asking. */
interface Held {
  readonly token: number;
  /** When the lease is renewed, milliseconds since 1970. */
  renewAtMs: number;
  edge: TreeEdge;
  newest: StoredCheckpoint | undefined;
}

export class Publisher {
  readonly #ports: PublisherPorts;
  #held: Held | undefined;

  constructor(ports: PublisherPorts) {
    this.#ports = ports;
  }

  /**
   * Indexes what waits and publishes a checkpoint over it. Throws `ERR_LOG_INCONSISTENT` if what is
   * stored does not fit together: then no further step may be made. After any other error the next
   * step reads everything anew.
   */
  async step(): Promise<Step> {
    try {
      if (await this.#hasNothingToDo()) return 'idle';
      const held = await this.#takeLease();
      if (held === undefined) return 'standby';
      await this.#grow(held);
      await this.#sign(held);
      return await this.#publish(held);
    } catch (error) {
      this.#held = undefined;
      if (error instanceof LeaseLost) return 'standby';
      throw error;
    }
  }

  /** Lets another publisher go on at once. */
  async close(): Promise<void> {
    if (this.#held === undefined) return;
    const { token } = this.#held;
    this.#held = undefined;
    await this.#ports.store.release(token);
  }

  /** An idle log writes nothing, not even its lease. */
  async #hasNothingToDo(): Promise<boolean> {
    if (this.#held === undefined) return false;
    const { newest } = this.#held;
    if (newest !== undefined && (!newest.isPublished || (await this.#isAnyDue(newest)))) {
      return false;
    }
    return (await this.#ports.store.listWaiting(1)).length === 0;
  }

  async #isAnyDue(newest: StoredCheckpoint): Promise<boolean> {
    if (newest.isCosigned) return false;
    return this.#ports.witnesses.isAnyDue(await this.#cosignaturesOf(newest));
  }

  async #takeLease(): Promise<Held | undefined> {
    const { store, holder, signer, nowMs } = this.#ports;
    const renewAtMs = nowMs() + LEASE_MS / 2;
    if (this.#held !== undefined && nowMs() < this.#held.renewAtMs) return this.#held;
    const token = await store.acquire(holder, LEASE_MS);
    if (token === undefined) this.#held = undefined;
    else if (this.#held?.token === token) this.#held.renewAtMs = renewAtMs;
    else {
      const { edge, state } = await examineLog(store, signer);
      this.#held = { token, renewAtMs, edge, newest: state.signed };
    }
    return this.#held;
  }

  async #grow(held: Held): Promise<void> {
    const { store } = this.#ports;
    for (let growth = 0; growth < GROWTHS_MAX; growth++) {
      const leaves = await store.listWaiting(GROWTH_LEAVES_MAX);
      if (leaves.length === 0) return;
      const hashes = leaves.map(({ entry }) => leafHash(entry, nodeSha256));
      const { edge, tiles } = appendLeaves(held.edge, hashes, nodeSha256);
      const { treeSize } = held.edge;
      const leafIds = leaves.map(({ leafId }) => leafId);
      await store.grow(held.token, { treeSize, leafIds, tiles });
      held.edge = edge;
      if (leaves.length < GROWTH_LEAVES_MAX) return;
    }
  }

  /** Signs what is durable, and nothing else. */
  async #sign(held: Held): Promise<void> {
    const { treeSize } = held.edge;
    if (treeSize <= (held.newest?.treeSize ?? 0)) return;
    const { store, signer, nowMs } = this.#ports;
    const root = rootOf(held.edge);
    const checkpoint: StoredCheckpoint = {
      treeSize,
      root,
      note: signer.sign({ treeSize, root }),
      signedAtMs: nowMs(),
      isPublished: false,
      isCosigned: false,
    };
    // Nobody sees it before it is stored: what was signed is never forgotten.
    await store.storeSigned(held.token, checkpoint);
    held.newest = checkpoint;
  }

  async #publish(held: Held): Promise<Step> {
    const { newest } = held;
    if (newest === undefined) return 'idle';
    const { store, witnesses } = this.#ports;
    if (newest.isPublished && !(await this.#isAnyDue(newest))) return 'idle';
    const present = await this.#cosignaturesOf(newest);
    const added = await witnesses.ask(this.#submissionOf(newest), present);
    if (newest.isPublished && added.length === 0) return 'idle';
    const { text, signatures } = parseNote(newest.note);
    const lines = [...signatures, ...added].map(({ line }) => line);
    const note = formatNote(text, lines);
    const isCosigned = newest.isCosigned || witnesses.isQuorum([...present, ...added]);
    await store.publish(held.token, { treeSize: newest.treeSize, note, isCosigned });
    held.newest = { ...newest, note, isPublished: true, isCosigned };
    return 'published';
  }

  #submissionOf({ treeSize, note }: StoredCheckpoint) {
    const { text, signatures } = parseNote(note);
    const [own] = signatures;
    return {
      treeSize,
      text,
      note: formatNote(text, own === undefined ? [] : [own.line]),
      proveFrom: (oldSize: number) =>
        consistencyProofFromTiles(oldSize, treeSize, tileReader(this.#ports.store), nodeSha256),
    };
  }

  async #cosignaturesOf({ note }: StoredCheckpoint): Promise<readonly Cosignature[]> {
    const { signer, policy } = this.#ports;
    if (policy.witnesses.length === 0) return [];
    const witnesses = policy.witnesses.map(({ key }) => key);
    const { cosignatures } = await verifyCheckpoint(note, { logs: [signer.key], witnesses });
    return cosignatures;
  }
}

/** Whether an error means that the log must not go on by itself. */
export function isFatal(error: unknown): error is CratonError {
  if (!(error instanceof CratonError)) return false;
  return error.code === 'ERR_LOG_INCONSISTENT' || error.code === 'ERR_SIGNING';
}
