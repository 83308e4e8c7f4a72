/** Changes to production tables other than issuing: they go through the writer's transactions. */
import type { ApiKey, Owner } from './port.ts';

/** Makes a partner known, and its units; whatever is there already stays. */
export interface PartnerChange {
  readonly kind: 'upsert_partner';
  readonly partnerId: string;
  readonly units: readonly string[];
}

/**
 * Stores a path document and makes it the live version of its `path_id`. A version that is there
 * already must be the same document; a new one must be higher than all before it.
 */
export interface PathChange {
  readonly kind: 'apply_path';
  readonly environment: string;
  /** The document as JSON text; stored in canonical form. */
  readonly documentText: string;
}

export interface ApiKeyInsertion {
  readonly kind: 'insert_api_key';
  readonly key: Omit<ApiKey, 'revokedAtMs'>;
  /** SHA-256 of the whole key text, lower-case hex. */
  readonly keySha256: string;
}

/** Effective for every entry after it; revoking twice keeps the first time. */
export interface ApiKeyRevocation {
  readonly kind: 'revoke_api_key';
  readonly keyId: string;
}

/** Deletes the opening alone: signature, sequence, leaf and completeness stay verifiable. */
export interface OpeningErasure {
  readonly kind: 'erase_opening';
  readonly owner: Owner;
  readonly requestId: string;
}

/** Deployment records, path activation and audit events are further members of this union. */
export type LedgerChange =
  PartnerChange | PathChange | ApiKeyInsertion | ApiKeyRevocation | OpeningErasure;
