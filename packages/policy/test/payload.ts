import type { Decision, DecisionPayload, Opening } from '@craton/protocol';

/** A payload that states a decision; what is of no account to the decision is made up. */
export function payloadOf(opening: Opening, decision: Decision): DecisionPayload {
  return {
    protocol: 'craton.receipt.protocol.v1',
    receipt_type: 'boundary_decision',
    issuer: 'issuer.example',
    environment: opening.environment,
    issued_at: opening.evaluated_at,
    epoch: 1,
    seq: 1,
    stream: `sha256:${'00'.repeat(32)}`,
    log: { origin: 'issuer.example/development', merge_by: opening.evaluated_at },
    request_id: opening.request_id,
    commitment_id: `bnd_${'A'.repeat(43)}`,
    boundary_snapshot: opening.boundary_snapshot,
    evaluated_at: opening.evaluated_at,
    max_uses: 1,
    ...decision,
  };
}
