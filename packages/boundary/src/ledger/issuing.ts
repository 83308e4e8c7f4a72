/** What issuing has in common, whatever the receipt says. Nothing here writes. */
import {
  CratonError,
  digestBytes,
  encodeBase64url,
  encodeLogEntry,
  logOrigin,
  type Payload,
  type ReceiptType,
  streamDigest,
  type StreamPosition,
  streamTagText,
} from '@craton/protocol';
import { HmacKey } from './hmac-key.ts';
import { EncodedPayload } from '../signing/encoded-payload.ts';
import type { Signer } from '../signing/signer.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { Owner, Scope } from './port.ts';
import type { Sources } from './sources.ts';
import type { IdempotentAnswer, IssuedReceipt, LedgerTransaction, Stream } from './transaction.ts';

/** A clock that is behind what was already issued by more than this is not trusted. */
export const CLOCK_BEHIND_MS_MAX = 5000;
/** How long an idempotency key is kept. */
export const IDEMPOTENCY_MS = 7 * 24 * 3_600_000;

const STREAM_KEY_BYTES = 32;
const FIRST_EPOCH = 1;

/** The newest cosigned checkpoint that is known of an environment's log (PROTOCOL section 4). */
export interface SeenOfLog {
  readonly environment: string;
  readonly size: number;
  /** Base64, as in the checkpoint. */
  readonly root: string;
}

/** Who issues, and with what. */
export interface Issuing {
  readonly issuer: string;
  /** One signer per environment that this instance issues for. */
  readonly signers: ReadonlyMap<string, Signer>;
  readonly sources: Sources;
  /** By environment; told from outside, whenever there is a newer one. */
  readonly seen: Map<string, SeenOfLog>;
}

/** The member `seen` of a payload's `log`; absent while no checkpoint was cosigned. */
export function seenOf(
  { seen }: Issuing,
  environment: string,
): { readonly seen?: { readonly size: number; readonly root: string } } {
  const newest = seen.get(environment);
  return newest === undefined ? {} : { seen: { size: newest.size, root: newest.root } };
}

/** Who asks, with which key, and how long they wait. */
export interface Asking {
  readonly owner: Owner;
  readonly keyId: string;
  readonly scope: Scope;
  readonly deadlineMs: number;
}

/**
 * The signer for somebody who may ask now. The key is looked at again here, so that no receipt
 * follows a revocation that is already stored. Throws `ERR_DEADLINE` or `ERR_KEY_NOT_ACCEPTED`.
 */
export function admit(issuing: Issuing, transaction: LedgerTransaction, asking: Asking): Signer {
  const signer = signerInTime(issuing, asking.owner.environment, asking.deadlineMs);
  const nowMs = issuing.sources.nowMs();
  if (signer !== undefined && isKeyGood(transaction, asking, nowMs)) return signer;
  throw new CratonError('ERR_KEY_NOT_ACCEPTED', 'The API key is not accepted; use another one.');
}

/** Undefined for an environment that is not issued for. Throws `ERR_DEADLINE`. */
export function signerInTime(
  { signers, sources }: Issuing,
  environment: string,
  deadlineMs: number,
): Signer | undefined {
  if (sources.nowMs() < deadlineMs) return signers.get(environment);
  throw new CratonError('ERR_DEADLINE', 'The request waited longer than its caller does.');
}

function isKeyGood(
  transaction: LedgerTransaction,
  { owner, keyId, scope }: Asking,
  nowMs: number,
): boolean {
  const key = transaction.findApiKey(keyId);
  return (
    key !== undefined &&
    key.revokedAtMs === undefined &&
    nowMs < key.expiresAtMs &&
    key.environment === owner.environment &&
    key.partnerId === owner.partnerId &&
    key.scopes.includes(scope)
  );
}

/**
 * What was answered for this idempotency key, while it is kept. Throws `ERR_IDEMPOTENCY_CONFLICT`
 * if that was for another request.
 */
export function findAnswered(
  transaction: LedgerTransaction,
  { owner, key }: { readonly owner: Owner; readonly key: string | undefined },
  nowMs: number,
  isSame: (stored: IdempotentAnswer) => boolean,
): IdempotentAnswer | undefined {
  if (key === undefined) return undefined;
  const stored = transaction.findAnswer(owner, key);
  if (stored === undefined || nowMs - stored.storedAtMs >= IDEMPOTENCY_MS) return undefined;
  if (isSame(stored)) return stored;
  const message = 'The Idempotency-Key was used for another request; use a new one.';
  throw new CratonError('ERR_IDEMPOTENCY_CONFLICT', message, { field: 'Idempotency-Key' });
}

/** The stream where it stands, or a new one that nobody has stored yet. */
export function openStream(
  { issuer, sources }: Issuing,
  transaction: LedgerTransaction,
  owner: Owner,
  { pathId, receiptType }: { readonly pathId: string; readonly receiptType: ReceiptType },
): Stream {
  const known = transaction.findStream(owner, pathId, receiptType);
  if (known !== undefined) return known;
  const keyBytes = sources.randomBytes(STREAM_KEY_BYTES);
  const identity = {
    origin: logOrigin(issuer, owner.environment),
    partner_id: owner.partnerId,
    path_id: pathId,
    receipt_type: receiptType,
    stream_key: encodeBase64url(keyBytes),
  };
  const digest = streamDigest(identity, nodeSha256);
  const start = { epoch: FIRST_EPOCH, lastSeq: 0, lastIssuedAtMs: 0 };
  return { owner, pathId, receiptType, key: new HmacKey(keyBytes), digest, ...start };
}

/**
 * The latest of the clock and what the receipt may not be before (PROTOCOL section 4). Throws
 * `ERR_CLOCK_UNTRUSTED` if the clock is too far behind.
 */
export function issueTime(nowMs: number, notBeforeMs: number): number {
  if (notBeforeMs - nowMs > CLOCK_BEHIND_MS_MAX) throw clockUntrusted();
  return Math.max(nowMs, notBeforeMs);
}

/** The error of a clock that does not fit what was issued. */
export function clockUntrusted(): CratonError {
  const message = 'The clock does not fit what was issued before; set it and try again.';
  return new CratonError('ERR_CLOCK_UNTRUSTED', message);
}

/** The place that the next receipt of a stream takes. */
export function nextPosition({ digest, epoch, lastSeq }: Stream): StreamPosition {
  return { stream: digest, epoch, seq: lastSeq + 1 };
}

/** A payload that was signed, with its log entry. */
export type SealedParts = Pick<IssuedReceipt, 'payload' | 'signature' | 'kid' | 'leaf'>;

/** Serialises once, signs, and makes the log entry. `ERR_SIGNING` is fatal. */
export function sealPayload(signer: Signer, stream: Stream, payload: Payload): SealedParts {
  const encoded = EncodedPayload.of(payload);
  const bytes = EncodedPayload.bytesOf(encoded);
  const { kid } = signer;
  const digest = digestBytes(bytes, nodeSha256);
  const tag = tagOf(stream, nextPosition(stream));
  return {
    payload: bytes,
    signature: signer.sign(encoded),
    kid,
    leaf: encodeLogEntry({ digest, kid, tag, v: 1 }),
  };
}

/** What `streamTag` gives. */
function tagOf({ key }: Stream, position: StreamPosition): string {
  return key.base64urlOf(streamTagText(position));
}
