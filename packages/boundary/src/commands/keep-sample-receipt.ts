/** One receipt that is nobody's: everybody may read it, to see that receipts can be verified. */
import { randomBytes } from 'node:crypto';
import { SAMPLE_PARTNER } from '@craton/policy';
import {
  CratonError,
  encodeHex,
  parseCheckRequest,
  UNMATCHED_PATH_ID,
  utf8,
} from '@craton/protocol';
import type { LedgerAdmin } from '../ledger/administration.ts';
import type { LedgerReader, LedgerWriter, Owner, StoredReceipt } from '../ledger/port.ts';
import { auditEvent, START_ACTOR } from './audit.ts';
import { insertApiKey, newKeyId } from './issue-api-key.ts';
import { issuedAnswer } from './issued-answer.ts';

export interface SampleReceiptPorts {
  readonly reader: Pick<LedgerReader, 'listStreams' | 'listReceipts'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  readonly writer: Pick<LedgerWriter, 'check'>;
  readonly environment: string;
  /** Of the key that signs now. */
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Milliseconds for which the key of the sample is good, and for which its check may wait. */
const KEY_LIFETIME_MS = 60_000;
const DEADLINE_MS = 10_000;
const KEY_SHA256_BYTES = 32;

/** The newest receipt of the sample's own stream; undefined while there is none. */
export async function findSampleReceipt(
  reader: SampleReceiptPorts['reader'],
  environment: string,
): Promise<StoredReceipt | undefined> {
  const owner: Owner = { environment, partnerId: SAMPLE_PARTNER };
  const streams = await reader.listStreams(owner);
  const newest = streams.findLast(({ path_id: pathId }) => pathId === UNMATCHED_PATH_ID);
  if (newest === undefined) return undefined;
  const { epoch, last_seq: fromSeq } = newest;
  const page = await reader.listReceipts(owner, {
    pathId: UNMATCHED_PATH_ID,
    epoch,
    fromSeq,
    limit: 1,
  });
  return page.receipts[0];
}

/**
 * Issues the sample where there is none under the key that signs now. No path of its partner is live,
 * so it is a signed reject. Its API key has no text: nobody can ever use it, and it ends in a minute.
 * Throws what `check` throws, and `UnavailableError` where nothing can be issued.
 */
export async function keepSampleReceipt(ports: SampleReceiptPorts): Promise<void> {
  const { reader, admin, writer, environment, kid, nowMs } = ports;
  const kept = await findSampleReceipt(reader, environment);
  if (kept?.receipt.kid === kid) return;
  const keyId = newKeyId();
  await admin.apply(
    { kind: 'upsert_partner', partnerId: SAMPLE_PARTNER, units: [] },
    auditEvent(START_ACTOR, 'partner_added', { partner_id: SAMPLE_PARTNER, units: [] }),
  );
  await insertApiKey(admin, START_ACTOR, {
    keySha256: encodeHex(randomBytes(KEY_SHA256_BYTES)),
    key: {
      keyId,
      kind: 'bnd',
      environment,
      partnerId: SAMPLE_PARTNER,
      scopes: ['check'],
      expiresAtMs: nowMs() + KEY_LIFETIME_MS,
    },
  });
  const request = sampleRequest(kid);
  const deadlineMs = nowMs() + DEADLINE_MS;
  issuedAnswer(await writer.check({ environment, keyId, request, deadlineMs }));
  if ((await findSampleReceipt(reader, environment)) !== undefined) return;
  throw new CratonError('ERR_INTERNAL', 'The sample receipt was issued and is not there.');
}

/** Whose amounts and references these are: nobody's. */
function sampleRequest(kid: string) {
  const reference = `sample-${kid}`;
  const body = {
    partner_id: SAMPLE_PARTNER,
    gate_type: 'threshold_gate',
    system_scope: 'sample',
    external_reference: reference,
    context: {
      authorization_status: 'present',
      authorization_reference: reference,
      authorization_source: 'sample',
    },
  };
  return parseCheckRequest(utf8(JSON.stringify(body)));
}
