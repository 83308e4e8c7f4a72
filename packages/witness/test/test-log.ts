/** A log that a test controls: its tree, its key, and the bodies that it sends to a witness. */
import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import {
  consistencyProof,
  createVerifierKey,
  decodeBase64url,
  emptyRoot,
  formatAddCheckpointRequest,
  formatCheckpoint,
  leafHash,
  merkleRoot,
  type NoteSigner,
  sha256,
  type Sha256,
  SIGNATURE_TYPE,
  signNote,
  utf8,
} from '@craton/protocol';

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** `node:crypto`'s SHA-256: the tests hash much. */
const fastSha256: Sha256 = (bytes) => new Uint8Array(hash('sha256', bytes, 'buffer'));

/** The signer with a key that is made from a label. */
export function signerOf(name: string, label: string = name): NoteSigner {
  const der = Buffer.concat([PKCS8_PREFIX, sha256(utf8(label))]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const x = createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '';
  return {
    key: createVerifierKey(name, SIGNATURE_TYPE.ed25519, decodeBase64url(x)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** What one request changes about the honest one. */
export interface Changes {
  readonly root?: Uint8Array;
  readonly proof?: readonly Uint8Array[];
  readonly signers?: readonly NoteSigner[];
}

export class TestLog {
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly #branch: string;

  /** Logs of one origin and different branches have nothing in common. */
  constructor(origin: string, branch = 'main') {
    this.origin = origin;
    this.signer = signerOf(origin);
    this.#branch = branch;
  }

  /** The note of the checkpoint at a size. */
  checkpoint(size: number, { root, signers }: Changes = {}): Promise<string> {
    const text = formatCheckpoint({
      origin: this.origin,
      treeSize: size,
      root: root ?? this.root(size),
      extensions: [],
    });
    return signNote(text, signers ?? [this.signer]);
  }

  /** The body of add-checkpoint from one size to another. */
  async body(oldSize: number, size: number, changes: Changes = {}): Promise<string> {
    const hasProof = oldSize > 0 && oldSize < size;
    const proof = hasProof ? consistencyProof(this.#leaves(size), oldSize, fastSha256) : [];
    const checkpoint = await this.checkpoint(size, changes);
    return formatAddCheckpointRequest({ oldSize, proof, checkpoint, ...changes });
  }

  root(size: number): Uint8Array {
    return size === 0 ? emptyRoot() : merkleRoot(this.#leaves(size), fastSha256);
  }

  #leaves(size: number): Uint8Array[] {
    return Array.from({ length: size }, (_, index) =>
      leafHash(utf8(`${this.#branch} ${index}`), fastSha256),
    );
  }
}
