/** What is said about a record: that it is there, and where to look. Nothing of what stands in it. */
import { foldRollout, readRecords, rolloutChain } from '@craton/policy';
import { canonicalize, CratonError, formatTime } from '@craton/protocol';
import type { OperatorRecord, OperatorRecords } from '../../ledger/operator-records.ts';
import type { WebhookMessage } from './send-webhook.ts';

export interface NotificationPorts {
  readonly environment: string;
  readonly operatorRecords: Pick<OperatorRecords, 'readChain'>;
  /** How people reach this server, without a final slash. */
  readonly publicUrl: () => string;
}

const CHAINS = ['rollout', 'governance'] as const;

/** Whether anybody is told of records of this chain; chains of paths repeat those of rollouts. */
export function isTold({ chain }: Pick<OperatorRecord, 'chain'>): boolean {
  return CHAINS.some((family) => chain.startsWith(`${family}:`));
}

/**
 * Kind, chain, number, time, state and link: no name, no actor, no reason, no business data. The
 * same record gives the same message, however often it is composed.
 */
export async function composeNotification(
  ports: NotificationPorts,
  record: OperatorRecord,
): Promise<WebhookMessage> {
  const { environment, publicUrl } = ports;
  const { recordId, chain, seq, atMs, kind } = record;
  const state = await stateAt(ports, record);
  const at = formatTime(atMs);
  const body = {
    type: `craton.${chain.slice(0, chain.indexOf(':'))}.${kind}`,
    timestamp: at,
    data: {
      ...{ environment, kind, chain, seq, at, link: `${publicUrl()}${linkOf(chain)}` },
      ...(state !== undefined && { state }),
    },
  };
  return { id: `msg_${environment}_${recordId}`, body: canonicalize(body) };
}

/** What the rollout was once this record stood: later records change nothing of it. */
async function stateAt(
  { operatorRecords }: NotificationPorts,
  { chain, seq }: OperatorRecord,
): Promise<string | undefined> {
  if (!chain.startsWith(rolloutChain(''))) return undefined;
  const records = await operatorRecords.readChain(chain);
  try {
    return foldRollout(readRecords('rollout', records.slice(0, seq))).phase;
  } catch (error) {
    // What nobody can read has no state; that it is there is told all the same.
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function linkOf(chain: string): string {
  const prefix = rolloutChain('');
  const id = encodeURIComponent(chain.slice(prefix.length));
  return chain.startsWith(prefix) ? `/operator/rollouts/${id}` : '/operator';
}
