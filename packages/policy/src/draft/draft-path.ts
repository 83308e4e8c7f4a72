/** The path document that a draft stands for, whole or with gaps. */
import { CratonError, type JsonValue } from '@craton/protocol';
import { type LoadedPath, loadPath } from '../load-path.ts';
import {
  ANY,
  CEL_PROFILE,
  type FactDeclaration,
  PATH_SCHEMA,
  type PathDocument,
  type Rule,
} from '../path-document.ts';
import { type Draft, isFilled } from './draft.ts';
import { findPreset, type Preset, presetOfGateType, presetRules } from './presets.ts';

/** What generating needs that a draft does not hold. */
export interface GenerationInputs {
  /** 16 random bytes, base64url. */
  readonly salt: string;
  /** Version of the path document, from 1. */
  readonly version: number;
}

/** The five scope fields of an approval: partner, unit, gate, system, authority. */
export interface DraftScope {
  readonly partner_id: string;
  readonly unit: string;
  readonly gate_type: string;
  readonly system_scope: string;
  readonly authority: {
    readonly context: string;
    readonly source: string;
    readonly owners: readonly string[];
    readonly minimum_class: string;
  };
}

const SCOPE_MEMBERS = ['partner_id', 'unit', 'gate_type', 'system_scope'] as const;

/** Members without which no boundary object can be generated or approved, by their fields. */
export function missingFields(draft: Draft): readonly string[] {
  const path = draft.primary_path;
  if (path === undefined) return ['primary_path'];
  const gaps = SCOPE_MEMBERS.filter((name) => path[name] === undefined);
  return [
    ...gaps.map((name) => `primary_path.${name}`),
    ...(path.decision_types === undefined ? ['primary_path.decision_types'] : []),
    ...(isFilled(draft.authority?.context) ? [] : ['authority.context']),
    ...(isFilled(draft.authority?.source) ? [] : ['authority.source']),
    ...(rulesOf(draft).length === 0 ? ['policy'] : []),
  ];
}

/** The five scope fields; undefined while one is missing. */
export function scopeOf(draft: Draft): DraftScope | undefined {
  const { partner_id, unit, gate_type, system_scope } = draft.primary_path ?? {};
  const { context, source, owners, minimum_class } = draft.authority ?? {};
  if (!partner_id || !unit || !gate_type || !system_scope) return undefined;
  if (!isFilled(context) || !isFilled(source)) return undefined;
  return {
    partner_id,
    unit,
    gate_type,
    system_scope,
    authority: {
      context,
      source,
      owners: owners ?? [ANY],
      minimum_class: minimum_class ?? 'submitted',
    },
  };
}

/** The preset from which a draft's rules start: the one that it names, else that of its gate type. */
export function presetOf({ policy, primary_path }: Draft): Preset | undefined {
  if (policy !== undefined && 'rules' in policy) return undefined;
  if (policy !== undefined) return findPreset(policy.preset);
  return primary_path?.gate_type === undefined
    ? undefined
    : presetOfGateType(primary_path.gate_type);
}

function rulesOf(draft: Draft): readonly Rule[] {
  const { policy } = draft;
  if (policy !== undefined && 'rules' in policy) return policy.rules;
  const preset = presetOf(draft);
  return preset === undefined ? [] : presetRules(preset, policy);
}

/** The draft's own declarations come first: of two with one name, the person's counts. */
function factsOf(draft: Draft): readonly FactDeclaration[] {
  const own = draft.primary_path?.facts ?? [];
  const names = new Set(own.map(({ name }) => name));
  const added = presetOf(draft)?.facts.filter(({ name }) => !names.has(name)) ?? [];
  return [...own, ...added];
}

/** `threshold-operations-console`: what the draft calls its path, or a name from its scope. */
function pathIdOf({ primary_path }: Draft): string {
  const { path_id, gate_type = 'gate', system_scope = 'system' } = primary_path ?? {};
  const derived = `${gate_type.replace(/_gate$/, '')}-${system_scope}`.replaceAll('_', '-');
  return path_id ?? derived.slice(0, PATH_ID_CHARACTERS_MAX);
}

const PATH_ID_CHARACTERS_MAX = 64;

/** The document with the draft's members; `gap` stands where a label is not decided yet. */
export function composePath(draft: Draft, { salt, version }: GenerationInputs): PathDocument {
  const { primary_path: path, authority, policy } = draft;
  const gap = 'undecided';
  return {
    schema: PATH_SCHEMA,
    path_id: pathIdOf(draft),
    version,
    salt,
    partner_id: path?.partner_id ?? gap,
    ...(path?.unit !== undefined && { unit: path.unit }),
    gate_type: path?.gate_type ?? gap,
    system_scope: path?.system_scope ?? gap,
    decision_types: path?.decision_types ?? [ANY],
    authority: {
      sources: [isFilled(authority?.source) ? authority.source : gap],
      owners: authority?.owners ?? [ANY],
      minimum_class: authority?.minimum_class ?? 'submitted',
    },
    facts: factsOf(draft),
    action_digest: path?.action_digest ?? 'optional',
    enforcement: path?.enforcement ?? 'enforce',
    reference_reuse: path?.reference_reuse ?? 'flag',
    on_unavailable: path?.on_unavailable ?? { mode: 'block' },
    policy: {
      profile: CEL_PROFILE,
      ...(policy?.lifetime_s !== undefined && { lifetime_s: policy.lifetime_s }),
      rules: rulesOf(draft),
    },
  };
}

const NO_SALT = 'AAAAAAAAAAAAAAAAAAAAAA';

/**
 * Checks every member that will stand in the path document as `loadPath` does; throws
 * `ERR_DRAFT_FIELD` naming the draft's member.
 */
export function checkDraftPath(draft: Draft): void {
  loadDraftPath(draft, { salt: NO_SALT, version: 1 });
}

/** Composes and loads; throws `ERR_DRAFT_FIELD` naming the draft's member. */
export function loadDraftPath(draft: Draft, inputs: GenerationInputs): LoadedPath {
  try {
    return loadPath(parsedAgain(composePath(draft, inputs)));
  } catch (error) {
    if (!(error instanceof CratonError) || error.field === undefined) throw error;
    const field = draftField(error.field);
    const message = error.message.replace(error.field, field);
    throw new CratonError('ERR_DRAFT_FIELD', message, { field });
  }
}

/** A copy of plain JSON, so that nobody's later change reaches a loaded path. */
function parsedAgain(document: PathDocument): JsonValue {
  return JSON.parse(JSON.stringify(document)) as JsonValue;
}

/** Where a member of the path document stands in a draft. */
function draftField(field: string): string {
  if (field === 'authority.sources') return 'authority.source';
  if (field.startsWith('authority') || field.startsWith('policy')) return field;
  return field === '' ? 'primary_path' : `primary_path.${field}`;
}
