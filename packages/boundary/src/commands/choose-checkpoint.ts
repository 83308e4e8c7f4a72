/** Under which checkpoint a receipt is proved: what its key asks for (PROTOCOL section 6). */
import { encodeBase64, parseTime, readAttestation } from '@craton/protocol';
import type { LogService } from '../log/log-service.ts';
import type { StoredCheckpoint } from '../log/port.ts';
import type { VerificationMaterial } from '../verification-material.ts';

/** Where proofs come from, and what is said of the keys. */
export interface ProofSource {
  readonly transparencyLog: Pick<LogService, 'view' | 'store'>;
  readonly material: Pick<VerificationMaterial, 'attestationsOf' | 'keyCompromises'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A receipt that has its place in the log. */
export interface LoggedReceipt {
  readonly kid: string;
  readonly logIndex: number;
}

/**
 * For a compromised key the checkpoint of its cut-off; for a key whose window is over the first one
 * that covers the receipt, because witnesses saw none earlier; else the newest. It is cosigned where
 * witnesses are configured. Undefined while none covers the receipt.
 */
export async function chooseCheckpoint(
  source: ProofSource,
  receipt: LoggedReceipt,
): Promise<StoredCheckpoint | undefined> {
  const { view } = source.transparencyLog;
  const { covering } = view;
  if (covering === undefined || receipt.logIndex >= covering.treeSize) return undefined;
  const cutOff = await checkpointOfCutOff(source, receipt);
  if (cutOff !== undefined) return cutOff;
  if (!isOver(source, receipt.kid)) return covering;
  return (await firstOver(source, receipt.logIndex + 1)) ?? covering;
}

/** A statement about another history, or a receipt after the cut-off: there is no such proof. */
async function checkpointOfCutOff(
  { transparencyLog, material }: ProofSource,
  { kid, logIndex }: LoggedReceipt,
): Promise<StoredCheckpoint | undefined> {
  const [first, ...others] = material.keyCompromises
    .map(({ said }) => said)
    .filter((said) => said.kid === kid);
  if (first === undefined) return undefined;
  // Of two cut-offs the smaller one counts.
  const { size, root } = others.reduce(
    (least, said) => (said.size < least.size ? said : least),
    first,
  );
  if (logIndex >= size) return undefined;
  const { store } = transparencyLog;
  const stored = await store.firstCheckpoint({ sizeMin: size, kind: 'published' });
  const isThat = stored?.treeSize === size && encodeBase64(stored.root) === root;
  return isThat ? stored : undefined;
}

function firstOver(
  { transparencyLog: { view, store } }: ProofSource,
  sizeMin: number,
): Promise<StoredCheckpoint | undefined> {
  return store.firstCheckpoint({ sizeMin, kind: view.hasWitnesses ? 'cosigned' : 'published' });
}

/** Whether the window is over in which all roots stand behind the key. */
function isOver({ material, nowMs }: ProofSource, kid: string): boolean {
  return material
    .attestationsOf(kid)
    .some(
      (attestation) => parseTime(readAttestation({ ...attestation }).payload.not_after) < nowMs(),
    );
}
