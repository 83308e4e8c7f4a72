/** A witness in this process, reached by a `fetch` of its own, that fails where a test says so. */
import {
  createVerifierKey,
  cosign,
  formatNote,
  formatVerifierKey,
  parseAddCheckpointRequest,
  parseCheckpoint,
  parseNote,
  SIGNATURE_TYPE,
  TREE_SIZE_CONTENT_TYPE,
  verifyConsistency,
} from '@craton/protocol';
import { parseWitnessPolicy, type WitnessPolicy } from '../src/log/witness-policy.ts';
import { createKeySigning } from '../src/signing/signer.ts';

const NAME = 'witness.example';
/** When cosignatures say that they were made, unless a test says more, POSIX seconds. */
export const COSIGNED_AT_S = 1_800_000_000;
const URL = 'http://witness.test';

export class FakeWitness {
  /** Newest cosigned note; a test may put another in its place. */
  note: string | undefined;
  isDown = false;
  /** When its next cosignatures say that they were made, POSIX seconds. */
  cosignedAtS = COSIGNED_AT_S;
  /** Requests that it was asked, by path. */
  readonly asked: string[] = [];
  readonly #signing = createKeySigning(new Uint8Array(32).fill(77));
  readonly key = createVerifierKey(NAME, SIGNATURE_TYPE.cosignature, this.#signing.publicKey);

  /** It alone is the quorum. */
  get policy(): WitnessPolicy {
    return parseWitnessPolicy(this.policyText);
  }

  get policyText(): string {
    return `witness w1 ${formatVerifierKey(this.key)} ${URL}\nquorum w1\n`;
  }

  /** Size that it saw last. */
  get treeSize(): number {
    return this.#newest()?.treeSize ?? 0;
  }

  readonly fetch: typeof fetch = async (url, init) => {
    if (typeof url !== 'string') throw new TypeError('Witnesses are asked by address.');
    const { pathname } = new globalThis.URL(url);
    this.asked.push(pathname);
    if (this.isDown) throw new TypeError('fetch failed');
    if (pathname !== '/add-checkpoint') return new Response(this.note, { status: 200 });
    const body = init?.body;
    return this.#addCheckpoint(typeof body === 'string' ? body : '');
  };

  async #addCheckpoint(body: string): Promise<Response> {
    const { oldSize, proof, checkpoint } = parseAddCheckpointRequest(body);
    const { text, signatures } = parseNote(checkpoint);
    const newest = this.#newest();
    if (oldSize !== (newest?.treeSize ?? 0)) {
      const headers = { 'content-type': TREE_SIZE_CONTENT_TYPE };
      return new Response(`${newest?.treeSize ?? 0}\n`, { status: 409, headers });
    }
    const claimed = parseCheckpoint(text);
    if (newest !== undefined) {
      const isGrown = verifyConsistency({
        size1: BigInt(newest.treeSize),
        size2: BigInt(claimed.treeSize),
        root1: newest.root,
        root2: claimed.root,
        proof,
      });
      if (!isGrown) return new Response('no\n', { status: 422 });
    }
    const line = await cosign(text, { key: this.key, sign: this.#signing.sign }, this.cosignedAtS);
    this.note = formatNote(text, [...signatures.map((signature) => signature.line), line]);
    return new Response(`${line}\n`, { status: 200 });
  }

  #newest() {
    return this.note === undefined ? undefined : parseCheckpoint(parseNote(this.note).text);
  }
}
