/** What operators see and change of the production record. HTTP and commands know only this port. */
import type { AuditAction, LedgerChange } from './change.ts';
import type { ApiKey, Owner } from './port.ts';

export interface Partner {
  readonly partnerId: string;
  /** Sorted. */
  readonly units: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
}

/** One version of a path document. */
export interface PathVersion {
  readonly environment: string;
  readonly partnerId: string;
  readonly pathId: string;
  readonly version: number;
  readonly policyDigest: string;
  /** At most one version of a path is. */
  readonly isLive: boolean;
  /** Milliseconds since 1970. */
  readonly appliedAtMs: number;
}

export interface PathQuery {
  readonly owner: Owner;
  readonly pathId: string;
  /** The live one if absent. */
  readonly version?: number;
}

export interface ApiKeyRecord extends ApiKey {
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Milliseconds since 1970, exact to a minute; absent if it was never used. */
  readonly lastUsedAtMs?: number;
}

export interface AuditRecord {
  /** From 1 without a gap, in the order of the commits. */
  readonly eventId: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Public id of a key, or `start`. */
  readonly actor: string;
  readonly action: AuditAction;
  /** Canonical JSON of an object. */
  readonly subjectText: string;
}

/** Events on one page at most. */
export const EVENT_PAGE_MAX = 1000;

/** Reads see committed rows only, and never an older state than the last `apply` of this process. */
export interface LedgerAdmin {
  /** All changes in one transaction of the writer, or none; throws what `commit` throws. */
  apply(...changes: readonly LedgerChange[]): Promise<void>;
  /** In the order of their names. */
  listPartners(): Promise<readonly Partner[]>;
  /** All versions of one environment, in the order of partner, path and version. */
  listPaths(environment: string): Promise<readonly PathVersion[]>;
  /** Canonical text of a path document. */
  findPath(query: PathQuery): Promise<string | undefined>;
  /** All keys, revoked and expired ones too, in the order of their making. */
  listApiKeyRecords(): Promise<readonly ApiKeyRecord[]>;
  /** Events with a higher number than `afterId`, in their order; at most `EVENT_PAGE_MAX`. */
  listEvents(afterId: number, limit: number): Promise<readonly AuditRecord[]>;
}
