/** Verifies a bundle under a trust policy: every line that can be checked is (PROTOCOL section 9). */
import { type LinkedPart, parseBundle, type ReadBundle } from '../bundle.ts';
import { encodeHex } from '../bytes.ts';
import { type Ed25519Verify, verifyWithWebCrypto } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import type { JsonObject } from '../json/canonical.ts';
import { withSentStatements } from '../key-compromise.ts';
import { isHashText } from '../names.ts';
import type { Opening } from '../opening.ts';
import type { DecisionPayload, Payload } from '../receipt.ts';
import {
  type CheckResult,
  REPORT_LINES,
  type ReportLine,
  type VerificationReport,
} from '../report.ts';
import { type Sha256, sha256 as ownSha256 } from '../sha256.ts';
import { parseRequirements, type Requirement, type TrustPolicy } from '../trust-policy.ts';
import { checkCommitment, isCommitted, isMatched } from './commitment.ts';
import { checkCompleteness } from './completeness.ts';
import { type Envelope, openEnvelope, type Signed, type Tools } from './envelope.ts';
import { checkIssuer } from './issuer.ts';
import { checkKeyStatus, type KeyStatus } from './key-status.ts';
import { checkConfirmation, type HeldReceipt, isDecision, openAllLinked } from './linked.ts';
import { checkWitnesses, followLogProof, type Inclusion, withoutLogProof } from './log.ts';
import { checkAction, checkAuthority, checkObligations, checkValidity } from './permission.ts';
import { type CodeOf, result } from './result.ts';

/** Re-derives a decision from its inputs; the code for it lives outside this package. */
export type RecomputeVerdict = (inputs: {
  readonly payload: DecisionPayload;
  readonly opening: Opening;
  /** Absent where no path document matched. */
  readonly policy?: JsonObject;
}) => CheckResult;

export interface VerifyOptions {
  /** Time of checking, milliseconds since 1970; the default is now. */
  readonly atMs?: number;
  /** Lines that must be verified, as `--require` says them: `signature,issuer,witnesses:2`. */
  readonly require?: string;
  readonly extraChecks?: { readonly verdict_recomputed?: RecomputeVerdict };
  /** Digest of the action that the caller is about to run. */
  readonly actionDigest?: string;
  /** The label that the caller acts as. */
  readonly audience?: string;
  /** Obligation types that the caller can meet. */
  readonly knownObligations?: readonly string[];
  /** base64url, 32 bytes: lets stream and tag be recomputed. */
  readonly streamKey?: string;
  readonly ed25519?: Ed25519Verify;
  readonly sha256?: Sha256;
}

/** What is asked for where neither caller nor policy asks for more. */
const REQUIRE_DEFAULT = 'payload,signature,issuer';

type Lines = Record<ReportLine, CheckResult>;

interface Context {
  readonly bundle: ReadBundle;
  readonly trust: TrustPolicy;
  readonly tools: Tools;
  readonly options: VerifyOptions;
  readonly required: readonly Requirement[];
  readonly atMs: number;
  /** What is wrong with the statements about compromised keys. */
  readonly statementFault?: StatementFault;
}

type StatementFault = 'key_compromise_invalid' | 'crypto_unavailable';

/** A main receipt whose payload and signature lines are verified. */
interface Subject {
  readonly kid: string;
  readonly publicKey: Uint8Array;
  readonly payloadBytes: Uint8Array;
  readonly signed: Signed;
}

/**
 * Verifies one bundle. Whatever is wrong with the receipt is in the report; it throws only for
 * input that is no bundle at all (`ERR_BUNDLE_FORMAT`, a parser's error) and for bad options
 * (`ERR_TRUST_POLICY`).
 */
export async function verifyBundle(
  bytes: Uint8Array,
  trust: TrustPolicy,
  options: VerifyOptions = {},
): Promise<VerificationReport> {
  const bundle = parseBundle(bytes);
  const tools = {
    ed25519: options.ed25519 ?? verifyWithWebCrypto,
    sha256: options.sha256 ?? ownSha256,
  };
  const required = [...parseRequirements(options.require ?? REQUIRE_DEFAULT), ...trust.require];
  const atMs = options.atMs ?? Date.now();
  const envelope = await openEnvelope(bundle.receipt, bundle.keyBundle, tools);
  const stated = await readStatements(bundle, trust, tools);
  const lines = await checkLines(envelope, { bundle, ...stated, tools, options, required, atMs });
  return composeReport(envelope, lines, required, tools);
}

/** The policy with what its roots say, in the bundle, of compromised keys. */
async function readStatements(
  { keyCompromises }: ReadBundle,
  trust: TrustPolicy,
  tools: Tools,
): Promise<Pick<Context, 'trust' | 'statementFault'>> {
  try {
    return { trust: (await withSentStatements(trust, keyCompromises, tools)).trust };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const isUnavailable = error.code === 'ERR_CRYPTO_UNAVAILABLE';
    return {
      trust,
      statementFault: isUnavailable ? 'crypto_unavailable' : 'key_compromise_invalid',
    };
  }
}

/** Throws `ERR_VERIFICATION`, naming the first line that stands in the way, unless all is reached. */
export function assertVerified(report: VerificationReport): void {
  if (report.outcome === 'reached') return;
  const wanted = (id: ReportLine): boolean => report.required.includes(id);
  const first =
    report.checks.find(({ status }) => status === 'failed') ??
    report.checks.find(({ id, status }) => wanted(id) && status !== 'verified');
  const field = first?.id ?? 'witnesses';
  throw new CratonError('ERR_VERIFICATION', `${field}: ${first?.detail ?? 'not reached.'}`, {
    field,
  });
}

async function checkLines(envelope: Envelope, context: Context): Promise<Lines> {
  const { payloadCheck, signatureCheck } = envelope;
  const subject = subjectOf(envelope);
  if (subject !== undefined) {
    const others = await checkSubject(subject, context);
    return { payload: payloadCheck, signature: signatureCheck, ...others };
  }
  const cause = blockedBy(envelope);
  const blocked = Object.fromEntries(
    REPORT_LINES.slice(2).map((line) => [line, result(line as 'issuer', cause)]),
  ) as Omit<Lines, 'payload' | 'signature'>;
  return { ...blocked, payload: payloadCheck, signature: signatureCheck };
}

function subjectOf(envelope: Envelope): Subject | undefined {
  const { kid, publicKey, payloadBytes, signed } = envelope;
  if (envelope.signatureCheck.status !== 'verified' || signed === undefined) return undefined;
  if (kid === undefined || publicKey === undefined || payloadBytes === undefined) return undefined;
  return { kid, publicKey, payloadBytes, signed };
}

function blockedBy(
  envelope: Envelope,
): 'payload_failed' | 'signature_failed' | 'crypto_unavailable' {
  if (envelope.payloadCheck.status !== 'verified') return 'payload_failed';
  return envelope.signatureCheck.code === 'crypto_unavailable'
    ? 'crypto_unavailable'
    : 'signature_failed';
}

async function checkSubject(
  subject: Subject,
  context: Context,
): Promise<Omit<Lines, 'payload' | 'signature'>> {
  const { bundle, tools, options, atMs } = context;
  const { payload } = subject.signed;
  const standing = await checkStanding(subject, bundle, context);
  const linked = await openAllLinked(bundle.linked, (part) => openLinked(part, context));
  const opening = bundle.opening ?? openingOfDecision(payload, linked);
  const commitment = checkCommitment(payload, { opening, policy: bundle.policy }, tools.sha256);
  return {
    issuer: standing.issuer,
    key_status: standing.keyStatus,
    validity: checkValidity(subject.signed, { atMs, audience: options.audience }),
    action_bound: checkAction(payload, options.actionDigest),
    commitment: commitment.check,
    verdict_recomputed: recompute(subject, commitment, context),
    authority: isFailed(commitment.check)
      ? result('authority', isDecision(payload) ? 'commitment_failed' : 'not_applicable')
      : checkAuthority(payload, commitment.opening),
    obligations: checkObligations(payload, options.knownObligations),
    log_inclusion: standing.logInclusion,
    witnesses: standing.witnesses,
    confirmation: checkConfirmation(heldReceipt(subject), linked, tools.sha256),
    completeness: checkCompleteness(payload, standing.inclusion, options.streamKey, tools),
  };
}

/** For confirmations and records the opening is the decision's, which may be linked. */
function openingOfDecision(
  payload: Payload,
  linked: readonly HeldReceipt[] | undefined,
): JsonObject | undefined {
  if (isDecision(payload) || !isCommitted(payload)) return undefined;
  const decision = linked?.find(
    (receipt) =>
      isDecision(receipt.payload) && receipt.payload.commitment_id === payload.commitment_id,
  );
  return decision?.opening;
}

function heldReceipt({ signed, payloadBytes }: Subject): HeldReceipt {
  return { payload: signed.payload, payloadBytes };
}

/** Whose receipt it is, whether its key was good, and what the log shows. */
interface Standing {
  readonly issuer: CheckResult;
  readonly keyStatus: CheckResult;
  readonly logInclusion: CheckResult;
  readonly witnesses: CheckResult;
  readonly inclusion: Inclusion | undefined;
}

async function checkStanding(
  { publicKey, kid, payloadBytes, signed: { payload } }: Subject,
  { logProof }: LinkedPart,
  { bundle, trust, tools, required, atMs, statementFault }: Context,
): Promise<Standing> {
  const issuer = await checkIssuer(bundle.attestations, { publicKey, kid, payload }, trust, tools);
  const followed =
    logProof && (await followLogProof(logProof, { payload, payloadBytes, kid }, trust, tools));
  const inclusion = typeof followed === 'string' ? undefined : followed;
  const status = checkKeyStatus({ payload, kid, window: issuer.window, inclusion, atMs }, trust);
  const logInclusion = checkInclusion(payload, followed, { log: status.log, atMs });
  return {
    issuer: issuer.check,
    keyStatus: statementFault ? result('key_status', statementFault) : status.check,
    logInclusion,
    witnesses:
      inclusion !== undefined && !isFailed(logInclusion)
        ? checkWitnesses(inclusion, trust, required)
        : result(
            'witnesses',
            logProof === undefined ? 'not_witnessed' : 'log_inclusion_not_verified',
          ),
    inclusion,
  };
}

/** Where the key's status makes the log mandatory, absence or a late place is a failure. */
function checkInclusion(
  payload: Payload,
  followed: Inclusion | CodeOf<'log_inclusion'> | undefined,
  { log, atMs }: { readonly log: KeyStatus['log']; readonly atMs: number },
): CheckResult {
  if (followed === undefined) {
    return log === 'unmet'
      ? result('log_inclusion', 'log_proof_required')
      : withoutLogProof(payload, atMs);
  }
  if (typeof followed === 'string') {
    const isRequired = followed === 'log_not_in_policy' && log === 'unmet';
    return result('log_inclusion', isRequired ? 'log_proof_required' : followed);
  }
  const { origin, index, size } = followed;
  return result('log_inclusion', log === 'unmet' ? 'log_too_late' : 'ok', { origin, index, size });
}

function recompute(
  { signed }: Subject,
  commitment: { readonly check: CheckResult; readonly opening?: Opening },
  { bundle, options }: Context,
): CheckResult {
  const { payload } = signed;
  if (payload.receipt_type !== 'boundary_decision')
    return result('verdict_recomputed', 'not_applicable');
  if (isFailed(commitment.check)) return result('verdict_recomputed', 'commitment_failed');
  const { opening } = commitment;
  const { policy } = bundle;
  const needsPolicy = isMatched(payload.boundary_snapshot);
  if (opening === undefined || (needsPolicy && policy === undefined)) {
    return result('verdict_recomputed', 'inputs_missing');
  }
  const derive = options.extraChecks?.verdict_recomputed;
  if (derive === undefined) return result('verdict_recomputed', 'check_not_available');
  return derive({ payload, opening, ...(policy !== undefined && { policy }) });
}

/** A linked receipt stands on its own: none of its lines may fail. */
async function openLinked(part: LinkedPart, context: Context): Promise<HeldReceipt | undefined> {
  const { bundle, tools, atMs } = context;
  const subject = subjectOf(await openEnvelope(part.receipt, bundle.keyBundle, tools));
  if (subject === undefined) return undefined;
  const standing = await checkStanding(subject, part, context);
  const { payload } = subject.signed;
  const lines = [
    standing.issuer,
    standing.keyStatus,
    standing.logInclusion,
    standing.witnesses,
    checkValidity(subject.signed, { atMs }),
    checkCommitment(payload, { opening: part.opening }, tools.sha256).check,
  ];
  if (lines.some(isFailed)) return undefined;
  return { ...heldReceipt(subject), ...(part.opening && { opening: part.opening }) };
}

function isFailed(check: CheckResult): boolean {
  return check.status === 'failed';
}

function composeReport(
  envelope: Envelope,
  lines: Lines,
  required: readonly Requirement[],
  { sha256 }: Tools,
): VerificationReport {
  const isFailure = REPORT_LINES.some((line) => isFailed(lines[line]));
  const isReached = required.every(({ line }) => lines[line].status === 'verified');
  return {
    object: 'craton.verification.report.v1',
    subject: subjectMembers(envelope, sha256),
    checks: REPORT_LINES.map((id) => ({ id, ...lines[id] })),
    required: requiredLines(required),
    outcome: isFailure ? 'failed' : isReached ? 'reached' : 'insufficient',
  };
}

/** Each line once, in the report's order; how many witnesses were asked for is in their line. */
function requiredLines(required: readonly Requirement[]): ReportLine[] {
  return REPORT_LINES.filter((line) => required.some((by) => by.line === line));
}

function subjectMembers(
  { payloadBytes, kid, signed }: Envelope,
  sha256: Sha256,
): VerificationReport['subject'] {
  const isKid = kid !== undefined && isHashText(kid);
  const payload = signed?.payload;
  return {
    ...(payloadBytes && { payload_sha256: encodeHex(sha256(payloadBytes)) }),
    ...(isKid && { kid }),
    ...(payload !== undefined &&
      isCommitted(payload) && {
        request_id: payload.request_id,
        commitment_id: payload.commitment_id,
      }),
  };
}
