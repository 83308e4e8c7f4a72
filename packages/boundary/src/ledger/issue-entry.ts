import { issueClaim } from './issue-claim.ts';
import { issueConfirmation } from './issue-confirmation.ts';
import { issueDeployment } from './issue-deployment.ts';
import { issueDecision } from './issue-decision.ts';
import type { Issuing } from './issuing.ts';
import type { CheckOutcome, LedgerEntry } from './port.ts';
import type { LedgerTransaction } from './transaction.ts';

/** Issues whatever the entry asks for, in the open transaction. */
export function issueEntry(
  issuing: Issuing,
  transaction: LedgerTransaction,
  entry: LedgerEntry,
): CheckOutcome {
  switch (entry.kind) {
    case 'decision':
      return issueDecision(issuing, transaction, entry);
    case 'claim':
      return issueClaim(issuing, transaction, entry);
    case 'deployment':
      return issueDeployment(issuing, transaction, entry);
    case 'confirmation':
      return issueConfirmation(issuing, transaction, entry);
  }
}
