/** The check request (PROTOCOL section 2): parsed strictly, labels normalised, nothing else kept. */
import type { Digest } from './digest.ts';
import type { FactValue } from './opening.ts';

/** A fact as it was sent; what type it must have only the matched path knows. */
export interface SubmittedFact {
  readonly value: FactValue;
  /** The text of a number, because `5.0` and `5` are told apart. */
  readonly numberText?: string;
}

export type AuthorizationEvidence =
  | { readonly kind: 'digest'; readonly digest: Digest }
  /** A compact JWS, never stored; `digest` is of its ASCII bytes. */
  | { readonly kind: 'jws'; readonly digest: Digest; readonly compact: string };

export interface CheckRequest {
  readonly requestHash: Digest;
  readonly partnerId: string;
  readonly gateType: string;
  readonly systemScope: string;
  readonly decisionType?: string;
  readonly decisionOwner?: string;
  readonly decisionSizeUsdCents?: number;
  readonly externalReference: string;
  readonly caseId?: string;
  readonly authorization: {
    readonly status: string;
    readonly reference: string;
    readonly source: string;
  };
  readonly facts: Readonly<Record<string, SubmittedFact>>;
  readonly actionDigest?: Digest;
  readonly evidence?: AuthorizationEvidence;
  /** Sent text of labels that normalisation changed, by member name; absent when empty. */
  readonly raw?: Readonly<Record<string, string>>;
}
