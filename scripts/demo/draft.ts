/** What the demo drafts: one boundary path for releasing payments, with all that its gates ask for. */

export const PARTNER = 'northstar_controls';
export const PATH_ID = 'payment-release';

const SCOPE = {
  partner_id: PARTNER,
  gate_type: 'threshold_gate',
  system_scope: 'payments',
} as const;
const DECISION_TYPE = 'threshold_execution_request';
const SOURCE = 'approval_workflow';

/** A case of the plan: the verdict is typed by a person, before anything has decided. */
export interface DemoCase {
  readonly name: string;
  readonly usd: number;
  readonly verdict: 'allow' | 'constrain' | 'reject';
}

export const CASES: readonly DemoCase[] = [
  { name: 'small', usd: 12_500, verdict: 'allow' },
  { name: 'large', usd: 750_000, verdict: 'constrain' },
  { name: 'huge', usd: 2_500_000, verdict: 'reject' },
];

/** By which a case is found again in staging. */
export const caseReference = ({ name }: DemoCase): string => `demo-case-${name}`;

/** Lays the demo's terms over what was composed. `channel`: where incidents are told. */
export function completeDraft(composed: object, channel: string): object {
  return {
    ...composed,
    schema: 'craton.draft.v1',
    title: 'Payment release',
    primary_path: {
      ...SCOPE,
      production_bound: true,
      path_id: PATH_ID,
      unit: 'operations',
      decision_types: [DECISION_TYPE],
    },
    authority: { context: 'Two people of finance approve', source: SOURCE },
    policy: { preset: 'threshold', allow_up_to: 50_000_000, constrain_up_to: 100_000_000 },
    expected_verdicts: CASES.map((one) => ({
      case: one.name,
      request: { decision_size_usd: one.usd, external_reference: caseReference(one) },
      verdict: one.verdict,
    })),
    expansion_moves: [],
    none_planned: true,
    owners: { platform_owner: 'Paula Platform' },
    sla: {
      hours: '24x7',
      response_targets: '15 minutes',
      document_url: 'https://northstar.example/sla',
    },
    support: { contact: 'support@northstar.example' },
    rollback: { owner: 'Ines Integration', incident_channel: channel },
  };
}

/** A check as the host sends it. */
export function checkRequest(usd: number, reference: string): object {
  return {
    ...SCOPE,
    decision_type: DECISION_TYPE,
    decision_size_usd: usd,
    external_reference: reference,
    context: {
      authorization_status: 'present',
      authorization_reference: 'approval-2026-001',
      authorization_source: SOURCE,
    },
  };
}
