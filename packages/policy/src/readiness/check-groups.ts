/** The four check groups: what each promises, and by which reason codes a promise is broken. */
import type { CheckGroup, ReadinessCode } from './readiness-codes.ts';

export interface GroupPromise {
  readonly text: string;
  /** It holds while none of these is found. Empty: it holds by construction. */
  readonly codes: readonly ReadinessCode[];
  /** How that is known, for a promise without codes. */
  readonly construction?: string;
}

export interface GroupText {
  /** As it stands before the title: `01`. */
  readonly number: string;
  readonly title: string;
  readonly summary: string;
  readonly sentence: string;
  readonly promises: readonly GroupPromise[];
}

export const GROUP_TEXTS: Readonly<Record<CheckGroup, GroupText>> = {
  pre_execution_boundary: {
    number: '01',
    title: 'Pre-execution Boundary',
    summary: 'Draft planning cannot mutate production boundary runtime.',
    sentence:
      'A draft is there to be read. Nothing that runs changes before somebody approves a rollout.',
    promises: [
      {
        text: 'Self-service writes only to self_service_drafts.',
        codes: ['self_service_can_write_production', 'recognised_environment'],
      },
      {
        text: 'Deployment review request is review-only and sets production_write=false.',
        codes: [],
        construction: 'A constraint of the draft table refuses any other value.',
      },
      {
        text: 'Formal boundary units and runtime calls remain outside the self-service draft path.',
        codes: ['primary_unreachable'],
      },
    ],
  },
  database_isolation: {
    number: '02',
    title: 'Database Isolation',
    summary: 'Draft storage has a dedicated enterprise isolation path.',
    sentence: 'Drafts are kept apart from the database from which production decides.',
    promises: [
      {
        text: 'SELF_SERVICE_DATABASE_URL is the preferred draft-store connection.',
        codes: [
          'draft_store_shared_with_primary',
          'self_service_database_url',
          'primary_database_url',
          'draft_store_unreachable',
          'migrations_pending',
          'same_database_server',
          'shared_database_role',
          'tls_not_required',
        ],
      },
      {
        text: 'REQUIRE_SELF_SERVICE_DATABASE_URL=true prevents production fallback before launch.',
        codes: ['require_self_service_database_url'],
      },
      {
        text: 'Local/development refuses Railway DB connections unless explicitly overridden for smoke testing.',
        codes: [
          'production_database_refused',
          'local_override_enabled_in_production',
          'override_expired',
          'override_active',
        ],
      },
    ],
  },
  verification_surface: {
    number: '03',
    title: 'Verification Surface',
    summary: 'Machine-verifiable receipts remain independently checkable.',
    sentence: 'Self-service signs nothing, and whoever has the public keys can check a receipt.',
    promises: [
      {
        text: 'Public verification material is served through the standard protocol JWKS.',
        codes: ['jwks_verification_failed', 'root_attestation', 'receipt_log_unavailable'],
      },
      {
        text: 'Receipts use the established signature flow rather than a self-service reimplementation.',
        codes: ['signing_key', 'signing_key_is_development_key'],
      },
      {
        text: 'The readiness surface links to the protocol spec instead of duplicating core receipt logic.',
        codes: [],
        construction: 'Self-service has no code that signs or verifies a receipt.',
      },
    ],
  },
  deployment_review: {
    number: '04',
    title: 'Deployment Review',
    summary: 'Enterprise rollout is explicit, inspectable, and reversible before production.',
    sentence:
      'Owner, environment, support and the way back each hold a rollout until they are in order.',
    promises: [
      {
        text: 'A saved coverage plan becomes the review packet.',
        codes: [],
        construction: 'A review request names one saved version by the digest of its packet.',
      },
      {
        text: 'Expansion moves are appended as draft coverage, not custom implementation work.',
        codes: [],
        construction: 'Rows of drafts are only added; another kind of move is refused.',
      },
      {
        text: 'Production deployment should require owner, environment, SLA, rollback, and support confirmation.',
        codes: ['operator_role_holders', 'evidence_stale'],
      },
    ],
  },
};
