/** A deployment is a boundary check of its own; what it allows is recorded and signed beside it. */
import {
  composeDeployment,
  CratonError,
  type JsonObject,
  Members,
  parseStrict,
  parseTime,
  utf8,
} from '@craton/protocol';
import { deploymentAnswerText } from './answer.ts';
import { decide, type Decided } from './issue-decision.ts';
import {
  type Issuing,
  issueTime,
  nextPosition,
  openStream,
  type SealedParts,
  sealPayload,
  seenOf,
  signerInTime,
} from './issuing.ts';
import type { CheckOutcome, DeploymentCommand, Owner } from './port.ts';
import type { Signer } from '../signing/signer.ts';
import type { LedgerTransaction } from './transaction.ts';

/**
 * The decision on a deployment and, if it is `allow`, the record. What it does not allow is withheld:
 * its changes are not made, but the decision stands and is a receipt. Throws `ERR_DEADLINE`,
 * `ERR_CLOCK_UNTRUSTED`, and `ERR_FORBIDDEN` for an environment that is not issued for.
 */
export function issueDeployment(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: DeploymentCommand,
): CheckOutcome {
  const { environment, actor, deadlineMs } = command;
  const signer = signerInTime(issuing, environment, deadlineMs);
  if (signer === undefined) {
    throw new CratonError('ERR_FORBIDDEN', 'This server does not issue for this environment.');
  }
  const decided = decide(issuing, signer, transaction, { ...command, keyId: actor });
  if (decided.payload.verdict !== 'allow') {
    const responseText = deploymentAnswerText(decided.responseText);
    return { kind: 'issued', responseText, replayed: false, isWithheld: true };
  }
  const record = sealRecord(issuing, signer, transaction, { command, decided });
  const responseText = deploymentAnswerText(decided.responseText, record);
  return { kind: 'issued', responseText, replayed: false };
}

interface Allowed {
  readonly command: DeploymentCommand;
  readonly decided: Decided;
}

function sealRecord(
  issuing: Issuing,
  signer: Signer,
  transaction: LedgerTransaction,
  { command, decided }: Allowed,
): SealedParts {
  const { environment, request, actor, recordText } = command;
  const { payload: decision } = decided;
  const owner: Owner = { environment, partnerId: request.partnerId };
  const { path_id: pathId } = decision.boundary_snapshot;
  const stream = openStream(issuing, transaction, owner, {
    pathId,
    receiptType: 'deployment_record',
  });
  const notBeforeMs = Math.max(stream.lastIssuedAtMs, parseTime(decision.issued_at));
  const issuedAtMs = issueTime(issuing.sources.nowMs(), notBeforeMs);
  const position = nextPosition(stream);
  const seen = seenOf(issuing, environment);
  const issuance = { issuer: issuing.issuer, environment, issuedAtMs, ...position, ...seen };
  const payload = composeDeployment(decision, parseRecord(recordText), issuance);
  const parts = sealPayload(signer, stream, payload);
  const { commitment_id: commitmentId, request_id: decisionRequestId } = decision;
  transaction.insertRecord({ ...parts, stream, commitmentId, issuedAtMs, keyId: actor });
  transaction.applyChange({ kind: 'link_record', decisionRequestId, position }, issuedAtMs);
  return parts;
}

/** A signed payload is at most 8 deep, and the record is one of its members. */
const RECORD_DEPTH_MAX = 7;

function parseRecord(text: string): JsonObject {
  const record = parseStrict(utf8(text), { numbers: 'safe', depthMax: RECORD_DEPTH_MAX });
  const { object } = Members.of(record, 'record', 'ERR_INTERNAL');
  return object;
}
