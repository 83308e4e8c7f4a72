/** Conditions: parsed and run by the CEL engine, allowed by the profile. */
import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { checkLexis } from './cel-lexis.ts';
import { type CheckedCondition, checkCondition } from './cel-profile.ts';
import { ProfileError } from './profile-error.ts';
import { CONDITION_CHARACTERS_MAX } from './rule-document.ts';
import type { RecordName, RecordType, Schema } from './schema.ts';
import { RECORDS } from './schema.ts';

/** Values of one record. A class per record, because the engine finds a type by its class. */
class RequestRecord extends Map<string, CelValue> {}
class FactsRecord extends Map<string, CelValue> {}
class AuthorityRecord extends Map<string, CelValue> {}

/** Integers are `bigint` before evaluation: a double never enters. */
export type CelValue = string | bigint | boolean;

const RECORD_CLASSES: Readonly<Record<RecordName, new () => Map<string, CelValue>>> = {
  request: RequestRecord,
  facts: FactsRecord,
  authority: AuthorityRecord,
};

/** What conditions are evaluated on. */
export interface Inputs extends Readonly<Record<RecordName, Map<string, CelValue>>> {
  /** `evaluated_at`, milliseconds since 1970. */
  readonly now: bigint;
}

/** Inputs without any member, for the caller to fill. `now`: milliseconds since 1970. */
export function emptyInputs(now: bigint): Inputs {
  return {
    request: new RequestRecord(),
    facts: new FactsRecord(),
    authority: new AuthorityRecord(),
    now,
  };
}

export interface Condition extends CheckedCondition {
  /** The checked syntax tree, for those who read a rule aloud. */
  readonly ast: ASTNode;
  /** Throws if the inputs lack a member that the condition reads, or hold one of another type. */
  holds(inputs: Inputs): boolean;
}

/** Parentheses and lists that the parser may nest, which bounds its recursion. */
const PARSER_LIMITS = { maxDepth: 64, maxAstNodes: 2 * CONDITION_CHARACTERS_MAX };

/** Loads conditions that may name the members of one schema. */
export class ConditionLoader {
  readonly #schema: Schema;
  readonly #environment: Environment;

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#environment = new Environment({ limits: PARSER_LIMITS });
    for (const record of RECORDS) {
      const type = `craton.${record}`;
      const definition = { ctor: RECORD_CLASSES[record], fields: fieldsOf(schema[record]) };
      this.#environment.registerType(type, definition).registerVariable(record, type);
    }
    this.#environment.registerVariable('now', 'int');
  }

  /** Throws `ProfileError` for whatever is outside the profile. */
  load(text: string): Condition {
    if (
      text.length > CONDITION_CHARACTERS_MAX * 2 ||
      Array.from(text).length > CONDITION_CHARACTERS_MAX
    ) {
      throw new ProfileError(`is longer than ${CONDITION_CHARACTERS_MAX} characters`, 0);
    }
    const { ast } = this.#parse(text);
    checkLexis(text);
    const checked = checkCondition(ast, this.#schema);
    const program = this.#parse(withTimesAsIntegers(text, checked.times));
    const check = program.check();
    if (!check.valid || check.type !== 'bool') {
      throw new ProfileError('is not accepted by the CEL engine', 0);
    }
    return { ...checked, ast, holds: (inputs) => asBoolean(program(inputs)) };
  }

  #parse(text: string): ReturnType<Environment['parse']> {
    try {
      return this.#environment.parse(text);
    } catch (cause) {
      throw new ProfileError('is not a CEL expression', offsetOf(cause));
    }
  }
}

function fieldsOf(record: RecordType): Record<string, string> {
  return Object.fromEntries(Array.from(record, ([name, { type }]) => [name, type]));
}

/**
 * The engine's own durations lose nanoseconds above 2^53 of them, so times go in as integers.
 * The profile has checked that no other arithmetic and no mixed comparison is left.
 */
function withTimesAsIntegers(text: string, times: CheckedCondition['times']): string {
  let rewritten = '';
  let from = 0;
  for (const { start, end, ms } of times) {
    rewritten += `${text.slice(from, start)}(${ms})`;
    from = end;
  }
  return rewritten + text.slice(from);
}

function asBoolean(result: unknown): boolean {
  if (typeof result === 'boolean') return result;
  throw new TypeError('A condition gave something that is not a boolean.');
}

function offsetOf(error: unknown): number {
  return error instanceof ParseError && error.range ? error.range.start : 0;
}
