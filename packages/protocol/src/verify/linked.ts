/** The line `confirmation`: receipts of before and after, linked to this one (PROTOCOL 4, 6). */
import type { LinkedPart } from '../bundle.ts';
import { digestBytes } from '../digest.ts';
import { canonicalize, type JsonObject } from '../json/canonical.ts';
import type {
  ClaimPayload,
  ConfirmationPayload,
  DecisionPayload,
  DeploymentPayload,
  Payload,
} from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import type { Sha256 } from '../sha256.ts';
import { type Committed, isCommitted } from './commitment.ts';
import { type CodeOf, result } from './result.ts';

/** A receipt that holds by itself. */
export interface HeldReceipt {
  readonly payload: Payload;
  readonly payloadBytes: Uint8Array;
  readonly opening?: JsonObject;
}

/** Verifies a linked receipt as the main one is; undefined if one of its lines fails. */
export type OpenLinked = (part: LinkedPart) => Promise<HeldReceipt | undefined>;

/** All linked receipts, or undefined if one of them does not hold. */
export async function openAllLinked(
  parts: readonly LinkedPart[],
  open: OpenLinked,
): Promise<readonly HeldReceipt[] | undefined> {
  const receipts: HeldReceipt[] = [];
  for (const part of parts) {
    const receipt = await open(part);
    if (receipt === undefined) return undefined;
    receipts.push(receipt);
  }
  return receipts;
}

/** Says what the linked receipts tell about the main one. */
export function checkConfirmation(
  main: HeldReceipt,
  linked: readonly HeldReceipt[] | undefined,
  sha256: Sha256,
): CheckResult {
  if (linked === undefined) return result('confirmation', 'linked_invalid');
  const { payload } = main;
  const fits =
    linked.every((other) => belongsTogether(payload, other.payload)) &&
    refersToDecisionsThere([main, ...linked], sha256);
  if (!fits) return result('confirmation', 'linked_mismatch');
  switch (payload.receipt_type) {
    case 'boundary_decision':
      return confirmationOf(linked.map((receipt) => receipt.payload));
    case 'execution_confirmation':
    case 'execution_claim':
    case 'deployment_record': {
      const isThere = linked.some((receipt) => isDecision(receipt.payload));
      return result('confirmation', isThere ? 'decision_linked' : 'decision_missing');
    }
    case 'gap_disclosure':
      return result('confirmation', 'not_applicable');
  }
}

/** Same issuer, environment, commitment and boundary. */
function belongsTogether(main: Payload, other: Payload): boolean {
  if (!isCommitted(main) || !isCommitted(other)) return false;
  const identity = ({ issuer, environment, commitment_id, boundary_snapshot }: Committed): string =>
    canonicalize([issuer, environment, commitment_id, boundary_snapshot]);
  return identity(main) === identity(other);
}

/** Where a decision is there, whatever refers to one must refer to one that is there. */
function refersToDecisionsThere(receipts: readonly HeldReceipt[], sha256: Sha256): boolean {
  const decisions = receipts.flatMap(({ payload, payloadBytes }) =>
    isDecision(payload)
      ? [{ request_id: payload.request_id, payload_digest: digestBytes(payloadBytes, sha256) }]
      : [],
  );
  if (decisions.length === 0) return true;
  return receipts.every(({ payload }) => {
    if (isConfirming(payload)) {
      const { request_id, payload_digest } = payload.confirms;
      return decisions.some(
        (by) => by.request_id === request_id && by.payload_digest === payload_digest,
      );
    }
    return !isDeployment(payload) || decisions.some((by) => by.request_id === payload.request_id);
  });
}

function confirmationOf(linked: readonly Payload[]): CheckResult {
  const confirmations = linked.filter(isConfirmation);
  if (confirmations.length === 0) {
    return result('confirmation', linked.some(isConfirming) ? 'claimed' : 'no_confirmation');
  }
  const outcomes = [...new Set(confirmations.map(({ outcome }) => outcome))];
  return result('confirmation', gradeOf(confirmations, outcomes.length), { outcomes });
}

function gradeOf(
  confirmations: readonly ConfirmationPayload[],
  outcomes: number,
): CodeOf<'confirmation'> {
  const flags = confirmations.flatMap((confirmation) => confirmation.flags);
  if (outcomes > 1 || flags.includes('conflicts_with_earlier')) return 'confirmations_conflict';
  if (flags.length > 0) return 'confirmed_with_flags';
  const classes = confirmations.map(({ confirmer }) => confirmer.class);
  if (classes.includes('other_party')) return 'confirmed_by_other_party';
  return classes.includes('other_key') ? 'confirmed_by_other_key' : 'confirmed_by_same_key';
}

export function isDecision(payload: Payload): payload is DecisionPayload {
  return payload.receipt_type === 'boundary_decision';
}

function isConfirming(payload: Payload): payload is ConfirmationPayload | ClaimPayload {
  return payload.receipt_type === 'execution_claim' || isConfirmation(payload);
}

function isConfirmation(payload: Payload): payload is ConfirmationPayload {
  return payload.receipt_type === 'execution_confirmation';
}

function isDeployment(payload: Payload): payload is DeploymentPayload {
  return payload.receipt_type === 'deployment_record';
}
