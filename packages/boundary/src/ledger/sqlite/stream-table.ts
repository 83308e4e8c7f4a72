/** Ledgers and streams, kept in memory while this connection is the only writer. */
import { CratonError, type ReceiptType } from '@craton/protocol';
import { HmacKey } from '../hmac-key.ts';
import type { Owner } from '../port.ts';
import type { Stream } from '../transaction.ts';
import { bytesOf, integerOf, textOf } from '../row.ts';
import { parseDigest } from '../stored-values.ts';
import type { Statements } from './statements.ts';

/** A stream with its row. */
export interface KnownStream {
  readonly streamId: number;
  stream: Stream;
  /** Moved on in this transaction. */
  isMoved: boolean;
}

/** Streams by owner, path and receipt type. */
export class StreamTable {
  readonly #statements: Statements;
  readonly #ledgers = new Map<string, number>();
  readonly #streams = new Map<string, KnownStream>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  find(owner: Owner, pathId: string, receiptType: ReceiptType): KnownStream | undefined {
    const name = streamName(owner, pathId, receiptType);
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
      key: new HmacKey(bytesOf(row, 'stream_key')),
      digest: parseDigest(textOf(row, 'stream')),
      epoch: integerOf(row, 'epoch'),
      lastSeq: integerOf(row, 'last_seq'),
      lastIssuedAtMs: integerOf(row, 'last_issued_at_ms'),
    };
    const found = { streamId: integerOf(row, 'stream_id'), stream, isMoved: false };
    this.#streams.set(name, found);
    return found;
  }

  /** The stored stream of this state, created if it is new. */
  demand(stream: Stream): KnownStream {
    const { owner, pathId, receiptType } = stream;
    const known = this.find(owner, pathId, receiptType) ?? this.#insert(stream);
    const { epoch, lastSeq } = known.stream;
    if (epoch === stream.epoch && lastSeq === stream.lastSeq) return known;
    throw new CratonError('ERR_INTERNAL', 'A stream moved on since it was read.');
  }

  /** Once a transaction, however many receipts a stream took. */
  writeMoved(onMoved: (known: KnownStream) => void): void {
    for (const known of this.#streams.values()) {
      if (!known.isMoved) continue;
      const { lastSeq, lastIssuedAtMs } = known.stream;
      this.#statements.advanceStream.run(lastSeq, lastIssuedAtMs, known.streamId);
      onMoved(known);
      known.isMoved = false;
    }
  }

  /** After a rollback. */
  forget(): void {
    this.#ledgers.clear();
    this.#streams.clear();
  }

  #insert(stream: Stream): KnownStream {
    const { owner, pathId, receiptType, key, digest, epoch, lastSeq, lastIssuedAtMs } = stream;
    const { lastInsertRowid } = this.#statements.insertStream.run(
      this.#findLedger(owner) ?? this.#insertLedger(owner),
      pathId,
      receiptType,
      key.export(),
      digest,
      epoch,
      lastSeq,
      lastIssuedAtMs,
    );
    const created = { streamId: Number(lastInsertRowid), stream, isMoved: true };
    this.#streams.set(streamName(owner, pathId, receiptType), created);
    return created;
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

  #insertLedger(owner: Owner): number {
    const { environment, partnerId } = owner;
    const { lastInsertRowid } = this.#statements.insertLedger.run(environment, partnerId);
    const ledgerId = Number(lastInsertRowid);
    this.#ledgers.set(ledgerName(owner), ledgerId);
    return ledgerId;
  }
}

/** Environments and labels hold no space, so joined names cannot meet. */
function ledgerName({ environment, partnerId }: Owner): string {
  return `${environment} ${partnerId}`;
}

function streamName(owner: Owner, pathId: string, receiptType: ReceiptType): string {
  return `${ledgerName(owner)} ${pathId} ${receiptType}`;
}
