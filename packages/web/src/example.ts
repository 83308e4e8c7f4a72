/**
 * The example on the pages: the golden case `allow`, made with published test keys. Hashes and ids
 * are computed from it where they are shown, so that a page cannot show a wrong one.
 */

import { type DecisionPayload, readPayload, utf8 } from '@craton/protocol';

/** The request as the host sent it. */
export const EXAMPLE_REQUEST =
  '{"partner_id":"northstar_controls","gate_type":"threshold_gate","system_scope":"operations_console","decision_type":"threshold_execution_request","decision_owner":"operations_owner","decision_size_usd":500000,"case_id":"host-case-001","external_reference":"host-request-123","context":{"authorization_status":"present","authorization_reference":"approval-2026-001","authorization_source":"approval_workflow"}}';

/** What was evaluated, in canonical form. */
export const EXAMPLE_OPENING =
  '{"authority":{"class":"submitted","reference":"approval-2026-001","source":"approval_workflow","status":"present"},"boundary_snapshot":{"decision_type":"threshold_execution_request","gate_type":"threshold_gate","partner_id":"northstar_controls","path_id":"sample-threshold","path_version":1,"policy_digest":"sha256:0c2d328b3cea80c31f63ba11bc3fe2456b6722df5d012bfe77b6d42c3f12d0fa","system_scope":"operations_console","unit":"operations"},"environment":"development","evaluated_at":"2026-11-21T18:00:00.000Z","facts":{"decision_owner":"operations_owner","decision_size_usd_cents":50000000},"ledger":{"match":"one","reference_reused":false},"nonce":"BAQEBAQEBAQEBAQEBAQEBA","references":{"case_id":"host-case-001","external_reference":"host-request-123"},"request":{"decision_type":"threshold_execution_request","gate_type":"threshold_gate","system_scope":"operations_console"},"request_hash":"sha256:38a0d1b38a3b525051e8aa07e6fa041f52dfc4210611db21903b42a385521cf9","request_id":"req_019aa000-0000-7000-8000-000000000001","v":"craton.boundary.opening.v1"}';

/** The signed bytes, as text. */
export const EXAMPLE_PAYLOAD =
  '{"boundary_snapshot":{"decision_type":"threshold_execution_request","gate_type":"threshold_gate","partner_id":"northstar_controls","path_id":"sample-threshold","path_version":1,"policy_digest":"sha256:0c2d328b3cea80c31f63ba11bc3fe2456b6722df5d012bfe77b6d42c3f12d0fa","system_scope":"operations_console","unit":"operations"},"commitment_id":"bnd_u1AgLlnV31nSMNkvp9iKEGbsa5WMKT5Bagaq46lLXdk","enforcement":"enforce","environment":"development","epoch":1,"evaluated_at":"2026-11-21T18:00:00.000Z","expires_at":"2026-11-21T18:05:00.000Z","issued_at":"2026-11-21T18:00:00.001Z","issuer":"golden.example","log":{"merge_by":"2026-11-21T19:00:00.001Z","origin":"golden.example/development"},"max_uses":1,"obligations":[],"protocol":"craton.receipt.protocol.v1","reasons":["within_limit"],"receipt_type":"boundary_decision","request_id":"req_019aa000-0000-7000-8000-000000000001","seq":1,"stream":"sha256:15e840bf289b5baa44a5df9d7dbb688251c39082e788c73269a66520ea8f1b30","verdict":"allow"}';

/** Padded base64, 64 bytes. */
export const EXAMPLE_SIGNATURE =
  'hXrffcwWL6VwNZfDnHgPSLsjtL91o9TFGPzwEJIrMrVw3xqz8chVpCZsHfiMHS/Lq7AXOos5iOCpi5+Zce23AA==';

/** Public key, base64url, 32 bytes. Its private part is public too: a test key. */
export const EXAMPLE_KEY_X = 'gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q';

/** The example's payload, read as a verifier reads it. */
export function exampleDecision(): DecisionPayload {
  const reading = readPayload(utf8(EXAMPLE_PAYLOAD));
  if (!('payload' in reading) || reading.payload.receipt_type !== 'boundary_decision') {
    throw new TypeError('The example is not a decision.');
  }
  return reading.payload;
}
