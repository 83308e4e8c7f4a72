/** What a log sends to a witness, and what comes back (C2SP tlog-witness: add-checkpoint). */
import { encodeBase64 } from '../base64.ts';
import type { Ed25519Verify } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import type { Cosignature } from './checkpoint.ts';
import { parseCount, parseHashLines, splitAtEmptyLine } from './line.ts';
import { parseNote, verifyNote } from './note.ts';
import type { VerifierKey } from './verifier-key.ts';

/** Content type of the answer 409, whose body is the size that the witness last cosigned. */
export const TREE_SIZE_CONTENT_TYPE = 'text/x.tlog.size';

const CODE = 'ERR_FORMAT';

/** The body of add-checkpoint. */
export interface AddCheckpointRequest {
  /** Tree size that the witness last cosigned, 0 if none. */
  readonly oldSize: number;
  /** Consistency proof from the old size, 32 bytes each, at most 63; empty when that is 0. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint's whole note, verbatim. */
  readonly checkpoint: string;
}

/** Reads a body; throws `ERR_FORMAT`. The checkpoint in it is not read yet. */
export function parseAddCheckpointRequest(body: string): AddCheckpointRequest {
  const { lines, rest } = splitAtEmptyLine(body, { code: CODE, field: 'body' });
  const [oldLine = '', ...hashLines] = lines;
  if (!oldLine.startsWith('old ')) {
    throw new CratonError(CODE, 'The first line must be the old size.', { field: 'old size' });
  }
  return {
    oldSize: parseCount(oldLine.slice('old '.length), { code: CODE, field: 'old size' }),
    proof: parseHashLines(hashLines, { code: CODE, field: 'consistency proof' }),
    checkpoint: rest,
  };
}

/** Writes a body. */
export function formatAddCheckpointRequest(request: AddCheckpointRequest): string {
  const lines = [`old ${request.oldSize}`, ...request.proof.map(encodeBase64)];
  return `${lines.join('\n')}\n\n${request.checkpoint}`;
}

/** Reads the body of the answer 409; throws `ERR_FORMAT`. */
export function parseTreeSizeResponse(body: string): number {
  const failure = { code: CODE, field: 'tree size' } as const;
  return parseCount(body.endsWith('\n') ? body.slice(0, -1) : undefined, failure);
}

/**
 * The valid cosignatures in a witness's answer; lines by keys that are not in `keys` are ignored.
 * Only these lines may be added to the checkpoint: a hostile witness could return a wrong line in
 * another witness's name, which would spoil the whole note. Throws as `verifyNote`.
 */
export async function verifyCosignatureResponse(
  response: string,
  checkpointText: string,
  keys: readonly VerifierKey[],
  ed25519?: Ed25519Verify,
): Promise<Cosignature[]> {
  const note = `${checkpointText}\n${response}`;
  if (parseNote(note).text !== checkpointText) {
    throw new CratonError('ERR_NOTE_FORMAT', 'The answer must hold signature lines alone.');
  }
  const { signatures } = await verifyNote(note, keys, ed25519);
  return signatures.filter(
    (signature): signature is Cosignature => signature.timestampS !== undefined,
  );
}
