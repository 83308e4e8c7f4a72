/**
 * A JSON parser for bytes that somebody else wrote. It refuses whatever two parsers could read
 * differently: duplicate members, lone surrogates, a BOM, malformed UTF-8, numbers that a double
 * cannot hold exactly, and nesting beyond the stated depth.
 */
import { decodeUtf8 } from '../bytes.ts';
import { CratonError, type ErrorCode } from '../errors.ts';
import type { JsonObject, JsonValue } from './canonical.ts';

/** Deepest nesting per kind of document; the outermost value is 1, scalars add none. */
export const DEPTH_MAX = { request: 4, pathDocument: 6, payload: 8, bundle: 12, other: 4 } as const;

export interface ParseOptions {
  /** `safe` keeps to numbers with one spelling and an exact value; `ieee754` takes all of RFC 8259. */
  readonly numbers: 'safe' | 'ieee754';
  readonly depthMax: number;
  /** Filled with the text of each number that is a member of an object. */
  readonly numberTexts?: NumberTexts;
}

/** Remembers how numbers were written, for members whose text counts (amounts, decimals). */
export class NumberTexts {
  readonly #texts = new WeakMap<object, Map<string, string>>();

  remember(container: JsonObject, name: string, text: string): void {
    const texts = this.#texts.get(container) ?? new Map<string, string>();
    this.#texts.set(container, texts.set(name, text));
  }

  /** The text of the number `container[name]`, or undefined if that member is not a number. */
  textOf(container: JsonObject, name: string): string | undefined {
    return this.#texts.get(container)?.get(name);
  }
}

/**
 * Parses one JSON text. Throws `ERR_ENCODING`, `ERR_JSON_SYNTAX`, `ERR_JSON_DUPLICATE_KEY`,
 * `ERR_JSON_NUMBER`, `ERR_JSON_DEPTH` or `ERR_JSON_UNICODE`; messages give an offset (in UTF-16
 * code units) or a member name at most, never a value.
 */
export function parseStrict(bytes: Uint8Array, options: ParseOptions): JsonValue {
  return new Parser(decodeUtf8(bytes), options).parse();
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PLAIN_STRING = /[^"\\\u0000-\u001f]*/y;
const FRACTION_DIGITS_MAX = 15;
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Parser {
  #at = 0;
  readonly #text: string;
  readonly #options: ParseOptions;

  constructor(text: string, options: ParseOptions) {
    this.#text = text;
    this.#options = options;
  }

  parse(): JsonValue {
    const value = this.#value(1);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#syntax();
    return value;
  }

  #value(depth: number): JsonValue {
    this.#skipSpace();
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#object(depth);
      case 0x5b:
        return this.#array(depth);
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#literal('true', true);
      case 0x66:
        return this.#literal('false', false);
      case 0x6e:
        return this.#literal('null', null);
      default:
        return this.#number().value;
    }
  }

  #object(depth: number): JsonObject {
    this.#enter(depth);
    const members: Record<string, JsonValue> = {};
    if (this.#takes('}')) return members;
    do {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#syntax();
      const name = this.#string();
      if (Object.hasOwn(members, name)) {
        throw new CratonError('ERR_JSON_DUPLICATE_KEY', 'A member is there twice.', {
          field: name,
        });
      }
      if (!this.#takes(':')) throw this.#syntax();
      this.#member(members, name, depth);
    } while (this.#takes(','));
    if (!this.#takes('}')) throw this.#syntax();
    return members;
  }

  #member(members: Record<string, JsonValue>, name: string, depth: number): void {
    this.#skipSpace();
    const start = this.#at;
    const value = this.#value(depth + 1);
    if (typeof value === 'number') {
      this.#options.numberTexts?.remember(members, name, this.#text.slice(start, this.#at));
    }
    if (name === '__proto__') {
      // A plain assignment would set the prototype instead of a member.
      Object.defineProperty(members, name, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } else {
      members[name] = value;
    }
  }

  #array(depth: number): JsonValue[] {
    this.#enter(depth);
    const items: JsonValue[] = [];
    if (this.#takes(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) throw this.#syntax();
    return items;
  }

  #enter(depth: number): void {
    if (depth > this.#options.depthMax) {
      throw this.#error('ERR_JSON_DEPTH', `Nested deeper than ${this.#options.depthMax}`);
    }
    this.#at++;
  }

  #string(): string {
    this.#at++;
    let text = '';
    for (;;) {
      PLAIN_STRING.lastIndex = this.#at;
      PLAIN_STRING.test(this.#text);
      text += this.#text.slice(this.#at, PLAIN_STRING.lastIndex);
      this.#at = PLAIN_STRING.lastIndex;
      const end = this.#text[this.#at++];
      if (end === '"') break;
      if (end !== '\\') throw this.#syntax();
      text += this.#escape();
    }
    if (!text.isWellFormed()) throw this.#error('ERR_JSON_UNICODE', 'A lone surrogate');
    return text;
  }

  #escape(): string {
    const letter = this.#text[this.#at++];
    if (letter !== 'u') {
      const meant = letter === undefined ? undefined : ESCAPES.get(letter);
      if (meant === undefined) throw this.#syntax();
      return meant;
    }
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#syntax();
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): { value: number } {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw this.#syntax();
    const value = Number(text);
    const refused =
      this.#options.numbers === 'safe' ? !isSafeSpelling(text, value) : !Number.isFinite(value);
    if (refused) throw this.#error('ERR_JSON_NUMBER', 'A number without one exact reading');
    this.#at = NUMBER.lastIndex;
    return { value };
  }

  #literal<T extends boolean | null>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#syntax();
    this.#at += word.length;
    return value;
  }

  #takes(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #syntax(): CratonError {
    return this.#error('ERR_JSON_SYNTAX', 'Not JSON');
  }

  #error(code: ErrorCode, what: string): CratonError {
    return new CratonError(code, `${what} (at offset ${this.#at}).`);
  }
}

/** PROTOCOL: no exponent, no negative zero, integers within 2^53-1, fractions of 15 digits at most. */
function isSafeSpelling(text: string, value: number): boolean {
  if (/[eE]/.test(text) || (value === 0 && text.startsWith('-'))) return false;
  if (!Number.isFinite(value)) return false;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  if (!text.includes('.')) return true;
  const digits = text.replace(/[-.]/g, '').replace(/^0+/, '');
  return digits.length <= FRACTION_DIGITS_MAX;
}
