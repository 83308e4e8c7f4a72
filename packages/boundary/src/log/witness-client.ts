/** Asks one witness to cosign (C2SP tlog-witness). Nothing that it answers is believed unverified. */
import { createHash } from 'node:crypto';
import {
  type AddCheckpointRequest,
  type Cosignature,
  CratonError,
  decodeUtf8,
  formatAddCheckpointRequest,
  parseTreeSizeResponse,
  TREE_SIZE_CONTENT_TYPE,
  verifyCosignatureResponse,
} from '@craton/protocol';
import type { AskedWitness } from './witness-policy.ts';

/** Why a witness did not cosign. */
export const WITNESS_FAILURES = ['unreachable', 'refused', 'invalid'] as const;
export type WitnessFailure = (typeof WITNESS_FAILURES)[number];

/** A checkpoint that is stored, and how to show that it grew. */
export interface Submission {
  readonly treeSize: number;
  /** The note with the log's own signature. */
  readonly note: string;
  /** What the log signed: the note without its signature lines. */
  readonly text: string;
  /** Consistency proof from a smaller tree to this one, at least one leaf. */
  readonly proveFrom: (oldSize: number) => Promise<readonly Uint8Array[]>;
}

/** What came of asking. */
export type WitnessAnswer =
  | { readonly kind: 'cosigned'; readonly cosignatures: readonly Cosignature[] }
  /** It says that it saw another tree than this one grew from: its newest checkpoint tells. */
  | { readonly kind: 'contradicted' }
  | { readonly kind: 'failed'; readonly reason: WitnessFailure };

const RESPONSE_BYTES_MAX = 64 * 1024;
const STATUS_CONFLICT = 409;
const STATUS_UNPROCESSABLE = 422;

/** One witness, and the size that it last cosigned as far as is known here. */
export class WitnessClient {
  readonly witness: AskedWitness;
  readonly #fetch: typeof fetch;
  #lastSize = 0;

  constructor(witness: AskedWitness, fetchFrom: typeof fetch = fetch) {
    this.witness = witness;
    this.#fetch = fetchFrom;
  }

  /** Never rejects; whoever asks bounds the time by the signal. */
  async ask(submission: Submission, signal: AbortSignal): Promise<WitnessAnswer> {
    try {
      const first = await this.#submit(submission, signal);
      // Its answer said which size it knows: a restart on either side is learned this way.
      return first ?? (await this.#submit(submission, signal)) ?? failed('refused');
    } catch (error) {
      return failed(error instanceof CratonError ? 'invalid' : 'unreachable');
    }
  }

  /** The note of its newest checkpoint of this log, undefined if it has none. Throws if it fails. */
  async newestNote(origin: string, signal: AbortSignal): Promise<string | undefined> {
    const hash = createHash('sha256').update(origin).digest('hex');
    const url = `${this.witness.url}/${hash}/checkpoint`;
    const response = await this.#fetch(url, { signal, redirect: 'error' });
    const text = await readText(response);
    return response.status === 200 ? text : undefined;
  }

  /** Undefined if it knows another size: then the next attempt begins there. */
  async #submit(submission: Submission, signal: AbortSignal): Promise<WitnessAnswer | undefined> {
    const response = await this.#fetch(`${this.witness.url}/add-checkpoint`, {
      method: 'POST',
      body: formatAddCheckpointRequest(await this.#requestOf(submission)),
      signal,
      redirect: 'error',
    });
    const body = await readText(response);
    if (response.status === 200) return this.#accept(submission, body);
    if (response.status === STATUS_UNPROCESSABLE) return { kind: 'contradicted' };
    if (response.status !== STATUS_CONFLICT) {
      return failed(response.status >= 500 ? 'unreachable' : 'refused');
    }
    if (response.headers.get('content-type') !== TREE_SIZE_CONTENT_TYPE) return failed('refused');
    const knownSize = parseTreeSizeResponse(body);
    if (knownSize > submission.treeSize) return { kind: 'contradicted' };
    if (knownSize === this.#lastSize) return failed('refused');
    this.#lastSize = knownSize;
    return undefined;
  }

  async #requestOf(submission: Submission): Promise<AddCheckpointRequest> {
    const oldSize = Math.min(this.#lastSize, submission.treeSize);
    const hasProof = oldSize > 0 && oldSize < submission.treeSize;
    const proof = hasProof ? await submission.proveFrom(oldSize) : [];
    return { oldSize, proof, checkpoint: submission.note };
  }

  async #accept({ treeSize, text }: Submission, body: string): Promise<WitnessAnswer> {
    const cosignatures = await verifyCosignatureResponse(body, text, [this.witness.key]);
    this.#lastSize = treeSize;
    return cosignatures.length > 0 ? { kind: 'cosigned', cosignatures } : failed('invalid');
  }
}

function failed(reason: WitnessFailure): WitnessAnswer {
  return { kind: 'failed', reason };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size > RESPONSE_BYTES_MAX) {
      throw new CratonError('ERR_FORMAT', 'The answer of the witness is too long.');
    }
    chunks.push(chunk);
  }
  return decodeUtf8(Buffer.concat(chunks));
}
