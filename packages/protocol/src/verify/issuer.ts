/** The line `issuer`: who, by the trust policy's roots, may sign with this key (PROTOCOL 6). */
import {
  type AttestationPayload,
  isForReceiptSigning,
  keyFingerprint,
  readAttestation,
  type ReadAttestation,
} from '../attestation.ts';
import { encodeBase64 } from '../base64.ts';
import { equalBytes } from '../bytes.ts';
import { verifyEd25519 } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import type { JsonValue } from '../json/canonical.ts';
import type { Payload } from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import { parseTime } from '../time.ts';
import { trustedKeys, type TrustedRoot, type TrustPolicy } from '../trust-policy.ts';
import { holdsOrUnavailable, type Tools } from './envelope.ts';
import { type CodeOf, result } from './result.ts';

/** The key that signed, and what it signed. */
export interface SignedBy {
  readonly publicKey: Uint8Array;
  readonly kid: string;
  readonly payload: Payload;
}

export interface IssuerCheck {
  readonly check: CheckResult;
  /** The window in which all counted roots stand behind the key; only if the line is verified. */
  readonly window?: AttestedWindow;
}

/** Milliseconds since 1970, bounds included. */
export interface AttestedWindow {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

type IssuerCode = CodeOf<'issuer'>;

interface Statement {
  readonly attestation: ReadAttestation;
  readonly root: TrustedRoot;
}

/** Counts the roots of the policy that attest this key for this issuer and environment. */
export async function checkIssuer(
  attestations: readonly JsonValue[],
  signedBy: SignedBy,
  trust: TrustPolicy,
  tools: Tools,
): Promise<IssuerCheck> {
  if (hasAnotherRole(signedBy.publicKey, trust)) return fault('key_role_conflict');
  if (attestations.length === 0) return fault('attestation_missing');
  if (trust.roots.length === 0) return fault('no_root_in_policy');
  const read = attestations.map(readOrUndefined).filter((attestation) => attestation !== undefined);
  if (read.length < attestations.length) return fault('attestation_malformed');
  const byRoots = read.flatMap((attestation) => statementOf(attestation, trust));
  if (byRoots.length === 0) return fault('root_not_trusted');
  const forged = await rootFault(byRoots, tools);
  if (forged !== undefined) return fault(forged);
  return countRoots(byRoots, signedBy, trust, tools);
}

function fault(code: IssuerCode): IssuerCheck {
  return { check: result('issuer', code) };
}

function hasAnotherRole(publicKey: Uint8Array, trust: TrustPolicy): boolean {
  return trustedKeys(trust).some((other) => equalBytes(other, publicKey));
}

function statementOf(attestation: ReadAttestation, trust: TrustPolicy): Statement[] {
  const root = trust.roots.find(({ keyId }) => keyId === attestation.rootKeyId);
  return root === undefined ? [] : [{ attestation, root }];
}

/** One statement that its root did not make spoils the line: nothing changes without a trace. */
async function rootFault(
  statements: readonly Statement[],
  tools: Tools,
): Promise<IssuerCode | undefined> {
  for (const { attestation, root } of statements) {
    if (!namesRoot(attestation, root, tools)) return 'attestation_root_mismatch';
    const { payloadBytes, signature } = attestation;
    const verdict = verifyEd25519(root.publicKey, payloadBytes, signature, tools.ed25519);
    const holds = await holdsOrUnavailable(verdict);
    if (holds === undefined) return 'crypto_unavailable';
    if (!holds) return 'attestation_signature_invalid';
  }
  return undefined;
}

function countRoots(
  statements: readonly Statement[],
  signedBy: SignedBy,
  trust: TrustPolicy,
  tools: Tools,
): IssuerCheck {
  const ofThisKey = statements.filter(
    ({ attestation }) => attestation.payload.subject.kid === signedBy.kid,
  );
  if (ofThisKey.length === 0) return fault('attestation_key_mismatch');
  for (const { attestation, root } of ofThisKey) {
    const code = contentFault(attestation.payload, signedBy, root, tools);
    if (code !== undefined) return fault(code);
  }
  const rootKeyIds = [...new Set(ofThisKey.map(({ root }) => root.keyId))];
  if (rootKeyIds.length < trust.rootQuorum) return fault('root_quorum_not_met');
  const said = ofThisKey.map(({ attestation }) => attestation.payload);
  return {
    check: result('issuer', 'ok', { root_key_ids: rootKeyIds }),
    window: {
      notBeforeMs: Math.max(...said.map(({ not_before }) => parseTime(not_before))),
      notAfterMs: Math.min(...said.map(({ not_after }) => parseTime(not_after))),
    },
  };
}

function readOrUndefined(value: JsonValue): ReadAttestation | undefined {
  try {
    return readAttestation(value);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

/** Id and fingerprint are equal in wrapper, payload and policy. */
function namesRoot(attestation: ReadAttestation, root: TrustedRoot, tools: Tools): boolean {
  const fingerprint = keyFingerprint(root.publicKey, tools.sha256);
  const { payload } = attestation;
  return (
    attestation.rootFingerprint === fingerprint &&
    payload.root_public_key_fingerprint_sha256 === fingerprint &&
    payload.root_key_id === root.keyId
  );
}

function contentFault(
  said: AttestationPayload,
  { publicKey, kid, payload }: SignedBy,
  root: TrustedRoot,
  tools: Tools,
): IssuerCode | undefined {
  const { subject } = said;
  const isThisKey =
    subject.kid === kid &&
    subject.public_key_b64 === encodeBase64(publicKey) &&
    subject.public_key_fingerprint_sha256 === keyFingerprint(publicKey, tools.sha256);
  if (!isThisKey) return 'attestation_key_mismatch';
  if (!isForReceiptSigning(said)) return 'attestation_use_refused';
  if (said.issuer !== payload.issuer) return 'attestation_issuer_mismatch';
  if (!said.environments.includes(payload.environment)) return 'attestation_environment_mismatch';
  if (root.issuer !== payload.issuer) return 'root_issuer_mismatch';
  if (!root.environments.includes(payload.environment)) return 'root_environment_mismatch';
  return undefined;
}
