/** Receipt payloads and the envelope that carries them (PROTOCOL sections 4 and 6). */
import type { Enforcement, Obligation, Verdict } from './decision.ts';
import type { Digest } from './digest.ts';
import type { JsonObject } from './json/canonical.ts';
import type { BoundarySnapshot } from './opening.ts';

export const PROTOCOL_ID = 'craton.receipt.protocol.v1';
export const SIGNATURE_ALGORITHM = 'ed25519';

/** Exactly this spelling, also in bundles; `payload_b64` and `signature` are padded base64. */
export interface Receipt {
  readonly payload_b64: string;
  readonly signature: string;
  readonly kid: string;
  readonly sig_alg: typeof SIGNATURE_ALGORITHM;
}

/** The promise that the log will hold this receipt, and the newest cosigned checkpoint known. */
export interface LogPromise {
  readonly origin: string;
  /** issued_at + 1 h. */
  readonly merge_by: string;
  /** `root` is padded base64 as in the checkpoint. */
  readonly seen?: { readonly size: number; readonly root: string };
}

export interface PayloadCommon {
  readonly protocol: typeof PROTOCOL_ID;
  readonly issuer: string;
  readonly environment: string;
  readonly issued_at: string;
  readonly epoch: number;
  readonly seq: number;
  readonly stream: Digest;
  readonly log: LogPromise;
  readonly crit?: readonly string[];
}

export interface DecisionPayload extends PayloadCommon {
  readonly receipt_type: 'boundary_decision';
  readonly request_id: string;
  readonly commitment_id: string;
  readonly boundary_snapshot: BoundarySnapshot;
  readonly enforcement: Enforcement;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly obligations: readonly Obligation[];
  readonly evaluated_at: string;
  readonly expires_at: string;
  readonly max_uses: 1;
  readonly audience?: string;
  readonly action_digest?: Digest;
}

/** Whose key confirmed: the one that asked, another of the same partner, another party's. */
export const CONFIRMER_CLASSES = ['same_key', 'other_key', 'other_party'] as const;
export type ConfirmerClass = (typeof CONFIRMER_CLASSES)[number];
export const CONFIRMATION_FLAGS = [
  'action_mismatch',
  'after_expiry',
  'after_reject',
  'conflicts_with_earlier',
] as const;
export type ConfirmationFlag = (typeof CONFIRMATION_FLAGS)[number];

export const OUTCOMES = ['executed', 'not_executed', 'failed', 'unknown'] as const;
export type ExecutionOutcome = (typeof OUTCOMES)[number];

export interface Confirming extends PayloadCommon {
  readonly request_id: string;
  readonly commitment_id: string;
  readonly boundary_snapshot: BoundarySnapshot;
  readonly confirms: { readonly request_id: string; readonly payload_digest: Digest };
  readonly action_digest?: Digest;
  readonly confirmer: {
    readonly key_id: string;
    readonly class: ConfirmerClass;
  };
  readonly flags: readonly ConfirmationFlag[];
}

export interface ConfirmationPayload extends Confirming {
  readonly receipt_type: 'execution_confirmation';
  readonly outcome: ExecutionOutcome;
  readonly executed_at?: string;
}

/** One winner before execution. */
export interface ClaimPayload extends Confirming {
  readonly receipt_type: 'execution_claim';
}

export interface DeploymentPayload extends PayloadCommon {
  readonly receipt_type: 'deployment_record';
  readonly request_id: string;
  readonly commitment_id: string;
  readonly boundary_snapshot: BoundarySnapshot;
  readonly record: JsonObject;
}

export interface GapDisclosurePayload extends PayloadCommon {
  readonly receipt_type: 'gap_disclosure';
  readonly partner_id: string;
  readonly path_id: string;
  readonly nonce: string;
  readonly gap: {
    readonly receipt_type: string;
    readonly epoch: number;
    readonly from_seq: number;
    readonly to_seq: number;
    readonly reason: string;
  };
}

export type Payload =
  DecisionPayload | ConfirmationPayload | ClaimPayload | DeploymentPayload | GapDisclosurePayload;

export type ReceiptType = Payload['receipt_type'];

/** Receipt types whose members are fixed; an unknown type is never a decision. */
export const RECEIPT_TYPES = [
  'boundary_decision',
  'execution_confirmation',
  'execution_claim',
  'deployment_record',
  'gap_disclosure',
] as const satisfies readonly ReceiptType[];
