/** What a witness does: cosigns a log's checkpoint if it extends the newest one that it cosigned. */
import {
  type AddCheckpointRequest,
  type Checkpoint,
  cosign,
  CratonError,
  emptyRoot,
  equalBytes,
  formatNote,
  type NoteSigner,
  parseAddCheckpointRequest,
  parseCheckpoint,
  parseNote,
  TREE_SIZE_CONTENT_TYPE,
  type VerifierKey,
  verifyConsistency,
  verifyNote,
} from '@craton/protocol';
import type { WitnessClock } from './clock.ts';
import { Mutex } from './mutex.ts';
import type { CosignedCheckpoint, WitnessState } from './state.ts';

/** An answer to one request, ready for HTTP. */
export interface Answer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
  /** Plain text if absent. */
  readonly contentType?: string;
}

/** What is worth a line in the witness's log; all of it was signed by a log that it knows. */
export type WitnessEvent =
  | { readonly event: 'cosigned'; readonly origin: string; readonly treeSize: number }
  | {
      readonly event: 'refused';
      readonly origin: string;
      readonly treeSize: number;
      readonly reason: string;
    }
  /** Two checkpoints of one size with different roots: they convict the log. */
  | { readonly event: 'fork'; readonly origin: string; readonly notes: readonly [string, string] };

export interface WitnessParts {
  readonly signer: NoteSigner;
  /** Keys of the logs that it cosigns for, each named like its origin. */
  readonly logs: readonly VerifierKey[];
  readonly state: WitnessState;
  readonly clock: WitnessClock;
  readonly onEvent: (event: WitnessEvent) => void;
}

interface Submission extends AddCheckpointRequest {
  readonly text: string;
  readonly claimed: Checkpoint;
}

export class Witness {
  readonly #parts: WitnessParts;
  readonly #mutex = new Mutex();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /**
   * Answers one add-checkpoint body (C2SP tlog-witness); the checks stand in the order that gives
   * the right status. Throws `ERR_STORE_UNAVAILABLE` or `ERR_CLOCK_UNTRUSTED`: nothing was
   * cosigned then.
   */
  async addCheckpoint(body: string): Promise<Answer> {
    const submission = readSubmission(body);
    if (submission === undefined) return refusal(400, 'The body is malformed.');
    const { oldSize, claimed } = submission;
    if (oldSize > claimed.treeSize) return refusal(400, 'The old size exceeds the new one.');
    const keys = this.#parts.logs.filter(({ name }) => name === claimed.origin);
    if (keys.length === 0) return refusal(404, 'This witness does not know the log.');
    const signatureLines = await verifiedLines(submission.checkpoint, keys);
    if (signatureLines === undefined) return refusal(403, 'No valid signature of the log.');
    // From here to the disk one at a time: this is the compare-and-set.
    return this.#mutex.run(() => this.#advance(submission, signatureLines));
  }

  /** Answers with the newest checkpoint of the log whose origin has this hex SHA-256. */
  newestCheckpoint(originHash: string): Answer {
    const known = this.#parts.state.byOriginHash(originHash);
    return known === undefined
      ? refusal(404, 'This witness has cosigned nothing for the log.')
      : { status: 200, body: known.note };
  }

  async #advance(submission: Submission, signatureLines: readonly string[]): Promise<Answer> {
    const { signer, state, clock, onEvent } = this.#parts;
    const { text, claimed } = submission;
    const { origin, treeSize, root } = claimed;
    const last = state.newest(origin);
    const isFork = last?.treeSize === treeSize && !equalBytes(last.root, root);
    if (isFork) onEvent({ event: 'fork', origin, notes: [last.note, submission.checkpoint] });
    const lastSize = last?.treeSize ?? 0;
    if (submission.oldSize !== lastSize) {
      return { status: 409, body: `${lastSize}\n`, contentType: TREE_SIZE_CONTENT_TYPE };
    }
    const reason = extensionFault(submission, last);
    if (reason !== undefined) {
      onEvent({ event: 'refused', origin, treeSize, reason });
      return refusal(422, reason);
    }
    const timestampS = clock.timestampS(state.newestTimestampS);
    const line = await cosign(text, signer, timestampS);
    const note = formatNote(text, [...signatureLines, line]);
    await state.replace({ origin, treeSize, root, timestampS, note });
    onEvent({ event: 'cosigned', origin, treeSize });
    return { status: 200, body: `${line}\n` };
  }
}

function readSubmission(body: string): Submission | undefined {
  try {
    const request = parseAddCheckpointRequest(body);
    const { text } = parseNote(request.checkpoint);
    return { ...request, text, claimed: parseCheckpoint(text) };
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

/** The lines by the log's keys, if there is one and none is wrong. Other lines are not kept. */
async function verifiedLines(
  note: string,
  keys: readonly VerifierKey[],
): Promise<string[] | undefined> {
  try {
    const { signatures } = await verifyNote(note, keys);
    return signatures.map(({ line }) => line);
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_NOTE_SIGNATURE') return undefined;
    throw error;
  }
}

/** Why the checkpoint does not extend the last one; the old size is the last one's. */
function extensionFault(
  { oldSize, proof, claimed: { treeSize, root } }: Submission,
  last: CosignedCheckpoint | undefined,
): string | undefined {
  if (treeSize === 0 && !equalBytes(root, emptyRoot())) return 'An empty tree has another root.';
  if (oldSize === 0 || last === undefined) {
    return proof.length > 0 ? 'From size 0 there is no proof.' : undefined;
  }
  if (oldSize === treeSize && !equalBytes(last.root, root)) {
    return 'This size was cosigned with another root.';
  }
  const claim = {
    size1: BigInt(oldSize),
    size2: BigInt(treeSize),
    root1: last.root,
    root2: root,
    proof,
  };
  return verifyConsistency(claim) ? undefined : 'The consistency proof is not valid.';
}

function refusal(status: Answer['status'], reason: string): Answer {
  return { status, body: `${reason}\n` };
}
