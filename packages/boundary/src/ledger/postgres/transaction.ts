/** The open transaction of a PostgreSQL ledger: answers from what was fetched, collects what to write. */
import { PathIndex } from '@craton/policy';
import { CratonError, type ReceiptType } from '@craton/protocol';
import type { LedgerChange } from '../change.ts';
import { type ApprovalName, commitmentHash } from '../key-hash.ts';
import type { ApiKey, Owner } from '../port.ts';
import type {
  DecisionTotals,
  IdempotentAnswer,
  IssuedDecision,
  IssuedLinked,
  IssuedReceipt,
  LedgerTransaction,
  StoredDecision,
  StoredLinked,
  Stream,
  UsedApproval,
} from '../transaction.ts';
import type { Fetched, FetchedDecision, FetchedWindow, Totals } from './fetch.ts';
import {
  decisionName,
  type FetchPlan,
  hashName,
  ownerName,
  type StreamName,
  streamName,
} from './fetch-plan.ts';
import type { OpenStream, PendingReceipt } from './pending-rows.ts';
import type { WriterSnapshot } from './snapshot.ts';
import type { PendingApproval } from './used-approvals.ts';

/** Raised where something was asked that was not fetched; it extends the plan for another round. */
export class Unfetched extends Error {
  readonly extend: (plan: FetchPlan) => void;

  constructor(extend: (plan: FetchPlan) => void) {
    super('This was not fetched.');
    this.extend = extend;
  }
}

/** Raised where a change is asked for while others may issue; the transaction begins again, alone. */
export class MustBeAlone extends Error {
  constructor() {
    super('A change needs the snapshot lock alone.');
  }
}

/** What a transaction stands on. */
export interface TransactionParts {
  /** Nobody issues, on any node, while this transaction is open. */
  readonly isAlone: boolean;
  readonly snapshot: WriterSnapshot;
  readonly plan: FetchPlan;
  readonly fetched: Fetched;
}

/** A change with the time at which it was asked for. */
export interface PendingChange {
  readonly change: LedgerChange;
  readonly nowMs: number;
}

const NO_PATHS = new PathIndex([]);
const NOTHING: Totals = { evaluatedAtMs: 0, decisions: 0, sumUsdCents: 0n };

/** One object for one transaction: what it remembers is forgotten with it. */
export class PostgresTransaction implements LedgerTransaction {
  readonly receipts: PendingReceipt[] = [];
  readonly changes: PendingChange[] = [];
  /** By key id, milliseconds since 1970. */
  readonly touches = new Map<string, number>();
  readonly #parts: TransactionParts;
  readonly #streams = new Map<string, OpenStream>();
  readonly #references = new Map<string, string>();
  readonly #answers = new Map<string, IdempotentAnswer>();
  readonly #linked = new Map<string, StoredLinked[]>();
  readonly #approvals = new Map<string, PendingApproval>();

  constructor(parts: TransactionParts) {
    this.#parts = parts;
  }

  /** Streams that took a receipt. */
  movedStreams(): readonly OpenStream[] {
    return Array.from(this.#streams.values()).filter(({ isMoved }) => isMoved);
  }

  /** Approvals that its decisions use up. */
  usedApprovals(): readonly PendingApproval[] {
    return Array.from(this.#approvals.values());
  }

  livePaths(environment: string): PathIndex {
    return this.#parts.snapshot.pathsByEnvironment.get(environment) ?? NO_PATHS;
  }

  findApiKey(keyId: string): ApiKey | undefined {
    return this.#parts.snapshot.keysById.get(keyId);
  }

  touchApiKey(keyId: string, nowMs: number): void {
    this.touches.set(keyId, nowMs);
  }

  findAnswer(owner: Owner, idempotencyKey: string): IdempotentAnswer | undefined {
    const name = this.#hashName('idempotency', owner, idempotencyKey);
    return (
      this.#answers.get(name) ??
      fetchedOr(this.#parts.fetched.answers, name, (plan) => {
        plan.addIdempotencyKey(owner, idempotencyKey);
      })
    );
  }

  findReference(owner: Owner, externalReference: string): string | undefined {
    const name = this.#hashName('reference', owner, externalReference);
    return (
      this.#references.get(name) ??
      fetchedOr(this.#parts.fetched.references, name, (plan) => {
        plan.addReference(owner, externalReference);
      })
    );
  }

  isApprovalUsed(approval: ApprovalName): boolean {
    const name = hashName(this.#parts.plan.hashOfApproval(approval));
    if (this.#approvals.has(name)) return true;
    const isUsed = fetchedOr(this.#parts.fetched.approvals, name, (plan) => {
      plan.addApproval(approval);
    });
    return isUsed === true;
  }

  findStream(owner: Owner, pathId: string, receiptType: ReceiptType): Stream | undefined {
    return this.#findOpen({ owner, pathId, receiptType })?.stream;
  }

  totalsSince(stream: Stream, sinceMs: number): DecisionTotals {
    const open = this.#findOpen(stream);
    if (open === undefined) return { count: 0, sumUsdCents: 0 };
    const rows = [...this.#windowOf(open, sinceMs), ...open.added];
    const before = rows.findLast(({ evaluatedAtMs }) => evaluatedAtMs < sinceMs) ?? NOTHING;
    const sum = open.sumUsdCents - before.sumUsdCents;
    return {
      count: open.decisions - before.decisions,
      sumUsdCents: sum > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(sum),
    };
  }

  findDecision(owner: Owner, id: string): StoredDecision | undefined {
    return this.#findDecision(owner, id);
  }

  findLinked(owner: Owner, commitmentId: string): readonly StoredLinked[] {
    const stored = this.#findDecision(owner, commitmentId)?.linked ?? [];
    return [...stored, ...(this.#linked.get(decisionName({ owner, id: commitmentId })) ?? [])];
  }

  insertDecision(decision: IssuedDecision): void {
    const { stream, commitmentId, externalReference, earlierCommitmentId, counted } = decision;
    const { owner } = stream;
    const reference = this.#parts.plan.hashOf('reference', owner, externalReference);
    const isFirst = earlierCommitmentId === undefined;
    const open = this.#insert(decision, {
      commitmentHash: commitmentHash(commitmentId),
      ...(isFirst && { referenceHash: reference }),
    });
    if (isFirst) this.#references.set(hashName(reference), commitmentId);
    if (decision.approval !== undefined) this.#useApproval(decision.approval, decision.requestId);
    if (counted !== undefined) count(open, decision.evaluatedAtMs, counted.usdCents);
  }

  insertLinked(receipt: IssuedLinked): void {
    const { stream, commitmentId, requestId, payload } = receipt;
    const { owner, receiptType } = stream;
    const decision = this.#findDecision(owner, commitmentId);
    if (decision === undefined) throw internal('A receipt is about a decision that is not stored.');
    if (receiptType !== 'execution_claim' && receiptType !== 'execution_confirmation') {
      throw internal('Only claims and confirmations are linked to decisions.');
    }
    this.#insert(receipt, { decisionId: decision.receiptId });
    const name = decisionName({ owner, id: commitmentId });
    const linked = this.#linked.get(name) ?? [];
    this.#linked.set(name, [...linked, { receiptType, requestId, payload }]);
  }

  insertRecord(receipt: IssuedReceipt): void {
    this.#insert(receipt, {});
  }

  applyChange(change: LedgerChange, nowMs: number): void {
    if (change.kind === 'touch_api_key') {
      this.touchApiKey(change.keyId, nowMs);
      return;
    }
    if (!this.#parts.isAlone) throw new MustBeAlone();
    this.changes.push({ change, nowMs });
  }

  #useApproval(approval: UsedApproval, requestId: string): void {
    const { expiresAtMs } = approval;
    const hash = this.#parts.plan.hashOfApproval(approval);
    this.#approvals.set(hashName(hash), { hash, requestId, expiresAtMs });
  }

  #insert(receipt: IssuedReceipt, found: FoundBy): OpenStream {
    const { stream, issuedAtMs } = receipt;
    const open = this.#demandOpen(stream);
    const seq = stream.lastSeq + 1;
    const idempotencyHash = this.#rememberAnswer(receipt);
    const { receiptType } = stream;
    const hash = idempotencyHash === undefined ? {} : { idempotencyHash };
    this.receipts.push({ receipt, open, seq, receiptType, ...found, ...hash });
    open.stream = { ...stream, lastSeq: seq, lastIssuedAtMs: issuedAtMs };
    open.isMoved = true;
    return open;
  }

  #rememberAnswer(receipt: IssuedReceipt): Uint8Array | undefined {
    const { idempotency, stream, issuedAtMs } = receipt;
    if (idempotency === undefined) return undefined;
    const { key, ...request } = idempotency;
    const hash = this.#parts.plan.hashOf('idempotency', stream.owner, key);
    this.#answers.set(hashName(hash), { ...receipt, ...request, storedAtMs: issuedAtMs });
    return hash;
  }

  #findOpen({ owner, pathId, receiptType }: StreamName): OpenStream | undefined {
    const name = streamName({ owner, pathId, receiptType });
    const open = this.#streams.get(name);
    if (open !== undefined) return open;
    const stored = fetchedOr(this.#parts.fetched.streams, name, (plan) => {
      plan.addStream({ owner, pathId, receiptType });
    });
    if (stored === undefined) return undefined;
    const opened = { ...stored, ledgerId: this.#ledgerOf(owner), added: [], isMoved: false };
    this.#streams.set(name, opened);
    return opened;
  }

  /** The stream in this state, new if it is not stored. */
  #demandOpen(stream: Stream): OpenStream {
    const open = this.#findOpen(stream) ?? this.#openNew(stream);
    const { epoch, lastSeq } = open.stream;
    if (epoch === stream.epoch && lastSeq === stream.lastSeq) return open;
    throw internal('A stream moved on since it was read.');
  }

  #openNew(stream: Stream): OpenStream {
    const open = {
      streamId: undefined,
      ledgerId: this.#ledgerOf(stream.owner),
      stream,
      decisions: 0,
      sumUsdCents: 0n,
      added: [],
      isMoved: false,
    };
    this.#streams.set(streamName(stream), open);
    return open;
  }

  /** Nothing is issued but under the lock of the owner's ledger. */
  #ledgerOf(owner: Owner): number {
    const ledgerId = this.#parts.fetched.ledgers.get(ownerName(owner));
    if (ledgerId !== undefined) return ledgerId;
    throw internal('A ledger is not locked by this transaction.');
  }

  #windowOf(open: OpenStream, sinceMs: number): readonly Totals[] {
    // Nothing of it is stored yet.
    if (open.streamId === undefined) return [];
    const { owner, pathId, receiptType } = open.stream;
    const window = this.#parts.fetched.windows.get(streamName(open.stream));
    if (window !== undefined && covers(window, sinceMs)) return window.rows;
    throw new Unfetched((plan) => {
      plan.addWindow({ owner, pathId, receiptType, sinceMs });
    });
  }

  #findDecision(owner: Owner, id: string): FetchedDecision | undefined {
    const { decisions } = this.#parts.fetched;
    return fetchedOr(decisions, decisionName({ owner, id }), (plan) => {
      plan.addDecision({ owner, id });
    });
  }

  #hashName(kind: 'reference' | 'idempotency', owner: Owner, text: string): string {
    return hashName(this.#parts.plan.hashOf(kind, owner, text));
  }
}

type FoundBy = Pick<PendingReceipt, 'commitmentHash' | 'referenceHash' | 'decisionId'>;

function fetchedOr<Value>(
  answers: ReadonlyMap<string, Value | undefined>,
  name: string,
  extend: (plan: FetchPlan) => void,
): Value | undefined {
  if (!answers.has(name)) throw new Unfetched(extend);
  return answers.get(name);
}

/** Whether the rows of a window say what was before another beginning, too. */
function covers({ sinceMs, rows, isCut }: FetchedWindow, otherMs: number): boolean {
  const lastMs = rows.at(-1)?.evaluatedAtMs ?? 0;
  return otherMs >= sinceMs && (!isCut || otherMs <= lastMs);
}

function count(open: OpenStream, evaluatedAtMs: number, usdCents: number): void {
  open.decisions += 1;
  open.sumUsdCents += BigInt(usdCents);
  const { decisions, sumUsdCents } = open;
  if (open.added.at(-1)?.evaluatedAtMs === evaluatedAtMs) open.added.pop();
  open.added.push({ evaluatedAtMs, decisions, sumUsdCents });
}

function internal(message: string): CratonError {
  return new CratonError('ERR_INTERNAL', message);
}
