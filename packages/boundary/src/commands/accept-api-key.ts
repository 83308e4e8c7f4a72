/** Decides whether a key may be used for something (PROTOCOL section 10). */
import { CratonError } from '@craton/protocol';
import { apiKeySha256, isApiKeyText } from '../api-key.ts';
import type { ApiKey, ApiKeyKind, LedgerReader, Scope } from '../ledger/port.ts';
import { opens } from '../people/operator-scopes.ts';
import type { RateLimits } from '../rate-limits.ts';
import { isServedHere, type ServedEnvironments } from '../staging.ts';
import type { Caller } from './caller.ts';

export interface ApiKeyPorts {
  readonly reader: Pick<LedgerReader, 'apiKeys'>;
  /** The environment that this instance serves. */
  readonly environment: string;
  /** It serves `staging` beside it. */
  readonly hasStaging?: boolean | undefined;
  readonly nowMs: () => number;
  /** Told of every key that was accepted for something that issues no receipt. */
  readonly noteUse: (keyId: string) => void;
  /** Absent: nothing is limited. */
  readonly rateLimits?: RateLimits | undefined;
}

/** Each kind has a door of its own. */
const BOUNDARY_KINDS: readonly ApiKeyKind[] = ['bnd', 'sts'];
const OPERATOR_KINDS: readonly ApiKeyKind[] = ['ops'];
/** The writer notes their use itself, in the transaction of the receipt. */
const ISSUING_SCOPES: readonly Scope[] = ['check', 'claim', 'confirm'];

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
export function acceptApiKey(ports: ApiKeyPorts, text: string | undefined, scope: Scope): Caller {
  const key = findKeyInForce(ports, text);
  assertFits(key, ports, { kinds: BOUNDARY_KINDS, scope });
  const { keyId, environment, partnerId } = key;
  if (partnerId === undefined) {
    throw new CratonError('ERR_FORBIDDEN', 'This API key belongs to no partner.');
  }
  if (!ISSUING_SCOPES.includes(scope)) ports.noteUse(keyId);
  return { keyId, owner: { environment, partnerId } };
}

/** An operator's key; no scope: any will do. Throws as `acceptApiKey` does. */
export function acceptOperatorToken(
  ports: ApiKeyPorts,
  text: string | undefined,
  scope: Scope | undefined,
): ApiKey {
  const key = findKeyInForce(ports, text);
  assertFits(key, ports, { kinds: OPERATOR_KINDS, scope });
  ports.noteUse(key.keyId);
  return key;
}

function findKeyInForce(ports: ApiKeyPorts, text: string | undefined): ApiKey {
  if (text === undefined || !isApiKeyText(text)) throw unauthenticated();
  // Digests are compared, not keys: how long the look-up takes tells nothing about a key.
  const key = ports.reader.apiKeys().get(apiKeySha256(text));
  if (key === undefined || !isInForce(key, ports.nowMs())) throw unauthenticated();
  const refusal = ports.rateLimits?.refuseKey(key.keyId);
  if (refusal !== undefined) throw refusal;
  return key;
}

/** Whether a key is neither revoked nor expired. */
export function isInForce(key: ApiKey, nowMs: number): boolean {
  return nowMs < key.expiresAtMs && key.revokedAtMs === undefined;
}

interface Door {
  readonly kinds: readonly ApiKeyKind[];
  readonly scope: Scope | undefined;
}

function assertFits(key: ApiKey, served: ServedEnvironments, door: Door): void {
  const misfit = misfitOf(key, served, door);
  if (misfit !== undefined) throw new CratonError('ERR_FORBIDDEN', misfit);
}

function misfitOf(
  key: ApiKey,
  served: ServedEnvironments,
  { kinds, scope }: Door,
): string | undefined {
  if (!isServedHere(key, served)) return 'This API key is for another environment.';
  if (!kinds.includes(key.kind)) return 'This kind of API key is not for this address.';
  if (!opens(key.scopes, scope)) return `This API key does not have the scope ${scope ?? ''}.`;
  return undefined;
}
