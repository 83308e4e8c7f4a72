/** The incident channel of a plan: confirmed by a message that arrived, not by a field that is filled. */
import { evidenceDigest } from '@craton/policy';
import type { JsonObject } from '@craton/protocol';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { appendTo } from './append-record.ts';
import { readCurrentPacket } from './current-packet.ts';
import type { RolloutPorts } from './ports.ts';
import { loadRollout } from './read-rollout.ts';
import { refusedFor } from './refuse.ts';

/** What became of a test message. */
export interface ChannelDelivery {
  readonly delivered: boolean;
  /** Why not, or `delivered`: a label. */
  readonly code: string;
  /** What was sent where and answered; no secret and no text of the receiver. */
  readonly evidence: JsonObject;
}

export interface ChannelTester {
  /** Sends a message that says what it is. `channel`: as the plan names it. Never throws. */
  sendTest(channel: string, rolloutId: string): Promise<ChannelDelivery>;
}

/** Sends the message and writes down what became of it. Throws `ERR_ROLLOUT_REFUSED`. */
export async function testIncidentChannel(
  ports: RolloutPorts,
  { rolloutId, actor }: { readonly rolloutId: string; readonly actor: string },
): Promise<ChannelDelivery> {
  const loaded = await loadRollout(ports, rolloutId);
  const { review } = await readCurrentPacket(ports, loaded.rollout);
  const channel = review?.packet.draft.rollback?.incident_channel;
  if (channel === undefined) throw refusedFor(['incident_channel_missing']);
  const delivery = await ports.channels.sendTest(channel, rolloutId);
  const { delivered, code, evidence } = delivery;
  const { packet_digest } = loaded.rollout.packet;
  const evidence_digest = evidenceDigest('G4.2', evidence, nodeSha256);
  const body = { packet_digest, delivered, code, evidence_digest };
  await appendTo(ports, loaded, { actor, kind: 'channel_tested', body });
  return delivery;
}
