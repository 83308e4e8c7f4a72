/** The answer of a check (PROTOCOL section 10), built as text and never serialised again. */
import {
  canonicalize,
  CratonError,
  type DecisionPayload,
  readPayload,
  SIGNATURE_ALGORITHM,
} from '@craton/protocol';
import type { AnswerParts } from './transaction.ts';

/**
 * The JSON text. It depends on nothing but what is stored, so a replay is equal byte for byte;
 * once the opening was erased, an answer is without it.
 */
export function answerText(parts: AnswerParts, payload: DecisionPayload): string {
  const { openingText, earlierCommitmentId, needsText } = parts;
  return (
    `{"verdict":"${payload.verdict}","reasons":${canonicalize(payload.reasons)}` +
    `,"obligations":${canonicalize(payload.obligations)},"expires_at":"${payload.expires_at}"` +
    `,"commitment_id":"${payload.commitment_id}","request_id":"${payload.request_id}"` +
    `,"boundary_snapshot":${canonicalize(payload.boundary_snapshot)}` +
    (openingText === undefined ? '' : `,"opening":${openingText}`) +
    (earlierCommitmentId === undefined ? '' : `,"earlier_commitment_id":"${earlierCommitmentId}"`) +
    (needsText === undefined ? '' : `,"needs":${needsText}`) +
    `,"receipt":${receiptText(parts)}}`
  );
}

/** The answer from stored parts alone. */
export function replayText(parts: AnswerParts): string {
  return answerText(parts, parseStoredDecision(parts.payload));
}

function receiptText({ payload, signature, kid }: AnswerParts): string {
  return (
    `{"payload_b64":"${base64(payload)}","signature":"${base64(signature)}"` +
    `,"kid":"${kid}","sig_alg":"${SIGNATURE_ALGORITHM}"}`
  );
}

/** Standard and padded like the protocol's own, and ten times as fast. */
function base64({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('base64');
}

/** Our own signed bytes, which `composeDecision` gave their shape. */
function parseStoredDecision(bytes: Uint8Array): DecisionPayload {
  const reading = readPayload(bytes);
  if ('payload' in reading && reading.payload.receipt_type === 'boundary_decision') {
    return reading.payload;
  }
  throw new CratonError('ERR_INTERNAL', 'A stored decision cannot be read; check the store.');
}
