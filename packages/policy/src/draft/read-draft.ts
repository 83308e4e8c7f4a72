/** Reads drafts strictly: every failure names the member and never repeats what was typed. */
import {
  AUTHORITY_CLASSES,
  CratonError,
  findRefusedContent,
  isDigest,
  isJsonList,
  isJsonObject,
  isLabel,
  isPathId,
  isReference,
  type JsonObject,
  type JsonValue,
  Members,
  NumberTexts,
  parseStrict,
  showableName,
  VERDICTS,
} from '@craton/protocol';
import { checkCaseRequest } from './case-request.ts';
import { type Draft, DRAFT_SCHEMA, MOVE_SCOPE_MEMBERS, OWNER_ROLES } from './draft.ts';
import { checkDraftPath } from './draft-path.ts';
import { findPreset, PRESETS } from './presets.ts';

/** Bytes of a draft at most. */
export const DRAFT_BYTES_MAX = 128 * 1024;
/** Nesting of a draft at most; the deepest is a fact in the request of a case. */
export const DRAFT_DEPTH_MAX = 8;
export const CASES_MAX = 200;
export const MOVES_MAX = 64;
/** Code points of a text on one line. */
export const LINE_CODE_POINTS_MAX = 256;
/** Code points of the notes. */
export const NOTES_CODE_POINTS_MAX = 4000;

const CODE = 'ERR_DRAFT_FIELD';
const HTTPS_URL = /^https:\/\/[A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?:\/[\x21-\x7e]*)?$/;

const isLine = (text: string): boolean => text === '' || isReference(text, LINE_CODE_POINTS_MAX);
const isSource = (text: string): boolean => text.trim() === '' || isLabel(text);
const isNotes = (text: string): boolean =>
  text === '' || isReference(text.replace(/[\n\r\t]/g, ' '), NOTES_CODE_POINTS_MAX);
const isDocumentUrl = (text: string): boolean => isLine(text) && HTTPS_URL.test(text);

/**
 * Reads the bytes of a draft.
 *
 * Throws `ERR_REQUEST_TOO_LARGE`, the errors of `parseStrict`, `ERR_REQUEST_CONTENT_REFUSED` for
 * content that must stay with the host, and `ERR_DRAFT_FIELD` naming the member. Two primary paths
 * are refused at `primary_path`; none is allowed while composing, and criterion G1.1 says so.
 */
export function parseDraft(bytes: Uint8Array): Draft {
  if (bytes.length > DRAFT_BYTES_MAX) {
    const message = `The draft is larger than ${DRAFT_BYTES_MAX} bytes; refer to documents instead.`;
    throw new CratonError('ERR_REQUEST_TOO_LARGE', message);
  }
  const numberTexts = new NumberTexts();
  const value = parseNamingSafely(bytes, numberTexts);
  if (isJsonObject(value)) {
    const refused = findRefusedContent(value, numberTexts);
    if (refused !== undefined) throw refused;
  }
  return readDraft(value);
}

/** A duplicate member's name is the caller's text and could be anything. */
function parseNamingSafely(bytes: Uint8Array, numberTexts: NumberTexts): JsonValue {
  try {
    return parseStrict(bytes, { numbers: 'safe', depthMax: DRAFT_DEPTH_MAX, numberTexts });
  } catch (error) {
    if (!(error instanceof CratonError) || error.field === undefined) throw error;
    throw new CratonError(error.code, error.message, { field: showableName(error.field) });
  }
}

/** The checks of `parseDraft` for a draft that was parsed already; throws `ERR_DRAFT_FIELD`. */
export function readDraft(value: JsonValue): Draft {
  const draft = Members.of(value, '', CODE);
  draft.only(...DRAFT_MEMBERS);
  draft.constant('schema', DRAFT_SCHEMA);
  optionalLines(draft, 'title');
  draft.optionalText('parent_path_id', isPathId);
  if (draft.has('primary_path')) checkPrimaryPath(draft);
  if (draft.has('authority')) checkAuthority(draft.members('authority'));
  if (draft.has('policy')) checkPolicy(draft.members('policy'));
  checkMoves(draft);
  if (draft.has('owners')) checkLines(draft.members('owners'), OWNER_ROLES);
  if (draft.has('sla')) checkServiceLevel(draft.members('sla'));
  if (draft.has('support')) checkLines(draft.members('support'), ['contact']);
  if (draft.has('rollback')) checkLines(draft.members('rollback'), ['owner', 'incident_channel']);
  optionalText(draft, 'notes', isNotes);
  const read = draft.object as unknown as Draft;
  checkDraftPath(read);
  checkCases(draft, read);
  return read;
}

const DRAFT_MEMBERS = [
  'schema',
  'title',
  'parent_path_id',
  'primary_path',
  'authority',
  'policy',
  'expected_verdicts',
  'expansion_moves',
  'none_planned',
  'owners',
  'sla',
  'support',
  'rollback',
  'notes',
];

const PRIMARY_PATH_MEMBERS = [
  'production_bound',
  'path_id',
  'partner_id',
  'unit',
  'gate_type',
  'system_scope',
  'decision_types',
  'facts',
  'action_digest',
  'enforcement',
  'reference_reuse',
  'on_unavailable',
];

/** A text that may be empty, which `Members.optionalText` refuses. */
function optionalText(container: Members, name: string, rule: (text: string) => boolean): void {
  if (!container.has(name)) return;
  const value = container.value(name);
  if (typeof value === 'string' && rule(value)) return;
  throw container.wrong(name, 'does not have the required form; shorten it, on one line');
}

function optionalLines(container: Members, ...names: readonly string[]): void {
  for (const name of names) optionalText(container, name, isLine);
}

function checkLines(container: Members, names: readonly string[]): void {
  container.only(...names);
  optionalLines(container, ...names);
}

function checkPrimaryPath(draft: Members): void {
  if (isJsonList(draft.value('primary_path'))) {
    throw draft.wrong(
      'primary_path',
      'must be one object: a draft prepares one path; make another draft for another path',
    );
  }
  const path = draft.members('primary_path');
  path.only(...PRIMARY_PATH_MEMBERS);
  path.constant('production_bound', true);
  if (path.has('facts')) checkFactObjects(path);
}

/** What facts say is checked with the path document, where a preset's facts may be added. */
function checkFactObjects(path: Members): void {
  path.list('facts').forEach((fact, index) => {
    Members.of(fact, `primary_path.facts[${index}]`, CODE);
  });
}

function checkAuthority(authority: Members): void {
  authority.only('context', 'source', 'owners', 'minimum_class');
  optionalLines(authority, 'context');
  optionalText(authority, 'source', isSource);
  if (authority.has('minimum_class')) authority.oneOf('minimum_class', AUTHORITY_CLASSES);
}

function checkPolicy(policy: Members): void {
  if (policy.has('rules')) {
    policy.only('lifetime_s', 'rules');
    policy.list('rules');
    return;
  }
  policy.only('lifetime_s', 'preset', 'allow_up_to', 'constrain_up_to');
  const id = policy.oneOf(
    'preset',
    PRESETS.map((preset) => preset.id),
  );
  checkLimits(policy, findPreset(id)?.measure !== undefined);
}

function checkLimits(policy: Members, isMeasured: boolean): void {
  const names = ['allow_up_to', 'constrain_up_to'].filter((name) => policy.has(name));
  for (const name of names) {
    if (!isMeasured) throw policy.wrong(name, 'has no meaning: this preset measures nothing');
    policy.integer(name, 0);
  }
}

function checkCases(draft: Members, read: Draft): void {
  if (!draft.has('expected_verdicts')) return;
  const cases = draft.list('expected_verdicts');
  if (cases.length > CASES_MAX) {
    throw draft.wrong('expected_verdicts', `has more than ${CASES_MAX} entries`);
  }
  const names = new Set<string>();
  const references = new Set<JsonValue>();
  cases.forEach((value, index) => {
    const one = Members.of(value, `expected_verdicts[${index}]`, CODE);
    const { name, request } = readCase(one);
    if (names.has(name)) throw one.wrong('case', 'is there twice');
    names.add(name);
    const reference = request.external_reference;
    if (reference !== undefined && references.has(reference)) {
      throw one.wrong('request.external_reference', 'is used by an earlier case');
    }
    if (reference !== undefined) references.add(reference);
    checkCaseRequest(read, request, `expected_verdicts[${index}].request`);
  });
}

/** One case, checked but for what its request says. */
function readCase(one: Members): { readonly name: string; readonly request: JsonObject } {
  one.only('case', 'request', 'verdict', 'authority_class');
  const name = one.text('case', (text) => isReference(text));
  one.oneOf('verdict', VERDICTS);
  if (one.has('authority_class')) one.oneOf('authority_class', AUTHORITY_CLASSES);
  return { name, request: one.members('request').object };
}

function checkMoves(draft: Members): void {
  if (draft.has('none_planned')) draft.constant('none_planned', true);
  if (!draft.has('expansion_moves')) return;
  const moves = draft.list('expansion_moves');
  if (moves.length > MOVES_MAX) {
    throw draft.wrong('expansion_moves', `has more than ${MOVES_MAX} entries`);
  }
  if (moves.length > 0 && draft.has('none_planned')) {
    throw draft.wrong('none_planned', 'contradicts expansion_moves, which has entries');
  }
  moves.forEach((value, index) => {
    checkMove(Members.of(value, `expansion_moves[${index}]`, CODE), index);
  });
}

function checkMove(move: Members, index: number): void {
  move.only('kind', 'order', 'type', 'scope', 'note');
  move.constant('kind', 'draft_coverage');
  move.constant('order', index + 1);
  move.text('type', isLabel);
  optionalLines(move, 'note');
  const scope = move.members('scope');
  scope.only(...MOVE_SCOPE_MEMBERS);
  const named = MOVE_SCOPE_MEMBERS.filter((name) => scope.optionalText(name, isLabel));
  if (named.length === 0) throw move.wrong('scope', 'must name at least one member');
}

function checkServiceLevel(sla: Members): void {
  sla.only('hours', 'response_targets', 'document_url', 'document_digest');
  optionalLines(sla, 'hours', 'response_targets');
  sla.optionalText('document_url', isDocumentUrl);
  sla.optionalText('document_digest', isDigest);
}
