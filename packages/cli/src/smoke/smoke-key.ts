/** The key of a smoke test of the boundary: the one that was given, or one for this run alone. */
import { SMOKE_PARTNER } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { OperatorClient, type OperatorOptions } from '../operator/operator-client.ts';
import {
  issueTemporaryKey,
  revokeTemporaryKey,
  type TemporaryKey,
} from '../operator/temporary-key.ts';

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
  let issued: Promise<TemporaryKey> | undefined;
  const issue = async () => {
    await client.post('/partners', { partner_id: SMOKE_PARTNER });
    return issueTemporaryKey(client, { kind, partnerId: SMOKE_PARTNER, scopes: ['check', 'read'] });
  };
  return {
    text: async () => (await (issued ??= issue())).text,
    end: async () => {
      const key = await issued?.catch(() => undefined);
      if (key !== undefined) await revokeTemporaryKey(context, client, key);
    },
  };
}
