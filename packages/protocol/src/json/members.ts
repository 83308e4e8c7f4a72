/** Reads the members of an object that somebody else wrote, naming the member at fault. */
import { CratonError, type ErrorCode } from '../errors.ts';
import type { JsonObject, JsonValue } from './canonical.ts';

const SHOWABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const LONG_DIGIT_RUN = /[0-9]{12}/;

/** A member name that is safe to show: anything unusual could be a value in the wrong place. */
export function showableName(name: string): string {
  return SHOWABLE_NAME.test(name) && !LONG_DIGIT_RUN.test(name)
    ? name
    : 'a member with an unusual name';
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Whether a text is what a member must hold. */
export type TextRule = (text: string) => boolean;

const isNotEmpty: TextRule = (text) => text.length > 0;

/** One object under reading. Every failure is a `CratonError` with the code given at the start. */
export class Members {
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #code: ErrorCode;

  private constructor(object: JsonObject, path: string, code: ErrorCode) {
    this.#object = object;
    this.#path = path;
    this.#code = code;
  }

  /** Throws `code` if `value` is not an object. `path` is the dotted name shown in errors. */
  static of(value: JsonValue | undefined, path: string, code: ErrorCode): Members {
    if (isJsonObject(value)) return new Members(value, path, code);
    throw new CratonError(code, `${path || 'The document'} must be an object.`, { field: path });
  }

  get object(): JsonObject {
    return this.#object;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  value(name: string): JsonValue | undefined {
    return this.has(name) ? this.#object[name] : undefined;
  }

  text(name: string, rule: TextRule = isNotEmpty): string {
    const value = this.value(name);
    if (typeof value === 'string' && rule(value)) return value;
    throw this.wrong(name, value === undefined ? 'is missing' : 'does not have the required form');
  }

  optionalText(name: string, rule: TextRule = isNotEmpty): string | undefined {
    return this.has(name) ? this.text(name, rule) : undefined;
  }

  /** A member that has exactly this value. */
  constant<T extends string | number | boolean>(name: string, expected: T): T {
    if (this.value(name) === expected) return expected;
    throw this.wrong(name, `must be ${JSON.stringify(expected)}`);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.value(name);
    const found = allowed.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw this.wrong(name, `must be one of ${allowed.join(', ')}`);
  }

  /** A safe integer of at least `min`. */
  integer(name: string, min: number): number {
    const value = this.value(name);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    throw this.wrong(name, `must be an integer of at least ${min}`);
  }

  members(name: string): Members {
    return Members.of(this.value(name), this.#pathOf(name), this.#code);
  }

  list(name: string): readonly JsonValue[] {
    const value = this.value(name);
    if (isJsonList(value)) return value;
    throw this.wrong(name, 'must be a list');
  }

  /** The objects of a list. */
  membersList(name: string): readonly Members[] {
    return this.list(name).map((item, index) =>
      Members.of(item, `${this.#pathOf(name)}[${index}]`, this.#code),
    );
  }

  textList(name: string, rule: TextRule = isNotEmpty): readonly string[] {
    return this.list(name).map((item) => {
      if (typeof item === 'string' && rule(item)) return item;
      throw this.wrong(name, 'holds an entry without the required form');
    });
  }

  /** Refuses every member that is not named here. */
  only(...names: readonly string[]): void {
    for (const name of Object.keys(this.#object)) {
      if (!names.includes(name)) throw this.wrong(showableName(name), 'is not known here');
    }
  }

  wrong(name: string, what: string): CratonError {
    const field = this.#pathOf(name);
    return new CratonError(this.#code, `${field} ${what}.`, { field });
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}
