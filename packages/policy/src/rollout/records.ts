/** Kinds of operator records and their bodies: all that a rollout is, as one closed table. */
import { isLabel, type JsonValue, Members } from '@craton/protocol';
import { readGatePolicy } from './gate-policy.ts';
import {
  actionSalt,
  actor,
  actors,
  count,
  criterionId,
  digest,
  environment,
  flag,
  label,
  listOf,
  nested,
  pathId,
  prose,
  type Reader,
  reference,
  requestId,
  shape,
  text,
  time,
  word,
} from './record-shape.ts';
import {
  DEPLOYMENT_ACTIONS,
  EVALUATED_OUTCOMES,
  GATE_IDS,
  GATE_ROLES,
  HOLDER_ROLES,
  type HolderRole,
} from './terms.ts';

const gate = word(GATE_IDS);
const role = word(GATE_ROLES);
/** The text for people, and its digest, which stands in deployment records. */
const reason = { reason: prose, reason_digest: digest };
/** What an approval is bound to. */
const subject = { packet_digest: digest, scope_digest: digest, boundary_object_digest: digest };
/**
 * The receipts of a deployment action: its decision by request_id, its record by digest, and the salt
 * of the decision's `action_digest`, whose action is the record.
 */
const receipts = { request_id: requestId, record_digest: digest, action_salt: actionSalt };

/** Who holds each role; a role that nobody holds is absent. */
export type RoleHolders = Readonly<Partial<Record<HolderRole, readonly string[]>>>;
const holderTable = Object.fromEntries(HOLDER_ROLES.map((name) => [name, actors]));
const holders: Reader<RoleHolders> = nested(shape({}, holderTable));

/** A packet under review: what was asked for, and by whom. */
const packet = {
  ...subject,
  version: count(1),
  /** The act id that asked, and every person who holds the author's key. */
  author: actor,
  author_people: actors,
  requested_at: time,
};

const readResult = shape(
  {
    id: criterionId,
    result: word(EVALUATED_OUTCOMES),
    /** How it is known. Measured and declared never look the same. */
    kind: word(['measured', 'declared', 'structural']),
    evidence_digest: digest,
    evaluated_at: time,
    valid_until: time,
    evaluator: nested(shape({ name: label, version: count(1) })),
    /** Why, as a label: `passed`, `stores_not_separated`. */
    code: label,
  },
  {
    /** One sentence that is safe to show. */
    detail: prose,
    /** Parts that one criterion is made of: `sla` and `support` of G4.3. */
    parts: listOf(shape({ name: label, result: word(EVALUATED_OUTCOMES) })),
  },
);
/** What one evaluator found about one criterion. */
export type CriterionResult = ReturnType<typeof readResult>;

const window = shape(
  { id: label, reason: prose, time_zone: text((name) => /^[A-Za-z0-9_+/-]{1,64}$/.test(name)) },
  {
    /** One-off: from, until. */
    from: time,
    until: time,
    /** Recurring: days 1 (Monday) to 7, and minutes of the day in the time zone. */
    weekly: nested(
      shape({
        days: (body, name) => body.textList(name, (day) => /^[1-7]$/.test(day)),
        from_minute: count(0),
        until_minute: count(1),
      }),
    ),
  },
);
/** A time in which nothing is deployed. */
export type FreezeWindow = ReturnType<typeof window>;

/** Bodies on a chain `rollout:<rollout_id>`. */
const ROLLOUT_BODIES = {
  rollout_opened: shape(
    {
      rollout_id: reference,
      draft_id: reference,
      organisation: reference,
      environment,
      partner_id: label,
      unit: label,
      gate_type: label,
      system_scope: label,
      path_id: pathId,
      ...packet,
      gate_policy_digest: digest,
      gate_catalogue_digest: digest,
      role_holders: holders,
    },
    { supersedes: digest },
  ),
  packet_replaced: shape(packet),
  criteria_evaluated: shape({ packet_digest: digest, results: listOf(readResult) }),
  approved: shape({ gate, role, ...subject }, reason),
  approval_withdrawn: shape({ gate, role, ...reason }),
  rejected: shape({ gate, role, ...subject, ...reason }),
  changes_requested: shape({ ...subject, ...reason }),
  acknowledged: shape({
    subject: word(['rollback_owner', 'business_owner', 'incident_channel']),
    packet_digest: digest,
    by: word(['session', 'link']),
  }),
  channel_tested: shape({
    packet_digest: digest,
    delivered: flag,
    evidence_digest: digest,
    code: label,
  }),
  withdrawn: shape({ packet_digest: digest }),
  invalidated: shape({ packet_digest: digest, code: label }),
  staged: shape({ packet_digest: digest, environment }),
  evidence_imported: shape({
    packet_digest: digest,
    issuer: text((value) => value.length <= 512),
    environment,
    receipts: count(1),
    trust_policy_digest: digest,
    evidence_digest: digest,
  }),
  smoke_recorded: shape({
    suite: word(['self_service', 'boundary']),
    environment,
    build: reference,
    passed: flag,
    ran_at: time,
    evidence_digest: digest,
  }),
  freeze_overridden: shape({ window: label, role, until: time, ...reason }),
  /** A deployment that was asked for and not done; where it came to a decision, its receipt. */
  deploy_refused: shape(
    { packet_digest: digest, codes: (body, name) => body.textList(name, isLabel) },
    { request_id: requestId },
  ),
  deployed: shape({ ...subject, ...receipts }, { supersedes: digest }),
  stability_checked: shape({
    checks: count(0),
    verified: count(0),
    window_ends_at: time,
    result: word(EVALUATED_OUTCOMES),
    evidence_digest: digest,
  }),
  attention_raised: shape({ code: label, evidence_digest: digest }),
  attention_cleared: shape(reason),
  rolled_back: shape({ ...reason, ...receipts }, { restores: digest }),
  suspended: shape({
    cause: word(['operator', 'break_glass_expired', 'drift']),
    ...reason,
    ...receipts,
  }),
  superseded: shape({ by_rollout_id: reference, record_digest: digest }),
  /** A rollback of the version after it made this one live again. */
  restored: shape({ by_rollout_id: reference, record_digest: digest }),
  break_glass_opened: shape({ ...subject, role, expires_at: time, ...reason, ...receipts }),
  /** Ended before its time: the path is suspended, as it would be at its time. */
  break_glass_closed: shape({ ...reason, ...receipts }),
  break_glass_reviewed: shape({ record_digest: digest, ...reason }),
  expired: shape({ clock: word(['approval', 'execution', 'break_glass']) }),
};

/** Bodies on a chain `governance:<environment>`. A confirmation names the digest of its proposal. */
const GOVERNANCE_BODIES = {
  role_holders_proposed: shape(
    { role_holders: holders, ...reason },
    { partner_id: label, path_id: pathId },
  ),
  role_holders_confirmed: shape({ proposal: digest }),
  gate_policy_proposed: shape({
    policy: (body, name) => readGatePolicy(body.value(name)),
    policy_digest: digest,
    ...reason,
  }),
  gate_policy_confirmed: shape({ proposal: digest }),
  freeze_window_set: shape({ window: nested(window) }),
  freeze_window_removed: shape({ id: label, ...reason }),
  waiver_proposed: shape({
    rollout_id: reference,
    criterion: criterionId,
    expires_at: time,
    ...reason,
  }),
  waiver_confirmed: shape({ proposal: digest }),
  waiver_revoked: shape({ proposal: digest, ...reason }),
  proposal_refused: shape({ proposal: digest, ...reason }),
};

/** Bodies on a chain `path:<partner_id>/<path_id>`: what was live when. */
const PATH_BODIES = {
  deployment_recorded: shape(
    {
      rollout_id: reference,
      action: word(DEPLOYMENT_ACTIONS),
      /** Whether the path answers from its version afterwards, or not at all. */
      live: flag,
      ...receipts,
    },
    { path_version: count(1), policy_digest: digest, previous_record_digest: digest },
  ),
  break_glass_reviewed: ROLLOUT_BODIES.break_glass_reviewed,
};

const BODIES = {
  rollout: ROLLOUT_BODIES,
  governance: GOVERNANCE_BODIES,
  path: PATH_BODIES,
} as const;

/** What a chain is about: the part of its name before the colon. */
export type ChainFamily = keyof typeof BODIES;
export const CHAIN_FAMILIES = ['rollout', 'governance', 'path'] as const;
type Bodies<F extends ChainFamily> = (typeof BODIES)[F];
/** The kinds of records on chains of a family. */
export type KindOf<F extends ChainFamily> = keyof Bodies<F> & string;
/** The body of a kind, as on the wire. */
export type BodyOf<F extends ChainFamily, K extends KindOf<F>> = Bodies<F>[K] extends (
  object: Members,
) => infer T
  ? T
  : never;

export type RolloutKind = KindOf<'rollout'>;
export type GovernanceKind = KindOf<'governance'>;
export type PathKind = KindOf<'path'>;

export const ROLLOUT_KINDS: readonly string[] = Object.keys(ROLLOUT_BODIES);
export const GOVERNANCE_KINDS: readonly string[] = Object.keys(GOVERNANCE_BODIES);
export const PATH_KINDS: readonly string[] = Object.keys(PATH_BODIES);

/** Reads one body strictly. Throws `ERR_OPERATOR_RECORD` naming the member, or the kind. */
export function readRecordBody<F extends ChainFamily, K extends KindOf<F>>(
  family: F,
  kind: K,
  body: JsonValue,
): BodyOf<F, K> {
  const readers: Readonly<Record<string, (object: Members) => unknown>> = BODIES[family];
  const members = Members.of(body, '', 'ERR_OPERATOR_RECORD');
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (read === undefined) throw members.wrong('kind', `is not known on chains of ${family}`);
  return read(members) as BodyOf<F, K>;
}
