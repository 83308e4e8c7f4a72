/** Which approvals of a gate count, and why the others do not. */
import type { GateRole } from '../gates/gate-catalogue.ts';
import type { GivenApproval, Rollout } from './fold-rollout.ts';
import type { GatePolicy, PolicyGate } from './gate-policy.ts';
import type { RoleHolders } from './records.ts';
import { type GateId, isActorId } from './terms.ts';

export interface CountedApproval {
  readonly seq: number;
  readonly atMs: number;
  readonly role: GateRole;
  readonly actor: string;
}

/** Why an approval does not count. */
export const UNCOUNTED_CODES = [
  'not_a_person',
  'withdrawn',
  'older_version',
  'role_not_of_gate',
  'author',
  'role_not_held',
  'approval_expired',
  'person_counted',
  'role_filled',
] as const;
export type UncountedCode = (typeof UNCOUNTED_CODES)[number];

export interface UncountedApproval extends CountedApproval {
  readonly code: UncountedCode;
}

export interface JudgedApprovals {
  readonly counted: readonly CountedApproval[];
  readonly notCounted: readonly UncountedApproval[];
  /** Roles of which an approval is still needed; any one of them where the rule is `any`. */
  readonly missing: readonly GateRole[];
}

interface Rules {
  readonly rollout: Rollout;
  readonly policy: GatePolicy;
  readonly nowMs: number;
}

/** Counts the approvals of a gate in their order: the first that fits fills its role. */
export function judgeApprovals(gate: PolicyGate, rules: Rules): JudgedApprovals {
  const counted: CountedApproval[] = [];
  const notCounted: UncountedApproval[] = [];
  for (const given of rules.rollout.approvals) {
    if (given.body.gate !== gate.id) continue;
    const { seq, atMs, actor } = given;
    const approval = { seq, atMs, role: given.body.role, actor };
    const code = uncountedCode(given, { gate, counted, ...rules });
    if (code === undefined) counted.push(approval);
    else notCounted.push({ ...approval, code });
  }
  return { counted, notCounted, missing: missingRoles(gate, counted) };
}

interface Counting extends Rules {
  readonly gate: PolicyGate;
  readonly counted: readonly CountedApproval[];
}

function uncountedCode(given: GivenApproval, counting: Counting): UncountedCode | undefined {
  const { actor, body, atMs, isWithdrawn } = given;
  const { gate, rollout, policy, nowMs } = counting;
  if (isWithdrawn) return 'withdrawn';
  if (!isOfPacket(given, rollout)) return 'older_version';
  if (nowMs >= atMs + policy.clocks.approval_expires_s * 1_000) return 'approval_expired';
  return personCode(
    { actor, role: body.role },
    { gate, counted: counting.counted, rollout, policy },
  );
}

function isOfPacket({ body, seq }: GivenApproval, { packet, packetSeq }: Rollout): boolean {
  return (
    seq > packetSeq &&
    body.packet_digest === packet.packet_digest &&
    body.scope_digest === packet.scope_digest &&
    body.boundary_object_digest === packet.boundary_object_digest
  );
}

/**
 * Why a person cannot fill a role of a gate, whatever they are otherwise: an administrator is a
 * person like any other. Undefined if they can.
 */
export function personCode(
  { actor, role }: { readonly actor: string; readonly role: GateRole },
  { gate, counted, rollout, policy }: Omit<Counting, 'nowMs'>,
): UncountedCode | undefined {
  if (!isActorId(actor)) return 'not_a_person';
  if (!gate.roles.includes(role)) return 'role_not_of_gate';
  if (!policy.single_operator && isAuthor(rollout, actor)) return 'author';
  if (rollout.opened.role_holders[role]?.includes(actor) !== true) return 'role_not_held';
  if (counted.some((other) => other.role === role)) return 'role_filled';
  const isCounted = counted.some((other) => other.actor === actor);
  return isCounted && !policy.single_operator ? 'person_counted' : undefined;
}

/** The author, and every person who holds the author's key. */
export function isAuthor({ packet }: Rollout, actor: string): boolean {
  return packet.author === actor || packet.author_people.includes(actor);
}

function missingRoles(gate: PolicyGate, counted: readonly CountedApproval[]): readonly GateRole[] {
  const open = gate.roles.filter((role) => !counted.some((approval) => approval.role === role));
  return gate.rule === 'any' && counted.length > 0 ? [] : open;
}

/** A gate that nobody can bring to pass, named before anybody waits for it. */
export interface UnsatisfiableGate {
  readonly gate: GateId;
  readonly roles: readonly GateRole[];
  readonly code: 'role_unfilled' | 'only_the_author' | 'too_few_people';
}

/**
 * Gates that cannot get their approvals from these holders. `authorPeople`: the author and every
 * person of the author's key, or empty when a policy is saved before there is an author.
 */
export function unsatisfiableGates(
  holders: RoleHolders,
  authorPeople: readonly string[],
  policy: GatePolicy,
): readonly UnsatisfiableGate[] {
  return policy.gates.flatMap((gate) => {
    const code = unsatisfiableCode(gate, { holders, authorPeople, policy });
    return code === undefined ? [] : [{ gate: gate.id, ...code }];
  });
}

interface Staffing {
  readonly holders: RoleHolders;
  readonly authorPeople: readonly string[];
  readonly policy: GatePolicy;
}

function unsatisfiableCode(
  { rule, roles }: PolicyGate,
  { holders, authorPeople, policy }: Staffing,
): Omit<UnsatisfiableGate, 'gate'> | undefined {
  const named = roles.map((role) => ({ role, people: holders[role] ?? [] }));
  const able = named.map(({ role, people }) => ({
    role,
    people: policy.single_operator ? people : people.filter((one) => !authorPeople.includes(one)),
  }));
  const isEnough = rule === 'any' ? able.some(hasPeople) : able.every(hasPeople);
  if (!isEnough) {
    const lacking = able.filter((one) => !hasPeople(one)).map(({ role }) => role);
    const isUnfilled = rule === 'any' ? !named.some(hasPeople) : !named.every(hasPeople);
    return { roles: lacking, code: isUnfilled ? 'role_unfilled' : 'only_the_author' };
  }
  if (rule === 'any' || policy.single_operator) return undefined;
  const isDistinct = canStaff(able.map(({ people }) => people));
  return isDistinct ? undefined : { roles, code: 'too_few_people' };
}

function hasPeople({ people }: { readonly people: readonly string[] }): boolean {
  return people.length > 0;
}

/** Whether each slot can get a person of its own. Slots are as many as a gate has roles. */
function canStaff([slot, ...others]: readonly (readonly string[])[]): boolean {
  if (slot === undefined) return true;
  return slot.some((person) =>
    canStaff(others.map((people) => people.filter((other) => other !== person))),
  );
}
