import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type AttestationTerms,
  composeAttestation,
  isForReceiptSigning,
  readAttestation,
} from './attestation.ts';
import { decodeBase64, decodeBase64url, encodeBase64 } from './base64.ts';
import { decodeUtf8, utf8 } from './bytes.ts';
import { canonicalize, type JsonValue } from './json/canonical.ts';

const root = generateKeyPairSync('ed25519');
const signing = generateKeyPairSync('ed25519');
const raw = (key: typeof root.publicKey): Uint8Array =>
  decodeBase64url(key.export({ format: 'jwk' }).x as string);
const signByRoot = (payload: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, payload, root.privateKey));

const TERMS: AttestationTerms = {
  rootKeyId: 'root-1',
  rootPublicKey: raw(root.publicKey),
  subjectPublicKey: raw(signing.publicKey),
  issuer: 'a.example',
  environments: ['staging', 'production', 'staging'],
  issuedAtMs: 0,
  notBeforeMs: 0,
  notAfterMs: 86_400_000,
};

describe('attestations', () => {
  it('are read as they were composed, environments sorted and unique', () => {
    const attestation = composeAttestation(TERMS, signByRoot);
    const read = readAttestation(attestation as unknown as JsonValue);
    expect(read.payload.environments).toEqual(['production', 'staging']);
    expect(read.payload.not_after).toBe('1970-01-02T00:00:00.000Z');
    expect(read.rootFingerprint).toBe(read.payload.root_public_key_fingerprint_sha256);
    expect(isForReceiptSigning(read.payload)).toBe(true);
  });

  it.each<[string, Partial<AttestationTerms>]>([
    ['of the root by itself', { subjectPublicKey: TERMS.rootPublicKey }],
    ['for no environment', { environments: [] }],
    ['for an environment that is no name', { environments: ['Production'] }],
    ['for an issuer that is no name', { issuer: 'https://a.example' }],
    ['by a root id that is no name', { rootKeyId: 'Root 1' }],
  ])('are not composed %s', (_, terms) => {
    expect(() => composeAttestation({ ...TERMS, ...terms }, signByRoot)).toThrow('attest');
  });

  it.each<[string, (payload: Record<string, unknown>) => unknown]>([
    [
      'environments out of order',
      (payload) => ({ ...payload, environments: ['staging', 'production'] }),
    ],
    ['no environments', (payload) => ({ ...payload, environments: [] })],
    [
      'another object',
      (payload) => ({ ...payload, object: 'craton.receipt.operational_key_attestation.v1' }),
    ],
    ['another protocol', (payload) => ({ ...payload, protocol: 'craton.receipt.protocol.v2' })],
    [
      'a time without milliseconds',
      (payload) => ({ ...payload, not_after: '2027-01-01T00:00:00Z' }),
    ],
    ['no subject', (payload) => ({ ...payload, subject: undefined })],
  ])('are not read with %s', (_, change) => {
    const attestation = composeAttestation(TERMS, signByRoot);
    const payload = JSON.parse(decodeUtf8(decodeBase64(attestation.payload_b64))) as Record<
      string,
      unknown
    >;
    const changed = encodeBase64(utf8(canonicalize(change(payload))));
    expect(() => readAttestation({ ...attestation, payload_b64: changed })).toThrow();
  });

  it('are not read when their payload is not canonical', () => {
    const attestation = composeAttestation(TERMS, signByRoot);
    const spaced = encodeBase64(
      utf8(decodeUtf8(decodeBase64(attestation.payload_b64)).replace(':', ': ')),
    );
    expect(() => readAttestation({ ...attestation, payload_b64: spaced })).toThrow('canonical');
  });
});
