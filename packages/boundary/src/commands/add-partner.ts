import { CratonError } from '@craton/protocol';
import type { LedgerAdmin, Partner } from '../ledger/administration.ts';
import { auditEvent } from './audit.ts';

export interface AddPartner {
  /** Public id of the operator's key. */
  readonly actor: string;
  readonly partnerId: string;
  readonly units: readonly string[];
}

/** Makes a partner and its units known; what is there already stays. Answers what is there now. */
export async function addPartner(
  admin: Pick<LedgerAdmin, 'apply' | 'listPartners'>,
  { actor, partnerId, units }: AddPartner,
): Promise<Partner> {
  await admin.apply(
    { kind: 'upsert_partner', partnerId, units },
    auditEvent(actor, 'partner_added', { partner_id: partnerId, units }),
  );
  const added = (await admin.listPartners()).find((partner) => partner.partnerId === partnerId);
  if (added !== undefined) return added;
  throw new CratonError('ERR_INTERNAL', 'The partner was added and is not there.');
}
