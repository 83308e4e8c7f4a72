/** Reads what people send: strict JSON, nothing unknown, nothing that must stay with the host. */
import { type Draft, DRAFT_BYTES_MAX, DRAFT_DEPTH_MAX, PRESETS, readDraft } from '@craton/policy';
import {
  CratonError,
  findRefusedContent,
  isJsonObject,
  isReference,
  type JsonObject,
  Members,
  NumberTexts,
  parseStrict,
  showableName,
} from '@craton/protocol';
import type { ComposeRequest } from '../commands/compose-draft.ts';

/** A draft and the few members around it. */
export const BODY_BYTES_MAX = DRAFT_BYTES_MAX + 16 * 1024;
/** Code points of a description. */
export const DESCRIPTION_CODE_POINTS_MAX = 2_000;
const BODY_DEPTH_MAX = DRAFT_DEPTH_MAX + 1;

/** Throws the errors of `parseStrict`, `ERR_REQUEST_FIELD`, and those of `parseDraft`. */
export function parseComposeBody(bytes: Uint8Array): ComposeRequest {
  const body = readBody(bytes);
  body.only('description', 'preset', 'draft');
  return {
    description: body.optionalText('description', isDescription),
    preset: body.has('preset') ? body.oneOf('preset', PRESET_IDS) : undefined,
    draft: body.has('draft') ? draftOf(body) : undefined,
  };
}

const PRESET_IDS = PRESETS.map(({ id }) => id);

/** Whether a text can be a description: some lines of people's words. */
export function isDescription(text: string): boolean {
  return isReference(text.replace(/[\n\r\t]/g, ' '), DESCRIPTION_CODE_POINTS_MAX);
}

/** The body of a preview and of a first save. Throws as `parseComposeBody` does. */
export function parseDraftBody(bytes: Uint8Array): Draft {
  const body = readBody(bytes);
  body.only('draft');
  return draftOf(body);
}

/** The body of a further save. Throws as `parseComposeBody` does. */
export function parseVersionBody(bytes: Uint8Array): {
  readonly draft: Draft;
  readonly revision: number;
} {
  const body = readBody(bytes);
  body.only('draft', 'revision');
  return { draft: draftOf(body), revision: body.integer('revision', 1) };
}

/**
 * The body of a request for review, and of its withdrawal. The two flags may be said, but only as
 * they always are: anything else is `ERR_DRAFT_FIELD`.
 */
export function parseReviewBody(bytes: Uint8Array): {
  readonly version: number;
  readonly revision: number;
} {
  const body = readBody(bytes);
  body.only('version', 'revision', 'production_write', 'review_only');
  const flags = Members.of(body.object, '', 'ERR_DRAFT_FIELD');
  if (flags.has('production_write')) flags.constant('production_write', false);
  if (flags.has('review_only')) flags.constant('review_only', true);
  return { version: body.integer('version', 1), revision: body.integer('revision', 1) };
}

function draftOf(body: Members): Draft {
  return readDraft(body.members('draft').object);
}

function readBody(bytes: Uint8Array): Members {
  return Members.of(parseObject(bytes), '', 'ERR_REQUEST_FIELD');
}

function parseObject(bytes: Uint8Array): JsonObject {
  const numberTexts = new NumberTexts();
  const value = parseNamingSafely(bytes, numberTexts);
  if (!isJsonObject(value)) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The body must be a JSON object.');
  }
  const refused = findRefusedContent(value, numberTexts);
  if (refused !== undefined) throw refused;
  return value;
}

/** A duplicate member's name is the caller's text and could be anything. */
function parseNamingSafely(bytes: Uint8Array, numberTexts: NumberTexts) {
  try {
    return parseStrict(bytes, { numbers: 'safe', depthMax: BODY_DEPTH_MAX, numberTexts });
  } catch (error) {
    if (!(error instanceof CratonError) || error.field === undefined) throw error;
    throw new CratonError(error.code, error.message, { field: showableName(error.field) });
  }
}
