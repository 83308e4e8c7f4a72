import type { Opening } from '@craton/protocol';

/** An opening of a matched decision, with other members where a test wants them. */
export function openingWith(changes: Partial<Opening> = {}): Opening {
  return {
    v: 'craton.boundary.opening.v1',
    nonce: 'AAECAwQFBgcICQoLDA0ODw',
    request_id: 'req_019aa000-0000-7000-8000-000000000001',
    request_hash: `sha256:${'00'.repeat(32)}`,
    environment: 'development',
    evaluated_at: '2026-11-21T18:00:00.000Z',
    boundary_snapshot: {
      path_id: 'release',
      path_version: 1,
      partner_id: 'harbor_bank',
      gate_type: 'payment_release',
      system_scope: 'payment_hub',
      policy_digest: `sha256:${'00'.repeat(32)}`,
    },
    request: { gate_type: 'payment_release', system_scope: 'payment_hub' },
    facts: {},
    authority: {
      class: 'submitted',
      status: 'present',
      source: 'approval_workflow',
      reference: 'APR-7',
    },
    references: { external_reference: 'REL-1' },
    ledger: { match: 'one', reference_reused: false },
    ...changes,
  };
}
