/** The four rollout gates as data: pages show it, and each rollout records its digest. */
import { type Digest, taggedDigest } from '@craton/protocol';

export const GATE_CATALOGUE_SCHEMA = 'craton.rollout_gates.v1';

/** A role of the rollout gates. A named person holds it. */
export type GateRole =
  | 'platform_owner'
  | 'risk_owner'
  | 'security_owner'
  | 'craton_operator'
  | 'integration_engineer'
  | 'business_owner';

/** How a criterion is known: measured, declared by a person, both, or held by construction. */
export type CriterionKind = 'measured' | 'declared' | 'measured_and_declared' | 'structural';

export interface GateCriterion {
  readonly id: string;
  readonly text: string;
  readonly kind: CriterionKind;
  /** What it is decided from. */
  readonly evidence: string;
}

export interface RolloutGate {
  readonly id: 'G1' | 'G2' | 'G3' | 'G4';
  readonly title: string;
  /** The roles, as pages say them. */
  readonly owner: string;
  /** `any`: one of them is enough. `all`: each, and by different people. */
  readonly owners: { readonly rule: 'any' | 'all'; readonly roles: readonly GateRole[] };
  readonly exit: string;
  readonly criteria: readonly GateCriterion[];
}

const DRAFT_COVERAGE: RolloutGate = {
  id: 'G1',
  title: 'Draft coverage',
  owner: 'Platform or risk owner',
  owners: { rule: 'any', roles: ['platform_owner', 'risk_owner'] },
  exit: 'Coverage plan is ready to circulate internally.',
  criteria: [
    {
      id: 'G1.1',
      text: 'One primary boundary path is mapped.',
      kind: 'measured',
      evidence: 'The draft has exactly one primary path with every member of its scope.',
    },
    {
      id: 'G1.2',
      text: 'Authority context and authority source are named.',
      kind: 'measured',
      evidence: 'Both members of the draft say something.',
    },
    {
      id: 'G1.3',
      text: 'Generated boundary object is reviewed by platform/risk stakeholders.',
      kind: 'declared',
      evidence:
        'Approvals of the digest of the boundary object, by an owner who is not its author.',
    },
    {
      id: 'G1.4',
      text: 'Expansion moves are captured as draft coverage, not custom one-off work.',
      kind: 'measured',
      evidence: 'Every move in the plan is draft coverage, or the plan says that there is none.',
    },
  ],
};

const SECURITY_REVIEW: RolloutGate = {
  id: 'G2',
  title: 'Security review',
  owner: 'Security owner and Craton operator',
  owners: { rule: 'all', roles: ['security_owner', 'craton_operator'] },
  exit: 'Security reviewer can approve deployment scope.',
  criteria: [
    {
      id: 'G2.1',
      text: 'Production database and self-service draft database are separated.',
      kind: 'measured',
      evidence:
        'Identities compared over live connections, and a write of no rows that is refused.',
    },
    {
      id: 'G2.2',
      text: 'API keys, signing keys, and database URLs are configured through environment variables.',
      kind: 'measured',
      evidence: 'Where each running process has each secret from; generated keys do not count.',
    },
    {
      id: 'G2.3',
      text: 'Readiness data confirms production_write_from_self_service=false.',
      kind: 'measured',
      evidence: 'The digest of a readiness snapshot that is not too old.',
    },
    {
      id: 'G2.4',
      text: 'No credentials or private keys are exposed in docs, UI, API output, or logs.',
      kind: 'measured_and_declared',
      evidence:
        'A search of every page, answer and log line for secrets that were put there to be found.',
    },
  ],
};

const STAGING_VALIDATION: RolloutGate = {
  id: 'G3',
  title: 'Staging validation',
  owner: 'Integration engineer',
  owners: { rule: 'any', roles: ['integration_engineer'] },
  exit: 'Staging behavior matches the generated coverage plan.',
  criteria: [
    {
      id: 'G3.1',
      text: 'Integration payload is tested against staging or non-critical environment.',
      kind: 'measured',
      evidence: 'Receipts of checks with a key of staging; none of production counts.',
    },
    {
      id: 'G3.2',
      text: 'Signed result contains commitment_id, kid, sig_alg, signature, and verdict.',
      kind: 'measured',
      evidence: 'The schema of those receipts.',
    },
    {
      id: 'G3.3',
      text: 'Public key route can verify signed result material independently.',
      kind: 'measured',
      evidence: 'A process that holds no secret verifies them with the published keys.',
    },
    {
      id: 'G3.4',
      text: 'Self-service smoke test and boundary smoke test pass against the selected environment.',
      kind: 'measured',
      evidence: 'Records of both runs with environment, build and time.',
    },
  ],
};

const PRODUCTION_DEPLOYMENT: RolloutGate = {
  id: 'G4',
  title: 'Production deployment',
  owner: 'Named business owner plus platform owner',
  owners: { rule: 'all', roles: ['business_owner', 'platform_owner'] },
  exit: 'Boundary path is live and signed-result verification remains stable.',
  criteria: [
    {
      id: 'G4.1',
      text: 'Production partner, unit, gate, system, and authority scope are approved.',
      kind: 'declared',
      evidence: 'Approvals of the digest of the scope by both owners.',
    },
    {
      id: 'G4.2',
      text: 'Rollback owner and incident channel are confirmed.',
      kind: 'measured_and_declared',
      evidence: 'An acknowledgement by that person, and a test message that arrived.',
    },
    {
      id: 'G4.3',
      text: 'SLA and support expectations are documented.',
      kind: 'declared',
      evidence: 'The members of the plan and the digest of the document.',
    },
    {
      id: 'G4.4',
      text: 'Deployment is performed as an explicit operator action, not by the draft request itself.',
      kind: 'structural',
      evidence: 'Only the operator side has a deploy action; drafts have no way to it.',
    },
  ],
};

/** Each opens when the one before has passed. */
export const ROLLOUT_GATES: readonly RolloutGate[] = [
  DRAFT_COVERAGE,
  SECURITY_REVIEW,
  STAGING_VALIDATION,
  PRODUCTION_DEPLOYMENT,
];

/** Who does what, whatever the state of a gate. */
export const OPERATING_RULE = [
  {
    side: 'Self-service',
    rule: 'Describe a path, look at its preview, save it and ask for a review: as far as a draft goes.',
  },
  {
    side: 'Production',
    rule: 'A path goes live only when its owner, its environment, the security review, the service level, both smoke tests, the way back and the support are in order.',
  },
  {
    side: 'Boundary',
    rule: 'Nothing that is done with a draft changes a table of the running boundary, or how a receipt is verified.',
  },
] as const;

export interface GateCatalogue {
  readonly schema: typeof GATE_CATALOGUE_SCHEMA;
  /** Digest of `craton.rollout_gates.v1`, of the other members. */
  readonly digest: Digest;
  readonly gates: readonly RolloutGate[];
  readonly operating_rule: typeof OPERATING_RULE;
}

/** The catalogue with its digest; another catalogue has another digest. */
export function gateCatalogue(gates: readonly RolloutGate[] = ROLLOUT_GATES): GateCatalogue {
  const content = { schema: GATE_CATALOGUE_SCHEMA, gates, operating_rule: OPERATING_RULE } as const;
  const { schema, ...others } = content;
  return { schema, digest: taggedDigest(GATE_CATALOGUE_SCHEMA, content), ...others };
}
