/**
 * Issues a receipt about a decision inside a transaction: what a claim and a confirmation have in
 * common. What is particular to one of them stands in `issue-claim.ts` and `issue-confirmation.ts`.
 */
import {
  type ClaimPayload,
  type ClaimRequest,
  type ConfirmationPayload,
  type ConfirmerClass,
  CratonError,
  type Issuance,
  parseTime,
  type SignedDecision,
} from '@craton/protocol';
import { linkedAnswerText, parseStoredDecision, parseStoredLinked } from './answer.ts';
import {
  admit,
  findAnswered,
  type Issuing,
  issueTime,
  nextPosition,
  seenOf,
  openStream,
  sealPayload,
} from './issuing.ts';
import type { CheckOutcome, ExecutionCommand, Owner, Scope } from './port.ts';
import type {
  LedgerTransaction,
  LinkedReceiptType,
  StoredDecision,
  StoredLinked,
  Stream,
} from './transaction.ts';

/** Everything that a claim or a confirmation is judged by. */
export interface Subject {
  readonly decision: SignedDecision;
  /** Claims and confirmations that are there already, in the order of issue. */
  readonly linked: readonly StoredLinked[];
  /** Of the new receipt: its `request_id`, and whose key asks. */
  readonly requestId: string;
  readonly confirmer: { readonly keyId: string; readonly class: ConfirmerClass };
  readonly issuance: Issuance;
}

/** What makes one kind of linked receipt different from the other. */
export interface LinkedKind<R extends ClaimRequest> {
  readonly scope: Scope;
  readonly receiptType: LinkedReceiptType;
  /** The payload, or a refusal; nothing was written before. */
  compose(subject: Subject, request: R): ClaimPayload | ConfirmationPayload;
}

/**
 * The answer of one claim or confirmation, issued or replayed. Throws the errors of `admit`,
 * `ERR_IDEMPOTENCY_CONFLICT`, `ERR_NOT_FOUND`, `ERR_CLOCK_UNTRUSTED` and those of the kind before it
 * wrote anything; `ERR_SIGNING` is fatal.
 */
export function issueLinked<R extends ClaimRequest>(
  issuing: Issuing,
  transaction: LedgerTransaction,
  command: ExecutionCommand<R>,
  kind: LinkedKind<R>,
): CheckOutcome {
  const { keyId, deadlineMs, request } = command;
  const owner = ownerOf(command);
  const nowMs = issuing.sources.nowMs();
  const signer = admit(issuing, transaction, { owner, keyId, scope: kind.scope, deadlineMs });
  const replayed = findReplay(transaction, command, nowMs);
  if (replayed !== undefined) return { kind: 'issued', responseText: replayed, replayed: true };
  const stored = demandDecision(transaction, owner, request.decisionId);
  const decision = signedOf(stored);
  const { path_id: pathId } = decision.payload.boundary_snapshot;
  const stream = openStream(issuing, transaction, owner, { pathId, receiptType: kind.receiptType });
  const subject = {
    decision,
    linked: transaction.findLinked(owner, stored.commitmentId),
    confirmer: { keyId, class: keyId === stored.keyId ? 'same_key' : 'other_key' },
    ...placeOf(issuing, stream, decision),
  } as const;
  const payload = kind.compose(subject, request);
  const parts = sealPayload(signer, stream, payload);
  const { requestId, issuance } = subject;
  const { commitmentId } = stored;
  const { issuedAtMs } = issuance;
  const identity = { requestId, commitmentId, issuedAtMs, keyId };
  transaction.insertLinked({ ...parts, ...identity, stream, ...idempotencyOf(command) });
  transaction.touchApiKey(keyId, nowMs);
  const responseText = linkedAnswerText(parts, payload, stored);
  return { kind: 'issued', responseText, replayed: false };
}

/** When and where the receipt is issued: nothing is said about a decision before it was issued. */
function placeOf(
  issuing: Issuing,
  stream: Stream,
  { payload }: SignedDecision,
): Pick<Subject, 'requestId' | 'issuance'> {
  const { issuer, sources } = issuing;
  const notBeforeMs = Math.max(stream.lastIssuedAtMs, parseTime(payload.issued_at));
  const issuedAtMs = issueTime(sources.nowMs(), notBeforeMs);
  const { environment } = stream.owner;
  return {
    requestId: sources.requestId(issuedAtMs),
    issuance: {
      issuer,
      environment,
      issuedAtMs,
      ...nextPosition(stream),
      ...seenOf(issuing, environment),
    },
  };
}

function ownerOf({ environment, partnerId }: ExecutionCommand<ClaimRequest>): Owner {
  return { environment, partnerId };
}

/** A replay is for the same body and the same key: a receipt names the key that asked for it. */
function findReplay(
  transaction: LedgerTransaction,
  command: ExecutionCommand<ClaimRequest>,
  nowMs: number,
): string | undefined {
  const { idempotencyKey: key, request, keyId } = command;
  const owner = ownerOf(command);
  const answered = findAnswered(transaction, { owner, key }, nowMs, (answer) => {
    if (answer.requestHash !== request.requestHash) return false;
    return parseStoredLinked(answer.payload).confirmer.key_id === keyId;
  });
  if (answered === undefined) return undefined;
  const payload = parseStoredLinked(answered.payload);
  const decision = demandDecision(transaction, owner, payload.commitment_id);
  return linkedAnswerText(answered, payload, decision);
}

function demandDecision(transaction: LedgerTransaction, owner: Owner, id: string): StoredDecision {
  const decision = transaction.findDecision(owner, id);
  if (decision !== undefined) return decision;
  const message = 'There is no such decision; send the commitment_id or request_id of one.';
  throw new CratonError('ERR_NOT_FOUND', message);
}

function signedOf({ payload }: StoredDecision): SignedDecision {
  return { payload: parseStoredDecision(payload), payloadBytes: payload };
}

function idempotencyOf({ idempotencyKey: key, request }: ExecutionCommand<ClaimRequest>) {
  const { requestHash } = request;
  return key === undefined ? {} : { idempotency: { key, requestHash } };
}
