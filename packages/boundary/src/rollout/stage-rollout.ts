/** Staging a packet: live where nothing is at stake, after the first two gates. */
import { admitStage, type Packet, type PathDocument } from '@craton/policy';
import { canonicalize } from '@craton/protocol';
import { auditEvent } from '../commands/audit.ts';
import type { LedgerChange } from '../ledger/change.ts';
import { appendTo } from './append-record.ts';
import { readCurrentPacket } from './current-packet.ts';
import type { OperatorIdentity, RolloutPorts } from './ports.ts';
import { loadRollout } from './read-rollout.ts';
import { demandAdmitted, refusedFor } from './refuse.ts';

export interface StagedRollout {
  readonly environment: string;
  readonly pathId: string;
  readonly version: number;
}

/**
 * Makes the packet's boundary object live in staging. Throws `ERR_ROLLOUT_REFUSED`, and
 * `ERR_LEDGER_CHANGE` if staging has a version that is not older.
 */
export async function stageRollout(
  ports: RolloutPorts,
  { person: actor }: OperatorIdentity,
  rolloutId: string,
): Promise<StagedRollout> {
  const { stagingEnvironment } = ports.evidence;
  if (stagingEnvironment === ports.environment) throw refusedFor(['no_staging_environment']);
  const loaded = await loadRollout(ports, rolloutId);
  const { current, review } = await readCurrentPacket(ports, loaded.rollout);
  demandAdmitted(admitStage(loaded.inputs, { actor, packet: current }));
  const { document, changes } = activation(review?.packet, stagingEnvironment, actor);
  const { packet_digest } = loaded.rollout.packet;
  const body = { packet_digest, environment: stagingEnvironment };
  await appendTo(ports, loaded, { actor, kind: 'staged', body }, ...changes);
  const { path_id: pathId, version } = document;
  return { environment: stagingEnvironment, pathId, version };
}

/** The changes that make a packet's boundary object the live version of its path. */
export function activation(
  packet: Packet | undefined,
  environment: string,
  actor: string,
): { readonly document: PathDocument; readonly changes: readonly LedgerChange[] } {
  const document = packet?.boundary_object;
  if (document === undefined) throw refusedFor(['boundary_object_missing']);
  const { partner_id: partnerId, unit, path_id, version } = document;
  return {
    document,
    changes: [
      { kind: 'upsert_partner', partnerId, units: unit === undefined ? [] : [unit] },
      { kind: 'apply_path', environment, documentText: canonicalize(document) },
      auditEvent(actor, 'path_applied', {
        environment,
        partner_id: partnerId,
        path_id,
        version,
        policy_digest: packet?.boundary_object_digest ?? '',
      }),
    ],
  };
}
