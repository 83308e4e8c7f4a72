/** What an issuer does after a decision: claims and confirmations (PROTOCOL section 4). */
import { type Digest, digestBytes } from './digest.ts';
import { composeCommon, type Issuance } from './issue.ts';
import type {
  ClaimPayload,
  Confirming,
  ConfirmationFlag,
  ConfirmationPayload,
  ConfirmerClass,
  DecisionPayload,
  ExecutionOutcome,
} from './receipt.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';

/** A decision and the bytes that were signed. */
export interface SignedDecision {
  readonly payload: DecisionPayload;
  readonly payloadBytes: Uint8Array;
}

/** Who claims what. */
export interface Claim {
  /** Of the claim itself: `req_` and a UUIDv7. */
  readonly requestId: string;
  readonly confirmer: { readonly keyId: string; readonly class: ConfirmerClass };
  readonly actionDigest?: Digest;
  readonly flags: readonly ConfirmationFlag[];
}

/** Who says what became of it. */
export interface Confirmation extends Claim {
  readonly outcome: ExecutionOutcome;
  readonly executedAt?: string;
}

/** The payload of a claim. Whether the decision may be claimed is the issuer's to decide. */
export function composeClaim(
  decision: SignedDecision,
  claim: Claim,
  issuance: Issuance,
  sha256: Sha256 = ownSha256,
): ClaimPayload {
  return {
    ...composeConfirming(decision, claim, issuance, sha256),
    receipt_type: 'execution_claim',
  };
}

/** The payload of a confirmation. */
export function composeConfirmation(
  decision: SignedDecision,
  confirmation: Confirmation,
  issuance: Issuance,
  sha256: Sha256 = ownSha256,
): ConfirmationPayload {
  const { outcome, executedAt } = confirmation;
  return {
    ...composeConfirming(decision, confirmation, issuance, sha256),
    receipt_type: 'execution_confirmation',
    outcome,
    ...(executedAt !== undefined && { executed_at: executedAt }),
  };
}

function composeConfirming(
  { payload, payloadBytes }: SignedDecision,
  { requestId, confirmer, actionDigest, flags }: Claim,
  issuance: Issuance,
  sha256: Sha256,
): Confirming {
  return {
    ...composeCommon(issuance),
    request_id: requestId,
    commitment_id: payload.commitment_id,
    boundary_snapshot: payload.boundary_snapshot,
    confirms: {
      request_id: payload.request_id,
      payload_digest: digestBytes(payloadBytes, sha256),
    },
    ...(actionDigest && { action_digest: actionDigest }),
    confirmer: { key_id: confirmer.keyId, class: confirmer.class },
    flags: flags.toSorted(),
  };
}

/** What a confirmation says, as far as it is compared with the decision. */
export interface Statement {
  readonly outcome: ExecutionOutcome;
  /** When it was executed, else when it was confirmed; in the protocol's spelling. */
  readonly at: string;
  readonly actionDigest?: Digest | undefined;
}

/**
 * How a confirmation stands to its decision and to earlier confirmations of it, sorted. The outcome
 * matters for `conflicts_with_earlier` alone: that nothing was executed after a reject is flagged
 * too, and is read together with its outcome.
 */
export function confirmationFlags(
  decision: DecisionPayload,
  { outcome, at, actionDigest }: Statement,
  earlierOutcomes: readonly ExecutionOutcome[],
): readonly ConfirmationFlag[] {
  const { action_digest, expires_at, verdict } = decision;
  const flags: readonly (readonly [ConfirmationFlag, boolean])[] = [
    // A decision that bound an action is confirmed by naming that action, and not by silence.
    ['action_mismatch', action_digest !== undefined && action_digest !== actionDigest],
    // Times of one spelling compare as texts.
    ['after_expiry', at >= expires_at],
    ['after_reject', verdict === 'reject'],
    ['conflicts_with_earlier', earlierOutcomes.some((earlier) => earlier !== outcome)],
  ];
  return flags.filter(([, applies]) => applies).map(([flag]) => flag);
}
