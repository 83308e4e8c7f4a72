/** Files that show one entry in a log (C2SP tlog-proof), usually named `.tlog-proof`. */
import { encodeBase64 } from '../base64.ts';
import type { Ed25519Verify } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import { sha256, type Sha256 } from '../sha256.ts';
import type { VerifiedCheckpoint } from './checkpoint.ts';
import { parseBase64Line, parseCount, parseHashLines, splitAtEmptyLine } from './line.ts';
import { verifyInclusion } from './merkle.ts';
import {
  evaluateQuorum,
  verifyCheckpointUnder,
  type QuorumResult,
  type TlogPolicy,
} from './tlog-policy.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';
const CODE = 'ERR_PROOF_FORMAT';

/** A proof file, read but not verified. */
export interface TlogProof {
  /** Position of the entry, 0 to 2^53-2. */
  readonly index: number;
  /** 32 bytes each, leaf's sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** The checkpoint's whole note, verbatim. */
  readonly checkpoint: string;
  /** Not authenticated by anything. */
  readonly extra?: Uint8Array;
}

/** Reads a proof file; throws `ERR_PROOF_FORMAT`. An index beyond 2^53-1 is refused. */
export function parseTlogProof(text: string): TlogProof {
  const { lines, rest } = splitAtEmptyLine(text, { code: CODE, field: 'proof' });
  const [header, ...body] = lines;
  if (header !== HEADER) throw malformedProof('header', `must be ${HEADER}`);
  const extra = body[0]?.startsWith('extra ') === true ? body.shift() : undefined;
  const [indexLine = '', ...hashLines] = body;
  if (!indexLine.startsWith('index ')) throw malformedProof('index', 'is absent');
  return {
    index: parseCount(indexLine.slice('index '.length), { code: CODE, field: 'index' }),
    hashes: parseHashLines(hashLines, { code: CODE, field: 'inclusion proof' }),
    checkpoint: rest,
    ...(extra === undefined ? {} : { extra: parseExtra(extra) }),
  };
}

/** Writes a proof file. */
export function formatTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** What a proof is verified with. */
export interface TlogProofOptions {
  readonly policy: TlogPolicy;
  readonly ed25519?: Ed25519Verify;
  readonly hash?: Sha256;
}

/** An entry that is in the log of a believed checkpoint. */
export interface VerifiedTlogProof {
  readonly index: number;
  readonly checkpoint: VerifiedCheckpoint;
  /** Whether enough witnesses cosigned: stated, not demanded, so the caller must look. */
  readonly quorum: QuorumResult;
}

/**
 * Verifies that the leaf with this hash is in a log of the policy. The caller computes the hash (32
 * bytes) from content that did not come with the proof. Throws `ERR_PROOF_FORMAT`; as
 * `verifyCheckpoint` if no log of the policy signed; `ERR_PROOF_INVALID` if the leaf is not there.
 */
export async function verifyTlogProof(
  text: string,
  leafHash: Uint8Array,
  { policy, ed25519, hash = sha256 }: TlogProofOptions,
): Promise<VerifiedTlogProof> {
  const { index, hashes: proof, checkpoint: note } = parseTlogProof(text);
  const checkpoint = await verifyCheckpointUnder(policy, note, ed25519);
  const { root, treeSize } = checkpoint;
  const claim = { index: BigInt(index), size: BigInt(treeSize), leafHash, root, proof };
  if (!verifyInclusion(claim, hash)) {
    throw new CratonError('ERR_PROOF_INVALID', 'The log does not hold this entry at this index.');
  }
  return { index, checkpoint, quorum: evaluateQuorum(policy, checkpoint.cosignatures) };
}

function parseExtra(line: string): Uint8Array {
  return parseBase64Line(line.slice('extra '.length), { code: CODE, field: 'extra' });
}

function malformedProof(field: string, what: string): CratonError {
  return new CratonError(CODE, `The ${field} line of the proof ${what}.`, { field });
}
