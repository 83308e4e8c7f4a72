import { createPublicKey, verify } from 'node:crypto';
import { decodeBase64, encodePayload, type Payload, thumbprint } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { EncodedPayload } from './encoded-payload.ts';
import { createSigner } from './signer.ts';
import { sodiumSigning } from './sodium.ts';

/** RFC 8032 7.1, the second test. */
const SEED = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
const PUBLIC_KEY = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';

const PAYLOAD: Payload = {
  protocol: 'craton.receipt.protocol.v1',
  receipt_type: 'gap_disclosure',
  issuer: 'example.org',
  environment: 'development',
  issued_at: '2026-11-21T18:00:00.000Z',
  epoch: 1,
  seq: 1,
  stream: `sha256:${'0'.repeat(64)}`,
  log: { origin: 'example.org/development', merge_by: '2026-11-21T19:00:00.000Z' },
  partner_id: 'northstar_controls',
  path_id: 'sample-threshold',
  nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
  gap: {
    receipt_type: 'boundary_decision',
    epoch: 1,
    from_seq: 2,
    to_seq: 3,
    reason: 'storage_lost',
  },
};

describe('a signer from a seed', () => {
  const signer = createSigner(SEED);

  it('has the public key of RFC 8032 and its thumbprint', () => {
    expect(Buffer.from(signer.publicKey).toString('hex')).toBe(PUBLIC_KEY);
    expect(signer.kid).toBe(thumbprint(signer.publicKey));
  });

  it('signs exactly the bytes of the payload', () => {
    const encoded = EncodedPayload.of(PAYLOAD);
    const bytes = EncodedPayload.bytesOf(encoded);
    expect(bytes).toEqual(Buffer.from(encodePayload(PAYLOAD)));
    const spki = Buffer.concat([decodeBase64('MCowBQYDK2VwAyEA'), Buffer.from(PUBLIC_KEY, 'hex')]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(verify(null, bytes, key, signer.sign(encoded))).toBe(true);
  });

  it('signs nothing that it is merely handed', () => {
    const lookAlikes = [
      encodePayload(PAYLOAD),
      Buffer.from('{"verdict":"allow"}'),
      { bytes: encodePayload(PAYLOAD) },
      Object.create(EncodedPayload.prototype),
      PAYLOAD,
    ] as unknown as EncodedPayload[];
    for (const lookAlike of lookAlikes) expect(() => signer.sign(lookAlike)).toThrow(TypeError);
  });

  it('needs a seed of 32 bytes, and leaves it as it was', () => {
    for (const length of [0, 31, 33, 64]) {
      expect(() => createSigner(new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'ERR_SIGNING' }),
      );
    }
    const seed = Uint8Array.from(SEED);
    createSigner(seed);
    expect(seed).toEqual(Uint8Array.from(SEED));
  });

  it('does not show its key', () => {
    expect(JSON.stringify(signer)).not.toContain(SEED.toString('hex'));
    expect(Object.keys(signer).sort()).toEqual(['kid', 'publicKey', 'sign']);
  });

  it('signs the same bytes with libsodium and without', () => {
    const encoded = EncodedPayload.of(PAYLOAD);
    const plain = createSigner(SEED, () => undefined);
    expect(Buffer.from(signer.sign(encoded))).toEqual(Buffer.from(plain.sign(encoded)));
    // The package is optional, but where it is installed it must be what signs.
    const signing = sodiumSigning(SEED);
    if (signing !== undefined) {
      const bytes = EncodedPayload.bytesOf(encoded);
      expect(Buffer.from(signing(bytes))).toEqual(Buffer.from(plain.sign(encoded)));
    }
  });

  it('refuses an accelerator that signs wrongly', () => {
    expect(() => createSigner(SEED, () => () => new Uint8Array(64))).toThrow('fails its own test');
  });
});
