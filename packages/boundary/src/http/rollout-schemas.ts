/** The shapes of rollouts: what is sent about them, and what is answered. */
import { GATE_IDS, GATE_ROLES, ROLLOUT_STATES } from '@craton/policy';
import Type, { type TSchema } from 'typebox';
import { ACKNOWLEDGED, REASON_MAX } from './rollout-bodies.ts';
import { PathId } from './schemas.ts';

export const closed = { additionalProperties: false } as const;
export const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
export const RolloutId = Type.String({ pattern: '^rol_[A-Za-z0-9_-]{22}$' });
export const Reason = Type.String({ minLength: 1, maxLength: REASON_MAX });
export const oneOf = (values: readonly string[]): TSchema =>
  Type.Union(values.map((value) => Type.Literal(value)));
export const Gate = oneOf(GATE_IDS);
export const Role = oneOf(GATE_ROLES);
/** `spec/rollout.md` has the members. */
const Open = (description: string) => Type.Object({}, { description });

const rolloutMembers = {
  rollout_id: RolloutId,
  state: oneOf(ROLLOUT_STATES),
  environment: Type.String(),
  partner_id: Type.String(),
  unit: Type.String(),
  gate_type: Type.String(),
  system_scope: Type.String(),
  path_id: Type.String(),
  draft_id: Type.String(),
  organisation: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  packet_digest: Digest,
  opened_at: Type.String(),
  changed_at: Type.String(),
};
export const RolloutSummary = Type.Object(rolloutMembers, { ...closed, $id: 'RolloutSummary' });
export const Rollout = Type.Object(
  {
    ...rolloutMembers,
    at: Type.String({ description: 'When it was judged: at this moment.' }),
    packet: Open('What is under review: digests, version, author.'),
    role_holders: Open('Who held which role when review was requested.'),
    gate_policy_digest: Digest,
    separation_of_duties: oneOf(['enforced', 'waived_single_operator']),
    gates: Type.Array(Open('A gate: its state, criteria, approvals and what blocks it.')),
    facets: Type.Array(Open('One of the seven facets of a deployment, and what it lacks.')),
    unsatisfiable: Type.Array(Open('A gate that nobody can bring to pass, and why.')),
    actions: Type.Array(Type.String()),
    frozen_by: Type.Array(Type.String()),
    attention: Type.Array(Type.String()),
    execution_expires_at: Type.Optional(Type.String()),
    approval_expires_at: Type.Optional(Type.String()),
  },
  { ...closed, $id: 'Rollout' },
);
export const ReviewRequests = Type.Object(
  {
    review_requests: Type.Array(
      Type.Object(
        {
          draft_id: Type.String(),
          organisation: Type.String(),
          version: Type.Integer({ minimum: 1 }),
          state: oneOf(['review_requested', 'withdrawn']),
          author: Type.String(),
          requested_by: Type.String(),
          requested_at: Type.String(),
          packet_digest: Digest,
        },
        closed,
      ),
    ),
  },
  { ...closed, $id: 'PulledReviewRequests' },
);
export const Pulled = Type.Object(
  {
    rollout_id: RolloutId,
    outcome: oneOf(['opened', 'replaced', 'known']),
    unsatisfiable: Type.Array(Open('A gate that nobody can bring to pass, and why.')),
  },
  { ...closed, $id: 'PulledRollout' },
);
export const Evaluated = Type.Object(
  {
    results: Type.Array(Open('What was found about one criterion.')),
    cases: Type.Array(Open('An expected verdict beside the one that staging gave.')),
    rollout: Rollout,
  },
  { ...closed, $id: 'EvaluatedRollout' },
);
export const Delivered = Type.Object(
  { delivered: Type.Boolean(), code: Type.String(), rollout: Rollout },
  { ...closed, $id: 'TestedChannel' },
);
export const Staged = Type.Object(
  {
    environment: Type.String(),
    path_id: PathId,
    version: Type.Integer({ minimum: 1 }),
    rollout: Rollout,
  },
  { ...closed, $id: 'StagedRollout' },
);
export const Decided = Type.Object(
  {
    done: Type.Boolean({ description: 'Whether the action was done; a reject is an answer, too.' }),
    reasons: Type.Array(Type.String(), { description: 'Why it was not admitted.' }),
    decision: Open('The answer of the check that decided it.'),
    deployment_record: Type.Optional(Open('The receipt that records it.')),
    live_version: Type.Optional(Type.Integer({ minimum: 1 })),
    api_key: Type.Optional(
      Type.String({ description: 'Stands in this answer and nowhere else: keep it now.' }),
    ),
    api_key_id: Type.Optional(Type.String()),
  },
  { ...closed, $id: 'DecidedAction' },
);
export const Records = Type.Object(
  { records: Type.Array(Open('One record of the chain.')) },
  { ...closed, $id: 'RecordChain' },
);
export const ReviewStatus = Type.Object(
  {
    packet_digest: Digest,
    state: oneOf(ROLLOUT_STATES),
    gates: Type.Array(Type.Object({ id: Gate, state: Type.String() }, closed)),
    changed_at: Type.String(),
  },
  { ...closed, $id: 'ReviewStatus' },
);

export const Nothing = Type.Object({}, { ...closed, description: 'No members.' });
export const GateDecision = Type.Object(
  {
    gate: Gate,
    role: Role,
    packet_digest: Digest,
    scope_digest: Digest,
    reason: Type.Optional(Reason),
  },
  { ...closed, $id: 'GateDecision' },
);
export const WithReason = Type.Object({ reason: Reason }, { ...closed, $id: 'WithReason' });
export const LinkBody = Type.Object(
  {
    subject: oneOf(ACKNOWLEDGED),
    person: Type.String({ pattern: '^act_[A-Za-z0-9_-]{1,64}$' }),
  },
  { ...closed, $id: 'AcknowledgementLinkRequest' },
);
export const MadeLink = Type.Object(
  { link: Type.String(), expires_at: Type.String() },
  { ...closed, $id: 'AcknowledgementLink' },
);
export const EvidenceBody = Type.Object(
  {
    bundles: Type.Array(
      Type.Object({}, { description: 'spec/schemas/bundle.schema.json, with its opening.' }),
    ),
  },
  { ...closed, $id: 'EvidenceImport' },
);
export const ImportedEvidence = Type.Object(
  { imported: Type.Integer({ minimum: 0 }), rollout: Rollout },
  { ...closed, $id: 'ImportedEvidence' },
);
