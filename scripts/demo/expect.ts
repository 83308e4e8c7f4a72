/** Reads what the command answered; what is not there is a failure of the step. */
import type { Json } from './installation.ts';

/** A member that is a text. */
export function text(document: Json, name: string): string {
  const value = document[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`The answer has no ${name}.`);
}

/** A member that is an object. */
export function object(document: Json, name: string): Json {
  const value = document[name];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`The answer has no ${name}.`);
}

/** Fails unless both are the same. */
export function same(what: string, found: unknown, expected: unknown): void {
  if (found === expected) return;
  throw new Error(`${what} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}.`);
}
