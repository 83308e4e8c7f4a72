/** Checkpoints of transparency logs (C2SP tlog-checkpoint). */
import { encodeBase64 } from '../base64.ts';
import type { Ed25519Verify } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import { parseCount, parseHashLine } from './line.ts';
import { verifyNote, type VerifiedSignature } from './note.ts';
import type { VerifierKey } from './verifier-key.ts';

const CODE = 'ERR_CHECKPOINT_FORMAT';
const EXTENSION_LINES_MAX = 64;

/** The head of a log's Merkle tree. */
export interface Checkpoint {
  /** Identity of the log; equals the name of its key. */
  readonly origin: string;
  /** Number of leaves, 0 to 2^53-1. */
  readonly treeSize: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Further lines, of which no monitor or witness says anything; usually none. */
  readonly extensions: readonly string[];
}

/** Reads the text of a checkpoint's note; throws `ERR_CHECKPOINT_FORMAT`. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  const last = lines.pop();
  const [origin = '', treeSize, root, ...extensions] = lines;
  if (last !== '' || lines.includes('') || extensions.length > EXTENSION_LINES_MAX) {
    throw new CratonError(
      CODE,
      'A checkpoint is the lines origin, tree size and root, each ended by a newline.',
    );
  }
  return {
    origin,
    treeSize: parseCount(treeSize, { code: CODE, field: 'tree size' }),
    root: parseHashLine(root, { code: CODE, field: 'root' }),
    extensions,
  };
}

/** Writes the text that is signed; throws `ERR_CHECKPOINT_FORMAT` for what would not be read. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, treeSize, root, extensions } = checkpoint;
  const lines = [origin, `${treeSize}`, encodeBase64(root), ...extensions];
  if (lines.some((line) => /[\u0000-\u001f]/.test(line))) {
    throw new CratonError(CODE, 'A line of the checkpoint holds control characters.');
  }
  const text = lines.map((line) => `${line}\n`).join('');
  parseCheckpoint(text);
  return text;
}

/** The keys under which a checkpoint may be read. */
export interface CheckpointKeys {
  /** Log keys, each named like the origin that it signs for. */
  readonly logs: readonly VerifierKey[];
  readonly witnesses: readonly VerifierKey[];
}

/** A valid signature line of a witness. */
export type Cosignature = VerifiedSignature & { readonly timestampS: number };

/** A checkpoint that its own log signed. */
export interface VerifiedCheckpoint extends Checkpoint {
  /** The signed text. */
  readonly text: string;
  readonly logKey: VerifierKey;
  /** Valid cosignatures by the known witnesses; whether they are enough, a quorum says. */
  readonly cosignatures: readonly Cosignature[];
}

/**
 * Verifies a checkpoint's note: a known key named like the origin signed it, and no line by a known
 * log or witness is wrong. Throws as `verifyNote`, and `ERR_CHECKPOINT_FORMAT`.
 */
export async function verifyCheckpoint(
  note: string,
  keys: CheckpointKeys,
  ed25519?: Ed25519Verify,
): Promise<VerifiedCheckpoint> {
  const { text, signatures } = await verifyNote(note, [...keys.logs, ...keys.witnesses], ed25519);
  const checkpoint = parseCheckpoint(text);
  const own = signatures.find(
    ({ key, timestampS }) =>
      keys.logs.includes(key) && key.name === checkpoint.origin && timestampS === undefined,
  );
  if (own === undefined) {
    throw new CratonError('ERR_NOTE_SIGNATURE', 'No known key of its log signed this checkpoint.');
  }
  const cosignatures = signatures.filter(
    (signature): signature is Cosignature => signature.timestampS !== undefined,
  );
  return { ...checkpoint, text, logKey: own.key, cosignatures };
}
