/** Reads the form of the page Start, and makes a draft of it. */
import { type Draft, DRAFT_SCHEMA, findPreset, readDraft } from '@craton/policy';
import { CratonError, findRefusedContent, type JsonValue, NumberTexts } from '@craton/protocol';
import type { WizardField, WizardValues } from '@craton/web';
import { isDescription } from './bodies.ts';

/** Bytes of a form as it is sent, percent-encoded. */
export const FORM_BYTES_MAX = 32 * 1024;

const FIELDS: readonly WizardField[] = [
  'description',
  'preset',
  'partner_id',
  'unit',
  'system_scope',
  'allow_up_to',
  'constrain_up_to',
  'authority_context',
  'authority_source',
  'none_planned',
];

/** A form, and what in it is refused: that field is not among the values. */
export interface ReadForm {
  readonly values: WizardValues;
  readonly refused?: CratonError;
}

/** Throws `ERR_REQUEST_FIELD` for a form that no page of ours sends. */
export function parseForm(bytes: Uint8Array): ReadForm {
  const sent = new URLSearchParams(Buffer.from(bytes).toString('utf8'));
  const names = [...sent.keys()];
  if (new Set(names).size !== names.length || names.some((name) => !isField(name))) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The form has a field that is not known here.');
  }
  const filled = [...sent].filter(([, value]) => value.trim() !== '');
  const values = Object.fromEntries(filled.map(([name, value]) => [name, value.trim()]));
  const refused = refusalOf(values);
  if (refused === undefined) return { values };
  const kept = Object.entries(values).filter(([name]) => name !== refused.field);
  return { values: Object.fromEntries(kept), refused };
}

function isField(name: string): boolean {
  return FIELDS.some((field) => field === name);
}

function refusalOf(values: WizardValues): CratonError | undefined {
  const { description } = values;
  if (description !== undefined && !isDescription(description)) {
    const message = 'The description is too long, or holds characters that no text has.';
    return new CratonError('ERR_REQUEST_FIELD', message, { field: 'description' });
  }
  return findRefusedContent(values, new NumberTexts());
}

/** The draft that the form stands for. Throws `ERR_DRAFT_FIELD` naming the member. */
export function draftOfForm(values: WizardValues): Draft {
  const { authority_context: context, authority_source: source, none_planned } = values;
  const preset = findPreset(values.preset ?? '');
  const draft = {
    schema: DRAFT_SCHEMA,
    primary_path: {
      production_bound: true,
      partner_id: values.partner_id,
      unit: values.unit,
      system_scope: values.system_scope,
      gate_type: preset?.gateType,
      decision_types: preset && [preset.decisionType],
    },
    authority: { context, source },
    policy: preset && {
      preset: preset.id,
      allow_up_to: wholeNumber('allow_up_to', values),
      constrain_up_to: wholeNumber('constrain_up_to', values),
    },
    none_planned: none_planned === 'true' ? true : undefined,
  };
  return readDraft(parsePlain(draft));
}

function wholeNumber(name: WizardField, values: WizardValues): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw new CratonError('ERR_DRAFT_FIELD', `${name} must be a whole number.`, { field: name });
}

/** Drops what is undefined. */
function parsePlain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
