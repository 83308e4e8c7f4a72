/** What a host sends before and after it acts: the claim and the confirmation (PROTOCOL 4, 10). */
import { type Digest, taggedDigest } from './digest.ts';
import type { JsonObject } from './json/canonical.ts';
import { isCommitmentId, isRequestId } from './names.ts';
import { type ExecutionOutcome, OUTCOMES } from './receipt.ts';
import { fault, parseDigest, parseRequestBody, refuseUnknown, text } from './request-body.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';
import { isTime } from './time.ts';

/** Asks for the one permission to execute what was decided. */
export interface ClaimRequest {
  /** Digest of the body, for idempotency: it is in no receipt. */
  readonly requestHash: Digest;
  /** The `request_id` or the `commitment_id` of the decision. */
  readonly decisionId: string;
  readonly actionDigest?: Digest;
}

/** Says what became of a decision. */
export interface ConfirmRequest extends ClaimRequest {
  readonly outcome: ExecutionOutcome;
  /** A time in the protocol's spelling; never there when nothing was executed. */
  readonly executedAt?: string;
}

interface Options {
  /** Stands in for the slower built-in one. */
  readonly sha256?: Sha256;
}

const CLAIM_MEMBERS = new Set(['commitment_id', 'request_id', 'action_digest']);
const CONFIRM_MEMBERS = new Set([...CLAIM_MEMBERS, 'outcome', 'executed_at']);

/**
 * Reads the body of a claim, as it arrived. Throws `ERR_REQUEST_FIELD` with `field` for a member
 * that is unknown, missing or malformed, and the errors of `parseRequestBody`. No message holds a
 * sent value.
 */
export function parseClaimRequest(
  bytes: Uint8Array,
  { sha256 = ownSha256 }: Options = {},
): ClaimRequest {
  const body = parseRequestBody(bytes);
  refuseUnknown(body, CLAIM_MEMBERS, '');
  return { requestHash: taggedDigest('craton.claim.v1', body, sha256), ...readReference(body) };
}

/** Reads the body of a confirmation; throws as `parseClaimRequest` does. */
export function parseConfirmRequest(
  bytes: Uint8Array,
  { sha256 = ownSha256 }: Options = {},
): ConfirmRequest {
  const body = parseRequestBody(bytes);
  refuseUnknown(body, CONFIRM_MEMBERS, '');
  return {
    requestHash: taggedDigest('craton.confirm.v1', body, sha256),
    ...readReference(body),
    ...readOutcome(body),
  };
}

function readReference(body: JsonObject): Pick<ClaimRequest, 'decisionId' | 'actionDigest'> {
  return {
    decisionId: readDecisionId(body),
    ...(body['action_digest'] !== undefined && {
      actionDigest: parseDigest(body['action_digest'], 'action_digest'),
    }),
  };
}

function readDecisionId(body: JsonObject): string {
  const isByRequest = body['request_id'] !== undefined;
  if (!isByRequest) {
    const id = text(body, 'commitment_id');
    if (isCommitmentId(id)) return id;
    throw fault('commitment_id', 'must be the commitment_id of a decision: "bnd_" and 43 more.');
  }
  if (body['commitment_id'] !== undefined) {
    throw fault('request_id', 'and commitment_id name one decision; send one of them.');
  }
  const id = text(body, 'request_id');
  if (isRequestId(id)) return id;
  throw fault('request_id', 'must be the request_id of a decision: "req_" and a UUIDv7.');
}

function readOutcome(body: JsonObject): Pick<ConfirmRequest, 'outcome' | 'executedAt'> {
  const sent = text(body, 'outcome');
  const outcome = OUTCOMES.find((known) => known === sent);
  if (outcome === undefined) throw fault('outcome', `must be one of ${OUTCOMES.join(', ')}.`);
  if (body['executed_at'] === undefined) return { outcome };
  const executedAt = text(body, 'executed_at');
  if (!isTime(executedAt)) {
    throw fault('executed_at', 'must be a time in UTC such as 2026-01-31T23:59:59.000Z.');
  }
  if (outcome === 'not_executed') {
    throw fault('executed_at', 'contradicts the outcome; leave it out if nothing was executed.');
  }
  return { outcome, executedAt };
}
