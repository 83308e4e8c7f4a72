/** A rollout for tests, grown record by record as an operator side would. */
import { type Digest, formatTime, type JsonObject } from '@craton/protocol';
import {
  activeFreezes,
  admitDeploy,
  type BodyOf,
  composeRecord,
  type CriterionResult,
  DEFAULT_GATE_POLICY,
  type DeployRequest,
  foldRollout,
  type FreezeWindow,
  gateCatalogue,
  type GatePolicy,
  gatePolicyDigest,
  type JudgeInputs,
  judgeRollout,
  type Judgement,
  readRecords,
  type RoleHolders,
  type Rollout,
  rolloutChain,
  type RolloutKind,
  type StoredRecord,
} from '../src/index.ts';

export const START_MS = Date.parse('2026-11-21T12:00:00.000Z');
export const ROLLOUT_ID = 'rollout-1';

export const HOLDERS: RoleHolders = {
  platform_owner: ['act_pat', 'act_paul'],
  risk_owner: ['act_rita'],
  security_owner: ['act_sam'],
  craton_operator: ['act_oda', 'act_otto', 'act_sam'],
  integration_engineer: ['act_ines'],
  business_owner: ['act_bea'],
  rollback_owner: ['act_ros'],
};

export function digestOf(letter: string): Digest {
  return `sha256:${letter.repeat(64)}`;
}

/** The digests of a packet, one letter each. */
export function subjectOf(letter: string) {
  return {
    packet_digest: digestOf(letter),
    scope_digest: digestOf('a'),
    boundary_object_digest: digestOf(letter),
  };
}

export function reasonOf(reason: string) {
  return { reason, reason_digest: digestOf('d') };
}

const EVALUATED = DEFAULT_GATE_POLICY.criteria
  .map(({ id }) => id)
  .filter((id) => !['G1.3', 'G4.1', 'G4.2'].includes(id));

export const APPROVALS = [
  ['G1', 'platform_owner', 'act_pat'],
  ['G2', 'security_owner', 'act_sam'],
  ['G2', 'craton_operator', 'act_oda'],
  ['G3', 'integration_engineer', 'act_ines'],
  ['G4', 'business_owner', 'act_bea'],
  ['G4', 'platform_owner', 'act_pat'],
] as const;

export interface WorldOptions {
  readonly policy?: GatePolicy;
  readonly holders?: RoleHolders;
  readonly author?: string;
  readonly authorPeople?: readonly string[];
}

/** Grows one rollout; `nowMs` moves only when it is told to. */
export class RolloutWorld {
  readonly policy: GatePolicy;
  readonly records: StoredRecord[] = [];
  freezes: readonly FreezeWindow[] = [];
  nowMs = START_MS;

  constructor({ policy, holders, author, authorPeople }: WorldOptions = {}) {
    this.policy = policy ?? DEFAULT_GATE_POLICY;
    const person = author ?? 'act_ada';
    this.add('system', 'rollout_opened', {
      rollout_id: ROLLOUT_ID,
      draft_id: 'draft-1',
      organisation: 'northstar',
      environment: 'production',
      partner_id: 'northstar_controls',
      unit: 'operations',
      gate_type: 'threshold_gate',
      system_scope: 'operations_console',
      path_id: 'threshold-operations-console',
      ...subjectOf('1'),
      version: 1,
      author: person,
      author_people: authorPeople ?? [person],
      requested_at: formatTime(START_MS),
      gate_policy_digest: gatePolicyDigest(this.policy),
      gate_catalogue_digest: gateCatalogue().digest,
      role_holders: holders ?? HOLDERS,
    });
  }

  add<K extends RolloutKind>(actor: string, kind: K, body: BodyOf<'rollout', K>): void {
    const last = this.records.at(-1);
    const chain = rolloutChain(ROLLOUT_ID);
    const place = { chain, atMs: this.nowMs, actor, ...(last && { last }) };
    const record = composeRecord('rollout', place, { kind, body });
    const rollout = foldRollout(readRecords('rollout', [...this.records, record]));
    if (rollout.last.digest === record.digest) this.records.push(record);
  }

  get rollout(): Rollout {
    return foldRollout(readRecords('rollout', this.records));
  }

  get inputs(): JudgeInputs {
    const { rollout, policy, nowMs } = this;
    return { rollout, policy, nowMs, waivers: [], frozenBy: activeFreezes(this.freezes, nowMs) };
  }

  get judgement(): Judgement {
    return judgeRollout(this.inputs);
  }

  result(id: string, changes: Partial<CriterionResult> = {}): CriterionResult {
    const kind = this.policy.criteria.find((one) => one.id === id)?.kind ?? 'measured';
    return {
      id,
      result: 'pass',
      kind: kind === 'measured_and_declared' ? 'measured' : kind,
      evidence_digest: digestOf('e'),
      evaluated_at: formatTime(this.nowMs),
      valid_until: formatTime(this.nowMs + 365 * 86_400_000),
      evaluator: { name: 'test', version: 1 },
      code: 'passed',
      ...(id === 'G4.3' && { parts: SERVICE_PARTS }),
      ...changes,
    };
  }

  evaluate(...results: readonly CriterionResult[]): void {
    const { packet_digest } = this.rollout.packet;
    this.add('system', 'criteria_evaluated', { packet_digest, results });
  }

  /** Every criterion that is evaluated, with the given ones instead. */
  evaluateAll(...others: readonly CriterionResult[]): void {
    const replaced = new Map(others.map((one) => [one.id, one]));
    const all = this.policy.criteria.map(({ id }) => id).filter((id) => id.startsWith('X.'));
    this.evaluate(...[...EVALUATED, ...all].map((id) => replaced.get(id) ?? this.result(id)));
  }

  approve(gate: 'G1' | 'G2' | 'G3' | 'G4', role: string, actor: string): void {
    const { packet_digest, scope_digest, boundary_object_digest } = this.rollout.packet;
    const subject = { packet_digest, scope_digest, boundary_object_digest };
    const body = { gate, role, ...subject } as BodyOf<'rollout', 'approved'>;
    this.add(actor, 'approved', body);
  }

  approveAll(): void {
    for (const [gate, role, actor] of APPROVALS) this.approve(gate, role, actor);
  }

  confirmWayBack(): void {
    const { packet_digest } = this.rollout.packet;
    this.add('act_ros', 'acknowledged', {
      ...{ packet_digest, subject: 'rollback_owner', by: 'session' },
    });
    this.add('system', 'channel_tested', {
      ...{ packet_digest, delivered: true, evidence_digest: digestOf('e'), code: 'delivered' },
    });
  }

  replacePacket(letter: string): void {
    const { packet } = this.rollout;
    const version = packet.version + 1;
    this.add('system', 'packet_replaced', { ...packet, ...subjectOf(letter), version });
  }

  request(changes: Partial<DeployRequest> = {}): DeployRequest {
    const { packet_digest, scope_digest, boundary_object_digest } = this.rollout.packet;
    return {
      actor: 'act_otto',
      confirmedPathId: 'threshold-operations-console',
      isSteppedUp: true,
      packet: { packet_digest, scope_digest, boundary_object_digest, isWithdrawn: false },
      ...changes,
    };
  }

  /** The codes of a refusal, sorted; empty if a deployment is admitted now. */
  codes(changes: Partial<DeployRequest> = {}): readonly string[] {
    const admission = admitDeploy(this.inputs, this.request(changes));
    return admission.admitted ? [] : Array.from(admission.codes).sort();
  }

  /** Deploys if it is admitted. */
  deploy(changes: Partial<DeployRequest> = {}): boolean {
    if (this.codes(changes).length > 0) return false;
    const { packet_digest, scope_digest, boundary_object_digest } = this.rollout.packet;
    const subject = { packet_digest, scope_digest, boundary_object_digest };
    this.add('act_otto', 'deployed', { ...subject, ...RECEIPTS });
    return true;
  }
}

export const SERVICE_PARTS = [
  { name: 'sla', result: 'pass' },
  { name: 'support', result: 'pass' },
] as const;

export const RECEIPTS = {
  request_id: 'req_019aa9a0-0000-7000-8000-000000000001',
  action_salt: 'A'.repeat(22),
  record_digest: digestOf('f'),
};

/** A rollout that a deployment is admitted of at `world.nowMs`. */
export function readyWorld(options: WorldOptions = {}): RolloutWorld {
  const world = new RolloutWorld(options);
  world.evaluateAll();
  world.confirmWayBack();
  world.approveAll();
  return world;
}

export function policyWith(changes: Partial<GatePolicy>): GatePolicy {
  return { ...DEFAULT_GATE_POLICY, ...changes };
}

/** The plain JSON of a value. */
export function jsonOf(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
