/** Verifies a receipt with what its issuer publishes, where no root is known. */
import {
  type AttestationPayload,
  canonicalBytes,
  CratonError,
  decodeBase64,
  DEPTH_MAX,
  type Ed25519Verify,
  equalBytes,
  isForReceiptSigning,
  keyFingerprint,
  Members,
  parseBundle,
  parseKeySet,
  parseStrict,
  parseTime,
  type Payload,
  readAttestation,
  readPayload,
  type ReportLine,
  type TrustPolicy,
  verifyBundle,
} from '@craton/protocol';

/** What was fetched from the issuer, each as it came. */
export interface PublishedReceipt {
  /** A verification bundle; of its keys none is used. */
  readonly bundle: Uint8Array;
  /** The JWKS, fetched apart from the bundle. */
  readonly keySet: Uint8Array;
}

/** What was found out about it. */
export interface VerifiedPublished {
  readonly payload: Payload;
  /** Of the key that signed. */
  readonly kid: string;
}

/** The document that serves a receipt which is nobody's, so that anybody can verify one. */
export const SAMPLE_RECEIPT_PATH = '/protocol/v1/sample-receipt';
/** The partner in it. */
export const SAMPLE_PARTNER = 'craton_sample';

const CODE = 'ERR_VERIFICATION';
const KNOWS_NOBODY: TrustPolicy = {
  roots: [],
  rootQuorum: 1,
  require: [],
  compromised: [],
  issuerOperated: [],
  tlog: { logs: [], witnesses: [], groups: [], quorum: 'none' },
};

/**
 * Answers the payload of a receipt that the published keys verify, in form and under an attestation
 * for its key, issuer, environment and time; with an opening in the bundle, under its commitment. The
 * signature of the attestation is not verified: that needs a root, and whoever knows one uses
 * `verifyBundle`. Throws `ERR_VERIFICATION`, `ERR_CRYPTO_UNAVAILABLE`, or what a parser throws.
 */
export async function verifyPublished(
  { bundle: received, keySet }: PublishedReceipt,
  ed25519?: Ed25519Verify,
): Promise<VerifiedPublished> {
  const bundle = parseBundle(received);
  const published = parseStrict(keySet, { numbers: 'safe', depthMax: DEPTH_MAX.other });
  const keys = parseKeySet(published);
  const outer = parseStrict(received, { numbers: 'safe', depthMax: DEPTH_MAX.bundle });
  const { object } = Members.of(outer, '', CODE);
  await assertLines(canonicalBytes({ ...object, key_bundle: published }), {
    lines: ['payload', 'signature', ...(bundle.opening ? (['commitment'] as const) : [])],
    ed25519,
  });
  const receipt = Members.of({ ...bundle.receipt }, 'receipt', CODE);
  const reading = readPayload(decodeBase64(receipt.text('payload_b64')));
  const kid = receipt.text('kid');
  const publicKey = keys.get(kid);
  if (!('payload' in reading) || publicKey === undefined) throw refused('payload');
  const { payload } = reading;
  const attested = bundle.attestations.some((one) =>
    covers(readAttestation(one).payload, payload, publicKey),
  );
  if (!attested) throw refused('attestation');
  return { payload, kid };
}

interface AskedLines {
  readonly lines: readonly ReportLine[];
  readonly ed25519: Ed25519Verify | undefined;
}

async function assertLines(bundle: Uint8Array, { lines, ed25519 }: AskedLines): Promise<void> {
  const report = await verifyBundle(bundle, KNOWS_NOBODY, {
    atMs: 0,
    require: lines.join(','),
    ...(ed25519 !== undefined && { ed25519 }),
  });
  const failed = report.checks.find(
    ({ id, status }) => lines.includes(id) && status !== 'verified',
  );
  if (failed === undefined) return;
  if (failed.code === 'crypto_unavailable') {
    throw new CratonError('ERR_CRYPTO_UNAVAILABLE', 'This runtime cannot verify Ed25519.');
  }
  throw refused(failed.id);
}

function covers(said: AttestationPayload, payload: Payload, publicKey: Uint8Array): boolean {
  const { subject } = said;
  const issuedAtMs = parseTime(payload.issued_at);
  return (
    isForReceiptSigning(said) &&
    equalBytes(decodeBase64(subject.public_key_b64), publicKey) &&
    subject.public_key_fingerprint_sha256 === keyFingerprint(publicKey) &&
    said.issuer === payload.issuer &&
    said.environments.includes(payload.environment) &&
    parseTime(said.not_before) <= issuedAtMs &&
    issuedAtMs <= parseTime(said.not_after)
  );
}

function refused(field: string): CratonError {
  const message = `The receipt does not hold under the published keys: ${field}.`;
  return new CratonError(CODE, message, { field });
}
