/**
 * The example on the pages: the golden case `allow`, made with published test keys. Hashes and ids
 * are computed from its bundle where they are shown, so that a page cannot show a wrong one.
 */
import {
  canonicalize,
  type DecisionPayload,
  decodeBase64,
  decodeBase64url,
  decodeUtf8,
  readPayload,
} from '@craton/protocol';
import bundle from './example-bundle.json' with { type: 'json' };

/** The request as the host sent it. */
export const EXAMPLE_REQUEST =
  '{"partner_id":"northstar_controls","gate_type":"threshold_gate","system_scope":"operations_console","decision_type":"threshold_execution_request","decision_owner":"operations_owner","decision_size_usd":500000,"case_id":"host-case-001","external_reference":"host-request-123","context":{"authorization_status":"present","authorization_reference":"approval-2026-001","authorization_source":"approval_workflow"}}';

/** The verification bundle, for reading. */
export const EXAMPLE_BUNDLE = JSON.stringify(bundle, null, 2);

/** The trust policy that fits it. */
export const EXAMPLE_TRUST_POLICY = `craton-policy v1
# Test keys. Trust them for nothing.
root golden-root-1 iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w= golden.example development
quorum none
`;

/** What was evaluated, in canonical form. */
export const EXAMPLE_OPENING = canonicalize(bundle.opening);

/** The signed bytes. */
export const EXAMPLE_PAYLOAD = decodeBase64(bundle.receipt.payload_b64);

/** 64 bytes. */
export const EXAMPLE_SIGNATURE = decodeBase64(bundle.receipt.signature);

/** 32 bytes. Its private part is public too: a test key. */
export const EXAMPLE_KEY = decodeBase64url(bundle.key_bundle.keys[0]?.x ?? '');

/** The signed bytes as text. */
export function examplePayloadText(): string {
  return decodeUtf8(EXAMPLE_PAYLOAD);
}

/** The example's payload, read as a verifier reads it. */
export function exampleDecision(): DecisionPayload {
  const reading = readPayload(EXAMPLE_PAYLOAD);
  if (!('payload' in reading) || reading.payload.receipt_type !== 'boundary_decision') {
    throw new TypeError('The example is not a decision.');
  }
  return reading.payload;
}
