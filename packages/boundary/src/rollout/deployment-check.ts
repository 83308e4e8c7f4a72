/** An action on a path as a boundary check of its own: the request, and the commit with its changes. */
import {
  type AdmissionCode,
  DEPLOYMENT_DECISION_TYPE,
  DEPLOYMENT_GATE_TYPE,
  DEPLOYMENT_PATH_ID,
  DEPLOYMENT_SCOPE,
  DEPLOYMENT_SOURCE,
  type DeploymentAction,
  deploymentApprovalPath,
  deploymentFacts,
  type DeploymentRecord,
  deploymentRecordDigest,
  type Judgement,
  OPERATIONS_PARTNER,
  type Rollout,
} from '@craton/policy';
import {
  canonicalize,
  CratonError,
  type Digest,
  encodeBase64url,
  type JsonObject,
  parseCheckRequest,
  taggedDigest,
  utf8,
} from '@craton/protocol';
import { auditEvent, START_ACTOR } from '../commands/audit.ts';
import type { LedgerChange } from '../ledger/change.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { CheckOutcome } from '../ledger/port.ts';
import type { RolloutPorts } from './ports.ts';

const SALT_BYTES = 16;
/** Milliseconds in which a deployment must come to its turn. */
const TURN_MS_MAX = 10_000;

/** What is to be done, and what was found about it. */
export interface DeploymentCase {
  readonly rollout: Rollout;
  readonly judgement: Judgement;
  readonly action: DeploymentAction;
  readonly actor: string;
  /** Of its admission; empty if it is admitted. */
  readonly codes: readonly AdmissionCode[];
  /** Absent for what is not admitted: a refusal has nothing to record. */
  readonly record?: DeploymentRecord;
}

/** The members that records of a rollout and of its path have of an action's receipts. */
export interface ActionReceipts {
  readonly request_id: string;
  readonly record_digest: Digest;
  readonly action_salt: string;
}

/** An action that is about to be asked for: its names are known before it is decided. */
export interface PreparedAction {
  readonly receipts: ActionReceipts;
  /** Decides, and makes the changes if that is an allow, all in one transaction. */
  commit(changes: readonly LedgerChange[]): Promise<DecidedAction>;
}

export interface DecidedAction {
  /** Whether the changes were made. */
  readonly isDone: boolean;
  /** `{decision, deployment_record?}` as JSON text: the answer of the check, and the record's receipt. */
  readonly answerText: string;
}

/** Prepares the check of an action. */
export async function prepareAction(
  ports: RolloutPorts,
  { rollout, judgement, action, actor, codes, record }: DeploymentCase,
): Promise<PreparedAction> {
  await installApprovalPath(ports);
  const { environment, sources, writer } = ports;
  const nowMs = sources.nowMs();
  const requestId = sources.requestId(nowMs);
  const salt = encodeBase64url(sources.randomBytes(SALT_BYTES));
  const subject: JsonObject = record ?? { rollout_id: rollout.rolloutId, action };
  const body = {
    partner_id: OPERATIONS_PARTNER,
    gate_type: DEPLOYMENT_GATE_TYPE,
    system_scope: DEPLOYMENT_SCOPE,
    decision_type: DEPLOYMENT_DECISION_TYPE,
    decision_owner: 'business_owner',
    external_reference: `${rollout.rolloutId}/${requestId}`,
    action_digest: actionDigest(salt, subject),
    context: {
      authorization_status: codes.length === 0 ? 'approved' : 'not_admitted',
      authorization_reference: rollout.packet.packet_digest,
      authorization_source: DEPLOYMENT_SOURCE,
      facts: deploymentFacts(action, judgement, codes),
    },
  };
  const entry = {
    kind: 'deployment',
    environment,
    request: parseCheckRequest(utf8(JSON.stringify(body))),
    requestId,
    actor,
    recordText: canonicalize(subject),
    deadlineMs: nowMs + TURN_MS_MAX,
  } as const;
  return {
    receipts: {
      request_id: requestId,
      record_digest: record === undefined ? NO_RECORD : deploymentRecordDigest(record, nodeSha256),
      action_salt: salt,
    },
    commit: async (changes) => {
      const [outcome] = await writer.commit([entry], changes);
      return decided(outcome);
    },
  };
}

/** The action of a deployment's check is its record; whoever has the salt can show that. */
function actionDigest(salt: string, action: JsonObject): Digest {
  return taggedDigest('craton.action.v1', { salt, kind: 'deployment', action }, nodeSha256);
}

const NO_RECORD: Digest = `sha256:${'0'.repeat(64)}`;

function decided(outcome: CheckOutcome | undefined): DecidedAction {
  if (outcome?.kind === 'issued') {
    return { isDone: outcome.isWithheld !== true, answerText: outcome.responseText };
  }
  const { code, message } = outcome ?? {
    code: 'ERR_INTERNAL' as const,
    message: 'The writer gave no answer.',
  };
  throw new CratonError(code, message);
}

/**
 * Makes the built-in path live that approves deployments, once for each environment. Its salt is
 * made here: of two nodes that do it at once the first one's stays.
 */
async function installApprovalPath({ admin, environment, sources }: RolloutPorts): Promise<void> {
  const owner = { environment, partnerId: OPERATIONS_PARTNER };
  const isLive = async () =>
    (await admin.findPath({ owner, pathId: DEPLOYMENT_PATH_ID })) !== undefined;
  if (await isLive()) return;
  const document = deploymentApprovalPath(encodeBase64url(sources.randomBytes(SALT_BYTES)));
  try {
    await admin.apply(
      { kind: 'upsert_partner', partnerId: OPERATIONS_PARTNER, units: [] },
      { kind: 'apply_path', environment, documentText: canonicalize(document) },
      auditEvent(START_ACTOR, 'path_applied', {
        environment,
        partner_id: OPERATIONS_PARTNER,
        path_id: DEPLOYMENT_PATH_ID,
        version: document.version,
      }),
    );
  } catch (error) {
    if (!(await isLive())) throw error;
  }
}
