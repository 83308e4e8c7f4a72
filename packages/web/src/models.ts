/** What the pages are made from. A page shows what its model says and asks nobody else. */
import type { JsonObject } from '@craton/protocol';

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
