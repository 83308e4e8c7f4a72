/** Gate 3: what the partner's own keys have asked in staging, each verified as it is published. */
import { type Packet, SAMPLE_PARTNER, type StagingCheck, verifyPublished } from '@craton/policy';
import {
  BUNDLE_OBJECT,
  canonicalBytes,
  CratonError,
  isJsonObject,
  type JsonObject,
  Members,
  parseStrict,
  type Receipt,
  UNMATCHED_PATH_ID,
  utf8,
} from '@craton/protocol';
import type { LedgerReader, Owner, StoredReceipt } from '../../ledger/port.ts';
import type { VerificationMaterial } from '../../verification-material.ts';
import { STAGING } from '../../staging.ts';

export interface StagingPorts {
  readonly reader: Pick<LedgerReader, 'listReceipts' | 'listStreams'>;
  readonly material: Pick<VerificationMaterial, 'keys' | 'attestationsOf'>;
}

/** Of the newest checks of a path, so many are looked at. */
export const STAGING_CHECKS_MAX = 200;
const OPENING_DEPTH_MAX = 8;

/**
 * Only the path's own partner has a stream here: keys are bound to their partner, and another
 * partner's receipts are in another stream. Newest first; those whose opening was erased are left
 * out, because nobody can tell what they asked.
 */
export async function readStagingChecks(
  ports: StagingPorts,
  { scope, boundary_object }: Packet,
): Promise<readonly StagingCheck[]> {
  if (scope === undefined || boundary_object === undefined) return [];
  const owner = { environment: STAGING, partnerId: scope.partner_id };
  const receipts = await newestReceipts(ports.reader, owner, {
    pathId: boundary_object.path_id,
    limit: STAGING_CHECKS_MAX,
  });
  const checks = receipts.map((stored) => readCheck(ports, stored));
  return (await Promise.all(checks)).filter((check) => check !== undefined);
}

/** The newest public sample receipt of this instance: it is nobody's, and anybody can have it. */
export async function readSamples({
  reader,
  environment,
}: Pick<StagingPorts, 'reader'> & { readonly environment: string }): Promise<
  readonly StagingCheck[]
> {
  const owner = { environment, partnerId: SAMPLE_PARTNER };
  const receipts = await newestReceipts(reader, owner, { pathId: UNMATCHED_PATH_ID, limit: 1 });
  return receipts.map(({ receipt }) => ({
    receipt: { ...receipt },
    externalReference: '',
    isVerified: true,
  }));
}

/** Decisions of a path, newest first. */
export async function newestReceipts(
  reader: StagingPorts['reader'],
  owner: Owner,
  { pathId, limit }: { readonly pathId: string; readonly limit: number },
): Promise<readonly StoredReceipt[]> {
  const streams = await reader.listStreams(owner);
  const isMeant = (one: (typeof streams)[number]): boolean =>
    one.path_id === pathId && one.receipt_type === 'boundary_decision';
  const newest = streams.filter(isMeant).toSorted((one, other) => other.epoch - one.epoch)[0];
  if (newest === undefined) return [];
  const { epoch, last_seq } = newest;
  const fromSeq = Math.max(1, last_seq - limit + 1);
  const { receipts } = await reader.listReceipts(owner, { pathId, epoch, fromSeq, limit });
  return receipts.toReversed();
}

async function readCheck(
  ports: StagingPorts,
  { receipt, openingText }: StoredReceipt,
): Promise<StagingCheck | undefined> {
  const externalReference = openingText === undefined ? undefined : referenceOf(openingText);
  if (openingText === undefined || externalReference === undefined) return undefined;
  const isVerified = await holds(ports, { receipt, openingText });
  return { receipt: { ...receipt }, externalReference, isVerified };
}

function readOpeningObject(openingText: string): JsonObject {
  const value = parseStrict(utf8(openingText), { numbers: 'safe', depthMax: OPENING_DEPTH_MAX });
  return isJsonObject(value) ? value : {};
}

function referenceOf(openingText: string): string | undefined {
  try {
    const opening = Members.of(readOpeningObject(openingText), 'opening', 'ERR_VERIFICATION');
    return opening.members('references').text('external_reference');
  } catch {
    return undefined;
  }
}

/** Signature, attestation and commitment, with what is published and nothing else. */
async function holds(
  { material }: StagingPorts,
  { receipt, openingText }: { readonly receipt: Receipt; readonly openingText: string },
): Promise<boolean> {
  const [attestation, ...attestations] = material.attestationsOf(receipt.kid);
  if (attestation === undefined) return false;
  const keys = { keys: material.keys };
  try {
    const bundle = canonicalBytes({
      object: BUNDLE_OBJECT,
      receipt,
      key_bundle: keys,
      attestation,
      ...(attestations.length > 0 && { attestations }),
      opening: readOpeningObject(openingText),
    });
    const { payload } = await verifyPublished({ bundle, keySet: canonicalBytes(keys) });
    return payload.environment === STAGING;
  } catch (error) {
    if (error instanceof CratonError && error.code !== 'ERR_CRYPTO_UNAVAILABLE') return false;
    throw error;
  }
}
