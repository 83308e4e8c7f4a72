/** One receipt of an export: its form, its signature, its key, and whether its verdict follows. */
import { decodeBase64 } from '../base64.ts';
import { type Digest, digestBytes, taggedDigest } from '../digest.ts';
import { type Ed25519Verify, SIGNATURE_BYTES, verifyEd25519 } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import type { JsonObject } from '../json/canonical.ts';
import { type KeySet, parseKeySet } from '../jwk.ts';
import { readPayload } from '../payload.ts';
import { type Payload, SIGNATURE_ALGORITHM } from '../receipt.ts';
import type { Sha256 } from '../sha256.ts';
import { parseTime } from '../time.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import { checkCommitment, isCommitted, isMatched } from '../verify/commitment.ts';
import { type AttestedWindow, checkIssuer } from '../verify/issuer.ts';
import type { RecomputeVerdict } from '../verify/verify.ts';
import type { AuditExceptionCode } from './exceptions.ts';
import type { ExportedReceiptLine, ExportHeader } from './export-lines.ts';

/** Path documents that are kept; each version of a path is one. */
const PATHS_MAX = 10_000;

export interface ReceiptAuditOptions {
  readonly trust: TrustPolicy;
  readonly sha256: Sha256;
  readonly ed25519: Ed25519Verify;
  readonly recompute: RecomputeVerdict;
  /** False: the log's tree vouches for the receipts instead. */
  readonly hasSignatures: boolean;
}

/** How the verdict of a receipt was looked at. */
export type VerdictCheck =
  | 'recomputed'
  /** It follows from the state of the ledger, which nobody can repeat. */
  | 'asserted'
  /** The opening was deleted, or its path document is not in the export. */
  | 'inputs_missing'
  | 'not_applicable'
  | 'failed';

/** A receipt whose payload could be read. */
export interface AuditedReceipt {
  readonly payload: Payload;
  readonly digest: Digest;
  readonly kid: string;
  readonly verdict: VerdictCheck;
  readonly faults: readonly AuditExceptionCode[];
  /** Cents; only where the opening is there and fits. */
  readonly amountCents?: number;
  /** A decision whose opening is not there. */
  readonly isOpeningDeleted: boolean;
}

/** The standing of one key: the same for all its receipts. */
export interface AuditedKey {
  readonly kid: string;
  readonly keyNo: number;
  readonly publicKey: Uint8Array;
  readonly window: AttestedWindow | undefined;
}

/** Checks receipts one by one; keeps the keys and the path documents, and no receipt. */
export class ReceiptAudit {
  readonly #header: ExportHeader;
  readonly #options: ReceiptAuditOptions;
  readonly #keySet: KeySet;
  readonly #keys = new Map<string, AuditedKey>();
  readonly #paths = new Map<string, JsonObject>();

  /** Throws `ERR_KEY_FORMAT` or `ERR_KEY_REFUSED` for a key set that cannot be used. */
  constructor(header: ExportHeader, options: ReceiptAuditOptions) {
    this.#header = header;
    this.#options = options;
    this.#keySet = parseKeySet(header.keyBundle, options.sha256);
  }

  /** Keys that signed something, in the order of their first receipt. */
  get keys(): readonly AuditedKey[] {
    return Array.from(this.#keys.values());
  }

  /** Position of a key among those that signed something; -1 for one that signed nothing here. */
  keyNoOf(kid: string): number {
    return this.#keys.get(kid)?.keyNo ?? -1;
  }

  addPath(document: JsonObject): void {
    if (this.#paths.size >= PATHS_MAX) {
      throw new CratonError('ERR_EXPORT_FORMAT', 'The export holds too many path documents.');
    }
    this.#paths.set(taggedDigest('craton.path.v1', document, this.#options.sha256), document);
  }

  /** Undefined if there is no payload in it that can be read. */
  async check(line: ExportedReceiptLine): Promise<AuditedReceipt | undefined> {
    const read = readEnvelope(line.receipt);
    if (read === undefined) return undefined;
    const reading = readPayload(read.payloadBytes);
    if ('fault' in reading) return undefined;
    const { payload } = reading;
    const { issuer, environment } = this.#header;
    if (payload.issuer !== issuer || payload.environment !== environment) {
      return this.#answer(read, payload, ['other_environment']);
    }
    const fault = await this.#keyFault(read, payload);
    if (fault !== undefined) return this.#answer(read, payload, [fault]);
    return { ...this.#answer(read, payload, []), ...this.#checkVerdict(payload, line.opening) };
  }

  #answer(
    { payloadBytes, kid }: ReadEnvelope,
    payload: Payload,
    faults: readonly AuditExceptionCode[],
  ): AuditedReceipt {
    const digest = digestBytes(payloadBytes, this.#options.sha256);
    return { payload, digest, kid, verdict: 'not_applicable', faults, isOpeningDeleted: false };
  }

  async #keyFault(
    { payloadBytes, signature, kid }: ReadEnvelope,
    payload: Payload,
  ): Promise<AuditExceptionCode | undefined> {
    const publicKey = this.#keySet.get(kid);
    if (publicKey === undefined) return 'signature_invalid';
    const { hasSignatures, ed25519 } = this.#options;
    const holds =
      !hasSignatures || (await verifyEd25519(publicKey, payloadBytes, signature, ed25519));
    if (!holds) return 'signature_invalid';
    const { window } = this.#keys.get(kid) ?? (await this.#admitKey(kid, publicKey, payload));
    if (window === undefined) return 'issuer_not_attested';
    const issuedAtMs = parseTime(payload.issued_at);
    const isInWindow = window.notBeforeMs <= issuedAtMs && issuedAtMs <= window.notAfterMs;
    return isInWindow ? undefined : 'outside_attested_window';
  }

  async #admitKey(kid: string, publicKey: Uint8Array, payload: Payload): Promise<AuditedKey> {
    const { trust, sha256, ed25519 } = this.#options;
    const { attestations } = this.#header;
    const signedBy = { publicKey, kid, payload };
    const { window } = await checkIssuer(attestations, signedBy, trust, { sha256, ed25519 });
    const key = { kid, keyNo: this.#keys.size, publicKey, window };
    this.#keys.set(kid, key);
    return key;
  }

  #checkVerdict(
    payload: Payload,
    opening: JsonObject | undefined,
  ): Pick<AuditedReceipt, 'verdict' | 'faults' | 'amountCents' | 'isOpeningDeleted'> {
    const none = { verdict: 'not_applicable', faults: [], isOpeningDeleted: false } as const;
    if (payload.receipt_type !== 'boundary_decision' || !isCommitted(payload)) return none;
    if (opening === undefined) {
      return { ...none, verdict: 'inputs_missing', isOpeningDeleted: true };
    }
    const { boundary_snapshot: snapshot } = payload;
    const policy = isMatched(snapshot) ? this.#paths.get(snapshot.policy_digest) : undefined;
    const committed = checkCommitment(payload, { opening, policy }, this.#options.sha256);
    if (committed.opening === undefined) {
      return { ...none, verdict: 'failed', faults: ['opening_mismatch'] };
    }
    const { decision_size_usd_cents: amount } = committed.opening.facts;
    const amountCents = typeof amount === 'number' ? { amountCents: amount } : {};
    if (isMatched(snapshot) && policy === undefined) {
      return { ...none, ...amountCents, verdict: 'inputs_missing' };
    }
    const derived = this.#options.recompute({
      payload,
      opening: committed.opening,
      ...(policy !== undefined && { policy }),
    });
    if (derived.status === 'failed') {
      return { ...none, ...amountCents, verdict: 'failed', faults: ['verdict_mismatch'] };
    }
    const verdict = derived.status === 'verified' ? 'recomputed' : 'asserted';
    return { ...none, ...amountCents, verdict };
  }
}

interface ReadEnvelope {
  readonly payloadBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly kid: string;
}

function readEnvelope(receipt: JsonObject): ReadEnvelope | undefined {
  const { payload_b64, signature, kid, sig_alg } = receipt;
  const isWhole =
    typeof payload_b64 === 'string' && typeof signature === 'string' && typeof kid === 'string';
  if (!isWhole || sig_alg !== SIGNATURE_ALGORITHM) return undefined;
  try {
    const read = { payloadBytes: decodeBase64(payload_b64), signature: decodeBase64(signature) };
    return read.signature.length === SIGNATURE_BYTES ? { ...read, kid } : undefined;
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}
