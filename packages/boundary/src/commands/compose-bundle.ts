/** Verification bundles: everything a verifier needs besides its trust policy (PROTOCOL 6). */
import { BUNDLE_OBJECT } from '@craton/protocol';
import { UnavailableError } from '@craton/service';
import type { StoredReceipt } from '../ledger/port.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import { listText, objectText } from './describe-receipt.ts';
import type { FoundReceipt } from './find-receipt.ts';
import type { ProofSource } from './choose-checkpoint.ts';
import { logProofOf } from './prove-receipt.ts';

export const BUNDLE_FORMS = ['full', 'minimal'] as const;
/** Full has opening, path document and links; minimal nothing but the signed payload. */
export type BundleForm = (typeof BUNDLE_FORMS)[number];

/** What bundles are made from, besides the receipt. */
export interface BundlePorts extends ProofSource {
  readonly material: VerificationMaterial;
}

/** The bundle as JSON text. Throws `UnavailableError` if a key or its attestation is not there. */
export async function bundleText(
  ports: BundlePorts,
  found: FoundReceipt,
  form: BundleForm,
): Promise<string> {
  const { material } = ports;
  const isFull = form === 'full';
  const { stored } = found;
  const linked = isFull ? found.linked : [];
  const kids = [...new Set([stored, ...linked].map(({ receipt }) => receipt.kid))];
  const keys = material.keys.filter(({ kid }) => kids.includes(kid));
  const [attestation, ...attestations] = kids.flatMap((kid) => material.attestationsOf(kid));
  if (keys.length < kids.length || attestation === undefined) {
    throw new UnavailableError(
      'ERR_NOT_READY',
      'The key of this receipt, or its attestation, is not configured here. Tell the operator.',
    );
  }
  const stated = material.keyCompromises.filter(({ said }) => kids.includes(said.kid));
  return objectText({
    object: JSON.stringify(BUNDLE_OBJECT),
    receipt: JSON.stringify(stored.receipt),
    key_bundle: JSON.stringify({ keys }),
    attestation: JSON.stringify(attestation),
    attestations: attestations.length === 0 ? undefined : JSON.stringify(attestations),
    key_compromises: stated.length === 0 ? undefined : statementsText(stated),
    opening: isFull ? stored.openingText : undefined,
    policy: isFull ? stored.policyText : undefined,
    log_proof: await logProofOf(ports, stored),
    linked: linked.length === 0 ? undefined : await linkedText(ports, linked),
  });
}

function statementsText(stated: VerificationMaterial['keyCompromises']): string {
  return JSON.stringify(stated.map(({ statement }) => statement));
}

async function linkedText(source: ProofSource, linked: readonly StoredReceipt[]): Promise<string> {
  const items = linked.map(async (stored) =>
    objectText({
      receipt: JSON.stringify(stored.receipt),
      opening: stored.openingText,
      log_proof: await logProofOf(source, stored),
    }),
  );
  return listText(await Promise.all(items));
}
