/** The way back: to the version before, or out of service. No gate, freeze or clock stands before it. */
import {
  admitRollback,
  admitSuspend,
  type Admission,
  composeDeploymentRecord,
  type JudgeInputs,
  judgeRollout,
  rolloutChain,
} from '@craton/policy';
import { auditEvent } from '../commands/audit.ts';
import type { LedgerChange } from '../ledger/change.ts';
import { rolloutRecord } from './append-record.ts';
import { type DecidedAction, prepareAction } from './deployment-check.ts';
import {
  type LoadedPath,
  loadPathHistory,
  type PathDeployment,
  pathRecord,
} from './path-history.ts';
import type { RolloutPorts } from './ports.ts';
import { type LoadedRollout, loadRollout } from './read-rollout.ts';
import { type GivenReason, reasonOf } from './reason.ts';
import { demandAdmitted } from './refuse.ts';

export interface Undoing {
  readonly rolloutId: string;
  readonly actor: string;
  readonly reason: string;
}

/** What became of it. */
export interface UndoneDeployment extends DecidedAction {
  /** The version that answers now; absent if the path is out of service. */
  readonly liveVersion?: number;
}

/**
 * Makes the version before the live one again, or takes the path out of service if there is none. One
 * action: once it is answered, no receipt of the old version is issued any more, on any node.
 *
 * Throws `ERR_NOT_FOUND`, `ERR_ROLLOUT_REFUSED`, `ERR_RECORD_CONFLICT`.
 */
export async function rollBack(ports: RolloutPorts, asked: Undoing): Promise<UndoneDeployment> {
  return undo(ports, asked, { action: 'rollback', admit: admitRollback });
}

/** Takes the path out of service. Throws as `rollBack`. */
export async function suspendPath(ports: RolloutPorts, asked: Undoing): Promise<UndoneDeployment> {
  return undo(ports, asked, { action: 'suspend', admit: admitSuspend, cause: 'operator' });
}

/** Ends an emergency deployment at its time: nobody is asked. Throws as `rollBack`. */
export async function endBreakGlass(
  ports: RolloutPorts,
  rolloutId: string,
): Promise<UndoneDeployment> {
  const asked = { rolloutId, actor: 'system', reason: 'The emergency deployment reached its end.' };
  const admit = (inputs: JudgeInputs): Admission => ({
    admitted: true,
    judgement: judgeRollout(inputs),
  });
  return undo(ports, asked, { action: 'suspend', admit, cause: 'break_glass_expired' });
}

interface UndoKind {
  readonly action: 'rollback' | 'suspend';
  readonly admit: (inputs: JudgeInputs, actor: string) => Admission;
  readonly cause?: 'operator' | 'break_glass_expired';
}

async function undo(
  ports: RolloutPorts,
  { rolloutId, actor, reason: text }: Undoing,
  kind: UndoKind,
): Promise<UndoneDeployment> {
  const loaded = await loadRollout(ports, rolloutId);
  const admission = kind.admit(loaded.inputs, actor);
  demandAdmitted(admission);
  const path = await loadPathHistory(ports, loaded.rollout.opened);
  const reason = reasonOf(text);
  const restored = kind.action === 'rollback' ? versionBefore(path, rolloutId) : undefined;
  const { lastRecordDigest } = path.history;
  const record = composeDeploymentRecord(loaded.inputs, admission.judgement, {
    action: kind.action,
    actor,
    reasonDigest: reason.reason_digest,
    ...(lastRecordDigest && { previousRecordDigest: lastRecordDigest }),
    ...(restored && { restores: restored.record_digest }),
  });
  const { judgement } = admission;
  const { rollout } = loaded;
  const { action } = kind;
  const prepared = await prepareAction(ports, {
    rollout,
    judgement,
    action,
    actor,
    codes: [],
    record,
  });
  const undone = { ports, loaded, path, actor, reason, restored, kind };
  const answer = await prepared.commit(changesOf(undone, prepared.receipts));
  return {
    ...answer,
    ...(answer.isDone && restored?.path_version && { liveVersion: restored.path_version }),
  };
}

/** The newest deployment that was live before this rollout's, and was not itself taken back. */
function versionBefore(
  { history: { deployments } }: LoadedPath,
  rolloutId: string,
): PathDeployment | undefined {
  const taken = new Set(
    deployments.filter(({ action }) => action === 'rollback').map(({ rollout_id }) => rollout_id),
  );
  return deployments.findLast(
    ({ action, live, rollout_id, path_version }) =>
      live &&
      (action === 'deploy' || action === 'break_glass') &&
      rollout_id !== rolloutId &&
      !taken.has(rollout_id) &&
      path_version !== undefined,
  );
}

interface Undone {
  readonly ports: RolloutPorts;
  readonly loaded: LoadedRollout;
  readonly path: LoadedPath;
  readonly actor: string;
  readonly reason: GivenReason;
  readonly restored: PathDeployment | undefined;
  readonly kind: UndoKind;
}

function changesOf(
  undone: Undone,
  receipts: { request_id: string; record_digest: `sha256:${string}`; action_salt: string },
): readonly LedgerChange[] {
  const { ports, loaded, path, actor, reason, restored, kind } = undone;
  const { rolloutId, opened } = loaded.rollout;
  const { partner_id, path_id } = opened;
  const { lastRecordDigest } = path.history;
  const owner = { environment: ports.environment, partnerId: partner_id };
  const { path_version: version, policy_digest } = restored ?? {};
  const head = loaded.heads[rolloutChain(rolloutId)];
  return [
    version === undefined
      ? { kind: 'suspend_path', owner, pathId: path_id }
      : { kind: 'restore_path', owner, pathId: path_id, version },
    kind.action === 'rollback'
      ? rolloutRecord(
          rolloutId,
          {
            actor,
            kind: 'rolled_back',
            body: { ...reason, ...receipts, ...(restored && { restores: restored.record_digest }) },
          },
          head,
        )
      : rolloutRecord(
          rolloutId,
          {
            actor,
            kind: 'suspended',
            body: { cause: kind.cause ?? 'operator', ...reason, ...receipts },
          },
          head,
        ),
    pathRecord(path, actor, {
      rollout_id: restored?.rollout_id ?? rolloutId,
      action: kind.action,
      live: restored !== undefined,
      ...receipts,
      ...(version !== undefined && { path_version: version }),
      ...(policy_digest !== undefined && { policy_digest }),
      ...(lastRecordDigest && { previous_record_digest: lastRecordDigest }),
    }),
    ...(restored === undefined
      ? []
      : [
          rolloutRecord(restored.rollout_id, {
            actor,
            kind: 'restored',
            body: { by_rollout_id: rolloutId, record_digest: receipts.record_digest },
          }),
        ]),
    auditEvent(actor, version === undefined ? 'path_suspended' : 'path_restored', {
      environment: ports.environment,
      partner_id,
      path_id,
      ...(version !== undefined && { version }),
    }),
  ];
}
