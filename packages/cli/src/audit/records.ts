/** How places, entries and seen roots lie in temporary files. */
import type { ExpectedLeaf, LeafKind, LoggedLeaf, SeenRoot } from '@craton/protocol/audit';
import type { RecordForm } from './spill.ts';

const TAG_BYTES = 43;
const HASH_BYTES = 32;
const ROOT_BYTES = 44;
const DIGEST_PREFIX = 'sha256:';
const KINDS: readonly LeafKind[] = ['held', 'unheld', 'beyond'];

/** Parts into which tags are divided: each takes about a 64th of the memory that all would take. */
export const TAG_PARTS = 64;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The part of a tag: its first character is as good as random. */
export function partOfTag(tag: string): number {
  return ALPHABET.indexOf(tag.charAt(0));
}

/** tag, kind, stream, epoch, seq, and of held ones leaf, digest, key, merge_by, index. */
export const EXPECTED_FORM: RecordForm<ExpectedLeaf> = {
  bytes: TAG_BYTES + 1 + 4 + 8 + 8 + HASH_BYTES * 2 + 4 + 8 + 8,
  encode: ({ tag, kind, streamNo, epoch, seq, held }, into) => {
    into.fill(0);
    let at = into.write(tag, 'latin1');
    at = into.writeUInt8(KINDS.indexOf(kind), at);
    at = into.writeUInt32LE(streamNo, at);
    at = into.writeDoubleLE(epoch, at);
    at = into.writeDoubleLE(seq, at);
    if (held === undefined) return;
    into.set(held.leafHash, at);
    at += HASH_BYTES;
    at += into.write(held.digest.slice(DIGEST_PREFIX.length), at, 'hex');
    at = into.writeInt32LE(held.keyNo, at);
    at = into.writeDoubleLE(held.mergeByMs, at);
    into.writeDoubleLE(held.index ?? -1, at);
  },
  decode: (from) => {
    const kind = KINDS[from.readUInt8(TAG_BYTES)] ?? 'beyond';
    const leaf = {
      tag: from.toString('latin1', 0, TAG_BYTES),
      kind,
      streamNo: from.readUInt32LE(TAG_BYTES + 1),
      epoch: from.readDoubleLE(TAG_BYTES + 5),
      seq: from.readDoubleLE(TAG_BYTES + 13),
    };
    return kind === 'held' ? { ...leaf, held: decodeHeld(from.subarray(TAG_BYTES + 21)) } : leaf;
  },
};

function decodeHeld(from: Buffer): NonNullable<ExpectedLeaf['held']> {
  const end = HASH_BYTES * 2;
  const index = from.readDoubleLE(end + 12);
  return {
    leafHash: Uint8Array.from(from.subarray(0, HASH_BYTES)),
    digest: `sha256:${from.toString('hex', HASH_BYTES, end)}`,
    keyNo: from.readInt32LE(end),
    mergeByMs: from.readDoubleLE(end + 4),
    ...(index >= 0 && { index }),
  };
}

/** tag, leaf, digest, index. */
export const LOGGED_FORM: RecordForm<LoggedLeaf> = {
  bytes: TAG_BYTES + HASH_BYTES * 2 + 8,
  encode: ({ tag, leafHash, digest, index }, into) => {
    let at = into.write(tag, 'latin1');
    into.set(leafHash, at);
    at += HASH_BYTES;
    at += into.write(digest.slice(DIGEST_PREFIX.length), at, 'hex');
    into.writeDoubleLE(index, at);
  },
  decode: (from) => ({
    tag: from.toString('latin1', 0, TAG_BYTES),
    leafHash: Uint8Array.from(from.subarray(TAG_BYTES, TAG_BYTES + HASH_BYTES)),
    digest: `sha256:${from.toString('hex', TAG_BYTES + HASH_BYTES, TAG_BYTES + HASH_BYTES * 2)}`,
    index: from.readDoubleLE(TAG_BYTES + HASH_BYTES * 2),
  }),
};

/** size, root, stream, seq. */
export const SEEN_FORM: RecordForm<SeenRoot> = {
  bytes: 8 + ROOT_BYTES + 4 + 8,
  encode: ({ size, root, streamNo, seq }, into) => {
    let at = into.writeDoubleLE(size, 0);
    at += into.write(root, at, 'latin1');
    at = into.writeUInt32LE(streamNo, at);
    into.writeDoubleLE(seq, at);
  },
  decode: (from) => ({
    size: from.readDoubleLE(0),
    root: from.toString('latin1', 8, 8 + ROOT_BYTES),
    streamNo: from.readUInt32LE(8 + ROOT_BYTES),
    seq: from.readDoubleLE(12 + ROOT_BYTES),
  }),
};
