/** What the commands of operators share. */
import type { LedgerAdmin } from '../ledger/administration.ts';

export interface OperatorPorts {
  readonly admin: LedgerAdmin;
  /** The environment that this instance serves. */
  readonly environment: string;
  /** It serves `staging` beside it. */
  readonly hasStaging?: boolean | undefined;
  /** Whether paths may be applied here without the rollout gates. */
  readonly hasDevelopmentPrivileges: boolean;
  readonly nowMs: () => number;
}
