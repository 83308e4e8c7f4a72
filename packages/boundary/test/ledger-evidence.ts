/** What a stranger can check of the receipts of a ledger. */
import { createPublicKey, verify } from 'node:crypto';
import {
  commitmentId,
  type DecisionPayload,
  decodeBase64,
  decodeBase64url,
  digestBytes,
  encodeLogEntry,
  type Opening,
  streamDigest,
  streamTag,
} from '@craton/protocol';
import { expect } from 'vitest';
import type { Owner, PartnerStream } from '../src/ledger/port.ts';
import type { PublicSigningKey } from '../src/ledger/writer-message.ts';
import {
  type Answer,
  anyPayloadOf,
  DEVELOPMENT,
  type LinkedPayload,
  type StoreUnderTest,
  type World,
} from './ledger-world.ts';

/**
 * Fails unless signature, commitment, stream and leaf of a receipt fit each other. Works with
 * `node:crypto` and the protocol's own hash, which is not the one that issued.
 */
export function expectGenuine(
  answer: Pick<Answer, 'receipt'> & { readonly opening?: Opening },
  { signingKeys: keys, streams, leaves }: Evidence,
): DecisionPayload | LinkedPayload {
  const bytes = decodeBase64(answer.receipt.payload_b64);
  const payload = anyPayloadOf(answer.receipt);
  const key = keys.find(({ environment }) => environment === payload.environment);
  expect(answer.receipt.kid).toBe(key?.kid);
  const publicKey = publicKeyObject(key?.publicKey ?? new Uint8Array(32));
  expect(verify(null, bytes, publicKey, decodeBase64(answer.receipt.signature))).toBe(true);
  if (answer.opening !== undefined) {
    expect(payload.commitment_id).toBe(commitmentId(answer.opening));
    expect(answer.opening.request_id).toBe(payload.request_id);
  }
  const stream = streams.find((candidate) => candidate.stream === payload.stream);
  expect(leaves.has(leafText(payload, bytes, answer.receipt.kid, stream))).toBe(true);
  return payload;
}

export interface Evidence {
  readonly signingKeys: readonly PublicSigningKey[];
  readonly streams: readonly PartnerStream[];
  readonly leaves: ReadonlySet<string>;
}

export async function evidenceOf(
  { ledger }: World,
  store: StoreUnderTest,
  owner = DEVELOPMENT,
): Promise<Evidence> {
  return {
    signingKeys: ledger.signingKeys,
    streams: await ledger.reader.listStreams(owner),
    leaves: new Set((await store.readLeaves()).map((entry) => Buffer.from(entry).toString('utf8'))),
  };
}

function leafText(
  payload: DecisionPayload | LinkedPayload,
  bytes: Uint8Array,
  kid: string,
  stream: PartnerStream | undefined,
): string {
  if (stream === undefined) throw new Error('The payload names a stream that is not listed.');
  const digest = streamDigest({
    origin: payload.log.origin,
    partner_id: payload.boundary_snapshot.partner_id,
    path_id: stream.path_id,
    receipt_type: payload.receipt_type,
    stream_key: stream.stream_key,
  });
  expect(payload.stream).toBe(digest);
  const { epoch, seq } = payload;
  const tag = streamTag(decodeBase64url(stream.stream_key), { stream: digest, epoch, seq });
  const entry = encodeLogEntry({ v: 1, digest: digestBytes(bytes), kid, tag });
  return Buffer.from(entry).toString('utf8');
}

function publicKeyObject(publicKey: Uint8Array) {
  const x = Buffer.from(publicKey).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** The sequence numbers of one stream, as stored. */
export async function sequenceOf(world: World, owner: Owner, pathId: string): Promise<number[]> {
  const page = await world.ledger.reader.listReceipts(owner, { pathId, fromSeq: 1, limit: 1000 });
  return page.receipts.map(({ seq }) => seq);
}

export function oneTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
