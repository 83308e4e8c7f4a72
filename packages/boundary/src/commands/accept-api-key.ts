/** Decides whether a key may be used for something (PROTOCOL section 10). */
import { CratonError } from '@craton/protocol';
import { apiKeySha256, isApiKeyText } from '../api-key.ts';
import type { ApiKey, ApiKeyKind, LedgerReader, Scope } from '../ledger/port.ts';
import { type Caller, callerOf } from './caller.ts';

export interface ApiKeyPorts {
  readonly reader: Pick<LedgerReader, 'listApiKeys'>;
  /** The environment that this instance serves. */
  readonly environment: string;
  readonly nowMs: () => number;
}

/** Kinds that may call the boundary; operators and review pulls have doors of their own. */
const BOUNDARY_KINDS: readonly ApiKeyKind[] = ['bnd', 'sts'];

/**
 * One error for a key that is absent, malformed, unknown, expired or revoked: the answer does not
 * tell a guesser which.
 */
export function unauthenticated(): CratonError {
  return new CratonError(
    'ERR_UNAUTHENTICATED',
    'Send an API key that is valid here, as Authorization: Bearer <key>.',
  );
}

/**
 * The caller whose key `text` is. Throws `ERR_UNAUTHENTICATED`, or `ERR_FORBIDDEN` if the key is good
 * but not for this environment, kind of call or scope.
 */
export async function acceptApiKey(
  ports: ApiKeyPorts,
  text: string | undefined,
  scope: Scope,
): Promise<Caller> {
  if (text === undefined || !isApiKeyText(text)) throw unauthenticated();
  // Digests are compared, not keys: how long the look-up takes tells nothing about a key.
  const key = (await ports.reader.listApiKeys()).get(apiKeySha256(text));
  if (key === undefined || !isInForce(key, ports.nowMs())) throw unauthenticated();
  const misfit = misfitOf(key, ports.environment, scope);
  if (misfit !== undefined) throw new CratonError('ERR_FORBIDDEN', misfit);
  return callerOf(key);
}

function isInForce(key: ApiKey, nowMs: number): boolean {
  return nowMs < key.expiresAtMs && key.revokedAtMs === undefined;
}

function misfitOf(key: ApiKey, environment: string, scope: Scope): string | undefined {
  if (key.environment !== environment) return 'This API key is for another environment.';
  if (!BOUNDARY_KINDS.includes(key.kind)) return 'This kind of API key is not for the boundary.';
  if (!key.scopes.includes(scope)) return `This API key does not have the scope ${scope}.`;
  return undefined;
}
