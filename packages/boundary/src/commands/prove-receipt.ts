/** Proofs that receipts are in the log (PROTOCOL section 6). */
import { CratonError } from '@craton/protocol';
import { UnavailableError } from '@craton/service';
import type { LedgerReader, Owner, StoredReceipt } from '../ledger/port.ts';
import { logProofText } from '../log/prove.ts';
import { chooseCheckpoint, type ProofSource } from './choose-checkpoint.ts';

/**
 * The `log_proof` of a receipt as JSON text, under the checkpoint that its key asks for. Undefined
 * while none covers it.
 */
export async function logProofOf(
  source: ProofSource,
  { logIndex, receipt: { kid } }: Pick<StoredReceipt, 'logIndex' | 'receipt'>,
): Promise<string | undefined> {
  if (logIndex === undefined) return undefined;
  const checkpoint = await chooseCheckpoint(source, { kid, logIndex });
  return checkpoint && logProofText(source.transparencyLog.store, logIndex, checkpoint);
}

/** A receipt whose proof somebody waits for. */
export interface ProveReceipt {
  readonly owner: Owner;
  /** Its request_id or commitment_id. */
  readonly id: string;
  /** How long to wait for a checkpoint over it, in milliseconds. */
  readonly waitMs: number;
}

/**
 * As `logProofOf`, for one receipt of the caller. Throws `ERR_NOT_FOUND`, and `ERR_PROOF_PENDING` if
 * no checkpoint covers it in time.
 */
export async function proveReceipt(
  reader: Pick<LedgerReader, 'findReceipt'>,
  source: ProofSource,
  { owner, id, waitMs }: ProveReceipt,
): Promise<string> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    const stored = await reader.findReceipt(owner, id);
    if (stored === undefined) throw new CratonError('ERR_NOT_FOUND', 'There is no such receipt.');
    const proof = await logProofOf(source, stored);
    if (proof !== undefined) return proof;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) throw pending(source);
    await source.transparencyLog.view.untilRefreshed(leftMs);
  }
}

function pending({ transparencyLog: { view } }: ProofSource): UnavailableError {
  const message =
    view.status === 'off'
      ? 'This server has no log key, so no checkpoint covers its receipts. Tell the operator.'
      : 'No checkpoint covers this receipt yet. Ask again, or let the server wait: ?wait=10';
  return new UnavailableError('ERR_PROOF_PENDING', message);
}
