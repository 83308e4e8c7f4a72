import { type JsonObject, publicJwk } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { attest } from '../../test/harness.ts';
import type { StoredReceipt } from '../ledger/port.ts';
import { createSigner } from '../signing/signer.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import { LogView } from '../log/log-view.ts';
import { type BundleForm, type BundlePorts, bundleText } from './compose-bundle.ts';
import { type FoundReceipt, foundReceiptText } from './find-receipt.ts';

const KEYS = [1, 2, 3].map((seed) => createSigner(Buffer.alloc(32, seed)).publicKey);
const [current, retired, unused] = KEYS.map((key) => publicJwk(key)) as [
  ReturnType<typeof publicJwk>,
  ReturnType<typeof publicJwk>,
  ReturnType<typeof publicJwk>,
];
const ATTESTATIONS = KEYS.map((key) => attest(key));

const material: VerificationMaterial = {
  keys: [current, retired, unused],
  attestations: ATTESTATIONS,
  keyCompromises: [],
  attestationsOf: (kid) => ATTESTATIONS.filter((_, index) => material.keys[index]?.kid === kid),
  isAttestedAt: () => true,
};

const stored = (kid: string, others: Partial<StoredReceipt> = {}): StoredReceipt => ({
  receipt: { payload_b64: 'e30=', signature: 'AA==', kid, sig_alg: 'ed25519' },
  receiptType: 'boundary_decision',
  requestId: 'req_1',
  commitmentId: 'bnd_1',
  epoch: 1,
  seq: 1,
  openingText: '{"v":"opening"}',
  policyText: '{"schema":"path"}',
  ...others,
});
const decision = stored(retired.kid);
const confirmation = stored(current.kid, {
  receiptType: 'execution_confirmation',
  requestId: 'req_2',
  openingText: '{"v":"other"}',
});

const NOTHING_PUBLISHED: BundlePorts['transparencyLog'] = {
  view: new LogView({ log: unread(), hasWitnesses: false, onSeen: () => undefined }),
  store: unread(),
};

/** Nothing of the log is read while no checkpoint covers a receipt. */
function unread(): never {
  return undefined as never;
}

const bundleOf = async (
  withMaterial: VerificationMaterial,
  ...rest: [FoundReceipt, BundleForm]
): Promise<JsonObject> => {
  const nowMs = () => Date.now();
  const ports = { material: withMaterial, transparencyLog: NOTHING_PUBLISHED, nowMs };
  return JSON.parse(await bundleText(ports, ...rest)) as JsonObject;
};

describe('bundleText', () => {
  it('has the keys of its receipts, every attestation of them, and no other', async () => {
    const bundle = await bundleOf(material, { stored: decision, linked: [confirmation] }, 'full');
    expect(bundle['key_bundle']).toEqual({ keys: [current, retired] });
    // The receipt's own comes first: a reader who looks at one looks at this.
    expect(bundle['attestation']).toEqual(ATTESTATIONS[1]);
    expect(bundle['attestations']).toEqual([ATTESTATIONS[0]]);
    expect(bundle['linked']).toEqual([{ receipt: confirmation.receipt, opening: { v: 'other' } }]);
  });

  it('has nothing but its receipt when minimal', async () => {
    const found = { stored: decision, linked: [confirmation] };
    const bundle = await bundleOf(material, found, 'minimal');
    const members = ['object', 'receipt', 'key_bundle', 'attestation'];
    expect(Object.keys(bundle)).toEqual(members);
    expect(bundle['key_bundle']).toEqual({ keys: [retired] });
  });

  it('leaves out what is not there', async () => {
    const { receipt } = stored(current.kid);
    const erased = { receipt, receiptType: 'gap_disclosure', epoch: 1, seq: 1 } as const;
    const bundle = await bundleOf(material, { stored: erased, linked: [] }, 'full');
    expect(Object.keys(bundle)).toEqual(['object', 'receipt', 'key_bundle', 'attestation']);
  });

  it.each([
    ['its key', { ...material, keys: [current] }],
    ['a linked key', { ...material, keys: [retired] }],
    ['its attestation', { ...material, attestationsOf: () => [] }],
  ])('is not made without %s', async (_title, lacking) => {
    const bundle = bundleOf(lacking, { stored: decision, linked: [confirmation] }, 'full');
    await expect(bundle).rejects.toMatchObject({ code: 'ERR_NOT_READY' });
  });
});

describe('foundReceiptText', () => {
  it('says of linked receipts what they are', () => {
    const found = JSON.parse(
      foundReceiptText({ stored: decision, linked: [confirmation] }, 0),
    ) as JsonObject;
    expect(found['linked']).toEqual([
      {
        receipt_type: 'execution_confirmation',
        receipt: confirmation.receipt,
        opening: { v: 'other' },
        commitment_id: 'bnd_1',
        request_id: 'req_2',
        log: { status: 'pending' },
      },
    ]);
  });
});
