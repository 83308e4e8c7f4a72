import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A value that must not be printed by accident: JSON, string conversion and `console.log` show
 * `[secret]`. Only `expose()` gives it away, so a search for that word finds every use.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  expose(): T {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
