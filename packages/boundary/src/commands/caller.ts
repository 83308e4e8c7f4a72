/** Who calls, once the key was accepted. */
import type { Owner } from '../ledger/port.ts';

export interface Caller {
  /** Public id of the key, safe to log. */
  readonly keyId: string;
  readonly owner: Owner;
}
