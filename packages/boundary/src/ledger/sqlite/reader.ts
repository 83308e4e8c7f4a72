/** Reads on a connection of their own: committed rows only, never in the writer's way. */
import type { DatabaseSync } from 'node:sqlite';
import { encodeBase64url, isCommitmentId, isRequestId } from '@craton/protocol';
import {
  type ApiKey,
  type LedgerReader,
  type Owner,
  type PartnerStream,
  RECEIPT_PAGE_MAX,
  type ReceiptPage,
  type ReceiptRange,
  type StoredReceipt,
  type StoreMeasure,
} from '../port.ts';
import { commitmentHash } from '../key-hash.ts';
import { bytesOf, integerOf, type Row, textOf } from '../row.ts';
import { parseReceiptType, policyOf, readStoredReceipt } from '../stored-values.ts';
import { measureSqliteStore } from './measure-store.ts';
import { readKeysBySha256, readVersion } from './snapshot.ts';

const SELECT_OWNED = `
  SELECT receipt_id, receipt_type, request_id, commitment_id, receipts.epoch AS epoch, seq, payload,
    signature, kid, opening, log_index
  FROM receipts JOIN streams USING (stream_id) JOIN ledgers USING (ledger_id)
    LEFT JOIN openings USING (receipt_id) LEFT JOIN log_entries USING (receipt_id)
  WHERE environment = ? AND partner_id = ?`;

function prepareReads(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    byRequest: prepare(`${SELECT_OWNED} AND request_id = ?`),
    byCommitment: prepare(`${SELECT_OWNED} AND receipt_id = ? AND commitment_id = ?`),
    indexed: prepare('SELECT receipt_id FROM key_index WHERE key_hash = ?'),
    // A scan, but a short one: under 3 ms when the journal is longest.
    journaled: prepare('SELECT receipt_id FROM key_journal WHERE commitment_hash = ?'),
    linked: prepare(
      `${SELECT_OWNED} AND receipt_id IN (
         SELECT linked_receipts.receipt_id FROM linked_receipts WHERE decision_id = ?)
       ORDER BY receipt_id`,
    ),
    page: prepare(
      `${SELECT_OWNED} AND path_id = ? AND receipt_type = ?
         AND receipts.epoch = ? AND seq >= ? ORDER BY seq LIMIT ?`,
    ),
    streams: prepare(
      `SELECT stream, path_id, receipt_type, epoch, last_seq, stream_key
       FROM streams JOIN ledgers USING (ledger_id)
       WHERE environment = ? AND partner_id = ? ORDER BY stream_id`,
    ),
    livePath: prepare(
      `SELECT document FROM paths
       WHERE environment = ? AND partner_id = ? AND path_id = ? AND live = 1`,
    ),
    policy: prepare(
      `SELECT document FROM paths
       WHERE environment = ? AND partner_id = ? AND path_id = ? AND policy_digest = ?`,
    ),
    identity: prepare('SELECT identity FROM store'),
  };
}

/** Synchronous underneath: each read takes tens of microseconds. */
export class SqliteReader implements LedgerReader {
  readonly #database: DatabaseSync;
  readonly #reads: ReturnType<typeof prepareReads>;
  #keys: ReadonlyMap<string, ApiKey>;
  #version: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#reads = prepareReads(database);
    this.#version = readVersion(database);
    this.#keys = readKeysBySha256(database);
  }

  async findReceipt(owner: Owner, id: string): Promise<StoredReceipt | undefined> {
    await Promise.resolve();
    const row = this.#findRow(owner, id);
    return row && this.#readReceipt(owner, row);
  }

  async findLinked(owner: Owner, commitmentId: string): Promise<readonly StoredReceipt[]> {
    await Promise.resolve();
    const decision = this.#findRow(owner, commitmentId);
    if (decision === undefined) return [];
    return this.#reads.linked
      .all(owner.environment, owner.partnerId, integerOf(decision, 'receipt_id'))
      .map((row) => this.#readReceipt(owner, row));
  }

  async listReceipts(owner: Owner, range: ReceiptRange): Promise<ReceiptPage> {
    await Promise.resolve();
    const { pathId, receiptType = 'boundary_decision', epoch = 1, fromSeq } = range;
    const limit = Math.min(range.limit, RECEIPT_PAGE_MAX);
    const rows = this.#reads.page.all(
      owner.environment,
      owner.partnerId,
      pathId,
      receiptType,
      epoch,
      fromSeq,
      // One more tells whether there is a next page.
      limit + 1,
    );
    const receipts = rows.slice(0, limit).map((row) => this.#readReceipt(owner, row));
    const next = rows[limit];
    return { receipts, ...(next && { nextSeq: integerOf(next, 'seq') }) };
  }

  async listStreams(owner: Owner): Promise<readonly PartnerStream[]> {
    await Promise.resolve();
    const rows = this.#reads.streams.all(owner.environment, owner.partnerId);
    return rows.map((row) => ({
      stream: textOf(row, 'stream'),
      path_id: textOf(row, 'path_id'),
      receipt_type: parseReceiptType(textOf(row, 'receipt_type')),
      epoch: integerOf(row, 'epoch'),
      last_seq: integerOf(row, 'last_seq'),
      stream_key: encodeBase64url(bytesOf(row, 'stream_key')),
    }));
  }

  async findLivePath(owner: Owner, pathId: string): Promise<string | undefined> {
    await Promise.resolve();
    const row = this.#reads.livePath.get(owner.environment, owner.partnerId, pathId);
    return row && textOf(row, 'document');
  }

  apiKeys(): ReadonlyMap<string, ApiKey> {
    return this.#keys;
  }

  async storeIdentity(): Promise<string> {
    await Promise.resolve();
    return textOf(this.#reads.identity.get() ?? {}, 'identity');
  }

  async measureStore(): Promise<StoreMeasure> {
    await Promise.resolve();
    return measureSqliteStore(this.#database);
  }

  /** Takes over the keys of this version of the store, unless they are here already. */
  follow(snapshotVersion: number): void {
    if (snapshotVersion === this.#version) return;
    this.#version = readVersion(this.#database);
    this.#keys = readKeysBySha256(this.#database);
  }

  close(): void {
    this.#database.close();
  }

  #findRow({ environment, partnerId }: Owner, id: string): Row | undefined {
    if (isRequestId(id)) return this.#reads.byRequest.get(environment, partnerId, id);
    if (!isCommitmentId(id)) return undefined;
    const hash = commitmentHash(id);
    // Twice, because a hash may move from journal to index between the two looks.
    const { indexed, journaled } = this.#reads;
    const found = indexed.get(hash) ?? journaled.get(hash) ?? indexed.get(hash);
    if (found === undefined) return undefined;
    const receiptId = integerOf(found, 'receipt_id');
    return this.#reads.byCommitment.get(environment, partnerId, receiptId, id);
  }

  #readReceipt(owner: Owner, row: Row): StoredReceipt {
    return readStoredReceipt(row, this.#findPolicy(owner, bytesOf(row, 'payload')));
  }

  #findPolicy({ environment, partnerId }: Owner, payload: Uint8Array): string | undefined {
    const policy = policyOf(payload);
    if (policy === undefined) return undefined;
    const { pathId, policyDigest } = policy;
    const row = this.#reads.policy.get(environment, partnerId, pathId, policyDigest);
    return row && textOf(row, 'document');
  }
}
