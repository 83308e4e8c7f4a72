/** What readiness is evaluated from and what it answers. */
import type {
  BlockerCode,
  CheckGroup,
  DegradedCode,
  MissingCode,
  ReadinessCode,
  WarningCode,
} from './readiness-codes.ts';

export const READINESS_SCHEMA = 'craton.readiness.v1';

/** Best first; the worst that applies is the status. */
export const READINESS_STATUSES = [
  'ready_for_review',
  'development_only',
  'degraded',
  'missing',
  'blocked',
  'error',
] as const;
export type ReadinessStatus = (typeof READINESS_STATUSES)[number];

export const DRAFT_STORE_ISOLATIONS = [
  'dedicated',
  'shared_with_primary',
  'primary_fallback',
  'local_embedded',
  'none',
] as const;
export type DraftStoreIsolation = (typeof DRAFT_STORE_ISOLATIONS)[number];

/** Where a draft would be stored now. */
export type DraftWrites = 'draft_store' | 'primary_draft_table' | 'embedded' | 'refused';

/** What the production side says about itself, from a posture document that was verified. */
export interface ReadinessPosture {
  readonly measuredAtMs: number;
  readonly primaryConfigured: boolean;
  readonly primaryReachable: boolean;
  /** By what its database is known; empty if it could not be read. */
  readonly storeIdentities: readonly string[];
  readonly databaseRole?: string;
  readonly migrationsPending: boolean;
  readonly signingKey: 'configured' | 'development' | 'absent';
  readonly rootAttested: boolean;
  readonly logAvailable: boolean;
  readonly rolesFilled: boolean;
}

/** What the prober of self-service found in its own store. */
export interface DraftStoreProbe {
  readonly measuredAtMs: number;
  readonly reachable: boolean;
  /** As those of the posture: one in common, and both are in one database. */
  readonly storeIdentities: readonly string[];
  readonly databaseRole?: string;
  readonly migrationsPending: boolean;
  /** A write of no rows to a production table was accepted. */
  readonly canWriteProduction: boolean;
}

export interface ReadinessProbes {
  readonly nowMs: number;
  /** Age from which a measurement is stale. */
  readonly ageMsMax: number;
  /** A probe ended with an error of its own: then nothing can be said. */
  readonly crashed: boolean;
  /** Absent: not measured yet, or no socket may be opened. */
  readonly draftStore?: DraftStoreProbe;
  /** A receipt verified with the public keys only; absent: not tried yet. */
  readonly verification?: { readonly measuredAtMs: number; readonly verified: boolean };
}

/** The ten members of `readiness.json`, in their order. Booleans and names: no host, user or URL. */
export interface ReadinessDocument {
  readonly draft_store_isolation: DraftStoreIsolation;
  readonly environment: string;
  readonly launch_gate: {
    readonly passes_enterprise_db_gate: boolean;
    /** The value that the require flag should have here. */
    readonly recommended_require_flag: boolean;
    readonly requires_self_service_database_url: boolean;
  };
  readonly local_production_db_override_enabled: boolean;
  readonly primary_database_url_configured: boolean;
  readonly production_like: boolean;
  /** False by construction; true is an alarm. */
  readonly production_write_from_self_service: boolean;
  readonly require_self_service_database_url: boolean;
  readonly self_service_database_url_configured: boolean;
  readonly status: ReadinessStatus;
}

export interface ReadinessCheck {
  readonly code: ReadinessCode;
  readonly group: CheckGroup;
  readonly kind: 'blocker' | 'missing' | 'degraded' | 'warning';
  readonly result: 'pass' | 'fail';
  readonly sentence: string;
  readonly fix: string;
  readonly measured: string;
  /** Whole seconds since it was measured; absent for what is read from settings. */
  readonly age_s?: number;
}

/** `checks.json`: the ten members and what they come from. */
export interface ReadinessDetail extends ReadinessDocument {
  readonly schema: typeof READINESS_SCHEMA;
  readonly can_continue: CanContinue;
  readonly blocked_by: readonly BlockerCode[];
  readonly missing_next: readonly MissingCode[];
  readonly degraded_by: readonly DegradedCode[];
  readonly warnings: readonly WarningCode[];
  readonly draft_writes: DraftWrites;
  readonly checks: readonly ReadinessCheck[];
  readonly evaluated_at: string;
}

export type CanContinue = 'Yes for readiness review' | 'Drafting only' | 'No';

export interface Readiness {
  readonly document: ReadinessDocument;
  readonly detail: ReadinessDetail;
}
