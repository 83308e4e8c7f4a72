/** Pulling a review: the only way by which a rollout begins. */
import {
  gateCatalogue,
  gatePolicyDigest,
  holdersFor,
  type PacketUnderReview,
  rolloutChain,
  unsatisfiableGates,
  type UnsatisfiableGate,
} from '@craton/policy';
import { CratonError, type Digest, encodeBase64url, utf8 } from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { appendTo, rolloutRecord } from './append-record.ts';
import { currentOf } from './current-packet.ts';
import type { RolloutPorts } from './ports.ts';
import { loadGovernance, loadRollout } from './read-rollout.ts';
import type { PulledReview } from './review-source.ts';

export interface PullReview {
  /** Public id of who pulls. */
  readonly actor: string;
  readonly packetDigest: Digest;
}

export interface PulledRollout {
  readonly rolloutId: string;
  /** `opened` a new one, `replaced` the packet of an open one, or `known` already. */
  readonly outcome: 'opened' | 'replaced' | 'known';
  /** Gates that nobody can bring to pass as roles are held now. */
  readonly unsatisfiable: readonly UnsatisfiableGate[];
}

/**
 * Takes a packet under review. A newer version of a draft whose rollout is still under review
 * replaces the packet there, and voids what was found and approved. Pulling again changes nothing.
 *
 * Throws `ERR_NOT_FOUND`, `ERR_ROLLOUT_REFUSED` for a packet that is withdrawn or has no boundary
 * object, and what `ReviewSource.find` throws.
 */
export async function pullReview(
  ports: RolloutPorts,
  { actor, packetDigest }: PullReview,
): Promise<PulledRollout> {
  const review = await ports.reviews.find(packetDigest);
  if (review === undefined) {
    throw new CratonError('ERR_NOT_FOUND', 'No review of this packet was requested.');
  }
  const underReview = await describePacket(ports, review);
  const { governance } = await loadGovernance(ports);
  const { partner_id, path_id } = pathOf(review);
  const holders = holdersFor(governance, partner_id, path_id);
  const authors = [underReview.author, ...underReview.author_people];
  const unsatisfiable = unsatisfiableGates(holders, authors, governance.policy);
  const open = await findOpen(ports, review);
  if (open?.rollout.packet.packet_digest === packetDigest) {
    return { rolloutId: open.rollout.rolloutId, outcome: 'known', unsatisfiable };
  }
  if (open !== undefined) {
    await appendTo(ports, open, { actor, kind: 'packet_replaced', body: underReview });
    return { rolloutId: open.rollout.rolloutId, outcome: 'replaced', unsatisfiable };
  }
  const rolloutId = rolloutIdOf(ports.environment, review);
  if ((await ports.operatorRecords.readChain(rolloutChain(rolloutId))).length > 0) {
    return { rolloutId, outcome: 'known', unsatisfiable };
  }
  await ports.admin.apply(
    rolloutRecord(
      rolloutId,
      {
        actor,
        kind: 'rollout_opened',
        body: {
          rollout_id: rolloutId,
          draft_id: review.draftId,
          organisation: review.organisation,
          environment: ports.environment,
          ...pathOf(review),
          ...underReview,
          gate_policy_digest: gatePolicyDigest(governance.policy, nodeSha256),
          gate_catalogue_digest: gateCatalogue().digest,
          role_holders: holders,
        },
      },
      0,
    ),
  );
  return { rolloutId, outcome: 'opened', unsatisfiable };
}

/** The same packet has the same id on every node, so that two who pull at once open one rollout. */
function rolloutIdOf(environment: string, { packetDigest }: PulledReview): string {
  return `rol_${shortHash(`craton.rollout.v1\n${environment}\n${packetDigest}`)}`;
}

/** The rollout of the same draft that still waits for its end. */
async function findOpen(ports: RolloutPorts, review: PulledReview) {
  for (const chain of await ports.operatorRecords.findChains('rollout_opened', review.draftId)) {
    const loaded = await loadRollout(ports, chain.slice(rolloutChain('').length));
    const { opened, phase } = loaded.rollout;
    const isOpen = OPEN_PHASES.includes(phase);
    if (isOpen && opened.draft_id === review.draftId) return loaded;
  }
  return undefined;
}

const OPEN_PHASES: readonly string[] = [
  'in_review',
  'changes_requested',
  'rejected',
  'invalidated',
  'expired',
  'withdrawn',
];

function pathOf({ packet }: PulledReview) {
  const { boundary_object: object, scope } = packet;
  if (object === undefined || scope === undefined) throw notReviewable('boundary_object_missing');
  const { partner_id, unit, gate_type, system_scope } = scope;
  return { partner_id, unit, gate_type, system_scope, path_id: object.path_id };
}

async function describePacket(
  ports: RolloutPorts,
  review: PulledReview,
): Promise<PacketUnderReview> {
  const current = currentOf(review);
  if (current === undefined) throw notReviewable('boundary_object_missing');
  if (current.isWithdrawn) throw notReviewable('packet_withdrawn');
  const { packet_digest, scope_digest, boundary_object_digest } = current;
  const people = await Promise.all(
    [review.author, review.requestedBy].map((name) => personOf(ports, review.organisation, name)),
  );
  const [author = '', requester = ''] = people;
  return {
    packet_digest,
    scope_digest,
    boundary_object_digest,
    version: review.packet.version,
    author,
    author_people: Array.from(new Set([author, requester])).sort(),
    requested_at: review.requestedAt,
  };
}

/**
 * The person behind a name of self-service: an `act_` id stands for itself, a subject of the identity
 * provider for whoever signed in with it; any other name gets an id of its own, which nobody else has.
 */
async function personOf(
  { operatorRecords, peopleIssuer }: RolloutPorts,
  organisation: string,
  name: string,
): Promise<string> {
  if (/^act_[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  const known =
    peopleIssuer === undefined ? undefined : await operatorRecords.findPersonOf(peopleIssuer, name);
  if (known !== undefined) return known.actId;
  return `act_${shortHash(`craton.author.v1\n${organisation}\n${name}`)}`;
}

function notReviewable(reason: string): CratonError {
  const message = `The packet cannot be reviewed: ${reason}.`;
  return new CratonError('ERR_ROLLOUT_REFUSED', message, { reasons: [reason] });
}

/** 128 bits of a SHA-256, base64url. */
function shortHash(text: string): string {
  return encodeBase64url(nodeSha256(utf8(text)).subarray(0, 16));
}
