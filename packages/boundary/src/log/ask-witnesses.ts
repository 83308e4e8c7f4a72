/** Asks all witnesses at once, within a deadline, and leaves those alone that failed just now. */
import {
  type Cosignature,
  CratonError,
  equalBytes,
  evaluateQuorum,
  rootFromTiles,
  verifyCheckpoint,
} from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { inconsistent } from './inconsistent.ts';
import type { LogSigner } from './log-signer.ts';
import type { LogReader } from './port.ts';
import { tileReader } from './read-tiles.ts';
import {
  type Submission,
  type WitnessAnswer,
  WitnessClient,
  type WitnessFailure,
} from './witness-client.ts';
import type { WitnessPolicy } from './witness-policy.ts';

/** Milliseconds for all witnesses together: publication waits no longer. */
export const WITNESS_DEADLINE_MS = 3_000;
/** Milliseconds that a witness is left alone after its first failure; doubled by each further one. */
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 60_000;

export interface WitnessPorts {
  readonly log: LogReader;
  readonly signer: Pick<LogSigner, 'key'>;
  readonly policy: WitnessPolicy;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly onFailure: (reason: WitnessFailure) => void;
  readonly fetch?: typeof fetch;
  readonly deadlineMs?: number;
}

/** A witness with the failures since it last cosigned. */
interface Asked {
  readonly client: WitnessClient;
  failures: number;
  notBeforeMs: number;
}

export class Witnesses {
  readonly #ports: WitnessPorts;
  readonly #asked: readonly Asked[];

  constructor(ports: WitnessPorts) {
    this.#ports = ports;
    this.#asked = ports.policy.witnesses.map((witness) => ({
      client: new WitnessClient(witness, ports.fetch),
      failures: 0,
      notBeforeMs: 0,
    }));
  }

  /** Whether somebody would be asked now whose cosignature is not among these. */
  isAnyDue(present: readonly Cosignature[]): boolean {
    return this.#dueBeside(present).length > 0;
  }

  /** Whether these are enough. Never, where no witness is configured. */
  isQuorum(cosignatures: readonly Cosignature[]): boolean {
    if (this.#asked.length === 0) return false;
    return evaluateQuorum(this.#ports.policy.tlog, cosignatures).reached;
  }

  /**
   * The cosignatures that came in time, of witnesses that are not among those present. Throws
   * `ERR_LOG_INCONSISTENT` if one shows a checkpoint that our key signed and our tiles do not lead to.
   */
  async ask(
    submission: Submission,
    present: readonly Cosignature[],
  ): Promise<readonly Cosignature[]> {
    const signal = AbortSignal.timeout(this.#ports.deadlineMs ?? WITNESS_DEADLINE_MS);
    const due = this.#dueBeside(present);
    const answers = await Promise.all(
      due.map(async (asked) => {
        const answer = await asked.client.ask(submission, signal);
        if (answer.kind === 'contradicted') await this.#examine(asked.client, signal);
        return this.#take(asked, answer);
      }),
    );
    return answers.flat();
  }

  #dueBeside(present: readonly Cosignature[]): readonly Asked[] {
    const nowMs = this.#ports.nowMs();
    const names = new Set(present.map(({ key }) => key.name));
    return this.#asked.filter(
      ({ client, notBeforeMs }) => notBeforeMs <= nowMs && !names.has(client.witness.key.name),
    );
  }

  #take(asked: Asked, answer: WitnessAnswer): readonly Cosignature[] {
    if (answer.kind === 'cosigned') {
      asked.failures = 0;
      return answer.cosignatures;
    }
    asked.failures += 1;
    const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.min(asked.failures - 1, 10));
    asked.notBeforeMs = this.#ports.nowMs() + pauseMs;
    this.#ports.onFailure(answer.kind === 'failed' ? answer.reason : 'refused');
    return [];
  }

  /** A witness alone cannot stop a log: only a checkpoint with our own signature can. */
  async #examine(client: WitnessClient, signal: AbortSignal): Promise<void> {
    const { log, signer } = this.#ports;
    const seen = await newestSeen(client, signer, signal);
    if (seen === undefined) return;
    const { treeSize } = await log.readState();
    if (seen.treeSize > treeSize) {
      throw inconsistent('A witness has a checkpoint of this log that is beyond what is stored');
    }
    const root = await rootFromTiles(seen.treeSize, tileReader(log), nodeSha256);
    if (equalBytes(root, seen.root)) return;
    throw inconsistent('A witness has a checkpoint of this log with another root');
  }
}

/** What our key signed, as the witness has it; undefined if it shows nothing of the kind. */
async function newestSeen(
  client: WitnessClient,
  { key }: Pick<LogSigner, 'key'>,
  signal: AbortSignal,
) {
  try {
    const note = await client.newestNote(key.name, signal);
    if (note === undefined) return undefined;
    return await verifyCheckpoint(note, { logs: [key], witnesses: [] });
  } catch (error) {
    // A witness that shows no evidence has none.
    if (error instanceof CratonError || error instanceof Error) return undefined;
    throw error;
  }
}
