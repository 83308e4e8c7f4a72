/** The key of a smoke test of the boundary: the one that was given, or one for this run alone. */
import { SMOKE_PARTNER } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { shown } from '../operator/answers.ts';
import { OperatorClient, type OperatorOptions } from '../operator/operator-client.ts';
import { notOurs } from '../server/server-client.ts';

/** Asked for as often as needed; the first time it may be issued. */
export interface SmokeKey {
  text(): Promise<string>;
  /** Ends a key that was issued here. Tells what is left if that fails, and never throws. */
  end(): Promise<void>;
}

/** A key that somebody keeps for smoke tests. */
export function givenKey(text: string): SmokeKey {
  return { text: () => Promise.resolve(text), end: () => Promise.resolve() };
}

/**
 * A key of the smoke partner that an operator issues for this run: it may check and read, is revoked
 * at the end, and else ends by itself after a day.
 */
export function issuedKey(
  context: CliContext,
  operator: OperatorOptions,
  kind: 'bnd' | 'sts',
): SmokeKey {
  const client = OperatorClient.of(context, operator);
  let issued: Promise<{ readonly keyId: string; readonly text: string }> | undefined;
  const issue = async () => {
    await client.post('/partners', { partner_id: SMOKE_PARTNER });
    const scopes = ['check', 'read'];
    const key = { kind, partner_id: SMOKE_PARTNER, scopes, lifetime_days: 1 };
    const answer = await client.post('/api-keys', key);
    if (typeof answer['key'] !== 'string') throw notOurs('the answer holds no key');
    return { keyId: shown(answer['key_id']), text: answer['key'] };
  };
  return {
    text: async () => (await (issued ??= issue())).text,
    end: async () => {
      const key = await issued?.catch(() => undefined);
      if (key === undefined) return;
      try {
        await client.post(`/api-keys/${encodeURIComponent(key.keyId)}/revoke`, {});
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        context.err(`The key ${key.keyId} was not revoked. It ends by itself after a day.`);
      }
    },
  };
}
