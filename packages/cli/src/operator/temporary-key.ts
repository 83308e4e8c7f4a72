/** A key that an operator issues for one run of a command, and revokes after it. */
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { notOurs } from '../server/server-client.ts';
import { shown } from './answers.ts';
import type { OperatorClient } from './operator-client.ts';

export interface TemporaryKey {
  readonly keyId: string;
  readonly text: string;
}

export interface KeyTerms {
  readonly kind: 'bnd' | 'sts';
  readonly partnerId: string;
  readonly scopes: readonly string[];
}

/** Issues it for a day at most. The token needs the scope admin. */
export async function issueTemporaryKey(
  client: OperatorClient,
  { kind, partnerId, scopes }: KeyTerms,
): Promise<TemporaryKey> {
  const key = { kind, partner_id: partnerId, scopes, lifetime_days: 1 };
  const answer = await client.post('/api-keys', key);
  if (typeof answer['key'] !== 'string') throw notOurs('the answer holds no key');
  return { keyId: shown(answer['key_id']), text: answer['key'] };
}

/** Tells what is left if that fails. */
export async function revokeTemporaryKey(
  context: CliContext,
  client: OperatorClient,
  { keyId }: TemporaryKey,
): Promise<void> {
  try {
    await client.post(`/api-keys/${encodeURIComponent(keyId)}/revoke`, {});
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    context.err(`The key ${keyId} was not revoked. It ends by itself after a day.`);
  }
}
