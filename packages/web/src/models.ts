/** What the pages are made from. A page shows what its model says and asks nobody else. */
import type { Change, DraftCoverage, GateCatalogue, Packet, ReadinessDetail } from '@craton/policy';
import type { JsonObject } from '@craton/protocol';
import type { FormProblem, WizardValues } from './wizard-model.ts';

/** What every page needs to know about the server that shows it. */
export interface SiteModel {
  /** Address of this server without a final slash, used in examples: `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** The environment that this server issues for: `development`. */
  readonly environment: string;
  /** Name of the issuer, as it stands in receipts. */
  readonly issuer: string;
  /** Version of the software: `0.1.0`. */
  readonly version: string;
  /** False where nothing is below `/self-service`: then no page leads there. */
  readonly hasSelfService?: boolean;
}

export interface HomeModel {
  readonly site: SiteModel;
}

export interface ProtocolModel {
  readonly site: SiteModel;
}

/** One row of `spec/error-codes.json`. */
export interface ErrorCodeRow {
  readonly code: string;
  /** HTTP status; null: never an answer of a server. */
  readonly status: number | null;
  /** Who can fix it. */
  readonly fix_by: 'caller' | 'operator' | 'us';
  readonly retry: boolean;
  readonly sentence: string;
}

export interface AgentApiModel {
  readonly site: SiteModel;
  /** The OpenAPI document as served at `/openapi.json`. */
  readonly openapi: JsonObject;
  /** All error codes; the page shows those that an answer of the check names. */
  readonly errors: readonly ErrorCodeRow[];
}

export interface VerifyModel {
  readonly site: SiteModel;
  /**
   * The offline key bundle of this server, so that a bare receipt can be checked. It is a
   * convenience and no source of trust: only the reader's trust policy is.
   */
  readonly offlineBundle: JsonObject;
}

/** One checkpoint, for people. */
export interface CheckpointFacts {
  readonly treeSize: number;
  /** Base64, as in the note. */
  readonly root: string;
  /** `YYYY-MM-DDTHH:MM:SS.mmmZ`, by the log's own clock. */
  readonly signedAt: string;
  /** Names of the witnesses whose cosignatures it has. */
  readonly cosignedBy: readonly string[];
}

/** How the transparency log stands, as far as this server knows. */
export interface LogFacts {
  readonly origin: string;
  /** Text of the log's verifier key; absent where this server does not publish. */
  readonly verifierKey?: string;
  readonly status: 'off' | 'starting' | 'publishing' | 'standby' | 'failed';
  readonly published?: CheckpointFacts;
  /** Witnesses that are asked; `isIssuers` for those that the issuer runs itself. */
  readonly witnesses: readonly { readonly name: string; readonly isIssuers: boolean }[];
  readonly hasOpenTiles: boolean;
}

export interface LogModel {
  readonly site: SiteModel;
  readonly log: LogFacts;
}

/** A coverage plan as a file to circulate. */
export interface CoveragePlanModel {
  readonly site: SiteModel;
  readonly draftId: string;
  /** With its preview, unless the draft has gaps. */
  readonly packet: Packet;
}

/** One version of a saved draft; they are never changed. */
export interface PlanVersion {
  readonly version: number;
  readonly state: 'saved' | 'review_requested' | 'withdrawn';
  readonly author: string;
  readonly savedAt: string;
  readonly packetDigest: string;
}

/** A saved coverage plan, for somebody of its organisation. */
export interface PlanPageModel {
  readonly site: SiteModel;
  /** Who has signed in. */
  readonly person: string;
  readonly draftId: string;
  /** What a change names, so that nobody overwrites what somebody else did. */
  readonly revision: number;
  readonly latestVersion: number;
  readonly reviewVersion?: number;
  /** The oldest first. */
  readonly versions: readonly PlanVersion[];
  /** The version that is shown, with its preview. */
  readonly packet: Packet;
  readonly coverage: DraftCoverage;
  /** What the forms of Start hold of it; absent for an older version, or one with more in it. */
  readonly values?: WizardValues;
  readonly comparison?: {
    readonly from: number;
    readonly to: number;
    readonly changes: readonly Change[];
  };
}

/** Asks for a key, or says why a request for a draft was refused. */
export interface SignInModel {
  readonly site: SiteModel;
  /** Absent: nothing was sent yet. */
  readonly problem?: FormProblem;
  readonly draftId?: string;
  /** Somebody who has signed in, and may not do this. */
  readonly person?: string;
}

export interface ReadinessModel {
  readonly site: SiteModel;
  readonly detail: ReadinessDetail;
  /** Whether single checks and their fixes are for this reader. */
  readonly showsDetail: boolean;
  /** Shown where the evaluation failed, for whoever asks the operator about it. */
  readonly requestId?: string;
}

export interface ActivationModel {
  readonly site: SiteModel;
  readonly catalogue: GateCatalogue;
}

/** A file served under `/assets/`. Its path holds a hash of its content, so it never changes. */
export interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The body with `Content-Encoding: br`, for whoever accepts it. */
  readonly brotli: Uint8Array;
  /** Strong validator, with its quotes. */
  readonly etag: string;
  readonly cacheControl: string;
}
