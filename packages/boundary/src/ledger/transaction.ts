/**
 * What the issuing code asks of a store. SQLite answers each question from its tables; a store
 * behind a network fetches the answers of a whole batch first and writes its rows at the end.
 */
import type { Approval, PathIndex } from '@craton/policy';
import type { Digest, ReceiptType } from '@craton/protocol';
import type { HmacKey } from './hmac-key.ts';
import type { LedgerChange } from './change.ts';
import type { ApprovalName } from './key-hash.ts';
import type { ApiKey, LedgerEntry, Owner } from './port.ts';

/** Where a stream stands. */
export interface Stream {
  readonly owner: Owner;
  readonly pathId: string;
  readonly receiptType: ReceiptType;
  /** Of 32 bytes. */
  readonly key: HmacKey;
  readonly digest: Digest;
  readonly epoch: number;
  /** 0 before the first receipt of an epoch. */
  readonly lastSeq: number;
  /** Milliseconds since 1970; 0 before the first receipt. Epochs do not reset it. */
  readonly lastIssuedAtMs: number;
}

/** What a sealed receipt consists of, and what its answer needs besides. */
export interface AnswerParts {
  /** Canonical bytes, as signed. */
  readonly payload: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly kid: string;
  /** Canonical text; absent once it was erased. */
  readonly openingText?: string;
  readonly earlierCommitmentId?: string;
  /** Canonical text of the advice. */
  readonly needsText?: string;
}

/** An answer that was given for an idempotency key, and for which request. */
export interface IdempotentAnswer extends AnswerParts {
  readonly requestHash: Digest;
  readonly evidenceDigest?: Digest;
  readonly storedAtMs: number;
}

/** What is stored with every receipt that somebody asked for. */
export interface IssuedReceipt extends AnswerParts {
  /** As it was before this receipt, which takes `lastSeq + 1`. */
  readonly stream: Stream;
  /** Absent for a deployment record, which has that of its decision. */
  readonly requestId?: string;
  readonly commitmentId: string;
  readonly issuedAtMs: number;
  /** Canonical bytes of the log entry. */
  readonly leaf: Uint8Array;
  /** Public id of the API key, or of the person, that asked. */
  readonly keyId: string;
  readonly idempotency?: {
    readonly key: string;
    readonly requestHash: Digest;
    readonly evidenceDigest?: Digest;
  };
}

/** An approval that its decision uses up; kept by the store until it has long ended. */
export type UsedApproval = Pick<Approval, 'issuer' | 'jti' | 'expiresAtMs'>;

/** A decision with everything that is stored with it. */
export interface IssuedDecision extends IssuedReceipt {
  readonly requestId: string;
  readonly evaluatedAtMs: number;
  readonly openingText: string;
  readonly externalReference: string;
  readonly approval?: UsedApproval;
  /** Counts in the windows of its path: a matched decision that is no reject. */
  readonly counted?: { readonly usdCents: number };
}

/** A decision that a claim or a confirmation is about. */
export interface StoredDecision {
  readonly requestId: string;
  readonly commitmentId: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly kid: string;
  /** Public id of the API key that asked for it. */
  readonly keyId: string;
}

/** A claim or a confirmation. */
export interface IssuedLinked extends IssuedReceipt {
  readonly requestId: string;
}

/** Receipt types that are linked to a decision. */
export type LinkedReceiptType = 'execution_claim' | 'execution_confirmation';

/** A claim or a confirmation that is there already. */
export interface StoredLinked {
  readonly receiptType: LinkedReceiptType;
  readonly requestId: string;
  readonly payload: Uint8Array;
}

/** Decisions of one path that are no rejects, over a span of time. */
export interface DecisionTotals {
  readonly count: number;
  /** Largest safe integer if the true sum is beyond it. */
  readonly sumUsdCents: number;
}

/** One open transaction: reads see what it wrote before, nobody else does before it is durable. */
export interface LedgerTransaction {
  livePaths(environment: string): PathIndex;
  findApiKey(keyId: string): ApiKey | undefined;
  /** Notes the use; stores may write it once a minute. */
  touchApiKey(keyId: string, nowMs: number): void;
  findAnswer(owner: Owner, idempotencyKey: string): IdempotentAnswer | undefined;
  /** The commitment_id of the first decision with this external reference. */
  findReference(owner: Owner, externalReference: string): string | undefined;
  /** Whether an earlier decision, of any partner and environment, used it up. */
  isApprovalUsed(approval: ApprovalName): boolean;
  findStream(owner: Owner, pathId: string, receiptType: ReceiptType): Stream | undefined;
  /** Decisions whose evaluated_at is `sinceMs` or later. */
  totalsSince(stream: Stream, sinceMs: number): DecisionTotals;
  /** Creates the stream and the owner's ledger where they are new, and takes the sequence. */
  insertDecision(decision: IssuedDecision): void;
  /** By request_id or commitment_id; any other receipt, and another owner's, is not found. */
  findDecision(owner: Owner, id: string): StoredDecision | undefined;
  /** Claims and confirmations of a decision in the order of issue, those of this transaction too. */
  findLinked(owner: Owner, commitmentId: string): readonly StoredLinked[];
  /**
   * Stores a claim or a confirmation, linked to the decision with its commitment_id. The stream's
   * receipt type says which it is. The store itself refuses a second claim of one decision.
   */
  insertLinked(receipt: IssuedLinked): void;
  /** Stores a deployment record; `link_record` links it to its decision. */
  insertRecord(receipt: IssuedReceipt): void;
  /** Throws `ERR_LEDGER_CHANGE` or `ERR_PATH_DOCUMENT` if the change does not fit. */
  applyChange(change: LedgerChange, nowMs: number): void;
}

/**
 * How a failure is to be taken. `entry`: only what was being done is at fault. `unavailable`: the
 * store could not do it now, and holds nothing of it. `unknown`: nobody knows whether it was stored.
 * `fatal`: the store cannot be trusted any more.
 */
export type FailureKind = 'entry' | 'unavailable' | 'unknown' | 'fatal';

/** A database that this process writes; perhaps others do, too. */
export interface LedgerStore {
  /**
   * Runs `work` in one transaction and resolves when it is on disk. If `work` or the commit
   * throws, nothing of it is stored and the promise rejects with the same error, unless that is
   * classified as `unknown`. `entries` are those that `work` is going to ask about. `work` may run
   * more than once; only what it did last is stored.
   */
  transaction<T>(
    entries: readonly LedgerEntry[],
    work: (transaction: LedgerTransaction) => T,
  ): Promise<T>;
  classify(error: unknown): FailureKind;
  /** Counts changes of paths and API keys; whoever keeps them in memory compares it. */
  readonly snapshotVersion: number;
  close(): Promise<void>;
}
