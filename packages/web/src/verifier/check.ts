/** Verifies what was gathered, and prepares what the page shows about it. */
import {
  canonicalBytes,
  decodeBase64,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseBundle,
  parseCheckpoint,
  parseNote,
  parseTlogProof,
  parseTrustPolicy,
  type ReadBundle,
  readKeySet,
  readPayload,
  type Payload,
  type RecomputeVerdict,
  type TrustPolicy,
  utf8,
  type VerificationReport,
  verifyBundle,
} from '@craton/protocol';
import type { Gathered } from './gather.ts';
import type { InclusionPlace } from './inclusion-tree.tsx';
import { type ShellInput, type ShellStep, shellSteps } from './shell-commands.ts';

/** What the reader can set. */
export interface CheckSettings {
  /** Time of checking, milliseconds since 1970. */
  readonly atMs: number;
  /** Lines that must be verified, as `--require` of the command says them. */
  readonly require: string;
  readonly recompute?: RecomputeVerdict;
}

/** The answer of the page. */
export interface Checked {
  readonly report: VerificationReport;
  /** There only if the line `signature` is verified: what nobody signed is not shown. */
  readonly signed?: Signed;
  /** Where the receipt stands in the log; there only if the line `log_inclusion` is verified. */
  readonly inclusion?: InclusionPlace;
  /** Empty where the envelope cannot be taken apart. */
  readonly steps: readonly ShellStep[];
  readonly hasTrustPolicy: boolean;
  readonly usesKeysOfPage: boolean;
}

/** Content whose signature holds. */
export interface Signed {
  readonly payload: Payload;
  /** The signed bytes as text. */
  readonly text: string;
  /** There only if the line `commitment` is verified. */
  readonly opening?: JsonObject;
}

const NO_TRUST = 'craton-policy v1\n';

/**
 * Verifies. Throws a `CratonError` if the bundle, the trust policy or the settings cannot be read;
 * whatever is wrong with the receipt is in the report.
 */
export async function check(
  gathered: Extract<Gathered, { state: 'ready' }>,
  settings: CheckSettings,
): Promise<Checked> {
  const trust = parseTrustPolicy(utf8(gathered.trustPolicy ?? NO_TRUST));
  const report = await verifyBundle(gathered.bundle, trust, {
    atMs: settings.atMs,
    require: settings.require,
    ...(settings.recompute && { extraChecks: { verdict_recomputed: settings.recompute } }),
  });
  const bundle = parseBundle(gathered.bundle);
  const envelope = takeApart(bundle);
  const signed = envelope && signedContent(report, envelope, bundle);
  return {
    report,
    ...(signed && { signed }),
    ...placeInLog(report, bundle),
    steps: envelope ? shellSteps(shellInput(envelope, bundle, trust)) : [],
    hasTrustPolicy: gathered.trustPolicy !== undefined,
    usesKeysOfPage: gathered.usesKeysOfPage,
  };
}

/** Status of one line of a report. */
export function statusOf(report: VerificationReport, id: string): string | undefined {
  return report.checks.find((line) => line.id === id)?.status;
}

function placeInLog(
  report: VerificationReport,
  { logProof }: ReadBundle,
): Pick<Checked, 'inclusion'> {
  const text = logProof?.['proof'];
  if (statusOf(report, 'log_inclusion') !== 'verified' || typeof text !== 'string') return {};
  const { index, checkpoint } = parseTlogProof(text);
  return { inclusion: { index, size: parseCheckpoint(parseNote(checkpoint).text).treeSize } };
}

function signedContent(
  report: VerificationReport,
  envelope: Envelope,
  bundle: ReadBundle,
): Signed | undefined {
  const reading = readPayload(envelope.payload);
  if (statusOf(report, 'signature') !== 'verified' || !('payload' in reading)) return undefined;
  const isCommitted = statusOf(report, 'commitment') === 'verified';
  return {
    payload: reading.payload,
    text: new TextDecoder().decode(envelope.payload),
    ...(isCommitted && bundle.opening && { opening: bundle.opening }),
  };
}

interface Envelope {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** The three byte strings that a signature is about; undefined if one of them cannot be read. */
function takeApart({ receipt, keyBundle }: ReadBundle): Envelope | undefined {
  if (!isJsonObject(receipt)) return undefined;
  const keys = readKeySet(keyBundle);
  const payload = bytesOf(receipt['payload_b64']);
  const signature = bytesOf(receipt['signature']);
  const { kid } = receipt;
  const publicKey = 'keys' in keys && typeof kid === 'string' ? keys.keys.get(kid) : undefined;
  return payload && signature && publicKey ? { payload, signature, publicKey } : undefined;
}

function bytesOf(value: JsonValue | undefined): Uint8Array | undefined {
  try {
    return typeof value === 'string' ? decodeBase64(value) : undefined;
  } catch {
    return undefined;
  }
}

function shellInput(envelope: Envelope, bundle: ReadBundle, trust: TrustPolicy): ShellInput {
  const attestation = trustedAttestation(bundle, trust);
  const reading = readPayload(envelope.payload);
  const commitmentId =
    'payload' in reading && 'commitment_id' in reading.payload
      ? reading.payload.commitment_id
      : undefined;
  return {
    ...envelope,
    ...(attestation && { attestation }),
    ...(bundle.opening &&
      commitmentId !== undefined && {
        commitment: { opening: canonicalBytes(bundle.opening), commitmentId },
      }),
  };
}

/** The first attestation that names a root of the reader's policy. */
function trustedAttestation(
  bundle: ReadBundle,
  trust: TrustPolicy,
): ShellInput['attestation'] | undefined {
  for (const value of bundle.attestations) {
    if (!isJsonObject(value)) continue;
    const root = trust.roots.find(({ keyId }) => keyId === value['root_key_id']);
    const payload = bytesOf(value['payload_b64']);
    const signature = bytesOf(value['signature']);
    if (root && payload && signature) {
      return { payload, signature, rootKey: root.publicKey, rootKeyId: root.keyId };
    }
  }
  return undefined;
}
