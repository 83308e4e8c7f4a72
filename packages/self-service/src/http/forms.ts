/** Reads the forms of the page Start, makes drafts of them, and forms of drafts. */
import {
  type Draft,
  DRAFT_SCHEMA,
  type ExpansionMove,
  findPreset,
  type Preset,
  readDraft,
} from '@craton/policy';
import { CratonError, findRefusedContent, type JsonValue, NumberTexts } from '@craton/protocol';
import type { MoveNumber, WizardField, WizardScreen, WizardValues } from '@craton/web';
import { isDescription } from './bodies.ts';

/** Bytes of a form as it is sent, percent-encoded. */
export const FORM_BYTES_MAX = 32 * 1024;

export const MOVE_NUMBERS: readonly MoveNumber[] = [1, 2, 3];

/** Where each field is asked for, and how it is called there. */
export const FIELDS: Readonly<Record<WizardField, readonly [screen: WizardScreen, label: string]>> =
  {
    description: ['action', 'The description'],
    preset: ['action', 'The pattern'],
    partner_id: ['scope', 'Partner'],
    unit: ['scope', 'Unit'],
    system_scope: ['scope', 'System scope'],
    allow_up_to: ['limits', 'Allow up to'],
    constrain_up_to: ['limits', 'Constrain up to'],
    authority_context: ['authority', 'Authority context'],
    authority_source: ['authority', 'Authority source'],
    platform_owner: ['authority', 'Platform owner'],
    none_planned: ['moves', 'No expansion moves are planned'],
    move_1_type: ['moves', 'What kind'],
    move_1_member: ['moves', 'What changes'],
    move_1_value: ['moves', 'To what'],
    move_2_type: ['moves', 'What kind'],
    move_2_member: ['moves', 'What changes'],
    move_2_value: ['moves', 'To what'],
    move_3_type: ['moves', 'What kind'],
    move_3_member: ['moves', 'What changes'],
    move_3_value: ['moves', 'To what'],
    title: ['review', 'Name of the plan'],
    draft_id: ['review', 'The draft'],
    revision: ['review', 'The revision'],
  };

/** Of the form itself: no value of a draft. */
const CONTROLS = ['screen', 'go', 'api_key', 'request', 'class'] as const;
export type Controls = Readonly<Partial<Record<(typeof CONTROLS)[number], string>>>;

/** A form, and what in it is refused: that field is not among the values. */
export interface ReadForm {
  readonly values: WizardValues;
  readonly controls: Controls;
  readonly refused?: CratonError;
}

/** Throws `ERR_REQUEST_FIELD` for a form that no page of ours sends. */
export function parseForm(bytes: Uint8Array): ReadForm {
  const sent = new URLSearchParams(Buffer.from(bytes).toString('utf8'));
  const names = [...sent.keys()];
  if (new Set(names).size !== names.length || names.some((name) => !isKnown(name))) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The form has a field that is not known here.');
  }
  const filled = [...sent].flatMap(([name, value]) => {
    const text = value.trim();
    return text === '' ? [] : [[name, text] as const];
  });
  const controls: Controls = Object.fromEntries(filled.filter(([name]) => isControl(name)));
  const values: WizardValues = Object.fromEntries(filled.filter(([name]) => !isControl(name)));
  const refused = refusalOf(values);
  if (refused === undefined) return { values, controls };
  const kept = Object.entries(values).filter(([name]) => name !== refused.field);
  return { values: Object.fromEntries(kept), controls, refused };
}

const isControl = (name: string): boolean => CONTROLS.some((one) => one === name);
const isKnown = (name: string): boolean => isControl(name) || Object.hasOwn(FIELDS, name);

function refusalOf(values: WizardValues): CratonError | undefined {
  const { description } = values;
  if (description !== undefined && !isDescription(description)) {
    const message = 'The description is too long, or holds characters that no text has.';
    return new CratonError('ERR_REQUEST_FIELD', message, { field: 'description' });
  }
  return findRefusedContent(values, new NumberTexts());
}

const CENTS_PER_DOLLAR = 100;

/** Dollars in the form are cents in the draft. */
function scaleOf(preset: Preset | undefined): number {
  return preset?.measure?.unit === 'usd_cents' ? CENTS_PER_DOLLAR : 1;
}

/**
 * The draft that the form stands for; what no form asks for stays as it is in `base`. Throws
 * `ERR_DRAFT_FIELD` naming the field of the form.
 */
export function draftOfForm(values: WizardValues, base: Draft = { schema: DRAFT_SCHEMA }): Draft {
  const { authority_context: context, authority_source: source, none_planned } = values;
  const preset = findPreset(values.preset ?? '');
  const moves = movesOf(values);
  const draft = {
    ...base,
    title: values.title ?? base.title,
    primary_path: {
      ...base.primary_path,
      production_bound: true,
      partner_id: values.partner_id,
      unit: values.unit,
      system_scope: values.system_scope,
      gate_type: preset?.gateType,
      decision_types: preset && [preset.decisionType],
    },
    authority: { ...base.authority, context, source },
    policy: preset && {
      preset: preset.id,
      ...limitsOf(preset, values),
    },
    expansion_moves: moves.length === 0 ? undefined : moves.map(({ move }) => move),
    none_planned: none_planned === 'true' ? true : undefined,
    owners: ownersOf(values, base),
  };
  return readNamingFields(
    parsePlain(draft),
    moves.map(({ number }) => number),
  );
}

function ownersOf({ platform_owner: platformOwner }: WizardValues, { owners }: Draft) {
  const named = { ...owners, platform_owner: platformOwner };
  return Object.values(named).some((name) => name !== undefined) ? named : undefined;
}

/** A pattern that measures nothing has no limits, whatever was typed for another one. */
function limitsOf(preset: Preset, values: WizardValues) {
  if (preset.measure === undefined) return {};
  const scale = scaleOf(preset);
  return {
    allow_up_to: wholeNumber('allow_up_to', values, scale),
    constrain_up_to: wholeNumber('constrain_up_to', values, scale),
  };
}

function wholeNumber(name: WizardField, values: WizardValues, scale: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^(?:0|[1-9][0-9]{0,12})$/.test(text)) return Number(text) * scale;
  const message = `${FIELDS[name][1]} must be a whole number, without commas.`;
  throw new CratonError('ERR_DRAFT_FIELD', message, { field: name });
}

function movesOf(values: WizardValues) {
  const named = MOVE_NUMBERS.flatMap((number) => {
    const [type, member, value] = [
      values[`move_${number}_type`],
      values[`move_${number}_member`] ?? 'unit',
      values[`move_${number}_value`],
    ];
    return type === undefined && value === undefined ? [] : [{ number, type, member, value }];
  });
  return named.map(({ number, type = '', member, value = '' }, index) => ({
    number,
    move: { kind: 'draft_coverage', order: index + 1, type, scope: { [member]: value } },
  }));
}

const MEMBER_FIELDS: Readonly<Record<string, WizardField>> = {
  title: 'title',
  none_planned: 'none_planned',
  'primary_path.partner_id': 'partner_id',
  'primary_path.unit': 'unit',
  'primary_path.system_scope': 'system_scope',
  'authority.context': 'authority_context',
  'authority.source': 'authority_source',
  'policy.allow_up_to': 'allow_up_to',
  'policy.constrain_up_to': 'constrain_up_to',
  'owners.platform_owner': 'platform_owner',
};

/** Members of a draft are called as the form calls them. */
function readNamingFields(draft: JsonValue, moveNumbers: readonly MoveNumber[]): Draft {
  try {
    return readDraft(draft);
  } catch (error) {
    if (!(error instanceof CratonError) || error.field === undefined) throw error;
    const field = fieldOf(error.field, moveNumbers);
    if (field === undefined) throw error;
    const message = error.message.replace(error.field, FIELDS[field][1]);
    throw new CratonError(error.code, message, { field });
  }
}

function fieldOf(member: string, moveNumbers: readonly MoveNumber[]): WizardField | undefined {
  const move = /^expansion_moves\[(\d+)\]\.(type|scope)/.exec(member);
  const number = move === null ? undefined : moveNumbers[Number(move[1])];
  if (number === undefined) return MEMBER_FIELDS[member];
  return move?.[2] === 'type' ? `move_${number}_type` : `move_${number}_value`;
}

/** The form of a saved draft; undefined if it says more than the forms can ask for. */
export function formOfDraft(draft: Draft): WizardValues | undefined {
  const { primary_path: path, authority, policy, owners, expansion_moves: moves = [] } = draft;
  const chosen = policy !== undefined && 'preset' in policy ? policy : undefined;
  const preset = findPreset(chosen?.preset ?? '');
  const isPlain = moves.every(
    ({ scope, note }) => Object.keys(scope).length === 1 && note === undefined,
  );
  const hasOwnRules = policy !== undefined && preset === undefined;
  if (hasOwnRules || !isPlain || moves.length > MOVE_NUMBERS.length) return undefined;
  const limit = (value: number | undefined) =>
    value === undefined ? undefined : String(value / scaleOf(preset));
  return withoutAbsent({
    title: draft.title,
    preset: preset?.id,
    partner_id: path?.partner_id,
    unit: path?.unit,
    system_scope: path?.system_scope,
    allow_up_to: limit(chosen?.allow_up_to),
    constrain_up_to: limit(chosen?.constrain_up_to),
    authority_context: authority?.context,
    authority_source: authority?.source,
    platform_owner: owners?.platform_owner,
    none_planned: draft.none_planned === true ? 'true' : undefined,
    ...Object.fromEntries(moves.flatMap((move, index) => Object.entries(moveFields(move, index)))),
  });
}

function moveFields({ type, scope }: ExpansionMove, index: number): WizardValues {
  const [entry] = Object.entries(scope);
  const number = MOVE_NUMBERS[index];
  if (entry === undefined || number === undefined) return {};
  return {
    [`move_${number}_type`]: type,
    [`move_${number}_member`]: entry[0],
    [`move_${number}_value`]: entry[1],
  };
}

function withoutAbsent(values: Readonly<Record<string, string | undefined>>): WizardValues {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value] as const],
    ),
  );
}

/** Drops what is undefined. */
function parsePlain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
