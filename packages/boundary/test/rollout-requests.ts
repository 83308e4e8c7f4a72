/** A request for each route of rollouts, whose form is good whatever the rollout's state is. */
import type { RouteDocument } from '@craton/service';
import { PARTNER_ID } from './harness.ts';
import type { Sent } from './good-requests.ts';
import { packetOf, PATH_ID } from './rollout-world.ts';

/** Of a rollout that is not there. */
export const NOBODYS_ROLLOUT = `rol_${'A'.repeat(22)}`;

const subjectOf = () => {
  const { packet_digest, scope_digest } = packetOf(1);
  return { packet_digest, scope_digest };
};

const BODIES: Readonly<Record<string, (reason: string) => object>> = {
  pullReview: () => ({ packet_digest: packetOf(1).packet_digest }),
  approveGate: (reason) => ({ gate: 'G1', role: 'risk_owner', ...subjectOf(), reason }),
  rejectGate: (reason) => ({ gate: 'G1', role: 'risk_owner', ...subjectOf(), reason }),
  requestChanges: (reason) => ({ gate: 'G1', role: 'risk_owner', ...subjectOf(), reason }),
  withdrawApproval: (reason) => ({ gate: 'G1', role: 'risk_owner', reason }),
  acknowledgeRollout: () => ({ subject: 'rollback_owner' }),
  makeAcknowledgementLink: () => ({ subject: 'rollback_owner', person: 'act_ros' }),
  importEvidence: () => ({ bundles: [{}] }),
  deployRollout: () => ({ confirm_path_id: PATH_ID }),
  rollBack: (reason) => ({ reason }),
  suspendPath: (reason) => ({ reason }),
  breakGlass: (reason) => ({
    ...{ role: 'craton_operator', confirm_path_id: PATH_ID, lasts_s: 60 },
    reason,
  }),
  reviewBreakGlass: (reason) => ({ reason }),
};

export interface RolloutRequest {
  readonly authorization: string;
  readonly rolloutId?: string;
  readonly reason?: string;
}

/** The request; a route for everybody gets no header Authorization. */
export function rolloutRequest(
  { method, path, operationId, keyHolder }: RouteDocument,
  { authorization, rolloutId = NOBODYS_ROLLOUT, reason = 'No.' }: RolloutRequest,
): Sent {
  const url = path
    .replace('{rollout_id}', rolloutId)
    .replace('{packet_digest}', packetOf(9).packet_digest)
    .replace('{partner_id}', PARTNER_ID)
    .replace('{path_id}', PATH_ID);
  const isPost = method === 'POST';
  return {
    method,
    url,
    headers: {
      ...(keyHolder === 'operator' && { authorization }),
      ...(isPost && { 'content-type': 'application/json' }),
    },
    ...(isPost && { payload: Buffer.from(JSON.stringify(BODIES[operationId]?.(reason) ?? {})) }),
  };
}
