/** What a transaction is going to store, collected until its end and written by one statement. */
import type { ReceiptType } from '@craton/protocol';
import type { ClientBase } from 'pg';
import { WINDOW_MS } from '../issue-decision.ts';
import { IDEMPOTENCY_MS } from '../issuing.ts';
import { integerOf } from '../row.ts';
import type { IssuedReceipt, Stream } from '../transaction.ts';
import { arrayOf, ColumnPacker } from './column-packer.ts';
import { send, type Statement } from './connection.ts';
import type { Totals } from './fetch.ts';

/** A stream with what this transaction adds to it. */
export interface OpenStream {
  /** Absent while the stream is not stored. */
  streamId: number | undefined;
  readonly ledgerId: number;
  stream: Stream;
  decisions: number;
  sumUsdCents: bigint;
  /** The totals after each instant of this transaction at which something counted. */
  readonly added: Totals[];
  isMoved: boolean;
}

/** A receipt with what is found by it and what it is found by. */
export interface PendingReceipt {
  readonly receipt: IssuedReceipt;
  readonly open: OpenStream;
  /** Where the receipt stands in its stream. */
  readonly seq: number;
  readonly commitmentHash?: Uint8Array;
  readonly referenceHash?: Uint8Array;
  readonly idempotencyHash?: Uint8Array;
  /** Of the decision that it is linked to. */
  readonly decisionId?: number;
  readonly receiptType: ReceiptType;
}

/** Rows deleted at once at most, so that no commit waits for a long clean-up. */
const PURGE_ROWS_MAX = 64;

const bytesAt = (column: string) => `substring($1::bytea FROM ${column}_at FOR ${column}_size)`;
const textAt = (column: string) => `convert_from(${bytesAt(column)}, 'UTF8')`;

const COLUMNS = [
  ['stream_id', 'bigint'],
  ['epoch', 'bigint'],
  ['seq', 'bigint'],
  ['request_id', 'text'],
  ['commitment_id', 'text'],
  ['issued_at_ms', 'bigint'],
  ['key_id', 'text'],
  ['kid', 'text'],
  ['request_hash', 'text'],
  ['evidence_digest', 'text'],
  ['earlier_commitment_id', 'text'],
  ['decision_id', 'bigint'],
  ['receipt_type', 'text'],
] as const;
const PACKED_COLUMNS = [
  'payload',
  'signature',
  'leaf',
  'opening',
  'needs',
  'commitment_hash',
  'reference_hash',
  'idempotency_hash',
] as const;
type Column = (typeof COLUMNS)[number][0];
type PackedColumnName = (typeof PACKED_COLUMNS)[number];

const STREAM_COLUMNS = 'stream_id, last_seq, last_issued_at_ms, decisions, sum_usd_cents';
const TOTAL_COLUMNS = 'stream_id, evaluated_at_ms, decisions, sum_usd_cents';
const RECEIPT_COLUMNS = 'receipt_id, stream_id, epoch, seq, request_id, commitment_id';

const NAMES = [
  ...COLUMNS.map(([name]) => name),
  ...PACKED_COLUMNS.flatMap((name) => [`${name}_at`, `${name}_size`]),
];
const TYPES = [...COLUMNS.map(([, type]) => type), ...PACKED_COLUMNS.flatMap(() => ['int', 'int'])];
const LAST_ROW_PARAMETER = TYPES.length + 1;
const parameters = (types: readonly string[], after: number) =>
  types.map((type, index) => `$${after + index + 1}::${type}[]`).join(', ');

const STREAM_TYPES = ['bigint', 'bigint', 'bigint', 'bigint', 'numeric'];
const TOTAL_TYPES = ['bigint', 'bigint', 'bigint', 'numeric'];
const STREAM_PARAMETERS = parameters(STREAM_TYPES, LAST_ROW_PARAMETER);
const TOTAL_PARAMETERS = parameters(TOTAL_TYPES, LAST_ROW_PARAMETER + STREAM_TYPES.length);

/** All rows of a batch stand or fall with this one statement. */
const STORE = `
  WITH input AS MATERIALIZED (
    SELECT nextval('receipt_ids') AS receipt_id, *
    FROM unnest(${parameters(TYPES, 1)}) AS input (${NAMES.join(', ')})),
  stored_receipts AS (
    INSERT INTO receipts (${RECEIPT_COLUMNS}, issued_at_ms, key_id, payload, signature, kid)
    SELECT ${RECEIPT_COLUMNS}, issued_at_ms, key_id, ${bytesAt('payload')}, ${bytesAt('signature')},
      kid FROM input),
  stored_openings AS (
    INSERT INTO openings SELECT receipt_id, ${textAt('opening')} FROM input
    WHERE opening_at IS NOT NULL),
  stored_leaves AS (
    INSERT INTO log_leaves SELECT receipt_id, ${bytesAt('leaf')}, stream_id FROM input),
  stored_keys AS (
    INSERT INTO key_index (key_hash, receipt_id)
    SELECT ${bytesAt('commitment_hash')}, receipt_id FROM input
      WHERE commitment_hash_at IS NOT NULL
    UNION ALL SELECT ${bytesAt('reference_hash')}, receipt_id FROM input
      WHERE reference_hash_at IS NOT NULL
    UNION ALL SELECT ${bytesAt('idempotency_hash')}, receipt_id FROM input
      WHERE idempotency_hash_at IS NOT NULL
    ON CONFLICT (key_hash) DO UPDATE SET receipt_id = excluded.receipt_id),
  stored_answers AS (
    INSERT INTO answers
    SELECT receipt_id, request_hash, evidence_digest, earlier_commitment_id, ${textAt('needs')},
      issued_at_ms FROM input WHERE request_hash IS NOT NULL),
  stored_links AS (
    INSERT INTO linked_receipts SELECT decision_id, receipt_id, receipt_type FROM input
    WHERE decision_id IS NOT NULL),
  stored_totals AS (
    INSERT INTO decision_totals (${TOTAL_COLUMNS})
    SELECT * FROM unnest(${TOTAL_PARAMETERS}) AS added (${TOTAL_COLUMNS})
    ON CONFLICT (stream_id, evaluated_at_ms) DO UPDATE
    SET decisions = excluded.decisions, sum_usd_cents = excluded.sum_usd_cents)
  UPDATE streams SET last_seq = moved.last_seq, last_issued_at_ms = moved.last_issued_at_ms,
    decisions = moved.decisions, sum_usd_cents = moved.sum_usd_cents
  FROM unnest(${STREAM_PARAMETERS}) AS moved (${STREAM_COLUMNS})
  WHERE streams.stream_id = moved.stream_id`;

const INSERT_STREAM = `
  INSERT INTO streams (ledger_id, path_id, receipt_type, stream_key, stream, epoch, last_seq,
    last_issued_at_ms, decisions, sum_usd_cents)
  VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0) RETURNING stream_id`;

// The newest row before the window stays: windows are differences to it. Answers that another
// transaction clears away at this moment are skipped, so that nobody waits.
const PURGE = `
  WITH old_totals AS (
    DELETE FROM decision_totals USING (
      SELECT old.stream_id, old.evaluated_at_ms
      FROM unnest($1::bigint[], $2::bigint[]) AS moved (stream_id, since_ms) CROSS JOIN LATERAL (
        SELECT stream_id, evaluated_at_ms FROM decision_totals AS totals
        WHERE totals.stream_id = moved.stream_id AND evaluated_at_ms < (
          SELECT max(evaluated_at_ms) FROM decision_totals AS newest
          WHERE newest.stream_id = moved.stream_id AND newest.evaluated_at_ms < since_ms)
        ORDER BY evaluated_at_ms LIMIT ${PURGE_ROWS_MAX}) AS old) AS old
    WHERE decision_totals.stream_id = old.stream_id
      AND decision_totals.evaluated_at_ms = old.evaluated_at_ms)
  DELETE FROM answers WHERE receipt_id = ANY (ARRAY(
    SELECT receipt_id FROM answers WHERE stored_at_ms < $3 ORDER BY stored_at_ms
    LIMIT ${PURGE_ROWS_MAX} FOR UPDATE SKIP LOCKED))`;

/** Stores the streams that are new, one by one: there are few, and each only once. */
export async function insertNewStreams(
  client: ClientBase,
  streams: Iterable<OpenStream>,
): Promise<void> {
  for (const open of streams) {
    if (!open.isMoved || open.streamId !== undefined) continue;
    const { pathId, receiptType, key, digest, epoch } = open.stream;
    const [row = {}] = await send(client, {
      text: INSERT_STREAM,
      values: [open.ledgerId, pathId, receiptType, key.export(), digest, epoch],
    });
    open.streamId = integerOf(row, 'stream_id');
  }
}

/** The statement that stores everything. Its streams are stored already. */
export function storeStatement(
  receipts: readonly PendingReceipt[],
  streams: readonly OpenStream[],
): Statement {
  const packer = new ColumnPacker();
  const columns = columnsOf(receipts);
  const packed = packedColumnsOf(receipts);
  const positions = PACKED_COLUMNS.flatMap((name) => {
    const { offsets, lengths } = packer.pack(packed[name]);
    return [arrayOf(offsets), arrayOf(lengths)];
  });
  const values = [
    packer.bytes(),
    ...COLUMNS.map(([name]) => arrayOf(columns[name])),
    ...positions,
    ...streamValues(streams),
    ...totalValues(streams),
  ];
  return { name: 'store_batch', text: STORE, values };
}

/** Clears away a little of what is too old. */
export function purgeStatement(streams: readonly OpenStream[]): Statement {
  const latestMs = Math.max(0, ...streams.map(({ stream }) => stream.lastIssuedAtMs));
  return {
    name: 'purge',
    text: PURGE,
    values: [
      arrayOf(streams.map(({ streamId }) => streamId)),
      arrayOf(streams.map(({ stream }) => stream.lastIssuedAtMs - WINDOW_MS)),
      latestMs - IDEMPOTENCY_MS,
    ],
  };
}

type Values = readonly (string | number | undefined)[];

function columnsOf(pending: readonly PendingReceipt[]): Readonly<Record<Column, Values>> {
  const all = <T>(read: (one: PendingReceipt) => T) => pending.map(read);
  return {
    stream_id: all(({ open }) => open.streamId),
    epoch: all(({ receipt }) => receipt.stream.epoch),
    seq: all(({ seq }) => seq),
    request_id: all(({ receipt }) => receipt.requestId),
    commitment_id: all(({ receipt }) => receipt.commitmentId),
    issued_at_ms: all(({ receipt }) => receipt.issuedAtMs),
    key_id: all(({ receipt }) => receipt.keyId),
    kid: all(({ receipt }) => receipt.kid),
    request_hash: all(({ receipt }) => receipt.idempotency?.requestHash),
    evidence_digest: all(({ receipt }) => receipt.idempotency?.evidenceDigest),
    earlier_commitment_id: all(({ receipt }) => receipt.earlierCommitmentId),
    decision_id: all(({ decisionId }) => decisionId),
    receipt_type: all(({ receiptType }) => receiptType),
  };
}

type PackedValues = readonly (Uint8Array | string | undefined)[];

function packedColumnsOf(
  pending: readonly PendingReceipt[],
): Readonly<Record<PackedColumnName, PackedValues>> {
  const all = <T>(read: (one: PendingReceipt) => T) => pending.map(read);
  return {
    payload: all(({ receipt }) => receipt.payload),
    signature: all(({ receipt }) => receipt.signature),
    leaf: all(({ receipt }) => receipt.leaf),
    opening: all(({ receipt }) => receipt.openingText),
    needs: all(({ receipt }) => receipt.needsText),
    commitment_hash: all(({ commitmentHash }) => commitmentHash),
    reference_hash: all(({ referenceHash }) => referenceHash),
    idempotency_hash: all(({ idempotencyHash }) => idempotencyHash),
  };
}

function streamValues(streams: readonly OpenStream[]): string[] {
  return [
    arrayOf(streams.map(({ streamId }) => streamId)),
    arrayOf(streams.map(({ stream }) => stream.lastSeq)),
    arrayOf(streams.map(({ stream }) => stream.lastIssuedAtMs)),
    arrayOf(streams.map(({ decisions }) => decisions)),
    arrayOf(streams.map(({ sumUsdCents }) => sumUsdCents)),
  ];
}

function totalValues(streams: readonly OpenStream[]): string[] {
  const rows = streams.flatMap(({ streamId, added }) =>
    added.map((totals) => ({ streamId, ...totals })),
  );
  return [
    arrayOf(rows.map(({ streamId }) => streamId)),
    arrayOf(rows.map(({ evaluatedAtMs }) => evaluatedAtMs)),
    arrayOf(rows.map(({ decisions }) => decisions)),
    arrayOf(rows.map(({ sumUsdCents }) => sumUsdCents)),
  ];
}
