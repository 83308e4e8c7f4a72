/**
 * What an outsider finds in the store after a crash. Shares no code with the service: rows are read
 * from the database, and judged with the published protocol package alone.
 */
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import {
  assertVerified,
  BUNDLE_OBJECT,
  digestBytes,
  encodeBase64,
  encodeBase64url,
  encodeLogEntry,
  streamDigest,
  streamTag,
  utf8,
  verifyBundle,
} from '@craton/protocol';
import type { Installation } from './boundary-process.ts';
import type { StoredRows } from './crash-store.ts';
import type { Attempt } from './load.ts';

const REQUIRED = 'payload,signature,issuer,commitment';

type Row = StoredRows['receipts'][number];

/** A receipt as the store has it, every number read as one. */
interface StoredReceipt {
  readonly streamId: number;
  readonly seq: number;
  readonly requestId: string;
  readonly reference: string;
  readonly openingText: string;
  readonly envelope: { payload_b64: string; signature: string; kid: string; sig_alg: 'ed25519' };
  readonly payload: Uint8Array;
  readonly entry: Uint8Array;
}

export interface Finding {
  readonly stored: number;
  /** Names of attempts whose receipt is in the store. */
  readonly references: ReadonlySet<string>;
  /** Acknowledged, and not in the store with the same bytes. */
  readonly lost: readonly Attempt[];
}

export class Examiner {
  readonly #installation: Installation;
  /** Of every row that was ever found, by request id: what is stored never changes. */
  readonly #fingerprints = new Map<string, string>();

  constructor(installation: Installation) {
    this.#installation = installation;
  }

  /** Throws unless the store is whole in itself; answers what it lacks of what was acknowledged. */
  async examine(rows: StoredRows, acknowledged: readonly Attempt[]): Promise<Finding> {
    const receipts = rows.receipts.map(readReceipt);
    for (const [table, count] of Object.entries(rows.counts)) {
      assert.equal(count, receipts.length, `${table} does not have one row for each receipt`);
    }
    const byReference = new Map(receipts.map((receipt) => [receipt.reference, receipt]));
    assert.equal(byReference.size, receipts.length, 'an idempotency key was issued twice');
    assertGapless(rows, receipts);
    for (const receipt of receipts) await this.#assertGenuine(receipt, rows);
    const lost = acknowledged.filter(({ name, text = '' }) => {
      const stored = byReference.get(name);
      return stored === undefined || !isAnswerOf(text, stored);
    });
    return { stored: receipts.length, references: new Set(byReference.keys()), lost };
  }

  /** Fails if a row is gone that an earlier examination has seen. */
  assertKept({ receipts }: StoredRows): void {
    const kept = new Set(receipts.map((row) => String(row['request_id'])));
    const missing = [...this.#fingerprints.keys()].filter((requestId) => !kept.has(requestId));
    assert.deepEqual(missing, [], 'stored receipts are gone');
  }

  async #assertGenuine(receipt: StoredReceipt, { streams }: StoredRows): Promise<void> {
    const fingerprint = fingerprintOf(receipt);
    const earlier = this.#fingerprints.get(receipt.requestId);
    if (earlier !== undefined) {
      assert.equal(fingerprint, earlier, 'a stored receipt has changed');
      return;
    }
    const stream = streams.find((row) => Number(row['stream_id']) === receipt.streamId);
    assert.ok(stream, 'a receipt without a stream');
    const { jwk, attestation, trust } = this.#installation;
    const bundle = {
      object: BUNDLE_OBJECT,
      receipt: receipt.envelope,
      key_bundle: { keys: [jwk] },
      attestation,
      opening: JSON.parse(receipt.openingText) as unknown,
    };
    assertVerified(await verifyBundle(utf8(JSON.stringify(bundle)), trust, { require: REQUIRED }));
    assertLeaf(receipt, stream);
    this.#fingerprints.set(receipt.requestId, fingerprint);
  }
}

/** Sequence numbers are 1 to the stream's last, each once, and the signed ones are the stored ones. */
function assertGapless({ streams }: StoredRows, receipts: readonly StoredReceipt[]): void {
  for (const stream of streams) {
    const own = receipts.filter(({ streamId }) => streamId === Number(stream['stream_id']));
    const stored = own.map(({ seq }) => seq);
    const signed = own.map(({ payload }) => Number(payloadOf(payload)['seq']));
    const expected = Array.from({ length: Number(stream['last_seq']) }, (_, index) => index + 1);
    assert.deepEqual(stored, expected, 'a gap or a double in a stream');
    assert.deepEqual(signed, expected, 'the signed sequence is not the stored one');
  }
}

function assertLeaf(receipt: StoredReceipt, stream: Row): void {
  const payload = payloadOf(receipt.payload);
  const streamKey = bytesOf(stream['stream_key']);
  const { origin } = payload['log'] as { origin: string };
  const digest = streamDigest({
    origin,
    partner_id: String(stream['partner_id']),
    path_id: String(stream['path_id']),
    receipt_type: String(stream['receipt_type']),
    stream_key: encodeBase64url(streamKey),
  });
  assert.equal(payload['stream'], digest);
  const position = { stream: digest, epoch: Number(payload['epoch']), seq: receipt.seq };
  const entry = encodeLogEntry({
    v: 1,
    digest: digestBytes(receipt.payload),
    kid: receipt.envelope.kid,
    tag: streamTag(streamKey, position),
  });
  assert.deepEqual(Buffer.from(receipt.entry), Buffer.from(entry), 'a leaf of something else');
}

/** Whoever got this answer holds exactly this receipt and this opening. */
function isAnswerOf(text: string, { envelope, openingText }: StoredReceipt): boolean {
  const { receipt } = JSON.parse(text) as { receipt: StoredReceipt['envelope'] };
  const isSame = Object.entries(envelope).every(
    ([member, value]) => receipt[member as keyof typeof receipt] === value,
  );
  return isSame && text.includes(`"opening":${openingText}`);
}

function readReceipt(row: Row): StoredReceipt {
  const payload = bytesOf(row['payload']);
  const openingText = String(row['opening']);
  const opening = JSON.parse(openingText) as { references: { external_reference: string } };
  return {
    streamId: Number(row['stream_id']),
    seq: Number(row['seq']),
    requestId: String(row['request_id']),
    reference: opening.references.external_reference,
    openingText,
    payload,
    entry: bytesOf(row['entry']),
    envelope: {
      payload_b64: encodeBase64(payload),
      signature: encodeBase64(bytesOf(row['signature'])),
      kid: String(row['kid']),
      sig_alg: 'ed25519',
    },
  };
}

function fingerprintOf({ streamId, seq, openingText, envelope, entry }: StoredReceipt): string {
  const parts = [streamId, seq, openingText, envelope, encodeBase64(entry)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function payloadOf(payload: Uint8Array): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>;
}

function bytesOf(value: unknown): Uint8Array {
  assert.ok(value instanceof Uint8Array, 'bytes are missing in a row');
  return value;
}
