/** The first operator of a store: let in by whoever sets the server's environment. */
import { CratonError } from '@craton/protocol';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { ApiKey, LedgerReader } from '../ledger/port.ts';
import { isInForce } from './accept-api-key.ts';
import { START_ACTOR } from './audit.ts';
import { insertApiKey, newKeyId } from './issue-api-key.ts';

/** Long enough to issue a key of one's own, too short to live with. Milliseconds. */
export const BOOTSTRAP_LIFETIME_MS = 3_600_000;

export interface AdmitOperatorPorts {
  readonly reader: Pick<LedgerReader, 'apiKeys'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  readonly environment: string;
  readonly nowMs: () => number;
}

/**
 * `admitted`: the key works for an hour. `kept`: it does already. `not_needed`: another operator's
 * key is in force. `used_before`: it was in this store and is over; a key is let in only once.
 */
export type Admission = 'admitted' | 'kept' | 'not_needed' | 'used_before';

/**
 * Takes in the operator's key whose SHA-256 (lower-case hex) stands in the environment, if nobody
 * can administer this store. What it finds is judged again in the transaction, so of many nodes
 * that start at once one admits.
 */
export async function admitOperator(
  ports: AdmitOperatorPorts,
  keySha256: string,
): Promise<Admission> {
  const known = ports.reader.apiKeys();
  const judged = judge(known, keySha256, ports.nowMs());
  if (judged !== 'admitted') return judged;
  const { environment, nowMs } = ports;
  try {
    await insertApiKey(ports.admin, START_ACTOR, {
      keySha256,
      onlyWithoutOperator: true,
      key: {
        keyId: newKeyId(),
        kind: 'ops',
        environment,
        scopes: ['read', 'admin'],
        expiresAtMs: nowMs() + BOOTSTRAP_LIFETIME_MS,
      },
    });
    return 'admitted';
  } catch (error) {
    if (!(error instanceof CratonError) || error.code !== 'ERR_LEDGER_CHANGE') throw error;
    // Another node was quicker.
    return 'not_needed';
  }
}

function judge(known: ReadonlyMap<string, ApiKey>, keySha256: string, nowMs: number): Admission {
  const own = known.get(keySha256);
  if (own !== undefined && isInForce(own, nowMs)) return 'kept';
  const isAdministered = Array.from(known.values()).some(
    (key) => key.kind === 'ops' && key.scopes.includes('admin') && isInForce(key, nowMs),
  );
  if (isAdministered) return 'not_needed';
  return own === undefined ? 'admitted' : 'used_before';
}
