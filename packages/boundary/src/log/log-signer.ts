/** Signing of checkpoints: a key of its own, behind a port like that of receipts (DESIGN section 7). */
import {
  type Checkpoint,
  createVerifierKey,
  formatCheckpoint,
  formatNote,
  formatSignatureLine,
  formatVerifierKey,
  SIGNATURE_TYPE,
  utf8,
  type VerifierKey,
} from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { createKeySigning } from '../signing/signer.ts';

/** A log key that cannot be read. A KMS or an HSM can stand behind the same port. */
export interface LogSigner {
  /** Named like the origin of the log. */
  readonly key: VerifierKey;
  /** Text of `key`, as trust policies have it. */
  readonly verifierKey: string;
  /** The note of this checkpoint. Throws `ERR_SIGNING` if the key cannot be used. */
  sign(checkpoint: Omit<Checkpoint, 'origin' | 'extensions'>): string;
}

/** A signer from a seed (32 bytes). Throws `ERR_SIGNING` if the key does not work. */
export function createLogSigner(seed: Uint8Array, origin: string): LogSigner {
  const { publicKey, sign } = createKeySigning(seed);
  const key = createVerifierKey(origin, SIGNATURE_TYPE.ed25519, publicKey, nodeSha256);
  return {
    key,
    verifierKey: formatVerifierKey(key),
    sign: ({ treeSize, root }) => {
      const text = formatCheckpoint({ origin, treeSize, root, extensions: [] });
      return formatNote(text, [formatSignatureLine(key, sign(utf8(text)))]);
    },
  };
}
