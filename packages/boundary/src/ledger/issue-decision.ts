/**
 * Issues one decision inside a transaction (PROTOCOL sections 3 to 5 and 8): match, evaluate,
 * complete, sign, store. Knows no store: everything it reads and writes is the transaction's.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import {
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
  CratonError,
  type Decision,
  digestBytes,
  encodeBase64url,
  encodeLogEntry,
  formatTime,
  logOrigin,
  type Opening,
  parseTime,
  streamDigest,
  type StreamPosition,
  streamTagText,
  UNMATCHED_PATH_ID,
} from '@craton/protocol';
import { EncodedPayload } from '../signing/encoded-payload.ts';
import type { Signer } from '../signing/signer.ts';
import { answerText, replayText } from './answer.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { CheckCommand, CheckOutcome, Owner } from './port.ts';
import type { Sources } from './sources.ts';
import type { IssuedDecision, LedgerTransaction, Stream } from './transaction.ts';

/** A clock that is behind what was already issued by more than this is not trusted. */
export const CLOCK_BEHIND_MS_MAX = 5000;
/** Span of the windows that rules can name. */
export const WINDOW_MS = 24 * 3_600_000;
/** How long an idempotency key is kept. */
export const IDEMPOTENCY_MS = 7 * WINDOW_MS;

const NONCE_BYTES = 16;
const STREAM_KEY_BYTES = 32;
const FIRST_EPOCH = 1;

/** Who issues, and with what. */
export interface Issuing {
  readonly issuer: string;
  /** One signer per environment that this instance issues for. */
  readonly signers: ReadonlyMap<string, Signer>;
  readonly sources: Sources;
}

/** What was decided, before it is signed. */
interface Evaluation {
  readonly command: CheckCommand;
  readonly stream: Stream;
  readonly path: LoadedPath | undefined;
  readonly opening: Opening;
  readonly decision: Decision;
  readonly evaluatedAtMs: number;
  readonly earlierCommitmentId: string | undefined;
}

/**
 * The answer of one check, issued or replayed, in the caller's open transaction. Throws
 * `ERR_REQUEST_FIELD`, `ERR_KEY_NOT_ACCEPTED`, `ERR_IDEMPOTENCY_CONFLICT`, `ERR_DEADLINE` and
 * `ERR_CLOCK_UNTRUSTED` before it wrote anything; `ERR_SIGNING` is fatal.
 */
export function issueDecision(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: CheckCommand,
): CheckOutcome {
  const nowMs = issuing.sources.nowMs();
  if (nowMs >= command.deadlineMs) {
    throw new CratonError('ERR_DEADLINE', 'The check waited longer than its caller does.');
  }
  const signer = issuing.signers.get(command.environment);
  if (signer === undefined || !isKeyGood(transaction, command, nowMs)) {
    throw new CratonError('ERR_KEY_NOT_ACCEPTED', 'The API key is not accepted; use another one.');
  }
  const replayed = findReplay(transaction, command, nowMs);
  if (replayed !== undefined) return { kind: 'issued', responseText: replayed, replayed: true };
  const evaluation = evaluateCheck(issuing, transaction, command);
  const responseText = sealDecision(issuing, signer, transaction, evaluation);
  transaction.touchApiKey(command.keyId, nowMs);
  return { kind: 'issued', responseText, replayed: false };
}

/** Asked again here, so that no receipt follows a revocation that is already stored. */
function isKeyGood(
  transaction: LedgerTransaction,
  { keyId, environment, request }: CheckCommand,
  nowMs: number,
): boolean {
  const key = transaction.findApiKey(keyId);
  return (
    key !== undefined &&
    key.revokedAtMs === undefined &&
    nowMs < key.expiresAtMs &&
    key.environment === environment &&
    key.partnerId === request.partnerId &&
    key.scopes.includes('check')
  );
}

function ownerOf({ environment, request }: CheckCommand): Owner {
  return { environment, partnerId: request.partnerId };
}

function findReplay(
  transaction: LedgerTransaction,
  command: CheckCommand,
  nowMs: number,
): string | undefined {
  if (command.idempotencyKey === undefined) return undefined;
  const stored = transaction.findAnswer(ownerOf(command), command.idempotencyKey);
  if (stored === undefined || nowMs - stored.storedAtMs >= IDEMPOTENCY_MS) return undefined;
  const { requestHash, evidence } = command.request;
  if (stored.requestHash === requestHash && stored.evidenceDigest === evidence?.digest) {
    return replayText(stored);
  }
  const message = 'The Idempotency-Key was used for another request; use a new one.';
  throw new CratonError('ERR_IDEMPOTENCY_CONFLICT', message, { field: 'Idempotency-Key' });
}

function evaluateCheck(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: CheckCommand,
): Evaluation {
  const { sources } = issuing;
  const { request, environment } = command;
  const match = transaction.livePaths(environment).match(request);
  const path = match.match === 'one' ? match.path : undefined;
  const stream = streamOf(issuing, transaction, ownerOf(command), path);
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
    authority: submittedAuthority(request),
    ledger: { reference_reused: earlierCommitmentId !== undefined },
    nonce: encodeBase64url(sources.randomBytes(NONCE_BYTES)),
    requestId: sources.requestId(evaluatedAtMs),
    evaluatedAt: formatTime(evaluatedAtMs),
    environment,
  });
  const decision = evaluate(path, opening);
  return { command, stream, path, opening, decision, evaluatedAtMs, earlierCommitmentId };
}

function streamOf(
  { issuer, sources }: Issuing,
  transaction: LedgerTransaction,
  owner: Owner,
  path: LoadedPath | undefined,
): Stream {
  const pathId = path?.document.path_id ?? UNMATCHED_PATH_ID;
  const receiptType = 'boundary_decision';
  const known = transaction.findStream(owner, pathId, receiptType);
  if (known !== undefined) return known;
  const keyBytes = sources.randomBytes(STREAM_KEY_BYTES);
  const identity = {
    origin: logOrigin(issuer, owner.environment),
    partner_id: owner.partnerId,
    path_id: pathId,
    receipt_type: receiptType,
    stream_key: encodeBase64url(keyBytes),
  };
  const digest = streamDigest(identity, nodeSha256);
  const start = { epoch: FIRST_EPOCH, lastSeq: 0, lastIssuedAtMs: 0 };
  return { owner, pathId, receiptType, key: createSecretKey(keyBytes), digest, ...start };
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
): string {
  const { command, stream, opening, earlierCommitmentId } = evaluation;
  const openingText = canonicalize(opening);
  const issuedAtMs = issueTime(issuing.sources.nowMs(), evaluation);
  const position = { stream: stream.digest, epoch: stream.epoch, seq: stream.lastSeq + 1 };
  const payload = composeDecision(
    opening,
    evaluation.decision,
    commitmentIdOfText(openingText, nodeSha256),
    {
      issuer: issuing.issuer,
      environment: command.environment,
      issuedAtMs,
      ...position,
    },
  );
  const encoded = EncodedPayload.of(payload);
  const bytes = EncodedPayload.bytesOf(encoded);
  const parts = {
    payload: bytes,
    signature: signer.sign(encoded),
    kid: signer.kid,
    openingText,
    ...(earlierCommitmentId !== undefined && { earlierCommitmentId }),
    ...needsOf(evaluation),
  };
  const digest = digestBytes(bytes, nodeSha256);
  const tag = tagOf(stream, position);
  transaction.insertDecision({
    ...parts,
    stream,
    requestId: opening.request_id,
    commitmentId: payload.commitment_id,
    issuedAtMs,
    evaluatedAtMs: evaluation.evaluatedAtMs,
    externalReference: command.request.externalReference,
    leaf: encodeLogEntry({ v: 1, digest, kid: signer.kid, tag }),
    ...countedIn(evaluation),
    ...idempotencyOf(command),
  });
  return answerText(parts, payload);
}

/** What `streamTag` gives, by way of `node:crypto`. */
function tagOf({ key }: Stream, position: StreamPosition): string {
  return createHmac('sha256', key).update(streamTagText(position)).digest('base64url');
}

/** The latest of clock, evaluation and the stream's last receipt (PROTOCOL section 4). */
function issueTime(nowMs: number, { stream, evaluatedAtMs, decision }: Evaluation): number {
  const notBeforeMs = Math.max(evaluatedAtMs, stream.lastIssuedAtMs);
  const issuedAtMs = Math.max(nowMs, notBeforeMs);
  const isBehind = notBeforeMs - nowMs > CLOCK_BEHIND_MS_MAX;
  if (!isBehind && issuedAtMs < parseTime(decision.expires_at)) return issuedAtMs;
  const message = 'The clock does not fit what was issued before; set it and try again.';
  throw new CratonError('ERR_CLOCK_UNTRUSTED', message);
}

function needsOf({ path, opening, decision }: Evaluation): { needsText?: string } {
  const needs = needsFor(path, opening, decision);
  return needs === undefined ? {} : { needsText: canonicalize(needs) };
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
