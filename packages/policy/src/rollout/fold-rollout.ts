/** The state of a rollout: a pure fold of its records, which refuses what cannot follow. */
import { CratonError, type Digest, parseTime } from '@craton/protocol';
import type { RolloutRecord } from './record-chain.ts';
import type { BodyOf, CriterionResult, RolloutKind } from './records.ts';
import type { GateId } from './terms.ts';

/** What the records alone say; gates, clocks and freezes are judged from it at a time. */
export type RolloutPhase =
  | 'in_review'
  | 'changes_requested'
  | 'rejected'
  | 'withdrawn'
  | 'invalidated'
  | 'expired'
  | 'deployed'
  | 'break_glass'
  | 'superseded'
  | 'rolled_back'
  | 'suspended';

export type PacketUnderReview = BodyOf<'rollout', 'packet_replaced'>;
export type PacketSubjectDigests = Pick<
  PacketUnderReview,
  'packet_digest' | 'scope_digest' | 'boundary_object_digest'
>;

interface Dated {
  readonly seq: number;
  readonly atMs: number;
  readonly actor: string;
}

export interface GivenApproval extends Dated {
  readonly body: BodyOf<'rollout', 'approved'>;
  readonly isWithdrawn: boolean;
}

export interface Rollout {
  readonly rolloutId: string;
  readonly phase: RolloutPhase;
  /** As review was first requested: path, policy digest and role holders hold for the whole rollout. */
  readonly opened: BodyOf<'rollout', 'rollout_opened'>;
  readonly openedAtMs: number;
  /** The packet that is under review now. */
  readonly packet: PacketUnderReview;
  /** The record that brought this packet: whatever was said before it was said of another one. */
  readonly packetSeq: number;
  /** Newest result for each criterion, of this packet only. */
  readonly results: ReadonlyMap<string, CriterionResult>;
  /** In their order, those of earlier packets too. */
  readonly approvals: readonly GivenApproval[];
  readonly rejection?: Dated & { readonly body: BodyOf<'rollout', 'rejected'> };
  readonly acknowledgements: readonly (Dated & {
    readonly body: BodyOf<'rollout', 'acknowledged'>;
  })[];
  readonly channelTest?: Dated & { readonly body: BodyOf<'rollout', 'channel_tested'> };
  readonly staged?: Dated & { readonly body: BodyOf<'rollout', 'staged'> };
  readonly freezeOverrides: readonly (Dated & {
    readonly body: BodyOf<'rollout', 'freeze_overridden'>;
  })[];
  readonly deployment?: Dated & { readonly body: BodyOf<'rollout', 'deployed'> };
  readonly breakGlass?: Dated & {
    readonly body: BodyOf<'rollout', 'break_glass_opened'>;
    readonly isReviewed: boolean;
  };
  readonly stability?: Dated & { readonly body: BodyOf<'rollout', 'stability_checked'> };
  /** Why somebody should look at the live path. */
  readonly attention: readonly string[];
  /** The newest record. */
  readonly last: Dated & { readonly digest: string };
}

const WAY_BACK = ['rolled_back', 'suspended', 'superseded'] as const;
const AFTERWARDS = ['break_glass_reviewed'] as const;

/** Which records can follow in which phase. What is not listed is refused. */
const CAN_FOLLOW: Readonly<Record<RolloutPhase, readonly RolloutKind[]>> = {
  in_review: [
    ...(['packet_replaced', 'criteria_evaluated', 'approved', 'approval_withdrawn'] as const),
    ...(['rejected', 'changes_requested', 'acknowledged', 'channel_tested', 'withdrawn'] as const),
    ...(['invalidated', 'staged', 'evidence_imported', 'smoke_recorded', 'expired'] as const),
    ...(['freeze_overridden', 'deploy_refused', 'deployed', 'break_glass_opened'] as const),
  ],
  changes_requested: ['packet_replaced', 'withdrawn', 'expired'],
  rejected: ['packet_replaced', 'withdrawn'],
  invalidated: ['packet_replaced', 'withdrawn', 'expired'],
  expired: ['packet_replaced', 'withdrawn'],
  withdrawn: ['packet_replaced'],
  deployed: [
    ...WAY_BACK,
    ...(['criteria_evaluated', 'smoke_recorded', 'channel_tested', 'acknowledged'] as const),
    ...(['stability_checked', 'attention_raised', 'attention_cleared'] as const),
    ...AFTERWARDS,
  ],
  break_glass: [
    ...WAY_BACK,
    ...(['break_glass_closed', 'expired', 'criteria_evaluated', 'stability_checked'] as const),
    ...(['attention_raised', 'attention_cleared'] as const),
    ...AFTERWARDS,
  ],
  superseded: ['restored', ...AFTERWARDS],
  rolled_back: AFTERWARDS,
  suspended: ['rolled_back', 'superseded', ...AFTERWARDS],
};

/**
 * Folds the records of one rollout, from the first. Their digests are not looked at: that is
 * `verifyRecordChain`.
 *
 * Throws `ERR_OPERATOR_RECORD` for a chain that does not begin with `rollout_opened`, and for a
 * record that cannot follow the ones before it.
 */
export function foldRollout(records: readonly RolloutRecord[]): Rollout {
  const [first, ...others] = records;
  if (first?.kind !== 'rollout_opened') throw cannotFollow(1, 'is not the opening of a rollout');
  return others.reduce(foldRecord, open(first));
}

function open(record: RolloutRecord & { kind: 'rollout_opened' }): Rollout {
  const { version, packet_digest, scope_digest, boundary_object_digest } = record.body;
  const { author, author_people, requested_at } = record.body;
  return {
    rolloutId: record.body.rollout_id,
    phase: 'in_review',
    opened: record.body,
    openedAtMs: record.atMs,
    packet: {
      ...{ version, packet_digest, scope_digest, boundary_object_digest },
      ...{ author, author_people, requested_at },
    },
    packetSeq: record.seq,
    results: new Map(),
    approvals: [],
    acknowledgements: [],
    freezeOverrides: [],
    attention: [],
    last: { ...dated(record), digest: record.digest },
  };
}

/** One record more. Throws `ERR_OPERATOR_RECORD` if it cannot follow. */
export function foldRecord(rollout: Rollout, record: RolloutRecord): Rollout {
  if (!CAN_FOLLOW[rollout.phase].includes(record.kind)) {
    throw cannotFollow(record.seq, `of kind ${record.kind} cannot follow: ${rollout.phase}`);
  }
  const last = { ...dated(record), digest: record.digest };
  return { ...rollout, ...changesBy(rollout, record), last };
}

function changesBy(rollout: Rollout, record: RolloutRecord): Partial<Rollout> {
  const at = dated(record);
  switch (record.kind) {
    case 'packet_replaced':
      return replacePacket(record.body, record.seq);
    case 'criteria_evaluated':
      return { results: resultsAfter(rollout, record.body) };
    case 'approved':
      return {
        approvals: [...rollout.approvals, { ...at, body: record.body, isWithdrawn: false }],
      };
    case 'approval_withdrawn':
      return { approvals: withdrawApproval(rollout, record.actor, record.body) };
    case 'rejected':
      return { phase: 'rejected', rejection: { ...at, body: record.body } };
    case 'acknowledged':
      return { acknowledgements: [...rollout.acknowledgements, { ...at, body: record.body }] };
    case 'channel_tested':
      return { channelTest: { ...at, body: record.body } };
    case 'staged':
      return { staged: { ...at, body: record.body } };
    case 'freeze_overridden':
      return { freezeOverrides: [...rollout.freezeOverrides, { ...at, body: record.body }] };
    case 'deployed':
      return { phase: 'deployed', deployment: { ...at, body: record.body } };
    case 'break_glass_opened':
      return { phase: 'break_glass', breakGlass: { ...at, body: record.body, isReviewed: false } };
    default:
      return laterChangesBy(rollout, record);
  }
}

/** What follows a decision, or ends the review. */
function laterChangesBy(rollout: Rollout, record: RolloutRecord): Partial<Rollout> {
  switch (record.kind) {
    case 'stability_checked':
      return { stability: { ...dated(record), body: record.body } };
    case 'attention_raised':
      return { attention: [...new Set([...rollout.attention, record.body.code])] };
    case 'attention_cleared':
      return { attention: [] };
    case 'break_glass_reviewed':
      return reviewBreakGlass(rollout, record.body.record_digest);
    case 'restored':
      return { phase: 'deployed' };
    case 'break_glass_closed':
      return { phase: 'suspended' };
    case 'expired':
      return { phase: rollout.phase === 'break_glass' ? 'suspended' : 'expired' };
    case 'changes_requested':
    case 'withdrawn':
    case 'invalidated':
    case 'rolled_back':
    case 'suspended':
    case 'superseded':
      return { phase: record.kind };
    default:
      return {};
  }
}

/** Everything that was found and approved is void, also if the same packet comes again. */
function replacePacket(packet: PacketUnderReview, packetSeq: number): Partial<Rollout> {
  return { phase: 'in_review', packet, packetSeq, results: new Map() };
}

function resultsAfter(
  { packet, results }: Rollout,
  body: BodyOf<'rollout', 'criteria_evaluated'>,
): ReadonlyMap<string, CriterionResult> {
  if (body.packet_digest !== packet.packet_digest) return results;
  return new Map([...results, ...body.results.map((result) => [result.id, result] as const)]);
}

function withdrawApproval(
  { approvals }: Rollout,
  actor: string,
  taken: { readonly gate: GateId; readonly role: string },
): readonly GivenApproval[] {
  return approvals.map((given) => {
    const { gate, role } = given.body;
    const isMeant = given.actor === actor && gate === taken.gate && role === taken.role;
    return isMeant ? { ...given, isWithdrawn: true } : given;
  });
}

function reviewBreakGlass({ breakGlass }: Rollout, recordDigest: Digest): Partial<Rollout> {
  if (breakGlass?.body.record_digest !== recordDigest) return {};
  return { breakGlass: { ...breakGlass, isReviewed: true } };
}

/** Whether an emergency deployment of this rollout still waits for its review. */
export function hasOpenReview({ breakGlass }: Rollout): boolean {
  return breakGlass !== undefined && !breakGlass.isReviewed;
}

/** When an emergency deployment ends by itself; undefined if there is none. Milliseconds. */
export function breakGlassEndMs({ phase, breakGlass }: Rollout): number | undefined {
  if (phase !== 'break_glass' || breakGlass === undefined) return undefined;
  return parseTime(breakGlass.body.expires_at);
}

function dated({ seq, atMs, actor }: RolloutRecord): Dated {
  return { seq, atMs, actor };
}

function cannotFollow(seq: number, problem: string): CratonError {
  return new CratonError('ERR_OPERATOR_RECORD', `Record ${seq} ${problem}.`, { field: 'kind' });
}
