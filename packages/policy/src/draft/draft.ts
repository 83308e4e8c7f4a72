/** The draft document `craton.draft.v1`: a coverage plan while people still work on it. */
import type { AuthorityClass, Enforcement, JsonObject, Verdict } from '@craton/protocol';
import type { FactDeclaration, OnUnavailable, Rule } from '../path-document.ts';

export const DRAFT_SCHEMA = 'craton.draft.v1';

/** The one path that a draft prepares. What is absent is not decided yet. */
export interface PrimaryPath {
  readonly production_bound: true;
  readonly path_id?: string;
  readonly partner_id?: string;
  readonly unit?: string;
  readonly gate_type?: string;
  readonly system_scope?: string;
  readonly decision_types?: readonly string[];
  readonly facts?: readonly FactDeclaration[];
  readonly action_digest?: 'required' | 'optional';
  readonly enforcement?: Enforcement;
  readonly reference_reuse?: 'flag' | 'refuse';
  readonly on_unavailable?: OnUnavailable;
}

/** Who may approve the action, in words, and the system from which the approval comes. */
export interface DraftAuthority {
  /** Free text; may be blank while the draft is composed. */
  readonly context?: string;
  /** A label, or blank while the draft is composed. */
  readonly source?: string;
  readonly owners?: readonly string[];
  readonly minimum_class?: AuthorityClass;
}

/** The rules themselves, or a preset from which they start. */
export type DraftPolicy =
  | { readonly lifetime_s?: number; readonly rules: readonly Rule[] }
  | {
      readonly lifetime_s?: number;
      readonly preset: string;
      /** In the unit of the preset's measure. */
      readonly allow_up_to?: number;
      /** In the unit of the preset's measure; not below `allow_up_to`. */
      readonly constrain_up_to?: number;
    };

/** What a person expects for one request. Nothing but a person ever fills `verdict`. */
export interface ExpectedVerdict {
  readonly case: string;
  /** Members of a check request; what is absent comes from the primary path. */
  readonly request: JsonObject;
  readonly verdict: Verdict;
  /** How far the approval is assumed to be checked; absent means the least that the path accepts. */
  readonly authority_class?: AuthorityClass;
}

/** Coverage to add later. Always draft coverage, never work of its own kind. */
export interface ExpansionMove {
  readonly kind: 'draft_coverage';
  /** 1 for the first; moves are listed in their order. */
  readonly order: number;
  readonly type: string;
  readonly scope: MoveScope;
  readonly note?: string;
}

export const MOVE_SCOPE_MEMBERS = [
  'partner_id',
  'unit',
  'gate_type',
  'system_scope',
  'decision_type',
] as const;

/** At least one member; what is absent stays as in the primary path. */
export type MoveScope = Readonly<Partial<Record<(typeof MOVE_SCOPE_MEMBERS)[number], string>>>;

export const OWNER_ROLES = [
  'platform_owner',
  'risk_owner',
  'security_owner',
  'craton_operator',
  'integration_engineer',
  'business_owner',
] as const;
export type OwnerRole = (typeof OWNER_ROLES)[number];

export interface ServiceLevel {
  readonly hours?: string;
  readonly response_targets?: string;
  readonly document_url?: string;
  readonly document_digest?: string;
}

export interface Draft {
  readonly schema: typeof DRAFT_SCHEMA;
  readonly title?: string;
  /** The live path from which this draft expands. */
  readonly parent_path_id?: string;
  readonly primary_path?: PrimaryPath;
  readonly authority?: DraftAuthority;
  readonly policy?: DraftPolicy;
  readonly expected_verdicts?: readonly ExpectedVerdict[];
  readonly expansion_moves?: readonly ExpansionMove[];
  /** Says that there are no expansion moves; an empty list alone does not. */
  readonly none_planned?: true;
  /** The named person for each role. */
  readonly owners?: Readonly<Partial<Record<OwnerRole, string>>>;
  readonly sla?: ServiceLevel;
  readonly support?: { readonly contact?: string };
  readonly rollback?: { readonly owner?: string; readonly incident_channel?: string };
  readonly notes?: string;
}

/** What people write when they have nothing to write: it names nothing. */
const PLACEHOLDERS = new Set([
  'n/a',
  'na',
  'none',
  'tbd',
  'todo',
  'unknown',
  'null',
  '-',
  '?',
  'x',
]);

/** Whether a text says something: not absent, blank, or a placeholder such as `n/a`. */
export function isFilled(text: string | undefined): text is string {
  if (text === undefined) return false;
  const trimmed = text.trim().toLowerCase();
  return /[\p{L}\p{N}]/u.test(trimmed) && !PLACEHOLDERS.has(trimmed);
}
