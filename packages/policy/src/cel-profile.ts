/**
 * The profile `craton.cel.profile.v1` (PROTOCOL section 8): an allow-list of syntax nodes with
 * static types. What is not listed here is refused when a document is loaded, so that a condition
 * that was accepted can neither fail nor depend on anything but its inputs.
 */
import type { ASTNode, ASTOperator } from '@marcbachmann/cel-js';
import { parseDurationMs, parseTimestampMs } from './cel-time.ts';
import { ProfileError } from './profile-error.ts';
import type { CelType, RecordName, Schema } from './schema.ts';
import { RECORDS } from './schema.ts';

/** Nested operators and calls; a chain of one logical operator counts once, parentheses do not. */
export const CONDITION_DEPTH_MAX = 16;

export interface CheckedCondition {
  /** Members that it reads or asks `has()` of, such as `facts.window_count_24h`. */
  readonly members: ReadonlySet<string>;
  /** Members without which alone it can be true: the conjuncts `!has(member)`. */
  readonly absentMembers: readonly string[];
  /** The calls of `timestamp` and `duration`, in order of their places, as milliseconds. */
  readonly times: readonly { readonly start: number; readonly end: number; readonly ms: number }[];
}

/** Engines keep durations in 64-bit nanoseconds; a difference beyond them is an error there. */
const AGE_MS_MAX = 9_223_372_036_854;

type NodeOf<Op extends ASTOperator> = Extract<ASTNode, { op: Op }>;
/** Nodes that are neither operators nor calls. */
const LEAVES: ReadonlySet<ASTOperator> = new Set(['value', 'id', '.', '-_', 'list']);

type ListType = Extract<CelType, `list<${string}>`>;

const LIST_OF: Readonly<Partial<Record<CelType, ListType>>> = {
  string: 'list<string>',
  int: 'list<int>',
  bool: 'list<bool>',
};
const ORDERED: ReadonlySet<CelType> = new Set(['int', 'timestamp', 'duration']);
const STRING_TESTS: ReadonlySet<string> = new Set(['startsWith', 'endsWith', 'contains']);

/** Checks a parsed condition against the profile. Throws `ProfileError`. */
export function checkCondition(ast: ASTNode, schema: Schema): CheckedCondition {
  const checker = new ConditionChecker(schema);
  const type = checker.typeOf(ast, 1, new Set());
  if (type !== 'bool') throw new ProfileError(`is of type ${type}, not bool`, ast.start);
  return {
    members: checker.members,
    absentMembers: operandsOf(ast, '&&').flatMap((operand) => checker.absenceTested(operand)),
    times: checker.times.sort((a, b) => a.start - b.start),
  };
}

class ConditionChecker {
  readonly members = new Set<string>();
  readonly times: { start: number; end: number; ms: number }[] = [];
  readonly #schema: Schema;
  /** The nodes `has(member)`, and their members. */
  readonly #hasOf = new Map<ASTNode, string>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** The static type of a node. `present` holds the optional members known to be there. */
  typeOf(node: ASTNode, depth: number, present: ReadonlySet<string>): CelType {
    if (!LEAVES.has(node.op)) checkDepth(node, depth);
    switch (node.op) {
      case 'value':
        return literalType(node);
      case 'id':
        return identifierType(node);
      case '.':
        return this.#field(node, present);
      case '-_':
        return negativeLiteralType(node);
      case 'list':
        return listType(node);
      case '!_':
        return this.#not(node, depth, present);
      case '&&':
      case '||':
        return this.#logical(node, depth, present);
      case '==':
      case '!=':
        return this.#equality(node, depth, present);
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#ordering(node, depth, present);
      case 'in':
        return this.#membership(node, depth, present);
      case '-':
        return this.#age(node, depth);
      case 'call':
        return this.#call(node, depth, present);
      case 'rcall':
        return this.#method(node, depth, present);
      default:
        throw outside(node, `the operator ${node.op}`);
    }
  }

  /** The member of `!has(member)`, if that is what the checked node is. */
  absenceTested(node: ASTNode): string[] {
    return node.op === '!_' ? this.#presenceTested(node.args) : [];
  }

  /** The member of `has(member)`, if that is what the checked node is. */
  #presenceTested(node: ASTNode): string[] {
    const path = this.#hasOf.get(node);
    return path === undefined ? [] : [path];
  }

  #field(node: NodeOf<'.'>, present: ReadonlySet<string>): CelType {
    const { path, type, optional } = this.#member(node);
    if (!optional || present.has(path)) return type;
    throw new ProfileError(
      `reads ${path}, which may be absent: write has(${path}) && ... or !has(${path}) || ... before it`,
      node.start,
    );
  }

  /** A member of a record of the schema, by name; notes that the condition names it. */
  #member(node: NodeOf<'.'>): { path: string; type: CelType; optional: boolean } {
    const [record, name] = node.args;
    const recordName = RECORDS.find((known) => record.op === 'id' && record.args === known);
    const found = recordName && this.#schema[recordName].get(name);
    if (recordName === undefined || found === undefined) {
      throw new ProfileError('names a member that is not declared', node.start);
    }
    const path = memberPath(recordName, name);
    this.members.add(path);
    return { path, ...found };
  }

  #not(node: NodeOf<'!_'>, depth: number, present: ReadonlySet<string>): CelType {
    return this.#expect('bool', node.args, depth, present);
  }

  /** Operands see the members whose `has()` stands to the left of them in an `&&`, and so on. */
  #logical(node: NodeOf<'&&' | '||'>, depth: number, present: ReadonlySet<string>): CelType {
    const known = new Set(present);
    for (const operand of operandsOf(node, node.op)) {
      this.#expect('bool', operand, depth, known);
      const tested = node.op === '&&' ? this.#presenceTested(operand) : this.absenceTested(operand);
      for (const path of tested) known.add(path);
    }
    return 'bool';
  }

  #equality(node: NodeOf<'==' | '!='>, depth: number, present: ReadonlySet<string>): CelType {
    const [left, right] = node.args.map((side) => this.typeOf(side, depth + 1, present));
    if (left === right) return 'bool';
    throw new ProfileError(`compares ${left} with ${right}`, node.start);
  }

  #ordering(
    node: NodeOf<'<' | '<=' | '>' | '>='>,
    depth: number,
    present: ReadonlySet<string>,
  ): CelType {
    const type = this.typeOf(node.args[0], depth + 1, present);
    if (!ORDERED.has(type)) throw outside(node, `the order of two values of type ${type}`);
    this.#expect(type, node.args[1], depth, present);
    return 'bool';
  }

  #membership(node: NodeOf<'in'>, depth: number, present: ReadonlySet<string>): CelType {
    const [item, list] = node.args;
    if (list.op !== 'list') throw outside(node, '"in" anything but a literal list');
    const itemType = this.typeOf(item, depth + 1, present);
    if (LIST_OF[itemType] === this.typeOf(list, depth + 1, present)) return 'bool';
    throw new ProfileError(`looks for ${itemType} in a list of another type`, node.start);
  }

  /** `now - timestamp("...")`, the only arithmetic. */
  #age(node: NodeOf<'-'>, depth: number): CelType {
    const [left, right] = node.args;
    const isAge =
      left.op === 'id' &&
      left.args === 'now' &&
      right.op === 'call' &&
      right.args[0] === 'timestamp';
    if (!isAge) throw outside(node, 'arithmetic other than now - timestamp("...")');
    checkDepth(right, depth + 1);
    const ms = this.#timestamp(right);
    if (ms < 0 || ms > AGE_MS_MAX) {
      throw new ProfileError('subtracts a timestamp that is not between 1970 and 2262', node.start);
    }
    return 'duration';
  }

  #call(node: NodeOf<'call'>, depth: number, present: ReadonlySet<string>): CelType {
    switch (node.args[0]) {
      case 'has':
        this.#hasOf.set(node, this.#member(fieldOfHas(node)).path);
        return 'bool';
      case 'size':
        this.#arguments(node, node.args[1], depth, present);
        return 'int';
      case 'timestamp':
        this.#timestamp(node);
        return 'timestamp';
      case 'duration':
        return this.#duration(node);
      default:
        throw outside(node, 'a function other than has, size, timestamp and duration');
    }
  }

  #method(node: NodeOf<'rcall'>, depth: number, present: ReadonlySet<string>): CelType {
    const [name, receiver, args] = node.args;
    if (name !== 'size' && !STRING_TESTS.has(name)) {
      throw outside(node, 'a method other than startsWith, endsWith, contains and size');
    }
    this.#expect('string', receiver, depth, present);
    if (name !== 'size') this.#arguments(node, args, depth, present);
    else if (args.length > 0) throw outside(node, 'size with an argument and a receiver');
    return name === 'size' ? 'int' : 'bool';
  }

  /** Exactly one string argument. */
  #arguments(
    node: ASTNode,
    args: readonly ASTNode[],
    depth: number,
    present: ReadonlySet<string>,
  ): void {
    const [only] = args;
    if (only === undefined || args.length > 1) {
      throw new ProfileError('calls a function that takes one string', node.start);
    }
    this.#expect('string', only, depth, present);
  }

  /** Returns the milliseconds, and notes them. */
  #timestamp(node: NodeOf<'call'>): number {
    const ms = parseTimestampMs(onlyText(node));
    if (ms === undefined) {
      throw new ProfileError(
        'has a timestamp that is not "2026-01-31T23:59:59Z", with at most 3 fraction digits',
        node.start,
      );
    }
    this.times.push({ start: node.start, end: node.end, ms });
    return ms;
  }

  #duration(node: NodeOf<'call'>): CelType {
    const ms = parseDurationMs(onlyText(node));
    if (ms === undefined) {
      throw new ProfileError(
        'has a duration that is not like "24h", "1h30m" or "90s", of whole milliseconds, within 292 years',
        node.start,
      );
    }
    this.times.push({ start: node.start, end: node.end, ms });
    return 'duration';
  }

  #expect(type: CelType, node: ASTNode, depth: number, present: ReadonlySet<string>): CelType {
    const found = this.typeOf(node, depth + 1, present);
    if (found === type) return type;
    throw new ProfileError(`has the type ${found} where ${type} belongs`, node.start);
  }
}

/** `facts.limit`: how members are named in messages and advice. */
export function memberPath(record: RecordName, name: string): string {
  return `${record}.${name}`;
}

/** The operands of a chain of one logical operator, left to right, however it is nested. */
function operandsOf(node: ASTNode, operator: '&&' | '||'): ASTNode[] {
  const operands: ASTNode[] = [];
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.op === operator) pending.push(next.args[1], next.args[0]);
    else operands.push(next);
  }
  return operands;
}

function checkDepth(node: ASTNode, depth: number): void {
  if (depth <= CONDITION_DEPTH_MAX) return;
  throw new ProfileError(`is nested deeper than ${CONDITION_DEPTH_MAX}`, node.start);
}

function fieldOfHas(node: NodeOf<'call'>): NodeOf<'.'> {
  const [field] = node.args[1];
  if (field?.op === '.' && node.args[1].length === 1) return field;
  throw new ProfileError('asks has() of something that is not a member', node.start);
}

function literalType(node: NodeOf<'value'>): CelType {
  switch (typeof node.args) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      if (node.args <= BigInt(Number.MAX_SAFE_INTEGER)) return 'int';
      throw new ProfileError('has an integer beyond 2^53-1', node.start);
    default:
      throw outside(node, 'a literal that is not a string, an int or a bool');
  }
}

function negativeLiteralType(node: NodeOf<'-_'>): CelType {
  if (node.args.op === 'value' && typeof node.args.args === 'bigint') return literalType(node.args);
  throw outside(node, 'a minus before anything but an integer');
}

function identifierType(node: NodeOf<'id'>): CelType {
  if (node.args === 'now') return 'timestamp';
  throw new ProfileError(
    'names something other than now or a member of request, facts or authority',
    node.start,
  );
}

function listType(node: NodeOf<'list'>): ListType {
  const types = new Set(node.args.map((item) => literalItemType(item)));
  const [type] = types;
  const list = type && LIST_OF[type];
  if (list !== undefined && types.size === 1) return list;
  throw outside(node, 'a list that is empty or mixes types');
}

function literalItemType(item: ASTNode): CelType {
  if (item.op === 'value') return literalType(item);
  if (item.op === '-_') return negativeLiteralType(item);
  throw outside(item, 'a list of anything but literals');
}

function onlyText(node: NodeOf<'call'>): string {
  const [literal] = node.args[1];
  if (literal?.op === 'value' && typeof literal.args === 'string' && node.args[1].length === 1) {
    return literal.args;
  }
  throw new ProfileError('calls a function of time without one literal text', node.start);
}

function outside(node: ASTNode, what: string): ProfileError {
  return new ProfileError(`uses ${what}, which is outside the profile`, node.start);
}
