/** A request that somebody typed, evaluated by the rules of a draft. Nothing of it is kept. */
import { assumptionsFor, type Draft, type DryRun, dryRun, generateBoundary } from '@craton/policy';
import {
  type AuthorityClass,
  CratonError,
  findRefusedContent,
  formatTime,
  isJsonObject,
  type JsonObject,
  NumberTexts,
  parseStrict,
  showableName,
  utf8,
} from '@craton/protocol';
import type { Sources } from '../sources.ts';
import { newSalt } from './compose-draft.ts';

/** Characters of the text of a request. */
export const TRIED_CHARACTERS_MAX = 8 * 1024;
const DEPTH_MAX = 4;

export interface RequestToTry {
  /** JSON. */
  readonly text: string;
  readonly authorityClass: AuthorityClass;
}

/**
 * What the draft's rules say to a request. Throws the errors of `parseStrict` and of
 * `parseCheckRequest`, `ERR_REQUEST_CONTENT_REFUSED`, and `ERR_DRAFT_FIELD` for a draft with gaps.
 */
export function tryRequest(draft: Draft, asked: RequestToTry, sources: Sources): DryRun {
  const generated = generateBoundary(draft, { salt: newSalt(sources), version: 1 });
  if (!generated.complete) {
    const message = `Fill in ${generated.missing.join(', ')} first: there are no rules yet.`;
    throw new CratonError('ERR_DRAFT_FIELD', message);
  }
  const { path } = generated;
  const assumed = assumptionsFor(path, formatTime(sources.nowMs()), {
    authority_class: asked.authorityClass,
  });
  return dryRun(path, parseTyped(asked.text), assumed);
}

function parseTyped(text: string): JsonObject {
  if (text.length > TRIED_CHARACTERS_MAX) {
    throw new CratonError('ERR_REQUEST_TOO_LARGE', 'The request is too long to be tried here.');
  }
  const numberTexts = new NumberTexts();
  const value = parseNamingSafely(text, numberTexts);
  if (!isJsonObject(value)) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The request must be a JSON object.');
  }
  const refused = findRefusedContent(value, numberTexts);
  if (refused !== undefined) throw refused;
  return value;
}

/** A duplicate member's name is somebody's text and could be anything. */
function parseNamingSafely(text: string, numberTexts: NumberTexts) {
  try {
    return parseStrict(utf8(text), { numbers: 'safe', depthMax: DEPTH_MAX, numberTexts });
  } catch (error) {
    if (!(error instanceof CratonError) || error.field === undefined) throw error;
    throw new CratonError(error.code, error.message, { field: showableName(error.field) });
  }
}
