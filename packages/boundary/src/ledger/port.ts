/**
 * The ledger is the production record: live paths, API keys, streams, receipts, openings, leaves.
 * HTTP and commands know only these ports; SQLite and PostgreSQL implement them.
 */
import type { Approval } from '@craton/policy';
import type {
  ApiKeyKind,
  CheckRequest,
  ClaimRequest,
  ConfirmRequest,
  ErrorCode,
  Receipt,
  ReceiptType,
} from '@craton/protocol';
import type { LedgerChange } from './change.ts';

/** What an API key may do; `admin` and what follows are of operators alone. */
export const SCOPES = [
  'check',
  'claim',
  'confirm',
  'read',
  'admin',
  'review',
  'deploy',
  'audit',
] as const;
/**
 * One thing that a key may do; the check needs `check`, reads need `read`. `review`: approve, reject,
 * acknowledge, propose and confirm. `deploy`: stage, deploy, roll back, suspend. `audit`: as `read`,
 * for somebody who must not be able to do anything else.
 */
export type Scope = (typeof SCOPES)[number];
export { API_KEY_KINDS, type ApiKeyKind } from '@craton/protocol';

/** What is known about a key; the key itself is nowhere. */
export interface ApiKey {
  /** Public id of the key, safe to log: never derived from the secret. */
  readonly keyId: string;
  readonly kind: ApiKeyKind;
  readonly environment: string;
  /** Absent for keys of operators and review pulls: they belong to nobody outside. */
  readonly partnerId?: string;
  /** Whose token a key of an operator is; absent for one that nobody in person has. */
  readonly actId?: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly revokedAtMs?: number;
}

/** A request that was authenticated and parsed, on its way to the writer. */
export interface CheckCommand {
  /** The approval that came with it, signature verified; absent if nobody here knows its issuer. */
  readonly approval?: Approval;
  readonly environment: string;
  readonly keyId: string;
  readonly request: CheckRequest;
  readonly idempotencyKey?: string;
  /** Milliseconds since 1970 after which nobody waits for the answer: queueing counts. */
  readonly deadlineMs: number;
}

/** A claim or a confirmation on its way to the writer; `partnerId` is the key's. */
export interface ExecutionCommand<R extends ClaimRequest> extends Omit<CheckCommand, 'request'> {
  readonly partnerId: string;
  readonly request: R;
}

/** Asks to be the one who executes. */
export type ClaimCommand = ExecutionCommand<ClaimRequest>;
/** Says what became of a decision. */
export type ConfirmCommand = ExecutionCommand<ConfirmRequest>;

/**
 * An operator's action on a path: a decision on the path that approves deployments and, if that
 * allows it, a record of what was deployed, linked to it.
 */
export interface DeploymentCommand {
  readonly environment: string;
  /** Of the approving path; its partner is the operators' own. */
  readonly request: CheckRequest;
  /** Of the decision. */
  readonly requestId: string;
  /** Public id of the person or key that asks. Whether they may was judged before. */
  readonly actor: string;
  /** Canonical JSON of a `craton.deployment.record.v1`. */
  readonly recordText: string;
  /** As in a check. */
  readonly deadlineMs: number;
}

/** Refusals are results, not exceptions: the caller can mend them, and nothing was stored. */
export type CheckOutcome =
  /**
   * `responseText` is the JSON answer of PROTOCOL section 10, already durable when this arrives.
   * `isWithheld`: the decision on a deployment did not allow it, so no change was made.
   */
  | {
      readonly kind: 'issued';
      readonly responseText: string;
      readonly replayed: boolean;
      readonly isWithheld?: true;
    }
  /**
   * `ERR_REQUEST_FIELD` (400), `ERR_KEY_NOT_ACCEPTED` (401: revoked, expired or unknown by the time
   * of the decision), `ERR_IDEMPOTENCY_CONFLICT` (409), `ERR_APPROVAL_INVALID`,
   * `ERR_APPROVAL_EXPIRED`, `ERR_APPROVAL_REPLAYED` (422); `field` is never a value. Of claims and
   * confirmations also `ERR_NOT_FOUND` (404), `ERR_ALREADY_CLAIMED`, `ERR_ALREADY_CONFIRMED`,
   * `ERR_NOTHING_PERMITTED`, `ERR_DECISION_EXPIRED`, `ERR_TOO_MANY_CONFIRMATIONS` (409) and
   * `ERR_ACTION_MISMATCH` (422).
   */
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly field?: string;
      readonly message: string;
      /** Of the caller's own receipt that stands in the way. */
      readonly relatedRequestId?: string;
    }
  /**
   * 503: `ERR_QUEUE_FULL`, `ERR_DEADLINE`, `ERR_STORE_UNAVAILABLE`, `ERR_SIGNING`,
   * `ERR_CLOCK_UNTRUSTED`, `ERR_SHUTTING_DOWN`.
   */
  | {
      readonly kind: 'unavailable';
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryAfterS: number;
    };

/** What a transaction can issue. */
export type LedgerEntry =
  | ({ readonly kind: 'decision' } & CheckCommand)
  | ({ readonly kind: 'claim' } & ClaimCommand)
  | ({ readonly kind: 'confirmation' } & ConfirmCommand)
  | ({ readonly kind: 'deployment' } & DeploymentCommand);

/**
 * The only way to issue, and the only way to write. Obligations of an implementation:
 * an `issued` outcome is returned only after its transaction is on disk; matching, evaluation,
 * sequence, signature and storage happen under one lock of the partner's ledger; one bad entry
 * never fails the others of its batch; after a fatal storage or signing error nothing is issued
 * any more and every call answers `unavailable`; `close` answers whatever it has taken.
 */
export interface LedgerWriter {
  /**
   * One entry, sharing its transaction with whoever else is waiting. Rejects with `ERR_INTERNAL`
   * if this entry failed in a way that nobody foresaw; nothing was stored then.
   */
  check(command: CheckCommand): Promise<CheckOutcome>;
  /** As `check`: the first claim of a decision is issued, every other one is refused. */
  claim(command: ClaimCommand): Promise<CheckOutcome>;
  /** As `check`. */
  confirm(command: ConfirmCommand): Promise<CheckOutcome>;
  /**
   * At most 32 entries, and changes, in one transaction of their own: all or none. The changes are
   * made after the entries and only if every entry was issued, and every deployment allowed; else
   * the outcomes say why not.
   * Rejects with `ERR_LEDGER_CHANGE` or `ERR_PATH_DOCUMENT` if a change does not fit, with
   * `ERR_STORE_UNAVAILABLE` or `ERR_SHUTTING_DOWN` if there were changes only.
   */
  commit(
    entries: readonly LedgerEntry[],
    companion?: readonly LedgerChange[],
  ): Promise<readonly CheckOutcome[]>;
  close(): Promise<void>;
}

/** A receipt as stored, with what travels beside it. */
export interface StoredReceipt {
  readonly receipt: Receipt;
  readonly receiptType: ReceiptType;
  /** Absent where the receipt type has none. */
  readonly requestId?: string;
  readonly commitmentId?: string;
  readonly epoch: number;
  readonly seq: number;
  /** Canonical text; absent once it was erased. */
  readonly openingText?: string;
  /** Canonical text of the path document that was evaluated; absent for unmatched decisions. */
  readonly policyText?: string;
  /** Index in the log; absent while the publisher has not assigned it. */
  readonly logIndex?: number;
}

/** Receipts on one page at most. */
export const RECEIPT_PAGE_MAX = 1000;

/** A part of one stream. */
export interface ReceiptRange {
  readonly pathId: string;
  /** `boundary_decision` if absent. */
  readonly receiptType?: ReceiptType;
  /** 1 if absent. */
  readonly epoch?: number;
  readonly fromSeq: number;
  readonly limit: number;
}

/** Receipts in the order of their sequence. */
export interface ReceiptPage {
  readonly receipts: readonly StoredReceipt[];
  /** First sequence number of the next page; absent at the end. */
  readonly nextSeq?: number;
}

/** A stream as its partner may see it; members as on the wire. */
export interface PartnerStream {
  readonly stream: string;
  readonly path_id: string;
  readonly receipt_type: ReceiptType;
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

/** What a store says of itself. Nothing of it is for others as it is: names and ids of a database. */
export interface StoreMeasure {
  /**
   * By what its database is known: its identity row, that of a draft store in it, and what the
   * server itself calls it. Two stores with one in common are in one database.
   */
  readonly identities: readonly string[];
  /** Absent for a store without roles; `server` is empty if the server does not say which it is. */
  readonly role?: { readonly server: string; readonly name: string };
  readonly migrationsPending: boolean;
  /** Of any environment and partner; absent before the first. */
  readonly newestReceipt?: {
    readonly payload: Uint8Array;
    /** 64 bytes. */
    readonly signature: Uint8Array;
    readonly kid: string;
  };
}

/** Reads never see an uncommitted row and never block the writer. */
export interface LedgerReader {
  /** By request_id or commitment_id; decisions first where a commitment has linked receipts. */
  findReceipt(owner: Owner, id: string): Promise<StoredReceipt | undefined>;
  /** Confirmations and claims of one decision, in the order of issue. */
  findLinked(owner: Owner, commitmentId: string): Promise<readonly StoredReceipt[]>;
  /** One stream in the order of its sequence; at most `RECEIPT_PAGE_MAX` at once. */
  listReceipts(owner: Owner, range: ReceiptRange): Promise<ReceiptPage>;
  listStreams(owner: Owner): Promise<readonly PartnerStream[]>;
  /** Canonical text of the live version of a path of this owner. */
  findLivePath(owner: Owner, pathId: string): Promise<string | undefined>;
  /**
   * By SHA-256 of the whole key text, lower-case hex; revoked and expired ones too. The map is
   * kept in memory and replaced when a key changes, so asking for each request costs nothing.
   * Throws `ERR_STORE_UNAVAILABLE` while it may be outdated.
   */
  apiKeys(): ReadonlyMap<string, ApiKey>;
  /** Random identity written when the store was made; two URLs with one identity are one store. */
  storeIdentity(): Promise<string>;
  /** For the posture. Throws `ERR_STORE_UNAVAILABLE`. */
  measureStore(): Promise<StoreMeasure>;
}

/** What health and readiness show. */
export interface LedgerHealth {
  /** `failed` is for good: a storage or signing error after which nothing is issued. */
  readonly state: 'issuing' | 'failed' | 'closing' | 'closed';
  /** Why it failed. */
  readonly code?: ErrorCode;
  /** Entries that wait for a batch. */
  readonly queued: number;
  /** Entries in batches that the writer has. */
  readonly inFlight: number;
  /** Milliseconds since 1970; absent before the first. */
  readonly lastCommitAtMs?: number;
}
