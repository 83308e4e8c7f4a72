/** Timestamped Ed25519 cosignatures of checkpoints, `cosignature/v1` (C2SP tlog-cosignature). */
import { concatBytes, utf8 } from '../bytes.ts';
import { SIGNATURE_BYTES, verifyEd25519, type Ed25519Verify } from '../ed25519.ts';
import { formatSignatureLine, type NoteSigner } from './signature-line.ts';
import { SIGNATURE_TYPE } from './verifier-key.ts';

const TIMESTAMP_BYTES = 8;

/**
 * The bytes that a witness signs: header, time in POSIX seconds, and the checkpoint's whole text
 * with its final newline. The witness's name is not among them, so no key may serve two witnesses.
 */
export function cosignatureMessage(checkpointText: string, timestampS: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timestampS}\n${checkpointText}`);
}

/**
 * Cosigns a checkpoint's text as of `timestampS` (POSIX seconds, at least 1): a signature line
 * without its newline. The caller has checked the checkpoint and stored it durably before.
 */
export async function cosign(
  checkpointText: string,
  signer: NoteSigner,
  timestampS: number,
): Promise<string> {
  if (signer.key.type !== SIGNATURE_TYPE.cosignature || !isTimestamp(timestampS)) {
    throw new TypeError('A cosignature needs a key of type 0x04 and a time in whole seconds.');
  }
  const signature = await signer.sign(cosignatureMessage(checkpointText, timestampS));
  const timestamp = new DataView(new ArrayBuffer(TIMESTAMP_BYTES));
  timestamp.setBigUint64(0, BigInt(timestampS));
  return formatSignatureLine(signer.key, concatBytes(new Uint8Array(timestamp.buffer), signature));
}

/** What `verifyCosignature` needs: the witness's key, the text and the bytes after the key id. */
export interface CosignatureClaim {
  readonly publicKey: Uint8Array;
  readonly checkpointText: string;
  /** uint64 big-endian POSIX seconds, then 64 bytes of Ed25519 signature. */
  readonly signature: Uint8Array;
}

/** The time in POSIX seconds that a valid cosignature states; undefined if it is not valid. */
export async function verifyCosignature(
  claim: CosignatureClaim,
  ed25519?: Ed25519Verify,
): Promise<number | undefined> {
  const { publicKey, checkpointText, signature } = claim;
  if (signature.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return undefined;
  const view = new DataView(signature.buffer, signature.byteOffset, TIMESTAMP_BYTES);
  const timestampS = Number(view.getBigUint64(0));
  if (!isTimestamp(timestampS)) return undefined;
  const message = cosignatureMessage(checkpointText, timestampS);
  const bytes = signature.subarray(TIMESTAMP_BYTES);
  return (await verifyEd25519(publicKey, message, bytes, ed25519)) ? timestampS : undefined;
}

function isTimestamp(timestampS: number): boolean {
  return Number.isSafeInteger(timestampS) && timestampS > 0;
}
