/** Links for people who have no session here: who may be asked by one, and about what. */
import { CratonError } from '@craton/protocol';
import { makeLink, type NewLink } from '../people/acknowledgement-links.ts';
import type { Acknowledgement } from './decide-gate.ts';
import type { RolloutPorts } from './ports.ts';
import { loadRollout } from './read-rollout.ts';
import { refusedFor } from './refuse.ts';

export interface LinkRequest {
  readonly rolloutId: string;
  /** Who makes the link. */
  readonly actor: string;
  readonly subject: Acknowledgement;
  /** Whose acknowledgement it is going to be. */
  readonly person: string;
}

/**
 * Makes a link in force. Throws `ERR_NOT_FOUND`, and `ERR_ROLLOUT_REFUSED` for somebody who does not
 * hold the role, for oneself, and for a rollout that is closed.
 */
export async function makeAcknowledgementLink(
  ports: RolloutPorts,
  { rolloutId, actor, subject, person }: LinkRequest,
): Promise<NewLink> {
  const { rollout } = await loadRollout(ports, rolloutId);
  const { opened, packet, phase } = rollout;
  const role = subject === 'incident_channel' ? 'rollback_owner' : subject;
  const isHolder = opened.role_holders[role]?.includes(person) === true;
  if (!isHolder) throw refusedFor(['role_not_held']);
  if (person === actor) throw refusedFor(['acknowledge_yourself']);
  if (phase !== 'in_review' && phase !== 'deployed') throw refusedFor(['state_does_not_allow']);
  const known = await ports.operatorRecords.findPerson(person);
  if (known === undefined || known.erasedAtMs !== undefined) {
    throw new CratonError('ERR_NOT_FOUND', 'There is no such person.');
  }
  const asked = { rolloutId, subject, packetDigest: packet.packet_digest, actId: person };
  const link = makeLink(actor, asked, ports.sources.nowMs());
  await ports.admin.apply(link.change);
  return link;
}
