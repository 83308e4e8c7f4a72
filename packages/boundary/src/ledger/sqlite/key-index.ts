/** Finds receipts by hashes, which arrive in random order but are written in sorted order. */
import type { DatabaseSync } from 'node:sqlite';
import { HmacKey } from '../hmac-key.ts';
import { hashOfKey, type KeyKind } from '../key-hash.ts';
import type { Owner } from '../port.ts';
import { bytesOf, integerOf, type Row } from '../row.ts';
import type { Statements } from './statements.ts';

/**
 * Hashes collected before they are moved: the more, the more of them share a page. Two generations
 * are in memory at most, about 10 MB.
 */
const GENERATION_HASHES = 65_536;

/**
 * Hashes moved for each receipt that was added, which adds three at most: a generation is moved
 * before the next one is full.
 */
const MOVES_PER_RECEIPT = 6;

/** The hashes of one receipt. */
export interface ReceiptKeys {
  /** Of decisions alone. */
  readonly commitment?: Uint8Array;
  /** Only of the first decision with this reference. */
  readonly reference?: Uint8Array;
  readonly idempotency?: Uint8Array;
}

/** Hashes that are in the journal and not yet all in the index. */
class Generation {
  /** By the hash's bytes as a string. */
  readonly receiptIds = new Map<string, number>();
  /** By the hash's first byte: sorting one bucket at a time never holds up a commit. */
  readonly #buckets: string[][] = Array.from({ length: 256 }, () => []);
  #lastReceiptId = 0;

  get lastReceiptId(): number {
    return this.#lastReceiptId;
  }

  add(hash: Uint8Array, receiptId: number): void {
    const name = nameOf(hash);
    this.receiptIds.set(name, receiptId);
    this.#buckets[hash[0] ?? 0]?.push(name);
    this.#lastReceiptId = receiptId;
  }

  /** Each hash once, in ascending order. */
  *inOrder(): Generator<[Uint8Array, number], void> {
    for (const bucket of this.#buckets) {
      for (const name of bucket.sort()) {
        const receiptId = this.receiptIds.get(name);
        if (receiptId !== undefined) yield [Buffer.from(name, 'latin1'), receiptId];
      }
    }
  }
}

interface Move {
  readonly generation: Generation;
  readonly remaining: Generator<[Uint8Array, number], void>;
}

/** Belongs to one connection, whose transactions it takes part in. */
export class KeyIndex {
  readonly #statements: Statements;
  readonly #key: HmacKey;
  readonly #generation: number;
  #collecting = new Generation();
  #move: Move | undefined;
  #quota = 0;
  #lastHash:
    | {
        readonly kind: KeyKind;
        readonly owner: Owner;
        readonly text: string;
        readonly hash: Uint8Array;
      }
    | undefined;

  constructor(database: DatabaseSync, statements: Statements, generation = GENERATION_HASHES) {
    this.#statements = statements;
    this.#generation = generation;
    const row = database.prepare('SELECT index_key FROM store').get() ?? {};
    this.#key = new HmacKey(bytesOf(row, 'index_key'));
    this.reload();
  }

  /** A hash is asked for twice, to find a receipt and to add it: the last one is remembered. */
  hashOf(kind: KeyKind, owner: Owner, text: string): Uint8Array {
    const last = this.#lastHash;
    if (last?.text === text && last.kind === kind && isSameOwner(last.owner, owner))
      return last.hash;
    const hash = hashOfKey(this.#key, kind, owner, text);
    this.#lastHash = { kind, owner, text, hash };
    return hash;
  }

  find(hash: Uint8Array): number | undefined {
    const name = nameOf(hash);
    const recent =
      this.#collecting.receiptIds.get(name) ?? this.#move?.generation.receiptIds.get(name);
    if (recent !== undefined) return recent;
    const row = this.#statements.selectKey.get(hash);
    return row && integerOf(row, 'receipt_id');
  }

  add(receiptId: number, keys: ReceiptKeys): void {
    const { commitment = null, reference = null, idempotency = null } = keys;
    this.#statements.insertJournal.run(receiptId, commitment, reference, idempotency);
    this.#collect(receiptId, [commitment, reference, idempotency]);
    this.#quota += MOVES_PER_RECEIPT;
  }

  /** At the end of each transaction: moves as many hashes as the transaction earned. */
  move(): void {
    if (this.#move === undefined) this.#startMove();
    for (; this.#quota > 0 && this.#move !== undefined; this.#quota--) this.#moveNext(this.#move);
    this.#quota = 0;
  }

  /** At the start and after a rollback: the journal says what is not moved yet. */
  reload(): void {
    this.#collecting = new Generation();
    this.#move = undefined;
    this.#quota = 0;
    for (const row of this.#statements.selectJournal.iterate()) {
      const hashes = ['commitment_hash', 'reference_hash', 'idempotency_hash'];
      this.#collect(
        integerOf(row, 'receipt_id'),
        hashes.map((column) => optionalBytesOf(row, column)),
      );
    }
  }

  #collect(receiptId: number, hashes: readonly (Uint8Array | null)[]): void {
    for (const hash of hashes) if (hash !== null) this.#collecting.add(hash, receiptId);
  }

  #startMove(): void {
    if (this.#collecting.receiptIds.size < this.#generation) return;
    const generation = this.#collecting;
    this.#move = { generation, remaining: generation.inOrder() };
    this.#collecting = new Generation();
  }

  #moveNext({ generation, remaining }: Move): void {
    const next = remaining.next();
    if (next.done === true) {
      this.#statements.purgeJournal.run(generation.lastReceiptId);
      this.#move = undefined;
      return;
    }
    const [hash, receiptId] = next.value;
    this.#statements.putKey.run(hash, receiptId);
  }
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return a.partnerId === b.partnerId && a.environment === b.environment;
}

function optionalBytesOf(row: Row, column: string): Uint8Array | null {
  return row[column] === null ? null : bytesOf(row, column);
}

/** Strings compare by code unit, which for these is the order of the bytes. */
function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('latin1');
}
