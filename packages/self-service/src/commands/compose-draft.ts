/** Composing and previewing: what anybody may try, and what leaves no trace. */
import {
  completeRequest,
  composePacket,
  type Draft,
  type DraftCoverage,
  DRAFT_SCHEMA,
  evaluateDraftCoverage,
  findPreset,
  generateBoundary,
  type Packet,
  type PathDocument,
  type Preset,
  readDraft,
  recommend,
  type Recommendation,
  requestDefaults,
} from '@craton/policy';
import {
  type Digest,
  encodeBase64url,
  formatTime,
  type JsonObject,
  type JsonValue,
} from '@craton/protocol';
import type { Sources } from '../sources.ts';

const SALT_BYTES = 16;
const FIRST_VERSION = 1;

/** What somebody says about an action; all of it is optional. */
export interface ComposeRequest {
  readonly description?: string | undefined;
  /** Id of a preset, which overrides what is recommended. */
  readonly preset?: string | undefined;
  readonly draft?: Draft | undefined;
}

export interface ComposedDraft {
  readonly draft: Draft;
  /** Absent where nothing was described. */
  readonly recommendation?: Recommendation;
  readonly missing: readonly string[];
  /** There once nothing is missing. */
  readonly boundary?: { readonly document: PathDocument; readonly digest: Digest };
}

/** Fills the pattern of a preset, chosen or clearly recommended, into what is not decided yet. */
export function composeDraft(request: ComposeRequest, sources: Sources): ComposedDraft {
  const { description, preset: chosen, draft: given = { schema: DRAFT_SCHEMA } } = request;
  const recommendation = description === undefined ? undefined : recommend(description);
  const preset = findPreset(chosen ?? onlyAnswer(recommendation) ?? '');
  const draft = preset === undefined ? given : filled(given, preset);
  const generated = generateBoundary(draft, { salt: newSalt(sources), version: FIRST_VERSION });
  return {
    draft,
    ...(recommendation && { recommendation }),
    ...(generated.complete
      ? { missing: [], boundary: { document: generated.document, digest: generated.digest } }
      : { missing: generated.missing }),
  };
}

/** A recommendation that leaves a choice fills nothing in. */
function onlyAnswer(recommendation: Recommendation | undefined): string | undefined {
  return recommendation?.answer === 'one' ? recommendation.candidates[0]?.preset : undefined;
}

function filled(draft: Draft, preset: Preset): Draft {
  const composed = {
    ...draft,
    primary_path: {
      production_bound: true,
      gate_type: preset.gateType,
      decision_types: [preset.decisionType],
      ...draft.primary_path,
    },
    policy: draft.policy ?? { preset: preset.id },
  };
  // What was given and the preset may contradict each other, in facts for example.
  return readDraft(parsePlain(composed));
}

function parsePlain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

export interface PreviewedDraft {
  readonly packet: Packet;
  readonly coverage: DraftCoverage;
}

/** Evaluates a draft as it would be saved now. Its digests are those of no saved version. */
export function previewDraft(draft: Draft, sources: Sources): PreviewedDraft {
  const evaluatedAt = formatTime(sources.nowMs());
  const inputs = { salt: newSalt(sources), version: FIRST_VERSION, evaluatedAt };
  return { packet: composePacket(draft, inputs), coverage: evaluateDraftCoverage(draft) };
}

/** 16 random bytes, base64url. */
export function newSalt({ randomBytes }: Sources): string {
  return encodeBase64url(randomBytes(SALT_BYTES));
}

/** How to call the boundary once a path is live: instructions with placeholders, never a key. */
export interface ApiAccessContext {
  readonly note: string;
  readonly environment: string;
  readonly method: 'POST';
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly required_fields: readonly string[];
  readonly optional_fields: readonly string[];
  readonly example_request: JsonObject;
  readonly curl: string;
}

/** Where hosts would call. */
export interface AccessPlace {
  /** Without a final slash; absent: a placeholder is shown. */
  readonly boundaryUrl?: string | undefined;
  readonly environment: string;
}

const REQUIRED_FIELDS = [
  'partner_id',
  'gate_type',
  'system_scope',
  'external_reference',
  'context.authorization_status',
  'context.authorization_reference',
  'context.authorization_source',
] as const;
const OPTIONAL_FIELDS = [
  'decision_type',
  'decision_owner',
  'decision_size_usd',
  'case_id',
  'action_digest',
  'context.facts',
] as const;

const HEADERS = {
  Authorization: 'Bearer <YOUR_API_KEY>',
  'Content-Type': 'application/json',
  'Idempotency-Key': '<ONE_FOR_EACH_ACTION>',
} as const;

/** The instructions for the path of a draft. */
export function apiAccessContext(draft: Draft, place: AccessPlace): ApiAccessContext {
  const endpoint = `${place.boundaryUrl ?? 'https://YOUR-BOUNDARY'}/v1/boundary/check`;
  const [decisionType] = draft.primary_path?.decision_types ?? [];
  const example = completeRequest(
    {
      external_reference: 'your-reference-001',
      ...(decisionType !== undefined && decisionType !== '*' && { decision_type: decisionType }),
      context: { authorization_reference: 'your-approval-001' },
    },
    requestDefaults(draft),
  );
  return {
    note: 'Instructions, not credentials: an operator issues the key when the path is live.',
    environment: place.environment,
    method: 'POST',
    endpoint,
    headers: HEADERS,
    required_fields: REQUIRED_FIELDS,
    optional_fields: OPTIONAL_FIELDS,
    example_request: example,
    curl: curlOf(endpoint, example),
  };
}

/** Labels and placeholders alone: none of them holds a quote. */
function curlOf(endpoint: string, body: JsonObject): string {
  return [
    `curl -sS ${endpoint}`,
    ...Object.entries(HEADERS).map(([name, value]) => `  -H '${name}: ${value}'`),
    `  -d '${JSON.stringify(body)}'`,
  ].join(' \\\n');
}
