/** The emergency way past the gates: loud, for a time, and reviewed before there is another one. */
import {
  admitBreakGlass,
  composeDeploymentRecord,
  encodeRecordBody,
  type GateRole,
  rolloutChain,
} from '@craton/policy';
import { formatTime } from '@craton/protocol';
import { appendTo, rolloutRecord } from './append-record.ts';
import { readCurrentPacket } from './current-packet.ts';
import { type DecidedAction, prepareAction } from './deployment-check.ts';
import { loadPathHistory, pathRecord } from './path-history.ts';
import type { OperatorIdentity, RolloutPorts } from './ports.ts';
import { loadRollout } from './read-rollout.ts';
import { reasonOf } from './reason.ts';
import { demandAdmitted, refusedFor } from './refuse.ts';
import { activation } from './stage-rollout.ts';

export interface BreakGlass {
  readonly rolloutId: string;
  readonly role: GateRole;
  readonly confirmedPathId: string;
  readonly reason: string;
  /** Milliseconds from now until the path is suspended by itself. */
  readonly lastsMs: number;
}

/**
 * Makes a packet live although its gates have not passed. Everybody is told; at its end the path is
 * suspended, not left live. Throws `ERR_NOT_FOUND`, `ERR_ROLLOUT_REFUSED`, `ERR_RECORD_CONFLICT`.
 */
export async function breakGlass(
  ports: RolloutPorts,
  { person: actor, isSteppedUp }: OperatorIdentity,
  { rolloutId, role, confirmedPathId, reason: text, lastsMs }: BreakGlass,
): Promise<DecidedAction> {
  const loaded = await loadRollout(ports, rolloutId);
  const { rollout, inputs, heads } = loaded;
  const { current, review } = await readCurrentPacket(ports, rollout);
  const path = await loadPathHistory(ports, rollout.opened);
  const expiresAtMs = inputs.nowMs + lastsMs;
  const { isReviewOpen, live, lastRecordDigest } = path.history;
  const asked = { actor, confirmedPathId, isSteppedUp, packet: current, expiresAtMs, isReviewOpen };
  const admission = admitBreakGlass(inputs, asked);
  demandAdmitted(admission);
  const reason = reasonOf(text);
  const { judgement } = admission;
  const record = composeDeploymentRecord(inputs, judgement, {
    action: 'break_glass',
    actor,
    reasonDigest: reason.reason_digest,
    expiresAtMs,
    ...(lastRecordDigest && { previousRecordDigest: lastRecordDigest }),
    ...(live && { supersedes: live.record_digest }),
  });
  const action = { rollout, judgement, action: 'break_glass', actor, codes: [], record } as const;
  const prepared = await prepareAction(ports, action);
  const { receipts } = prepared;
  const { document, changes } = activation(review?.packet, ports.environment, actor);
  const { packet_digest, scope_digest, boundary_object_digest } = rollout.packet;
  return prepared.commit([
    rolloutRecord(
      rolloutId,
      {
        actor,
        kind: 'break_glass_opened',
        body: {
          ...{ packet_digest, scope_digest, boundary_object_digest, role },
          expires_at: formatTime(expiresAtMs),
          ...reason,
          ...receipts,
        },
      },
      heads[rolloutChain(rolloutId)],
    ),
    pathRecord(path, actor, {
      rollout_id: rolloutId,
      action: 'break_glass',
      live: true,
      path_version: document.version,
      policy_digest: boundary_object_digest,
      ...(lastRecordDigest && { previous_record_digest: lastRecordDigest }),
      ...receipts,
    }),
    ...(live === undefined || live.rollout_id === rolloutId
      ? []
      : [
          rolloutRecord(live.rollout_id, {
            actor,
            kind: 'superseded',
            body: { by_rollout_id: rolloutId, record_digest: receipts.record_digest },
          }),
        ]),
    ...changes,
  ]);
}

/**
 * Closes the review of an emergency deployment: by somebody else than who opened it. Throws
 * `ERR_ROLLOUT_REFUSED`.
 */
export async function reviewBreakGlass(
  ports: RolloutPorts,
  asked: { readonly rolloutId: string; readonly person: string; readonly reason: string },
): Promise<void> {
  const { rolloutId, person: actor, reason } = asked;
  const loaded = await loadRollout(ports, rolloutId);
  const { breakGlass: opened } = loaded.rollout;
  if (opened === undefined || opened.isReviewed) throw refusedFor(['state_does_not_allow']);
  const { role_holders: holders } = loaded.rollout.opened;
  const isHolder = Object.values(holders).some((people) => people.includes(actor));
  if (!isHolder) throw refusedFor(['role_not_held']);
  if (opened.actor === actor && !loaded.inputs.policy.single_operator) {
    throw refusedFor(['person_counted']);
  }
  const body = { record_digest: opened.body.record_digest, ...reasonOf(reason) };
  const { chain, head } = await loadPathHistory(ports, loaded.rollout.opened);
  await appendTo(
    ports,
    loaded,
    { actor, kind: 'break_glass_reviewed', body },
    {
      kind: 'append_record',
      chain,
      afterSeq: head,
      actor,
      recordKind: 'break_glass_reviewed',
      bodyText: encodeRecordBody('path', 'break_glass_reviewed', body),
    },
  );
}
