/** The explicit action that makes a reviewed packet the live version of its path, and nothing else does. */
import {
  admitDeploy,
  type Admission,
  type AdmissionCode,
  composeDeploymentRecord,
  type CurrentPacket,
  governanceChain,
  type JudgeInputs,
  type PathHistory,
  rolloutChain,
} from '@craton/policy';
import { parseTime } from '@craton/protocol';
import type { LedgerChange } from '../ledger/change.ts';
import { appendTo, rolloutRecord } from './append-record.ts';
import { readCurrentPacket } from './current-packet.ts';
import { type DecidedAction, prepareAction, type PreparedAction } from './deployment-check.ts';
import { type Evaluation, evaluateRollout } from './evaluate-criteria.ts';
import { type LoadedPath, loadPathHistory, pathRecord } from './path-history.ts';
import type { OperatorIdentity, RolloutPorts } from './ports.ts';
import { type LoadedRollout, loadRollout } from './read-rollout.ts';
import { refusedFor } from './refuse.ts';
import { activation } from './stage-rollout.ts';

export interface Deployment {
  readonly rolloutId: string;
  /** Typed by the person, to the letter. */
  readonly confirmedPathId: string;
}

/** What became of a deployment: a verdict is a result, whichever it is. */
export interface DeploymentOutcome extends DecidedAction {
  /** Why it was not admitted; empty if it was done. */
  readonly codes: readonly AdmissionCode[];
}

/**
 * Measures everything again, judges, and asks the boundary. Allowed: the path is live, the rollout,
 * its path and the version before it have their records, all in the transaction of the decision, which
 * looks again at everything that it was decided on. Rejected: the decision alone is a receipt.
 *
 * Throws `ERR_NOT_FOUND`, `ERR_ROLLOUT_REFUSED` for who is not a deployer at all, and
 * `ERR_RECORD_CONFLICT` if something changed meanwhile: nothing was decided then.
 */
export async function deployRollout(
  ports: RolloutPorts,
  { person: actor, isSteppedUp }: OperatorIdentity,
  { rolloutId, confirmedPathId }: Deployment,
): Promise<DeploymentOutcome> {
  await demandDeployer(ports, rolloutId, actor);
  const evaluation = await evaluateRollout(ports, { rolloutId, actor });
  const loaded = await loadRollout(ports, rolloutId);
  const { current, review } = await readCurrentPacket(ports, loaded.rollout);
  const request = { actor, confirmedPathId, isSteppedUp, packet: current };
  const admission = admitDeploy(loaded.inputs, request);
  if (!admission.admitted) return refuse(ports, { loaded, admission, current, actor });
  const path = await loadPathHistory(ports, loaded.rollout.opened);
  const deploying = { loaded, admission, path, actor, evaluation };
  const { prepared, superseded } = await prepareDeploy(ports, deploying);
  const { document, changes } = activation(review?.packet, ports.environment, actor);
  const { packet_digest, scope_digest, boundary_object_digest } = loaded.rollout.packet;
  const subject = { packet_digest, scope_digest, boundary_object_digest };
  const { live } = path.history;
  const answer = await prepared.commit([
    unchanged(ports, deploying),
    rolloutRecord(
      rolloutId,
      {
        actor,
        kind: 'deployed',
        body: {
          ...subject,
          ...prepared.receipts,
          ...(live && { supersedes: live.record_digest }),
        },
      },
      loaded.heads[rolloutChain(rolloutId)],
    ),
    pathRecord(path, actor, {
      rollout_id: rolloutId,
      action: 'deploy',
      live: true,
      path_version: document.version,
      policy_digest: boundary_object_digest,
      ...previousOf(path.history),
      ...prepared.receipts,
    }),
    ...superseded,
    ...changes,
  ]);
  return { ...answer, codes: [] };
}

/** Who is no deployer of this rollout at all gets no decision, and so cannot fill the log with them. */
async function demandDeployer(
  ports: RolloutPorts,
  rolloutId: string,
  actor: string,
): Promise<void> {
  const { rollout } = await loadRollout(ports, rolloutId);
  const isDeployer = rollout.opened.role_holders.craton_operator?.includes(actor) === true;
  if (!isDeployer) throw refusedFor(['role_not_held']);
}

interface Deploying {
  readonly loaded: LoadedRollout;
  readonly admission: Extract<Admission, { admitted: true }>;
  readonly path: LoadedPath;
  readonly actor: string;
  readonly evaluation: Evaluation;
}

async function prepareDeploy(
  ports: RolloutPorts,
  { loaded, admission, path, actor, evaluation }: Deploying,
): Promise<{ readonly prepared: PreparedAction; readonly superseded: readonly LedgerChange[] }> {
  const { inputs, rollout } = loaded;
  const { judgement } = admission;
  const { live, lastRecordDigest } = path.history;
  const readinessDigest = evaluation.readiness?.snapshot_digest;
  const record = composeDeploymentRecord(inputs, judgement, {
    action: 'deploy',
    actor,
    ...(readinessDigest && { readinessDigest }),
    ...(lastRecordDigest && { previousRecordDigest: lastRecordDigest }),
    ...(live && { supersedes: live.record_digest }),
  });
  const action = { rollout, judgement, action: 'deploy', actor, codes: [], record } as const;
  const prepared = await prepareAction(ports, action);
  const { rolloutId } = rollout;
  const { record_digest } = prepared.receipts;
  const body = { by_rollout_id: rolloutId, record_digest };
  const superseded =
    live === undefined || live.rollout_id === rolloutId
      ? []
      : [rolloutRecord(live.rollout_id, { actor, kind: 'superseded', body })];
  return { prepared, superseded };
}

function previousOf({ lastRecordDigest }: PathHistory) {
  return lastRecordDigest === undefined ? {} : { previous_record_digest: lastRecordDigest };
}

/** What must still be so in the transaction: chains, the age of evidence, and both clocks. */
function unchanged(
  { environment }: RolloutPorts,
  { loaded, admission, path, evaluation }: Deploying,
): LedgerChange {
  const { inputs, heads } = loaded;
  const governance = governanceChain(environment);
  const { executionExpiresAtMs, approvalExpiresAtMs } = admission.judgement;
  const ends = [evidenceEndMs(inputs, evaluation), executionExpiresAtMs, approvalExpiresAtMs];
  return {
    kind: 'expect',
    heads: { [governance]: heads[governance] ?? 0, [path.chain]: path.head },
    beforeMs: Math.min(...ends.filter((end) => end !== undefined)),
  };
}

function evidenceEndMs({ policy }: JudgeInputs, { results }: Evaluation): number {
  const times = results.map(({ evaluated_at }) => parseTime(evaluated_at));
  return Math.min(...times) + policy.evidence_age_s_max * 1_000;
}

/** A deployment that is not admitted is decided, too: as a reject, by the same path and its receipt. */
async function refuse(
  ports: RolloutPorts,
  refused: {
    readonly loaded: LoadedRollout;
    readonly admission: Extract<Admission, { admitted: false }>;
    readonly current: CurrentPacket;
    readonly actor: string;
  },
): Promise<DeploymentOutcome> {
  const { loaded, admission, actor } = refused;
  const { codes, judgement } = admission;
  const { rollout } = loaded;
  const prepared = await prepareAction(ports, {
    rollout,
    judgement,
    action: 'deploy',
    actor,
    codes,
  });
  const answer = await prepared.commit([]);
  if (rollout.phase === 'in_review') {
    const { packet_digest } = rollout.packet;
    const { request_id } = prepared.receipts;
    const body = { packet_digest, codes: codes.toSorted(), request_id };
    await appendTo(ports, loaded, { actor, kind: 'deploy_refused', body });
  }
  return { ...answer, codes };
}
