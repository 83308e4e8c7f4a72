/** The open transaction of a SQLite ledger. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { PathIndex } from '@craton/policy';
import { canonicalize, CratonError, type ReceiptType } from '@craton/protocol';
import type { LedgerChange } from '../change.ts';
import { IDEMPOTENCY_MS, WINDOW_MS } from '../issue-decision.ts';
import type { ApiKey, Owner } from '../port.ts';
import type {
  DecisionTotals,
  IdempotentAnswer,
  IssuedDecision,
  LedgerTransaction,
  Stream,
} from '../transaction.ts';
import { applyChange } from './apply-change.ts';
import { bytesOf, integerOf, optionalTextOf, textOf } from './row.ts';
import { parseDigest, readWriterSnapshot, type WriterSnapshot } from './snapshot.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { StreamTotals } from './stream-totals.ts';

const REFERENCE_HASH_BYTES = 16;
/** A key's last use is written this often at most. */
const TOUCH_INTERVAL_MS = 60_000;
const NO_PATHS = new PathIndex([]);

interface KnownStream {
  readonly streamId: number;
  stream: Stream;
  isMoved: boolean;
}

/**
 * One object serves all transactions of its connection, one after another. What it remembers
 * between them is true because nobody else writes; a rollback forgets it.
 */
export class SqliteTransaction implements LedgerTransaction {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #totals: StreamTotals;
  readonly #referenceKey: KeyObject;
  readonly #ledgers = new Map<string, number>();
  readonly #streams = new Map<string, KnownStream>();
  readonly #touchedAtMs = new Map<string, number>();
  #snapshot: WriterSnapshot;
  #newestMs = 0;
  #isChanged = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#totals = new StreamTotals(this.#statements);
    this.#snapshot = readWriterSnapshot(database);
    const row = database.prepare('SELECT reference_key FROM store').get() ?? {};
    this.#referenceKey = createSecretKey(bytesOf(row, 'reference_key'));
  }

  get snapshotVersion(): number {
    return this.#snapshot.version;
  }

  begin(): void {
    this.#statements.begin.run();
  }

  commit(): void {
    this.#writeStreams();
    if (this.#newestMs > 0) this.#statements.purgeAnswers.run(this.#newestMs - IDEMPOTENCY_MS);
    this.#statements.commit.run();
    this.#newestMs = 0;
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
    this.#ledgers.clear();
    this.#streams.clear();
    this.#totals.forget();
    this.#touchedAtMs.clear();
    this.#newestMs = 0;
    this.#isChanged = false;
    // SQLite has rolled back by itself after some errors.
    if (this.#database.isTransaction) this.#statements.rollback.run();
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
    const ledgerId = this.#findLedger(owner);
    if (ledgerId === undefined) return undefined;
    const row = this.#statements.selectAnswer.get(ledgerId, idempotencyKey);
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
    const ledgerId = this.#findLedger(owner);
    if (ledgerId === undefined) return undefined;
    const hash = this.#referenceHash(owner, externalReference);
    const row = this.#statements.selectReference.get(ledgerId, hash);
    return row && textOf(row, 'commitment_id');
  }

  findStream(owner: Owner, pathId: string, receiptType: ReceiptType): Stream | undefined {
    return this.#findStream(owner, pathId, receiptType)?.stream;
  }

  totalsSince(stream: Stream, sinceMs: number): DecisionTotals {
    const known = this.#findStream(stream.owner, stream.pathId, stream.receiptType);
    if (known === undefined) return { count: 0, sumUsdCents: 0 };
    return this.#totals.since(known.streamId, sinceMs);
  }

  insertDecision(decision: IssuedDecision): void {
    const { stream, issuedAtMs } = decision;
    const ledgerId = this.#ledgerOf(stream.owner);
    const known = this.#streamOf(ledgerId, stream);
    const receiptId = this.#insertReceipt(known.streamId, decision);
    const { insertOpening, insertLeaf, insertReference } = this.#statements;
    insertOpening.run(receiptId, decision.openingText);
    insertLeaf.run(receiptId, decision.leaf);
    const hash = this.#referenceHash(stream.owner, decision.externalReference);
    insertReference.run(ledgerId, hash, receiptId);
    this.#insertAnswer(ledgerId, receiptId, decision);
    if (decision.counted !== undefined) {
      this.#totals.add(known.streamId, decision.evaluatedAtMs, decision.counted.usdCents);
    }
    known.stream = { ...stream, lastSeq: stream.lastSeq + 1, lastIssuedAtMs: issuedAtMs };
    known.isMoved = true;
    this.#newestMs = Math.max(this.#newestMs, issuedAtMs);
  }

  applyChange(change: LedgerChange, nowMs: number): void {
    this.#isChanged = true;
    applyChange(this.#database, change, nowMs);
  }

  #insertReceipt(streamId: number, decision: IssuedDecision): number {
    const { stream, requestId, commitmentId, issuedAtMs, payload, signature, kid } = decision;
    const { lastInsertRowid } = this.#statements.insertReceipt.run(
      streamId,
      stream.epoch,
      stream.lastSeq + 1,
      requestId,
      commitmentId,
      issuedAtMs,
      payload,
      signature,
      kid,
    );
    return Number(lastInsertRowid);
  }

  #insertAnswer(ledgerId: number, receiptId: number, decision: IssuedDecision): void {
    const { idempotency, earlierCommitmentId = null, needsText = null } = decision;
    if (idempotency === undefined) return;
    const { key, requestHash, evidenceDigest = null } = idempotency;
    this.#statements.putAnswer.run(
      ledgerId,
      key,
      requestHash,
      evidenceDigest,
      receiptId,
      earlierCommitmentId,
      needsText,
      decision.issuedAtMs,
    );
  }

  #findLedger(owner: Owner): number | undefined {
    const name = ledgerName(owner);
    const known = this.#ledgers.get(name);
    if (known !== undefined) return known;
    const row = this.#statements.selectLedger.get(owner.environment, owner.partnerId);
    if (row === undefined) return undefined;
    const ledgerId = integerOf(row, 'ledger_id');
    this.#ledgers.set(name, ledgerId);
    return ledgerId;
  }

  #ledgerOf(owner: Owner): number {
    const known = this.#findLedger(owner);
    if (known !== undefined) return known;
    const { environment, partnerId } = owner;
    const { lastInsertRowid } = this.#statements.insertLedger.run(environment, partnerId);
    const ledgerId = Number(lastInsertRowid);
    this.#ledgers.set(ledgerName(owner), ledgerId);
    return ledgerId;
  }

  #findStream(owner: Owner, pathId: string, receiptType: ReceiptType): KnownStream | undefined {
    const name = `${ledgerName(owner)} ${pathId} ${receiptType}`;
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const ledgerId = this.#findLedger(owner);
    if (ledgerId === undefined) return undefined;
    const row = this.#statements.selectStream.get(ledgerId, pathId, receiptType);
    if (row === undefined) return undefined;
    const stream: Stream = {
      owner,
      pathId,
      receiptType,
      key: bytesOf(row, 'stream_key'),
      digest: parseDigest(textOf(row, 'stream')),
      epoch: integerOf(row, 'epoch'),
      lastSeq: integerOf(row, 'last_seq'),
      lastIssuedAtMs: integerOf(row, 'last_issued_at_ms'),
    };
    const found = { streamId: integerOf(row, 'stream_id'), stream, isMoved: false };
    this.#streams.set(name, found);
    return found;
  }

  #streamOf(ledgerId: number, stream: Stream): KnownStream {
    const { owner, pathId, receiptType, key, digest, epoch, lastSeq, lastIssuedAtMs } = stream;
    const known = this.#findStream(owner, pathId, receiptType);
    if (known !== undefined) return demandCurrent(known, stream);
    const { lastInsertRowid } = this.#statements.insertStream.run(
      ledgerId,
      pathId,
      receiptType,
      key,
      digest,
      epoch,
      lastSeq,
      lastIssuedAtMs,
    );
    const created = { streamId: Number(lastInsertRowid), stream, isMoved: true };
    this.#streams.set(`${ledgerName(owner)} ${pathId} ${receiptType}`, created);
    return created;
  }

  /** Once a transaction, however many receipts a stream took. */
  #writeStreams(): void {
    for (const known of this.#streams.values()) {
      if (!known.isMoved) continue;
      const { lastSeq, lastIssuedAtMs } = known.stream;
      this.#statements.advanceStream.run(lastSeq, lastIssuedAtMs, known.streamId);
      this.#statements.purgeTotals.run(known.streamId, lastIssuedAtMs - WINDOW_MS);
      known.isMoved = false;
    }
  }

  #referenceHash({ environment, partnerId }: Owner, externalReference: string): Uint8Array {
    const text = canonicalize([environment, partnerId, externalReference]);
    const hmac = createHmac('sha256', this.#referenceKey);
    return hmac.update(`craton.reference.v1\n${text}`).digest().subarray(0, REFERENCE_HASH_BYTES);
  }
}

/** Environments and labels hold no space, so joined names cannot meet. */
function ledgerName({ environment, partnerId }: Owner): string {
  return `${environment} ${partnerId}`;
}

function demandCurrent(known: KnownStream, { epoch, lastSeq }: Stream): KnownStream {
  if (known.stream.epoch === epoch && known.stream.lastSeq === lastSeq) return known;
  throw new CratonError('ERR_INTERNAL', 'A stream moved on since it was read.');
}
