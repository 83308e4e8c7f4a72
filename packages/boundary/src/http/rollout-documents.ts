/** What operators are told about the routes of rollouts. */
import type { RouteDocument } from '@craton/service';
import Type, { type TSchema } from 'typebox';
import { KEY_ERRORS, type OperatorDocument } from './authenticate.ts';
import { BODY_ERRORS } from './error-lists.ts';
import { ACKNOWLEDGED, BREAK_GLASS_S_MAX } from './rollout-bodies.ts';
import {
  Decided,
  Delivered,
  Digest,
  Evaluated,
  EvidenceBody,
  ImportedEvidence,
  Gate,
  GateDecision,
  LinkBody,
  MadeLink,
  Nothing,
  Pulled,
  Reason,
  Records,
  ReviewRequests,
  ReviewStatus,
  Role,
  Rollout,
  RolloutId,
  RolloutSummary,
  Staged,
  WithReason,
  closed,
  oneOf,
} from './rollout-schemas.ts';
import { NoParameters, PathId } from './schemas.ts';

const BASE = '/operator/api';
const COMMON = [...KEY_ERRORS, 'ERR_RECORDS_BROKEN'] as const;
const OF_ONE = [...COMMON, 'ERR_NOT_FOUND', 'ERR_REQUEST_FIELD'] as const;
const CHANGE = [
  ...OF_ONE,
  ...BODY_ERRORS,
  'ERR_ROLLOUT_REFUSED',
  'ERR_RECORD_CONFLICT',
  'ERR_QUEUE_FULL',
] as const;

type Described = Pick<OperatorDocument, 'path' | 'operationId' | 'summary' | 'answer'> &
  Partial<OperatorDocument>;

const answer = (description: string, schema: TSchema): RouteDocument['answer'] => ({
  description,
  contentType: 'application/json',
  schema,
});

function reading(document: Described): OperatorDocument {
  return {
    method: 'GET',
    scope: 'read',
    keyHolder: 'operator',
    query: NoParameters,
    errors: OF_ONE,
    ...document,
  };
}

const ROLLOUT_PARAMS = Type.Object({ rollout_id: RolloutId });

/** Something that is done to a rollout. */
function acting(name: string, document: Omit<Described, 'path'>): OperatorDocument {
  return {
    method: 'POST',
    path: `${BASE}/rollouts/{rollout_id}/${name}`,
    params: ROLLOUT_PARAMS,
    scope: 'review',
    keyHolder: 'operator',
    query: NoParameters,
    errors: CHANGE,
    ...document,
  };
}

export const LIST_REVIEWS = reading({
  path: `${BASE}/review-requests`,
  operationId: 'listReviewRequests',
  summary: 'What self-service has under review, asked at this moment',
  answer: answer('The requests.', ReviewRequests),
  errors: [...KEY_ERRORS, 'ERR_NOT_READY'],
});
export const PULL: OperatorDocument = {
  method: 'POST',
  path: `${BASE}/rollouts`,
  scope: 'review',
  keyHolder: 'operator',
  query: NoParameters,
  operationId: 'pullReview',
  summary: 'Take a packet under review: the only way by which a rollout begins',
  description:
    'A newer version of a draft whose rollout is open replaces its packet and voids what was approved. Pulling again changes nothing.',
  body: Type.Object({ packet_digest: Digest }, { ...closed, $id: 'PullReview' }),
  answer: answer('The rollout.', Pulled),
  errors: [...CHANGE, 'ERR_NOT_READY'],
};
export const LIST_ROLLOUTS = reading({
  path: `${BASE}/rollouts`,
  operationId: 'listRollouts',
  summary: 'All rollouts of this environment, judged at this moment',
  answer: answer(
    'The rollouts.',
    Type.Object({ rollouts: Type.Array(RolloutSummary) }, { ...closed, $id: 'Rollouts' }),
  ),
  errors: COMMON,
});
export const SHOW_ROLLOUT = reading({
  path: `${BASE}/rollouts/{rollout_id}`,
  params: ROLLOUT_PARAMS,
  operationId: 'showRollout',
  summary: 'One rollout: its gates, criteria, approvals and what can be done',
  answer: answer('The rollout.', Rollout),
});
export const SHOW_TIMELINE = reading({
  path: `${BASE}/rollouts/{rollout_id}/timeline`,
  params: ROLLOUT_PARAMS,
  operationId: 'showTimeline',
  summary: 'Every record of a rollout, each linked to the one before it',
  answer: answer('The records.', Records),
});
const CSV: RouteDocument['answer'] = {
  description: 'One line for each record: seq, at, actor, kind, digest, body.',
  contentType: 'text/csv',
};
export const SHOW_TIMELINE_CSV = reading({
  path: `${BASE}/rollouts/{rollout_id}/timeline.csv`,
  params: ROLLOUT_PARAMS,
  operationId: 'showTimelineCsv',
  summary: 'The same records as a table',
  answer: CSV,
});
export const SHOW_PATH_HISTORY = reading({
  path: `${BASE}/paths/{partner_id}/{path_id}/history`,
  params: Type.Object({
    partner_id: Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
    path_id: PathId,
  }),
  operationId: 'showPathHistory',
  summary: 'What was live on a path, and when',
  answer: answer('The records.', Records),
  errors: [...COMMON, 'ERR_REQUEST_FIELD'],
});
export const SHOW_PATH_HISTORY_CSV = reading({
  ...SHOW_PATH_HISTORY,
  path: `${SHOW_PATH_HISTORY.path}.csv`,
  operationId: 'showPathHistoryCsv',
  summary: 'The same records as a table',
  answer: CSV,
});
export const MAKE_LINK = acting('acknowledgement-links', {
  scope: 'deploy',
  operationId: 'makeAcknowledgementLink',
  summary: 'A link by which somebody without a session acknowledges their part, once',
  description:
    'The link stands in this answer and nowhere else. Send it to the person by a way that is theirs: whoever has it can use it, and the record says that it was a link.',
  body: LinkBody,
  answer: answer('The link.', MadeLink),
});
export const IMPORT_EVIDENCE = acting('evidence', {
  operationId: 'importEvidence',
  summary: 'Bundles of a staging instance of its own, verified under the trust policy for there',
  description:
    'Each must hold: one that does not refuses all. They count for the packet that is under review now.',
  body: EvidenceBody,
  answer: answer('How many are new, and the rollout as it is now.', ImportedEvidence),
});
export const EVALUATE = acting('evaluate', {
  operationId: 'evaluateRollout',
  summary: 'Measure every criterion now, and write down what was found',
  body: Nothing,
  answer: answer('What was found.', Evaluated),
});
export const APPROVE = acting('approve', {
  operationId: 'approveGate',
  summary: 'Approve a gate in a role, for exactly this packet and scope',
  body: GateDecision,
  answer: answer('The rollout as it is now.', Rollout),
});
export const REJECT = acting('reject', {
  operationId: 'rejectGate',
  summary: 'Reject a rollout at a gate, with a reason',
  body: GateDecision,
  answer: answer('The rollout as it is now.', Rollout),
});
export const REQUEST_CHANGES = acting('request-changes', {
  operationId: 'requestChanges',
  summary: 'Send the packet back to its author, with a reason',
  body: GateDecision,
  answer: answer('The rollout as it is now.', Rollout),
});
export const WITHDRAW_APPROVAL = acting('withdraw-approval', {
  operationId: 'withdrawApproval',
  summary: 'Take your own approval back, with a reason',
  body: Type.Object(
    { gate: Gate, role: Role, reason: Reason },
    { ...closed, $id: 'WithdrawApproval' },
  ),
  answer: answer('The rollout as it is now.', Rollout),
});
export const ACKNOWLEDGE = acting('acknowledge', {
  operationId: 'acknowledgeRollout',
  summary: 'Confirm that you are who the plan names',
  body: Type.Object({ subject: oneOf(ACKNOWLEDGED) }, { ...closed, $id: 'Acknowledge' }),
  answer: answer('The rollout as it is now.', Rollout),
});
export const TEST_CHANNEL = acting('test-channel', {
  operationId: 'testIncidentChannel',
  summary: 'Send a test message to the incident channel of the plan',
  body: Nothing,
  answer: answer('What became of it.', Delivered),
});
export const STAGE = acting('stage', {
  scope: 'deploy',
  operationId: 'stageRollout',
  summary: 'Make the packet live in staging, after the first two gates',
  body: Nothing,
  answer: answer('What is live in staging.', Staged),
  errors: [...CHANGE, 'ERR_LEDGER_CHANGE'],
});

const DEPLOYING = [...CHANGE, 'ERR_DEADLINE', 'ERR_CLOCK_UNTRUSTED', 'ERR_SIGNING'] as const;

export const DEPLOY = acting('deploy', {
  scope: 'deploy',
  operationId: 'deployRollout',
  summary: 'Make the packet the live version of its path: the explicit action, and the only one',
  description:
    'Everything is measured again, the boundary decides, and the path, its records and the receipts are stored in one transaction. What is not admitted is a reject with a receipt. Sessions need a sign-in of the last five minutes.',
  body: Type.Object(
    {
      confirm_path_id: Type.String({ description: 'The path_id, typed by a person.' }),
      api_key: Type.Optional(
        Type.Object(
          {
            scopes: Type.Array(Type.String()),
            lifetime_days: Type.Optional(Type.Integer({ minimum: 1 })),
          },
          { ...closed, description: 'A key for the partner, issued when the path is live.' },
        ),
      ),
    },
    { ...closed, $id: 'Deploy' },
  ),
  answer: answer('The decision, and the record if it was done.', Decided),
  errors: [...DEPLOYING, 'ERR_LEDGER_CHANGE'],
});
export const ROLL_BACK = acting('rollback', {
  scope: 'deploy',
  operationId: 'rollBack',
  summary: 'Bring the version before back, or take the path out of service: one action, at once',
  body: WithReason,
  answer: answer('The decision and the record.', Decided),
  errors: DEPLOYING,
});
export const SUSPEND = acting('suspend', {
  scope: 'deploy',
  operationId: 'suspendPath',
  summary: 'Take the path out of service',
  body: WithReason,
  answer: answer('The decision and the record.', Decided),
  errors: DEPLOYING,
});
export const BREAK_GLASS = acting('break-glass', {
  scope: 'deploy',
  operationId: 'breakGlass',
  summary: 'Deploy past the gates, for a time: everybody is told, and a review must follow',
  body: Type.Object(
    {
      role: Role,
      confirm_path_id: Type.String({ description: 'The path_id, typed by a person.' }),
      reason: Reason,
      lasts_s: Type.Integer({
        minimum: 1,
        maximum: BREAK_GLASS_S_MAX,
        description: 'Seconds until the path is suspended by itself.',
      }),
    },
    { ...closed, $id: 'BreakGlass' },
  ),
  answer: answer('The decision and the record.', Decided),
  errors: [...DEPLOYING, 'ERR_LEDGER_CHANGE'],
});
export const REVIEW_BREAK_GLASS = acting('review-break-glass', {
  operationId: 'reviewBreakGlass',
  summary: 'Close the review of an emergency deployment: by somebody else than who opened it',
  body: WithReason,
  answer: answer('The rollout as it is now.', Rollout),
});
/** Public: whoever knows the digest of a packet has the packet. */
export const SHOW_REVIEW_STATUS: RouteDocument = {
  ...{ method: 'GET', query: NoParameters },
  path: `${BASE}/review-status/{packet_digest}`,
  params: Type.Object({ packet_digest: Digest }),
  operationId: 'showReviewStatus',
  summary: 'How far the review of a packet is, for whoever has the packet',
  answer: answer('States alone: no person, no evidence.', ReviewStatus),
  errors: ['ERR_NOT_FOUND', 'ERR_REQUEST_FIELD', 'ERR_STORE_UNAVAILABLE', 'ERR_RECORDS_BROKEN'],
};

export const ROLLOUT_DOCUMENTS: readonly RouteDocument[] = [
  LIST_REVIEWS,
  PULL,
  LIST_ROLLOUTS,
  SHOW_ROLLOUT,
  SHOW_TIMELINE,
  SHOW_TIMELINE_CSV,
  SHOW_PATH_HISTORY,
  SHOW_PATH_HISTORY_CSV,
  MAKE_LINK,
  IMPORT_EVIDENCE,
  EVALUATE,
  APPROVE,
  REJECT,
  REQUEST_CHANGES,
  WITHDRAW_APPROVAL,
  ACKNOWLEDGE,
  TEST_CHANNEL,
  STAGE,
  DEPLOY,
  ROLL_BACK,
  SUSPEND,
  BREAK_GLASS,
  REVIEW_BREAK_GLASS,
  SHOW_REVIEW_STATUS,
];
