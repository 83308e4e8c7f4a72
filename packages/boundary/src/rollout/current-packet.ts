/** The packet of a rollout as self-service serves it at this moment. */
import type { CurrentPacket, Rollout } from '@craton/policy';
import { CratonError } from '@craton/protocol';
import type { RolloutPorts } from './ports.ts';
import type { PulledReview } from './review-source.ts';

/** A packet that was read, and what admission asks of it. */
export interface PacketReading {
  /** Undefined if it cannot be read: then nothing is admitted. */
  readonly current: CurrentPacket;
  readonly review?: PulledReview;
}

/** Never throws for a side that does not answer: an unreadable packet is an answer, and refuses. */
export async function readCurrentPacket(
  { reviews }: Pick<RolloutPorts, 'reviews'>,
  { packet }: Rollout,
): Promise<PacketReading> {
  try {
    const review = await reviews.find(packet.packet_digest);
    return review === undefined ? { current: undefined } : { current: currentOf(review), review };
  } catch (error) {
    if (error instanceof CratonError) return { current: undefined };
    throw error;
  }
}

/** Undefined for a packet without a boundary object, which nobody can approve. */
export function currentOf({ packet, isWithdrawn }: PulledReview): CurrentPacket {
  const { packet_digest, scope_digest, boundary_object_digest } = packet;
  if (scope_digest === undefined || boundary_object_digest === undefined) return undefined;
  return { packet_digest, scope_digest, boundary_object_digest, isWithdrawn };
}
