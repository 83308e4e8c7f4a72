import { CratonError } from '@craton/protocol';
import type { ApiKeyRecord, LedgerAdmin } from '../ledger/administration.ts';
import { auditEvent } from './audit.ts';

export interface RevokeApiKey {
  /** Public id of the operator's key. */
  readonly actor: string;
  readonly keyId: string;
}

/**
 * Ends a key: no receipt is issued for it after this is stored. Revoking again changes nothing and
 * is no event. Throws `ERR_NOT_FOUND`.
 */
export async function revokeApiKey(
  admin: Pick<LedgerAdmin, 'apply' | 'listApiKeyRecords'>,
  { actor, keyId }: RevokeApiKey,
): Promise<ApiKeyRecord> {
  const before = await findKey(admin, keyId);
  if (before.revokedAtMs !== undefined) return before;
  await admin.apply(
    { kind: 'revoke_api_key', keyId },
    auditEvent(actor, 'api_key_revoked', { key_id: keyId }),
  );
  return findKey(admin, keyId);
}

async function findKey(
  admin: Pick<LedgerAdmin, 'listApiKeyRecords'>,
  keyId: string,
): Promise<ApiKeyRecord> {
  const found = (await admin.listApiKeyRecords()).find((key) => key.keyId === keyId);
  if (found !== undefined) return found;
  throw new CratonError('ERR_NOT_FOUND', 'There is no such API key.');
}
