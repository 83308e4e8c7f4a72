/** The permission to execute, given once (PROTOCOL section 4): whatever is in doubt is refused. */
import {
  type ClaimPayload,
  type ClaimRequest,
  composeClaim,
  CratonError,
  parseTime,
} from '@craton/protocol';
import { issueLinked, type LinkedKind, type Subject } from './issue-linked.ts';
import type { Issuing } from './issuing.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { CheckOutcome, ClaimCommand } from './port.ts';
import type { LedgerTransaction } from './transaction.ts';

const CLAIM: LinkedKind<ClaimRequest> = {
  scope: 'claim',
  receiptType: 'execution_claim',
  compose: composeIfFree,
};

/**
 * The one claim of a decision. Throws what `issueLinked` does, and `ERR_NOTHING_PERMITTED`,
 * `ERR_ACTION_MISMATCH`, `ERR_ALREADY_CLAIMED`, `ERR_ALREADY_CONFIRMED` or `ERR_DECISION_EXPIRED`.
 */
export function issueClaim(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: ClaimCommand,
): CheckOutcome {
  return issueLinked(issuing, transaction, command, CLAIM);
}

function composeIfFree(subject: Subject, { actionDigest }: ClaimRequest): ClaimPayload {
  demandPermission(subject);
  demandAction(subject, actionDigest);
  demandFree(subject);
  demandTime(subject);
  const { decision, requestId, confirmer, issuance } = subject;
  const claim = { requestId, confirmer, ...(actionDigest && { actionDigest }), flags: [] };
  return composeClaim(decision, claim, issuance, nodeSha256);
}

function demandPermission({ decision: { payload } }: Subject): void {
  if (payload.verdict === 'reject') {
    throw new CratonError('ERR_NOTHING_PERMITTED', 'The decision is a reject: do not execute.');
  }
  if (payload.enforcement === 'enforce') return;
  const message = 'The decision was made under observe: it permits nothing.';
  throw new CratonError('ERR_NOTHING_PERMITTED', message);
}

/** A decision that bound an action is claimed for that action, and not in silence. */
function demandAction({ decision: { payload } }: Subject, actionDigest: string | undefined): void {
  const { action_digest } = payload;
  if (action_digest === undefined || action_digest === actionDigest) return;
  const problem =
    actionDigest === undefined
      ? 'is missing: the decision is bound to an action, so send its digest.'
      : 'is not that of the decision: ask again for this action.';
  const details = { field: 'action_digest' };
  throw new CratonError('ERR_ACTION_MISMATCH', `action_digest ${problem}`, details);
}

function demandFree({ linked }: Subject): void {
  const claim = linked.find(({ receiptType }) => receiptType === 'execution_claim');
  if (claim !== undefined) {
    const details = { relatedRequestId: claim.requestId };
    throw new CratonError(
      'ERR_ALREADY_CLAIMED',
      'The decision is claimed already: do not execute it again.',
      details,
    );
  }
  const [confirmation] = linked;
  if (confirmation === undefined) return;
  throw new CratonError(
    'ERR_ALREADY_CONFIRMED',
    'What became of the decision was confirmed already: ask again before you execute.',
    { relatedRequestId: confirmation.requestId },
  );
}

function demandTime({ decision: { payload }, issuance }: Subject): void {
  if (issuance.issuedAtMs < parseTime(payload.expires_at)) return;
  throw new CratonError('ERR_DECISION_EXPIRED', 'The decision has expired: ask again.');
}
