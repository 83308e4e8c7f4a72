/**
 * Issues one decision inside a transaction (PROTOCOL sections 3 to 5 and 8): match, evaluate,
 * complete, sign, store. Knows no store: everything it reads and writes is the transaction's.
 */
import {
  approvedAuthority,
  assertApprovalInForce,
  type AuthorityEvidence,
  composeOpening,
  evaluate,
  type LoadedPath,
  needsFor,
  readFacts,
  submittedAuthority,
  type Windows,
} from '@craton/policy';
import {
  canonicalize,
  commitmentIdOfText,
  composeDecision,
  type Decision,
  type DecisionPayload,
  encodeBase64url,
  formatTime,
  type Opening,
  parseTime,
  UNMATCHED_PATH_ID,
} from '@craton/protocol';
import type { Signer } from '../signing/signer.ts';
import { answerText, replayText } from './answer.ts';
import {
  admit,
  clockUntrusted,
  findAnswered,
  type Issuing,
  issueTime,
  nextPosition,
  seenOf,
  openStream,
  sealPayload,
} from './issuing.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { CheckCommand, CheckOutcome, Owner } from './port.ts';
import type { IssuedDecision, LedgerTransaction, Stream } from './transaction.ts';

/** Span of the windows that rules can name. */
export const WINDOW_MS = 24 * 3_600_000;
const NONCE_BYTES = 16;

/** A check; its request id is made here unless somebody had to know it before. */
export interface DecisionCommand extends CheckCommand {
  readonly requestId?: string;
}

/** What was decided, before it is signed. */
interface Evaluation {
  readonly command: DecisionCommand;
  readonly stream: Stream;
  readonly path: LoadedPath | undefined;
  readonly opening: Opening;
  readonly decision: Decision;
  readonly evaluatedAtMs: number;
  readonly earlierCommitmentId: string | undefined;
}

/**
 * The answer of one check, issued or replayed, in the caller's open transaction. Throws
 * `ERR_REQUEST_FIELD`, `ERR_KEY_NOT_ACCEPTED`, `ERR_IDEMPOTENCY_CONFLICT`, `ERR_DEADLINE`,
 * `ERR_CLOCK_UNTRUSTED` and the errors of an approval before it wrote anything; `ERR_SIGNING` is fatal.
 */
export function issueDecision(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: CheckCommand,
): CheckOutcome {
  const nowMs = issuing.sources.nowMs();
  const { keyId, deadlineMs } = command;
  const asking = { owner: ownerOf(command), keyId, scope: 'check', deadlineMs } as const;
  const signer = admit(issuing, transaction, asking);
  const replayed = findReplay(transaction, command, nowMs);
  if (replayed !== undefined) return { kind: 'issued', responseText: replayed, replayed: true };
  const { responseText } = decide(issuing, signer, transaction, command);
  transaction.touchApiKey(command.keyId, nowMs);
  return { kind: 'issued', responseText, replayed: false };
}

/** A decision that was made and stored. */
export interface Decided {
  readonly responseText: string;
  readonly payload: DecisionPayload;
  readonly payloadBytes: Uint8Array;
}

/** Decides for somebody who was let in. Throws what `issueDecision` does but for the key. */
export function decide(
  issuing: Issuing,
  signer: Signer,
  transaction: LedgerTransaction,
  command: DecisionCommand,
): Decided {
  return sealDecision(issuing, signer, transaction, evaluateCheck(issuing, transaction, command));
}

function ownerOf({ environment, request }: CheckCommand): Owner {
  return { environment, partnerId: request.partnerId };
}

function findReplay(
  transaction: LedgerTransaction,
  command: CheckCommand,
  nowMs: number,
): string | undefined {
  const { requestHash, evidence } = command.request;
  const idempotency = { owner: ownerOf(command), key: command.idempotencyKey };
  const stored = findAnswered(
    transaction,
    idempotency,
    nowMs,
    (answer) => answer.requestHash === requestHash && answer.evidenceDigest === evidence?.digest,
  );
  return stored && replayText(stored);
}

function evaluateCheck(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: DecisionCommand,
): Evaluation {
  const { sources } = issuing;
  const { request, environment } = command;
  const match = transaction.livePaths(environment).match(request);
  const path = match.match === 'one' ? match.path : undefined;
  const stream = openStream(issuing, transaction, ownerOf(command), {
    pathId: path?.document.path_id ?? UNMATCHED_PATH_ID,
    receiptType: 'boundary_decision',
  });
  // Never before an earlier decision of the path, or its windows would miss that one.
  const evaluatedAtMs = Math.max(sources.nowMs(), stream.lastIssuedAtMs);
  const earlierCommitmentId = transaction.findReference(
    ownerOf(command),
    request.externalReference,
  );
  const opening = composeOpening({
    request,
    match,
    facts: path === undefined ? {} : readFacts(path, request),
    windows: windowsOf(transaction, stream, path, evaluatedAtMs),
    authority: authorityOf(transaction, command, evaluatedAtMs),
    ledger: { reference_reused: earlierCommitmentId !== undefined },
    nonce: encodeBase64url(sources.randomBytes(NONCE_BYTES)),
    requestId: command.requestId ?? sources.requestId(evaluatedAtMs),
    evaluatedAt: formatTime(evaluatedAtMs),
    environment,
  });
  const decision = evaluate(path, opening);
  return { command, stream, path, opening, decision, evaluatedAtMs, earlierCommitmentId };
}

/** Throws the errors of `assertApprovalInForce`. */
function authorityOf(
  transaction: LedgerTransaction,
  { request, approval }: CheckCommand,
  evaluatedAtMs: number,
): AuthorityEvidence {
  if (approval === undefined) return submittedAuthority(request);
  assertApprovalInForce(approval, evaluatedAtMs, transaction.isApprovalUsed(approval));
  return approvedAuthority(request, approval);
}

/** Asked only where a rule names one: the windows cost two look-ups. */
function windowsOf(
  transaction: LedgerTransaction,
  stream: Stream,
  path: LoadedPath | undefined,
  evaluatedAtMs: number,
): Windows {
  if (path === undefined || path.windowFacts.length === 0) return {};
  const { count, sumUsdCents } = transaction.totalsSince(stream, evaluatedAtMs - WINDOW_MS);
  return { window_count_24h: count, window_sum_usd_cents_24h: sumUsdCents };
}

/** Signs, stores, and builds the answer; nothing was written before. */
function sealDecision(
  issuing: Issuing,
  signer: Signer,
  transaction: LedgerTransaction,
  evaluation: Evaluation,
): Decided {
  const { command, stream, opening, decision, earlierCommitmentId } = evaluation;
  const openingText = canonicalize(opening);
  const issuedAtMs = issueDecisionTime(issuing.sources.nowMs(), evaluation);
  const payload = composeDecision(opening, decision, commitmentIdOfText(openingText, nodeSha256), {
    issuer: issuing.issuer,
    environment: command.environment,
    issuedAtMs,
    ...nextPosition(stream),
    ...seenOf(issuing, command.environment),
  });
  const parts = {
    ...sealPayload(signer, stream, payload),
    openingText,
    ...(earlierCommitmentId !== undefined && { earlierCommitmentId }),
    ...needsOf(evaluation),
  };
  transaction.insertDecision({
    ...parts,
    stream,
    requestId: opening.request_id,
    commitmentId: payload.commitment_id,
    issuedAtMs,
    evaluatedAtMs: evaluation.evaluatedAtMs,
    externalReference: command.request.externalReference,
    keyId: command.keyId,
    ...usedBy(command),
    ...countedIn(evaluation),
    ...idempotencyOf(command),
  });
  return { responseText: answerText(parts, payload), payload, payloadBytes: parts.payload };
}

/** The latest of clock, evaluation and the stream's last receipt, and before the expiry. */
function issueDecisionTime(nowMs: number, { stream, evaluatedAtMs, decision }: Evaluation): number {
  const issuedAtMs = issueTime(nowMs, Math.max(evaluatedAtMs, stream.lastIssuedAtMs));
  if (issuedAtMs < parseTime(decision.expires_at)) return issuedAtMs;
  throw clockUntrusted();
}

function needsOf({ path, opening, decision }: Evaluation): { needsText?: string } {
  const needs = needsFor(path, opening, decision);
  return needs === undefined ? {} : { needsText: canonicalize(needs) };
}

/** An approval that stays `submitted` is not used up: nobody relied on it. */
function usedBy({ approval }: CheckCommand): Pick<IssuedDecision, 'approval'> {
  return approval?.isBound === true ? { approval } : {};
}

function countedIn({ path, opening, decision }: Evaluation): Pick<IssuedDecision, 'counted'> {
  if (path === undefined || decision.verdict === 'reject') return {};
  const usdCents = opening.facts['decision_size_usd_cents'];
  return { counted: { usdCents: typeof usdCents === 'number' ? usdCents : 0 } };
}

function idempotencyOf({
  idempotencyKey,
  request,
}: CheckCommand): Pick<IssuedDecision, 'idempotency'> {
  if (idempotencyKey === undefined) return {};
  const { requestHash, evidence } = request;
  return {
    idempotency: {
      key: idempotencyKey,
      requestHash,
      ...(evidence && { evidenceDigest: evidence.digest }),
    },
  };
}
