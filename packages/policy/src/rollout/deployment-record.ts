/** `craton.deployment.record.v1`: what was deployed, on which evidence, approved by whom. */
import {
  canonicalBytes,
  DEPTH_MAX,
  type Digest,
  formatTime,
  isDigest,
  type JsonValue,
  Members,
  parseStrict,
  parseTime,
  type Sha256,
  taggedDigest,
} from '@craton/protocol';
import { gatePolicyDigest } from './gate-policy.ts';
import type { CountedApproval } from './judge-approvals.ts';
import { type JudgedCriterion, type JudgeInputs } from './judge-criteria.ts';
import type { Judgement } from './judge-gates.ts';
import {
  actor,
  count,
  criterionId,
  digest,
  label,
  listOf,
  nested,
  only,
  pathId,
  reference,
  shape,
  text,
  time,
  word,
} from './record-shape.ts';
import {
  CRITERION_OUTCOMES,
  DEPLOYMENT_ACTIONS,
  type DeploymentAction,
  GATE_ROLES,
  isActorId,
  SEED_CRITERIA,
} from './terms.ts';

export const DEPLOYMENT_RECORD_SCHEMA = 'craton.deployment.record.v1';

/** What acts by itself. */
export const SYSTEM_ACTOR = 'system';

const KINDS = ['measured', 'declared', 'measured_and_declared', 'structural'] as const;
/** `draft_coverage/1`: who evaluated, and which version of it. */
const EVALUATOR = /^[a-z][a-z0-9_]{0,63}\/[1-9][0-9]{0,5}$/;

const readRecord = shape(
  {
    schema: only(DEPLOYMENT_RECORD_SCHEMA),
    rollout_id: reference,
    action: word(DEPLOYMENT_ACTIONS),
    at: time,
    /** Who did it; `system` for an emergency deployment that ended at its time. */
    actor: text((value) => isActorId(value) || value === SYSTEM_ACTOR),
    path: nested(
      shape({
        partner_id: label,
        unit: label,
        gate_type: label,
        system_scope: label,
        path_id: pathId,
        path_version: count(1),
      }),
    ),
    packet_digest: digest,
    scope_digest: digest,
    /** Of the path document that the packet stands for. */
    policy_digest: digest,
    gate_policy_digest: digest,
    gates: listOf(
      shape(
        { id: criterionId, kind: word(KINDS), result: word(CRITERION_OUTCOMES) },
        {
          evidence_digest: digest,
          evaluated_at: time,
          evaluator: text((value) => EVALUATOR.test(value)),
          /** Proposal of the waiver by which it counts. */
          waived_by: text(isDigest),
        },
      ),
    ),
    approvals: listOf(
      shape(
        {
          role: word(GATE_ROLES),
          gate: word(['G1', 'G2', 'G3', 'G4']),
          actor,
          decision: only('approved'),
          packet_digest: digest,
          at: time,
        },
        { reason_digest: digest },
      ),
    ),
    separation_of_duties: word(['enforced', 'waived_single_operator']),
  },
  {
    /** Of the signed readiness snapshot; on every deploy. */
    readiness_digest: digest,
    /** Of the record before it on this path; absent on the first. */
    previous_record_digest: digest,
    /** Of the record whose version this one replaces. */
    supersedes: digest,
    /** Of the record whose version is live again by this rollback. */
    restores: digest,
    /** Required but for `deploy`. */
    reason_digest: digest,
    /** When an emergency deployment ends by itself. */
    expires_at: time,
  },
);
export type DeploymentRecord = ReturnType<typeof readRecord>;

/**
 * Reads a record strictly. Throws `ERR_DEPLOYMENT_RECORD` naming the member: also for a `deploy`
 * without all sixteen criteria passed, an approval of another packet, one person in two roles of a
 * gate, and an action without its reason.
 */
export function parseDeploymentRecord(value: JsonValue | undefined): DeploymentRecord {
  const members = Members.of(value, '', 'ERR_DEPLOYMENT_RECORD');
  const record = readRecord(members);
  const fault = faultOf(record);
  if (fault !== undefined) throw members.wrong(...fault);
  return record;
}

function faultOf(record: DeploymentRecord): readonly [string, string] | undefined {
  const { gates, approvals, action, packet_digest } = record;
  const ids = gates.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) return ['gates', 'names a criterion twice'];
  if (!SEED_CRITERIA.every((id) => ids.includes(id))) {
    return ['gates', 'must hold all sixteen criteria'];
  }
  if (approvals.some((one) => one.packet_digest !== packet_digest)) {
    return ['approvals', 'holds one for another packet'];
  }
  if (!isSeparated(record)) return ['approvals', 'has one person in two roles of a gate'];
  return action === 'deploy' ? deployFault(record) : reasonFault(record);
}

function deployFault({
  gates,
  approvals,
  readiness_digest,
}: DeploymentRecord): readonly [string, string] | undefined {
  const isUnmet = gates.some(({ id, result }) =>
    id.startsWith('X.') ? result !== 'pass' && result !== 'waived' : result !== 'pass',
  );
  if (isUnmet) return ['gates', 'holds a criterion that did not pass'];
  const isApproved = ['G1', 'G2', 'G3', 'G4'].every((id) =>
    approvals.some(({ gate }) => gate === id),
  );
  if (!isApproved) return ['approvals', 'must hold those of all four gates'];
  return readiness_digest === undefined ? ['readiness_digest', 'is missing'] : undefined;
}

function reasonFault(record: DeploymentRecord): readonly [string, string] | undefined {
  if (record.reason_digest === undefined) return ['reason_digest', 'is missing'];
  const isBounded = record.action !== 'break_glass' || record.expires_at !== undefined;
  return isBounded ? undefined : ['expires_at', 'is missing'];
}

function isSeparated({ approvals, separation_of_duties }: DeploymentRecord): boolean {
  if (separation_of_duties === 'waived_single_operator') return true;
  const slots = approvals.map((one) => `${one.gate} ${one.actor}`);
  return new Set(slots).size === slots.length;
}

/** Digest of `craton.deployment.record.v1\n` and the canonical record: what the next one names. */
export function deploymentRecordDigest(record: DeploymentRecord, sha256?: Sha256): Digest {
  return taggedDigest(DEPLOYMENT_RECORD_SCHEMA, record, sha256);
}

export interface DeploymentDetails {
  readonly action: DeploymentAction;
  readonly actor: string;
  readonly readinessDigest?: Digest;
  readonly previousRecordDigest?: Digest;
  readonly supersedes?: Digest;
  readonly restores?: Digest;
  readonly reasonDigest?: Digest;
  readonly expiresAtMs?: number;
}

/** Composes the record of an action at `inputs.nowMs`. Throws `ERR_DEPLOYMENT_RECORD`. */
export function composeDeploymentRecord(
  inputs: JudgeInputs,
  judgement: Judgement,
  details: DeploymentDetails,
): DeploymentRecord {
  const { rollout, policy, nowMs } = inputs;
  const { opened, packet } = rollout;
  const { partner_id, unit, gate_type, system_scope, path_id } = opened;
  const { readinessDigest, previousRecordDigest, supersedes, reasonDigest } = details;
  const { expiresAtMs, restores } = details;
  const record: DeploymentRecord = {
    schema: DEPLOYMENT_RECORD_SCHEMA,
    rollout_id: rollout.rolloutId,
    action: details.action,
    at: formatTime(nowMs),
    actor: details.actor,
    path: { partner_id, unit, gate_type, system_scope, path_id, path_version: packet.version },
    packet_digest: packet.packet_digest,
    scope_digest: packet.scope_digest,
    policy_digest: packet.boundary_object_digest,
    gate_policy_digest: gatePolicyDigest(policy),
    gates: judgement.gates.flatMap(({ criteria }) => criteria.map(criterionEntry)),
    approvals: judgement.gates.flatMap(({ id, approvals }) =>
      approvals.counted.map((approval) => ({ gate: id, ...approvalEntry(inputs, approval) })),
    ),
    separation_of_duties: judgement.separationOfDuties,
    ...(readinessDigest !== undefined && { readiness_digest: readinessDigest }),
    ...(previousRecordDigest !== undefined && { previous_record_digest: previousRecordDigest }),
    ...(supersedes !== undefined && { supersedes }),
    ...(restores !== undefined && { restores }),
    ...(reasonDigest !== undefined && { reason_digest: reasonDigest }),
    ...(expiresAtMs !== undefined && { expires_at: formatTime(expiresAtMs) }),
  };
  const bytes = canonicalBytes(record);
  return parseDeploymentRecord(
    parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.payload }),
  );
}

function criterionEntry(criterion: JudgedCriterion): DeploymentRecord['gates'][number] {
  const { id, kind, result, evidenceDigest, evaluatedAtMs, evaluator, waivedBy } = criterion;
  return {
    ...{ id, kind, result },
    ...(evidenceDigest !== undefined && { evidence_digest: evidenceDigest }),
    ...(evaluatedAtMs !== undefined && { evaluated_at: formatTime(evaluatedAtMs) }),
    ...(evaluator !== undefined && { evaluator: `${evaluator.name}/${evaluator.version}` }),
    ...(waivedBy !== undefined && { waived_by: waivedBy }),
  };
}

function approvalEntry(
  { rollout }: JudgeInputs,
  { seq, role, actor: person, atMs }: CountedApproval,
): Omit<DeploymentRecord['approvals'][number], 'gate'> {
  const given = rollout.approvals.find((approval) => approval.seq === seq);
  const reason_digest = given?.body.reason_digest;
  return {
    ...{ role, actor: person, decision: 'approved' as const },
    packet_digest: given?.body.packet_digest ?? rollout.packet.packet_digest,
    at: formatTime(atMs),
    ...(reason_digest !== undefined && { reason_digest }),
  };
}

export type RecordFault =
  | 'record_malformed'
  | 'link_broken'
  | 'time_goes_back'
  | 'other_path'
  | 'supersedes_unknown'
  | 'evidence_after_record'
  | 'nothing_to_undo';

export interface RecordsVerification {
  readonly intact: boolean;
  /** Whether the list begins with the path's first record. */
  readonly fromFirst: boolean;
  readonly records: number;
  /** What the next record must name; absent unless intact. */
  readonly head?: Digest;
  readonly faults: readonly { readonly index: number; readonly code: RecordFault }[];
}

/**
 * Verifies the records of one path, oldest first: each one's form, and the links between them.
 * Signatures are those of the receipts that carry them, and are verified with those. Never throws.
 */
export function verifyDeploymentRecords(
  values: readonly JsonValue[],
  sha256?: Sha256,
): RecordsVerification {
  const records = values.map((value) => readOrNothing(value));
  const faults = records.flatMap((record, index) =>
    record === undefined
      ? [{ index, code: 'record_malformed' as const }]
      : linkFaults(record, records.slice(0, index), sha256).map((code) => ({ index, code })),
  );
  const [first, last] = [records[0], records.at(-1)];
  const isIntact = faults.length === 0;
  return {
    intact: isIntact,
    fromFirst: first !== undefined && first.previous_record_digest === undefined,
    records: values.length,
    ...(isIntact && last !== undefined && { head: deploymentRecordDigest(last, sha256) }),
    faults,
  };
}

function readOrNothing(value: JsonValue): DeploymentRecord | undefined {
  try {
    return parseDeploymentRecord(value);
  } catch {
    return undefined;
  }
}

function linkFaults(
  record: DeploymentRecord,
  earlier: readonly (DeploymentRecord | undefined)[],
  sha256?: Sha256,
): readonly RecordFault[] {
  const evidenceMs = record.gates.flatMap(({ evaluated_at: at }) => (at ? [parseTime(at)] : []));
  const isLate = evidenceMs.some((atMs) => atMs > parseTime(record.at));
  const before = earlier.at(-1);
  if (before === undefined) return isLate ? ['evidence_after_record'] : [];
  const digests = earlier.map((one) => one && deploymentRecordDigest(one, sha256));
  const named = [record.supersedes, record.restores].filter((one) => one !== undefined);
  // A list that does not begin with the first record may name one from before it.
  const isWhole = earlier[0] !== undefined && earlier[0].previous_record_digest === undefined;
  const tests: readonly (RecordFault | false)[] = [
    isLate && 'evidence_after_record',
    record.previous_record_digest !== digests.at(-1) && 'link_broken',
    parseTime(record.at) < parseTime(before.at) && 'time_goes_back',
    !isSamePath(record, before) && 'other_path',
    isWhole && named.some((one) => !digests.includes(one)) && 'supersedes_unknown',
    record.action === 'suspend' && before.action === 'suspend' && 'nothing_to_undo',
  ];
  return tests.filter((code) => code !== false);
}

function isSamePath({ path: one }: DeploymentRecord, { path: other }: DeploymentRecord): boolean {
  return one.partner_id === other.partner_id && one.path_id === other.path_id;
}
