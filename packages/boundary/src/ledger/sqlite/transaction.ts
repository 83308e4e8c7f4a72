/** The open transaction of a SQLite ledger. */
import type { DatabaseSync } from 'node:sqlite';
import { PathIndex } from '@craton/policy';
import { CratonError, isRequestId, type ReceiptType } from '@craton/protocol';
import { changesSnapshot, type LedgerChange } from '../change.ts';
import { WINDOW_MS } from '../issue-decision.ts';
import { IDEMPOTENCY_MS } from '../issuing.ts';
import type { ApiKey, Owner } from '../port.ts';
import type {
  DecisionTotals,
  IdempotentAnswer,
  IssuedDecision,
  IssuedLinked,
  IssuedReceipt,
  LedgerTransaction,
  LinkedReceiptType,
  StoredDecision,
  StoredLinked,
  Stream,
} from '../transaction.ts';
import { applyChange } from './apply-change.ts';
import { type ApprovalName, commitmentHash } from '../key-hash.ts';
import { KeyIndex } from './key-index.ts';
import { bytesOf, integerOf, optionalTextOf, type Row, textOf } from '../row.ts';
import { parseDigest } from '../stored-values.ts';
import { readWriterSnapshot, type WriterSnapshot } from './snapshot.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { StreamTable } from './stream-table.ts';
import { StreamTotals } from './stream-totals.ts';
import { UsedApprovals } from './used-approvals.ts';

/** A key's last use is written this often at most. */
const TOUCH_INTERVAL_MS = 60_000;
const NO_PATHS = new PathIndex([]);

/**
 * One object serves all transactions of its connection, one after another. What it remembers
 * between them is true because nobody else writes; a rollback forgets it.
 */
export class SqliteTransaction implements LedgerTransaction {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #streams: StreamTable;
  readonly #totals: StreamTotals;
  readonly #keys: KeyIndex;
  readonly #approvals: UsedApprovals;
  readonly #touchedAtMs = new Map<string, number>();
  #snapshot: WriterSnapshot;
  /** Latest issued_at of this transaction; 0 if nothing was issued. */
  #issuedAtMs = 0;
  #isChanged = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#streams = new StreamTable(this.#statements);
    this.#totals = new StreamTotals(this.#statements);
    this.#keys = new KeyIndex(database, this.#statements);
    this.#approvals = new UsedApprovals(database);
    this.#snapshot = readWriterSnapshot(database);
  }

  get snapshotVersion(): number {
    return this.#snapshot.version;
  }

  begin(): void {
    this.#statements.begin.run();
  }

  commit(): void {
    if (this.#issuedAtMs > 0) this.#finishIssuing(this.#issuedAtMs);
    this.#statements.commit.run();
    this.#issuedAtMs = 0;
  }

  /** After a commit: takes over what its changes did. */
  refresh(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    this.#snapshot = readWriterSnapshot(this.#database);
    // Erased bytes leave the write-ahead file too, unless a reader needs it this moment.
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  rollback(): void {
    // SQLite has rolled back by itself after some errors.
    if (this.#database.isTransaction) this.#statements.rollback.run();
    this.#streams.forget();
    this.#totals.forget();
    this.#keys.reload();
    this.#touchedAtMs.clear();
    this.#issuedAtMs = 0;
    this.#isChanged = false;
  }

  livePaths(environment: string): PathIndex {
    return this.#snapshot.pathsByEnvironment.get(environment) ?? NO_PATHS;
  }

  findApiKey(keyId: string): ApiKey | undefined {
    return this.#snapshot.keysById.get(keyId);
  }

  touchApiKey(keyId: string, nowMs: number): void {
    if (nowMs - (this.#touchedAtMs.get(keyId) ?? 0) < TOUCH_INTERVAL_MS) return;
    this.#touchedAtMs.set(keyId, nowMs);
    this.#statements.touchApiKey.run(nowMs, keyId);
  }

  findAnswer(owner: Owner, idempotencyKey: string): IdempotentAnswer | undefined {
    const receiptId = this.#keys.find(this.#keys.hashOf('idempotency', owner, idempotencyKey));
    if (receiptId === undefined) return undefined;
    const row = this.#statements.selectAnswer.get(receiptId);
    if (row === undefined) return undefined;
    const evidenceDigest = optionalTextOf(row, 'evidence_digest');
    const openingText = optionalTextOf(row, 'opening');
    const earlierCommitmentId = optionalTextOf(row, 'earlier_commitment_id');
    const needsText = optionalTextOf(row, 'needs');
    return {
      requestHash: parseDigest(textOf(row, 'request_hash')),
      ...(evidenceDigest !== undefined && { evidenceDigest: parseDigest(evidenceDigest) }),
      storedAtMs: integerOf(row, 'stored_at_ms'),
      payload: bytesOf(row, 'payload'),
      signature: bytesOf(row, 'signature'),
      kid: textOf(row, 'kid'),
      ...(openingText !== undefined && { openingText }),
      ...(earlierCommitmentId !== undefined && { earlierCommitmentId }),
      ...(needsText !== undefined && { needsText }),
    };
  }

  findReference(owner: Owner, externalReference: string): string | undefined {
    const receiptId = this.#keys.find(this.#keys.hashOf('reference', owner, externalReference));
    if (receiptId === undefined) return undefined;
    return textOf(this.#statements.selectCommitment.get(receiptId) ?? {}, 'commitment_id');
  }

  isApprovalUsed(approval: ApprovalName): boolean {
    return this.#approvals.has(approval);
  }

  findStream(owner: Owner, pathId: string, receiptType: ReceiptType): Stream | undefined {
    return this.#streams.find(owner, pathId, receiptType)?.stream;
  }

  totalsSince(stream: Stream, sinceMs: number): DecisionTotals {
    const known = this.#streams.find(stream.owner, stream.pathId, stream.receiptType);
    if (known === undefined) return { count: 0, sumUsdCents: 0 };
    return this.#totals.since(known.streamId, sinceMs);
  }

  insertDecision(decision: IssuedDecision): void {
    const { evaluatedAtMs, counted, approval, requestId, issuedAtMs } = decision;
    const { receiptId, streamId } = this.#insertIssued(decision);
    this.#statements.insertOpening.run(receiptId, decision.openingText);
    this.#insertKeys(receiptId, decision);
    if (approval !== undefined) {
      this.#approvals.add(approval, requestId, issuedAtMs - IDEMPOTENCY_MS);
    }
    if (counted !== undefined) this.#totals.add(streamId, evaluatedAtMs, counted.usdCents);
  }

  findDecision(owner: Owner, id: string): StoredDecision | undefined {
    const row = this.#findDecisionRow(owner, id);
    return (
      row && {
        requestId: textOf(row, 'request_id'),
        commitmentId: textOf(row, 'commitment_id'),
        payload: bytesOf(row, 'payload'),
        signature: bytesOf(row, 'signature'),
        kid: textOf(row, 'kid'),
        keyId: textOf(row, 'key_id'),
      }
    );
  }

  findLinked(owner: Owner, commitmentId: string): readonly StoredLinked[] {
    const decision = this.#findDecisionRow(owner, commitmentId);
    if (decision === undefined) return [];
    return this.#statements.selectLinked.all(integerOf(decision, 'receipt_id')).map((row) => ({
      receiptType: parseLinkedType(textOf(row, 'receipt_type')),
      requestId: textOf(row, 'request_id'),
      payload: bytesOf(row, 'payload'),
    }));
  }

  insertLinked(receipt: IssuedLinked): void {
    const { stream, commitmentId, idempotency } = receipt;
    const { owner, receiptType } = stream;
    const decision = this.#findDecisionRow(owner, commitmentId);
    if (decision === undefined) throw new CratonError('ERR_INTERNAL', 'The decision is not there.');
    const { receiptId } = this.#insertIssued(receipt);
    const decisionId = integerOf(decision, 'receipt_id');
    this.#statements.insertLinked.run(decisionId, receiptId, parseLinkedType(receiptType));
    if (idempotency === undefined) return;
    this.#keys.add(receiptId, {
      idempotency: this.#keys.hashOf('idempotency', owner, idempotency.key),
    });
  }

  insertRecord(receipt: IssuedReceipt): void {
    this.#insertIssued(receipt);
  }

  applyChange(change: LedgerChange, nowMs: number): void {
    if (change.kind === 'touch_api_key') {
      this.touchApiKey(change.keyId, nowMs);
      return;
    }
    this.#isChanged ||= changesSnapshot(change);
    applyChange(this.#database, change, nowMs);
  }

  /** Writes what was only counted so far, and clears away a little of what is too old. */
  #finishIssuing(issuedAtMs: number): void {
    this.#streams.writeMoved(({ streamId, stream }) => {
      this.#statements.purgeTotals.run(streamId, stream.lastIssuedAtMs - WINDOW_MS);
    });
    this.#keys.move();
    this.#statements.purgeAnswers.run(issuedAtMs - IDEMPOTENCY_MS);
  }

  /** What every receipt has: its row, its leaf, its answer, and its place in the stream. */
  #insertIssued(receipt: IssuedReceipt): { receiptId: number; streamId: number } {
    const { stream, issuedAtMs, leaf } = receipt;
    const known = this.#streams.demand(stream);
    const { streamId } = known;
    const receiptId = this.#insertReceipt(streamId, receipt);
    this.#statements.insertLeaf.run(receiptId, leaf, streamId);
    this.#insertAnswer(receiptId, receipt);
    known.stream = { ...stream, lastSeq: stream.lastSeq + 1, lastIssuedAtMs: issuedAtMs };
    known.isMoved = true;
    this.#issuedAtMs = Math.max(this.#issuedAtMs, issuedAtMs);
    return { receiptId, streamId };
  }

  #insertReceipt(streamId: number, receipt: IssuedReceipt): number {
    const { stream, requestId, commitmentId, issuedAtMs, payload, signature, kid } = receipt;
    const { lastInsertRowid } = this.#statements.insertReceipt.run(
      streamId,
      stream.epoch,
      stream.lastSeq + 1,
      requestId ?? null,
      commitmentId,
      issuedAtMs,
      payload,
      signature,
      kid,
      receipt.keyId,
    );
    return Number(lastInsertRowid);
  }

  #insertKeys(receiptId: number, decision: IssuedDecision): void {
    const { stream, commitmentId, externalReference, idempotency, earlierCommitmentId } = decision;
    const { owner } = stream;
    this.#keys.add(receiptId, {
      commitment: commitmentHash(commitmentId),
      ...(earlierCommitmentId === undefined && {
        reference: this.#keys.hashOf('reference', owner, externalReference),
      }),
      ...(idempotency && {
        idempotency: this.#keys.hashOf('idempotency', owner, idempotency.key),
      }),
    });
  }

  #findDecisionRow({ environment, partnerId }: Owner, id: string): Row | undefined {
    if (isRequestId(id)) {
      return this.#statements.selectDecisionByRequest.get(environment, partnerId, id);
    }
    const receiptId = this.#keys.find(commitmentHash(id));
    if (receiptId === undefined) return undefined;
    const row = this.#statements.selectDecision.get(environment, partnerId, receiptId);
    // The index knows the first half of the hash.
    return row?.['commitment_id'] === id ? row : undefined;
  }

  #insertAnswer(receiptId: number, receipt: IssuedReceipt): void {
    const { idempotency, earlierCommitmentId = null, needsText = null, issuedAtMs } = receipt;
    if (idempotency === undefined) return;
    const { requestHash, evidenceDigest = null } = idempotency;
    this.#statements.insertAnswer.run(
      receiptId,
      requestHash,
      evidenceDigest,
      earlierCommitmentId,
      needsText,
      issuedAtMs,
    );
  }
}

function parseLinkedType(text: string): LinkedReceiptType {
  if (text === 'execution_claim' || text === 'execution_confirmation') return text;
  throw new CratonError('ERR_INTERNAL', 'A stored receipt is not linked to a decision.');
}
