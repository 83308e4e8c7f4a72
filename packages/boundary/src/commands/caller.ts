/** Who calls, once the key was accepted. */
import type { ApiKey, Owner } from '../ledger/port.ts';

export interface Caller {
  /** Public id of the key, safe to log. */
  readonly keyId: string;
  readonly owner: Owner;
}

export function callerOf({ keyId, environment, partnerId }: ApiKey): Caller {
  return { keyId, owner: { environment, partnerId } };
}
