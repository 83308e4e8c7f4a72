/** Bodies of records, read by a table of their members: what is not in the table is refused. */
import {
  type Digest,
  isDigest,
  isEnvironment,
  isLabel,
  isPathId,
  isReference,
  isRequestId,
  isTime,
  type Members,
  type TextRule,
} from '@craton/protocol';
import { isActorId, isCriterionId } from './terms.ts';

/** Reads one member; throws the error of the `Members` that it is given. */
export type Reader<T> = (container: Members, name: string) => T;
type Readers = Readonly<Record<string, Reader<unknown>>>;
type ValueOf<R> = R extends Reader<infer T> ? T : never;
type Whole<R extends Readers> = { readonly [N in keyof R]: ValueOf<R[N]> };
type Flat<T> = { [N in keyof T]: T[N] };

/** The type of a body, from the tables of its required and its optional members. */
export type ShapeOf<R extends Readers, O extends Readers> = Flat<Whole<R> & Partial<Whole<O>>>;

/** Code points of a text that people wrote: a reason, a detail. */
export const TEXT_CODE_POINTS_MAX = 1_000;
/** Entries of a list in a record. */
export const LIST_ENTRIES_MAX = 256;

/** A reader of whole objects: required members, optional members, and no others. */
export function shape<R extends Readers>(required: R): (object: Members) => Flat<Whole<R>>;
/** The same with optional members. */
export function shape<R extends Readers, O extends Readers>(
  required: R,
  optional: O,
): (object: Members) => ShapeOf<R, O>;
/** Throws the error of the `Members` that it is given, naming the member. */
export function shape(required: Readers, optional: Readers = {}): (object: Members) => unknown {
  return (object) => {
    object.only(...Object.keys(required), ...Object.keys(optional));
    const value: Record<string, unknown> = {};
    for (const [name, read] of Object.entries(required)) value[name] = read(object, name);
    for (const [name, read] of Object.entries(optional)) {
      if (object.has(name)) value[name] = read(object, name);
    }
    return value;
  };
}

/** A member that is itself an object of a shape. */
export function nested<T>(read: (object: Members) => T): Reader<T> {
  return (container, name) => read(container.members(name));
}

/** A list of objects of a shape, at most `LIST_ENTRIES_MAX`. */
export function listOf<T>(read: (object: Members) => T): Reader<readonly T[]> {
  return (container, name) => {
    const items = container.membersList(name);
    if (items.length > LIST_ENTRIES_MAX) throw container.wrong(name, 'has too many entries');
    return items.map(read);
  };
}

/** A text under a rule. */
export function text(rule: TextRule): Reader<string> {
  return (container, name) => container.text(name, rule);
}

/** Texts under a rule, sorted by code unit and unique: one spelling per set. */
export function setOf(rule: TextRule): Reader<readonly string[]> {
  return (container, name) => {
    const items = container.textList(name, rule);
    if (items.length > LIST_ENTRIES_MAX) throw container.wrong(name, 'has too many entries');
    const isSorted = items.every((item, index) => index === 0 || (items[index - 1] ?? '') < item);
    if (!isSorted) throw container.wrong(name, 'must be sorted, each entry once');
    return items;
  };
}

/** One word of a closed set. */
export function word<const T extends string>(allowed: readonly T[]): Reader<T> {
  return (container, name) => container.oneOf(name, allowed);
}

/** An integer of at least `min`. */
export function count(min: number): Reader<number> {
  return (container, name) => container.integer(name, min);
}

/** One value and no other. */
export function only<const T extends string | number | boolean>(value: T): Reader<T> {
  return (container, name) => container.constant(name, value);
}

/** True or false. */
export const flag: Reader<boolean> = (container, name) => {
  const value = container.value(name);
  if (typeof value === 'boolean') return value;
  throw container.wrong(name, 'must be true or false');
};

const parseDigest: Reader<Digest> = (container, name) => container.text(name, isDigest) as Digest;
/** `sha256:` and hex. */
export const digest = parseDigest;

/** One or more lines that a person wrote; shown to people, never interpreted. */
export const isProse: TextRule = (value) =>
  value.trim() !== '' && isReference(value.replace(/[\n\r\t]/g, ' '), TEXT_CODE_POINTS_MAX);

export const prose = text(isProse);
export const time = text(isTime);
export const label = text(isLabel);
export const environment = text(isEnvironment);
export const pathId = text(isPathId);
export const reference = text((value) => isReference(value));
export const actor = text(isActorId);
export const criterionId = text(isCriterionId);
export const requestId = text(isRequestId);
/** 16 random bytes, base64url. */
export const actionSalt = text((value) => /^[A-Za-z0-9_-]{22}$/.test(value));
export const actors = setOf(isActorId);
