/** Reads on connections of their own, which cannot write: committed rows only. */
import { CratonError, encodeBase64url, isCommitmentId, isRequestId } from '@craton/protocol';
import { commitmentHash } from '../key-hash.ts';
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
import { bytesOf, integerOf, type Row, textOf } from '../row.ts';
import { parseReceiptType, policyOf, readStoredReceipt } from '../stored-values.ts';
import { type ConnectionPool, send, type Statement } from './connection.ts';
import { measurePostgresStore } from './measure-store.ts';
import { PostgresFailure } from './postgres-error.ts';
import type { SnapshotFollower } from './snapshot-follower.ts';

const SELECT_OWNED = `
  SELECT receipts.receipt_id, receipt_type, request_id, commitment_id, receipts.epoch, seq, payload,
    signature, kid, opening, log_index
  FROM receipts JOIN streams USING (stream_id) JOIN ledgers USING (ledger_id)
    LEFT JOIN openings USING (receipt_id) LEFT JOIN log_entries USING (receipt_id)`;
const OF_OWNER = 'WHERE environment = $1 AND partner_id = $2';

const BY_REQUEST = `${SELECT_OWNED} ${OF_OWNER} AND request_id = $3`;
const BY_COMMITMENT = `${SELECT_OWNED} JOIN key_index USING (receipt_id)
  ${OF_OWNER} AND commitment_id = $3 AND key_hash = $4`;
const LINKED = `${SELECT_OWNED} ${OF_OWNER} AND receipts.receipt_id IN (
    SELECT linked_receipts.receipt_id
    FROM linked_receipts JOIN key_index ON key_index.receipt_id = decision_id
    WHERE key_hash = $3)
  ORDER BY receipts.receipt_id`;
const PAGE = `${SELECT_OWNED} ${OF_OWNER} AND path_id = $3 AND receipt_type = $4
    AND receipts.epoch = $5 AND seq >= $6
  ORDER BY seq LIMIT $7`;
const STREAMS = `
  SELECT stream, path_id, receipt_type, epoch, last_seq, stream_key
  FROM streams JOIN ledgers USING (ledger_id) ${OF_OWNER} ORDER BY stream_id`;
const LIVE_PATH = `SELECT document FROM paths ${OF_OWNER} AND path_id = $3 AND live`;
const POLICIES = `
  SELECT path_id, policy_digest, document FROM paths ${OF_OWNER} AND policy_digest = ANY ($3)`;

/** Throws `ERR_STORE_UNAVAILABLE` from every read that the store does not answer. */
export class PostgresReader implements LedgerReader {
  readonly #pool: ConnectionPool;
  readonly #follower: SnapshotFollower;

  constructor(pool: ConnectionPool, follower: SnapshotFollower) {
    this.#pool = pool;
    this.#follower = follower;
  }

  async findReceipt(owner: Owner, id: string): Promise<StoredReceipt | undefined> {
    const [receipt] = await this.#receipts(owner, findStatement(owner, id));
    return receipt;
  }

  async findLinked(owner: Owner, commitmentId: string): Promise<readonly StoredReceipt[]> {
    if (!isCommitmentId(commitmentId)) return [];
    const values = [owner.environment, owner.partnerId, commitmentHash(commitmentId)];
    return this.#receipts(owner, { name: 'linked', text: LINKED, values });
  }

  async listReceipts(owner: Owner, range: ReceiptRange): Promise<ReceiptPage> {
    const { pathId, receiptType = 'boundary_decision', epoch = 1, fromSeq } = range;
    const limit = Math.min(range.limit, RECEIPT_PAGE_MAX);
    const { environment, partnerId } = owner;
    // One more tells whether there is a next page.
    const values = [environment, partnerId, pathId, receiptType, epoch, fromSeq, limit + 1];
    const found = await this.#receipts(owner, { name: 'page', text: PAGE, values });
    const next = found[limit];
    return { receipts: found.slice(0, limit), ...(next && { nextSeq: next.seq }) };
  }

  async listStreams({ environment, partnerId }: Owner): Promise<readonly PartnerStream[]> {
    const values = [environment, partnerId];
    const rows = await this.all({ name: 'streams', text: STREAMS, values });
    return rows.map((row) => ({
      stream: textOf(row, 'stream'),
      path_id: textOf(row, 'path_id'),
      receipt_type: parseReceiptType(textOf(row, 'receipt_type')),
      epoch: integerOf(row, 'epoch'),
      last_seq: integerOf(row, 'last_seq'),
      stream_key: encodeBase64url(bytesOf(row, 'stream_key')),
    }));
  }

  async findLivePath(
    { environment, partnerId }: Owner,
    pathId: string,
  ): Promise<string | undefined> {
    const values = [environment, partnerId, pathId];
    const [row] = await this.all({ name: 'live_path', text: LIVE_PATH, values });
    return row && textOf(row, 'document');
  }

  apiKeys(): ReadonlyMap<string, ApiKey> {
    return this.#follower.keys();
  }

  async storeIdentity(): Promise<string> {
    const [row = {}] = await this.all({ text: 'SELECT identity FROM store' });
    return textOf(row, 'identity');
  }

  async measureStore(): Promise<StoreMeasure> {
    return measurePostgresStore((statement) => this.all(statement));
  }

  /** The rows of one statement. Throws `ERR_STORE_UNAVAILABLE`. */
  async all(statement: Statement): Promise<Row[]> {
    try {
      return await this.#pool.use((client) => send(client, statement));
    } catch (cause) {
      if (!(cause instanceof PostgresFailure)) throw cause;
      const message = 'The store does not answer; try again.';
      throw new CratonError('ERR_STORE_UNAVAILABLE', message, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #receipts(owner: Owner, statement: Statement | undefined): Promise<StoredReceipt[]> {
    if (statement === undefined) return [];
    const rows = await this.all(statement);
    const policies = await this.#policiesOf(owner, rows);
    return rows.map((row) => {
      const policy = policyOf(bytesOf(row, 'payload'));
      const text = policy && policies.get(`${policy.pathId} ${policy.policyDigest}`);
      return readStoredReceipt(row, text);
    });
  }

  /** The path documents that these receipts name, by path and digest. */
  async #policiesOf(
    { environment, partnerId }: Owner,
    rows: readonly Row[],
  ): Promise<ReadonlyMap<string, string>> {
    const digests = new Set(rows.map((row) => policyOf(bytesOf(row, 'payload'))?.policyDigest));
    digests.delete(undefined);
    if (digests.size === 0) return new Map();
    const values = [environment, partnerId, Array.from(digests)];
    const found = await this.all({ name: 'policies', text: POLICIES, values });
    return new Map(
      found.map((row) => [
        `${textOf(row, 'path_id')} ${textOf(row, 'policy_digest')}`,
        textOf(row, 'document'),
      ]),
    );
  }
}

function findStatement({ environment, partnerId }: Owner, id: string): Statement | undefined {
  const values = [environment, partnerId, id];
  if (isRequestId(id)) return { name: 'by_request', text: BY_REQUEST, values };
  if (!isCommitmentId(id)) return undefined;
  const text = BY_COMMITMENT;
  return { name: 'by_commitment', text, values: [...values, commitmentHash(id)] };
}
