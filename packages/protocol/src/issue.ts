/** What an issuer does: compose a payload, serialise it once, and put the signature beside it. */
import { encodeBase64 } from './base64.ts';
import type { Decision } from './decision.ts';
import { canonicalBytes, type JsonObject } from './json/canonical.ts';
import type { Opening } from './opening.ts';
import {
  type DecisionPayload,
  type DeploymentPayload,
  type Payload,
  PROTOCOL_ID,
  type Receipt,
  SIGNATURE_ALGORITHM,
} from './receipt.ts';
import { formatTime, parseTime } from './time.ts';
import { logOrigin, type StreamPosition } from './stream.ts';

/** A receipt must be in a witnessed checkpoint this long after it was issued. */
export const MERGE_DELAY_MS = 3_600_000;

/** Where and when a receipt is issued. */
export interface Issuance extends StreamPosition {
  readonly issuer: string;
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly issuedAtMs: number;
  /** The newest cosigned checkpoint that the issuer knows. */
  readonly seen?: { readonly size: number; readonly root: string };
}

/** The members that all payloads share. */
export function composeCommon(issuance: Issuance) {
  const { issuer, environment, issuedAtMs, seen } = issuance;
  return {
    protocol: PROTOCOL_ID,
    issuer,
    environment,
    issued_at: formatTime(issuedAtMs),
    epoch: issuance.epoch,
    seq: issuance.seq,
    stream: issuance.stream,
    log: {
      merge_by: formatTime(issuedAtMs + MERGE_DELAY_MS),
      origin: logOrigin(issuer, environment),
      ...(seen && { seen }),
    },
  } as const;
}

/**
 * The payload of a decision. Throws `RangeError` if it would be issued at or after its expiry:
 * such a receipt must not exist.
 */
export function composeDecision(
  opening: Opening,
  decision: Decision,
  commitmentId: string,
  issuance: Issuance,
): DecisionPayload {
  if (issuance.issuedAtMs >= parseTime(decision.expires_at)) {
    throw new RangeError('A decision is never issued at or after its expiry.');
  }
  const { protocol, issuer, environment, issued_at, epoch, seq, stream, log } =
    composeCommon(issuance);
  // In canonical order, which makes it quick to serialise.
  return {
    ...(opening.action_digest && { action_digest: opening.action_digest }),
    boundary_snapshot: opening.boundary_snapshot,
    commitment_id: commitmentId,
    ...(decision.enforcement === 'observe' && { crit: ['enforcement'] }),
    enforcement: decision.enforcement,
    environment,
    epoch,
    evaluated_at: opening.evaluated_at,
    expires_at: decision.expires_at,
    issued_at,
    issuer,
    log,
    max_uses: 1,
    obligations: decision.obligations,
    protocol,
    reasons: decision.reasons,
    receipt_type: 'boundary_decision',
    request_id: opening.request_id,
    seq,
    stream,
    verdict: decision.verdict,
  };
}

/** The bytes that are signed, hashed and sent: serialised exactly once. */
export function encodePayload(payload: Payload): Uint8Array {
  return canonicalBytes(payload);
}

/** The envelope; `signature` is the 64 bytes over `payload`. */
export function sealReceipt(payload: Uint8Array, signature: Uint8Array, kid: string): Receipt {
  return {
    payload_b64: encodeBase64(payload),
    signature: encodeBase64(signature),
    kid,
    sig_alg: SIGNATURE_ALGORITHM,
  };
}

/** The payload of a deployment record, linked to the decision that allowed it. */
export function composeDeployment(
  decision: DecisionPayload,
  record: JsonObject,
  issuance: Issuance,
): DeploymentPayload {
  return {
    ...composeCommon(issuance),
    receipt_type: 'deployment_record',
    request_id: decision.request_id,
    commitment_id: decision.commitment_id,
    boundary_snapshot: decision.boundary_snapshot,
    record,
  };
}
