/** Verification bundles: everything a verifier needs besides its trust policy (PROTOCOL 6). */
import { BUNDLE_OBJECT } from '@craton/protocol';
import { UnavailableError } from '@craton/service';
import type { StoredReceipt } from '../ledger/port.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import { listText, objectText } from './describe-receipt.ts';
import type { FoundReceipt } from './find-receipt.ts';

export const BUNDLE_FORMS = ['full', 'minimal'] as const;
/** Full has opening, path document and links; minimal nothing but the signed payload. */
export type BundleForm = (typeof BUNDLE_FORMS)[number];

/** The bundle as JSON text. Throws `UnavailableError` if a key or its attestation is not there. */
export function bundleText(
  material: VerificationMaterial,
  found: FoundReceipt,
  form: BundleForm,
): string {
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
  return objectText({
    object: JSON.stringify(BUNDLE_OBJECT),
    receipt: JSON.stringify(stored.receipt),
    key_bundle: JSON.stringify({ keys }),
    attestation: JSON.stringify(attestation),
    attestations: attestations.length === 0 ? undefined : JSON.stringify(attestations),
    opening: isFull ? stored.openingText : undefined,
    policy: isFull ? stored.policyText : undefined,
    linked: linked.length === 0 ? undefined : listText(linked.map(linkedText)),
  });
}

function linkedText({ receipt, openingText }: StoredReceipt): string {
  return objectText({ receipt: JSON.stringify(receipt), opening: openingText });
}
