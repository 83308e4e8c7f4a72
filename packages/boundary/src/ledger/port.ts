/**
 * The ledger is the production record: live paths, API keys, streams, receipts, openings, leaves.
 * HTTP and commands know only these ports; SQLite and PostgreSQL implement them.
 */
import type { CheckRequest, ErrorCode, Receipt } from '@craton/protocol';

/** What an API key may do. */
export type Scope = 'check' | 'claim' | 'confirm' | 'read';
export type ApiKeyKind = 'bnd' | 'sts' | 'ops' | 'pull';

export interface ApiKey {
  /** Public id of the key, safe to log: never derived from the secret. */
  readonly keyId: string;
  readonly kind: ApiKeyKind;
  readonly environment: string;
  readonly partnerId: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly revokedAtMs?: number;
}

export interface CheckCommand {
  readonly environment: string;
  readonly keyId: string;
  readonly request: CheckRequest;
  readonly idempotencyKey?: string;
  /** Milliseconds since 1970 after which nobody waits for the answer: queueing counts. */
  readonly deadlineMs: number;
}

/** Refusals are results, not exceptions: the caller can mend them, and nothing was stored. */
export type CheckOutcome =
  /** `responseText` is the JSON answer of PROTOCOL section 10, already durable when this arrives. */
  | { readonly kind: 'issued'; readonly responseText: string; readonly replayed: boolean }
  /** 400, 409 or 422 by code; `field` is never a value. */
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly field?: string;
      readonly message: string;
    }
  /** 503: `ERR_QUEUE_FULL`, `ERR_STORE_UNAVAILABLE`, `ERR_CLOCK_UNTRUSTED`, `ERR_SHUTTING_DOWN`. */
  | {
      readonly kind: 'unavailable';
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryAfterS: number;
    };

/**
 * The only way to issue. Obligations of an implementation:
 * an `issued` outcome is returned only after its transaction is on disk; matching, evaluation,
 * sequence, signature and storage happen under one lock of the partner's ledger; one bad entry
 * never fails the others of its batch; after a fatal storage or signing error nothing is issued
 * any more and every call answers `unavailable`; `close` answers whatever it has taken.
 */
export interface LedgerWriter {
  check(command: CheckCommand): Promise<CheckOutcome>;
  close(): Promise<void>;
}

export interface StoredReceipt {
  readonly receipt: Receipt;
  readonly receiptType: string;
  readonly requestId: string;
  readonly commitmentId: string;
  readonly epoch: number;
  readonly seq: number;
  /** Canonical text; absent once it was erased. */
  readonly openingText?: string;
  /** Canonical text of the path document that was evaluated; absent for unmatched decisions. */
  readonly policyText?: string;
  /** Index in the log; absent while the publisher has not assigned it. */
  readonly logIndex?: number;
}

export interface ReceiptPage {
  readonly receipts: readonly StoredReceipt[];
  /** First sequence number of the next page; absent at the end. */
  readonly nextSeq?: number;
}

export interface PartnerStream {
  readonly stream: string;
  readonly path_id: string;
  readonly receipt_type: string;
  readonly epoch: number;
  readonly last_seq: number;
  /** base64url, 32 bytes: told to its partner only. */
  readonly stream_key: string;
}

/** Whose records a caller may see: everything else does not exist for it. */
export interface Owner {
  readonly environment: string;
  readonly partnerId: string;
}

/** Reads never see an uncommitted row and never block the writer. */
export interface LedgerReader {
  /** By request_id or commitment_id; decisions first where a commitment has linked receipts. */
  findReceipt(owner: Owner, id: string): Promise<StoredReceipt | undefined>;
  /** Confirmations and claims of one decision, in the order of issue. */
  findLinked(owner: Owner, commitmentId: string): Promise<readonly StoredReceipt[]>;
  listReceipts(
    owner: Owner,
    range: { pathId: string; fromSeq: number; limit: number },
  ): Promise<ReceiptPage>;
  listStreams(owner: Owner): Promise<readonly PartnerStream[]>;
  /** Canonical text of the live version of a path of this owner. */
  findLivePath(owner: Owner, pathId: string): Promise<string | undefined>;
  /** By SHA-256 of the whole key text, lower-case hex. */
  listApiKeys(): Promise<ReadonlyMap<string, ApiKey>>;
  /** Random identity written when the store was made; two URLs with one identity are one store. */
  storeIdentity(): Promise<string>;
}
