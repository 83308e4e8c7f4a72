/** The sample path and requests for it, as tests and the bench use them. */
import { canonicalize, utf8 } from '@craton/protocol';

export const SAMPLE_DOCUMENT = {
  schema: 'craton.boundary.path.v1',
  path_id: 'sample-threshold',
  version: 1,
  salt: 'Y3JhdG9uLXNhbXBsZS1zMQ',
  partner_id: 'northstar_controls',
  unit: 'operations',
  gate_type: 'threshold_gate',
  system_scope: 'operations_console',
  decision_types: ['threshold_execution_request'],
  authority: { sources: ['approval_workflow'], owners: ['*'], minimum_class: 'submitted' },
  facts: [],
  action_digest: 'optional',
  enforcement: 'enforce',
  reference_reuse: 'flag',
  on_unavailable: { mode: 'block' },
  policy: {
    profile: 'craton.cel.profile.v1',
    lifetime_s: 300,
    rules: [
      {
        id: 'authorization',
        when: 'authority.status != "present"',
        verdict: 'reject',
        reason: 'authorization_missing',
      },
      {
        id: 'amount',
        when: '!has(request.decision_size_usd_cents)',
        verdict: 'reject',
        reason: 'amount_required',
      },
      {
        id: 'within-limit',
        when: 'has(request.decision_size_usd_cents) && request.decision_size_usd_cents <= 50000000',
        verdict: 'allow',
        reason: 'within_limit',
      },
      {
        id: 'dual-control',
        when: 'has(request.decision_size_usd_cents) && request.decision_size_usd_cents > 50000000 && request.decision_size_usd_cents <= 100000000',
        verdict: 'constrain',
        reason: 'dual_control_required',
        obligations: [{ type: 'dual_control', approvals: 2 }],
      },
      {
        id: 'over-limit',
        when: 'has(request.decision_size_usd_cents) && request.decision_size_usd_cents > 100000000',
        verdict: 'reject',
        reason: 'over_limit',
      },
    ],
  },
} as const;

/** The sample path as JSON text. */
export const SAMPLE_PATH = canonicalize(SAMPLE_DOCUMENT);

/** The body of a check that the sample path allows, with members replaced or (undefined) left out. */
export function sampleBody(members: Record<string, unknown> = {}): Uint8Array {
  return utf8(
    JSON.stringify({
      partner_id: 'northstar_controls',
      gate_type: 'threshold_gate',
      system_scope: 'operations_console',
      decision_type: 'threshold_execution_request',
      decision_owner: 'operations_owner',
      decision_size_usd: 500000,
      case_id: 'host-case-001',
      external_reference: 'host-request-123',
      context: {
        authorization_status: 'present',
        authorization_reference: 'approval-2026-001',
        authorization_source: 'approval_workflow',
      },
      ...members,
    }),
  );
}
