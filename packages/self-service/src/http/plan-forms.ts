/** The forms of a saved plan's sections: which fields each has, and the draft that they stand for. */
import { type Draft, OWNER_ROLES, readDraft } from '@craton/policy';
import { CratonError, findRefusedContent, type JsonValue, NumberTexts } from '@craton/protocol';
import type { PlanFormValues, PlanSection } from '@craton/web';
import { caseMembers, casesForm } from './case-form.ts';
import { movesForm } from './move-form.ts';

/** What one section asks for. */
export interface SectionForm {
  /** Names of all fields that it can have. */
  readonly fields: readonly string[];
  /** How a field is called in a refusal. */
  readonly labelOf: (field: string) => string;
  /** What the form shows of a draft. */
  readonly valuesOf: (draft: Draft) => PlanFormValues;
  /** The members of the draft that the form changes; those that are undefined go. */
  readonly changes: (values: PlanFormValues) => object;
  /** The field that asks for a member; undefined for members of other sections. */
  readonly fieldOf: (member: string) => string | undefined;
}

/** The form of a section, for the draft as it is. `caseNumber` from 1; absent: another case. */
export function sectionForm(
  section: PlanSection,
  draft: Draft,
  caseNumber: number | undefined,
): SectionForm {
  switch (section) {
    case 'cases':
      return casesForm(draft, caseNumber);
    case 'moves':
      return movesForm;
    case 'people':
      return flatForm(draft, PEOPLE);
    case 'service':
      return flatForm(draft, SERVICE);
    case 'rollback':
      return flatForm(draft, ROLLBACK);
  }
}

type FlatField = readonly [
  group: 'owners' | 'sla' | 'support' | 'rollback',
  member: string,
  label: string,
];

const roleName = (role: string): string =>
  (role.charAt(0).toUpperCase() + role.slice(1)).replaceAll('_', ' ');

const PEOPLE: readonly FlatField[] = OWNER_ROLES.map((role) => ['owners', role, roleName(role)]);
const SERVICE: readonly FlatField[] = [
  ['sla', 'hours', 'Hours'],
  ['sla', 'response_targets', 'Response targets'],
  ['sla', 'document_url', 'Address of the agreement'],
  ['sla', 'document_digest', 'Digest of the agreement'],
  ['support', 'contact', 'Support contact'],
];
const ROLLBACK: readonly FlatField[] = [
  ['rollback', 'owner', 'Rollback owner'],
  ['rollback', 'incident_channel', 'Incident channel'],
];

/** A section whose fields are members with a text each. */
function flatForm(draft: Draft, fields: readonly FlatField[]): SectionForm {
  const groups = [...new Set(fields.map(([group]) => group))];
  const textsOf = (group: FlatField[0]): Readonly<Record<string, string>> => ({ ...draft[group] });
  return {
    fields: fields.map(([, member]) => member),
    labelOf: (field) => fields.find(([, member]) => member === field)?.[2] ?? field,
    valuesOf: () =>
      Object.fromEntries(
        fields.flatMap(([group, member]) => {
          const text = textsOf(group)[member];
          return text === undefined || text === '' ? [] : [[member, text] as const];
        }),
      ),
    changes: (values) =>
      Object.fromEntries(
        groups.map((group) => {
          const asked = fields.filter(([one]) => one === group).map(([, member]) => member);
          const typed = asked.map((member) => [member, values[member]] as const);
          const all = { ...textsOf(group), ...Object.fromEntries(typed) };
          const isEmpty = Object.values(all).every((text) => text === undefined);
          return [group, isEmpty ? undefined : all] as const;
        }),
      ),
    fieldOf: (member) => fields.find(([group, name]) => member === `${group}.${name}`)?.[1],
  };
}

/** Of the form itself: no value of a draft. */
const CONTROLS = ['revision', 'go', 'case_number'] as const;

/** A form of a section as it was sent. */
export interface SentSection {
  readonly values: PlanFormValues;
  readonly controls: Readonly<Partial<Record<(typeof CONTROLS)[number], string>>>;
  /** What in it is refused: that field is not among the values. */
  readonly refused?: CratonError;
}

/** Throws `ERR_REQUEST_FIELD` for a form that no page of ours sends. */
export function readSection(sent: URLSearchParams, { fields, labelOf }: SectionForm): SentSection {
  const names = [...sent.keys()];
  const isControl = (name: string) => CONTROLS.some((one) => one === name);
  const isKnown = (name: string) => isControl(name) || fields.includes(name);
  if (new Set(names).size !== names.length || !names.every(isKnown)) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The form has a field that is not known here.');
  }
  const filled = [...sent].flatMap(([name, value]) => {
    const text = value.trim();
    return text === '' ? [] : [[name, text] as const];
  });
  const controls = Object.fromEntries(filled.filter(([name]) => isControl(name)));
  const values: PlanFormValues = Object.fromEntries(filled.filter(([name]) => !isControl(name)));
  const refused = findRefusedContent(values, new NumberTexts());
  if (refused === undefined) return { values, controls };
  const kept = Object.entries(values).filter(([name]) => name !== refused.field);
  return {
    values: Object.fromEntries(kept),
    controls,
    refused: namingField(refused, refused.field, labelOf),
  };
}

/**
 * The draft with what was typed in one section, everything else as it was. Throws
 * `ERR_DRAFT_FIELD` naming the field of the form where it has one.
 */
export function draftOfSection(draft: Draft, form: SectionForm, values: PlanFormValues): Draft {
  try {
    return readDraft(parsePlain({ ...draft, ...form.changes(values) }));
  } catch (error) {
    if (!(error instanceof CratonError) || error.field === undefined) throw error;
    if (form.fields.includes(error.field)) throw error;
    throw namingField(error, form.fieldOf(error.field), form.labelOf);
  }
}

/** The draft without one of its cases. `caseNumber` from 1. */
export function draftWithoutCase(draft: Draft, caseNumber: number): Draft {
  return readDraft(parsePlain({ ...draft, ...caseMembers(draft, caseNumber, undefined) }));
}

function namingField(
  error: CratonError,
  field: string | undefined,
  labelOf: SectionForm['labelOf'],
): CratonError {
  if (field === undefined || error.field === undefined) return error;
  const message = error.message.replace(error.field, labelOf(field));
  return new CratonError(error.code, message, { field });
}

/** Drops what is undefined. */
function parsePlain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
