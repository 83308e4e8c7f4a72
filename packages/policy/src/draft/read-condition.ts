/** Reads a condition aloud: one English clause for a syntax tree of the profile. */
import {
  type ASTNode,
  childrenOf,
  literalOf,
  memberOf,
  nodesOf,
  operandsOf,
  presenceOf,
} from './condition-tree.ts';
import type { FactDeclaration } from '../path-document.ts';

const MEMBER_WORDS: Readonly<Record<string, string>> = {
  'request.gate_type': 'the gate type',
  'request.system_scope': 'the system scope',
  'request.decision_type': 'the decision type',
  'request.decision_owner': 'the decision owner',
  'request.decision_size_usd_cents': 'the amount',
  'authority.class': 'the authority class',
  'authority.status': 'the authorization status',
  'authority.source': 'the authorization source',
  'authority.reference': 'the authorization reference',
  'facts.window_count_24h': 'the number of decisions in the last 24 hours',
  'facts.window_sum_usd_cents_24h': 'the sum of amounts in the last 24 hours',
};

/** Members whose integers are US cents. */
const MONEY = new Set(['request.decision_size_usd_cents', 'facts.window_sum_usd_cents_24h']);

const COMPARISONS = {
  '==': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
} as const;
const TIME_COMPARISONS = {
  '==': 'is',
  '!=': 'is not',
  '<': 'is before',
  '<=': 'is not after',
  '>': 'is after',
  '>=': 'is not before',
} as const;
type Comparator = keyof typeof COMPARISONS;

const TEXT_TESTS: Readonly<Record<string, string>> = {
  startsWith: 'begins with',
  endsWith: 'ends with',
  contains: 'contains',
};

/** How the integers beside a member are written. */
type Unit = 'number' | 'usd' | 'hundredths';

/** US cents as people write them: `500,000 USD`, `0.05 USD`. */
export function formatUsd(cents: bigint | number): string {
  return `${formatHundredths(BigInt(cents))} USD`;
}

/** Hundredths as a decimal, without a fraction of zeros. */
export function formatHundredths(hundredths: bigint): string {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0');
  const fraction = digits.slice(-2);
  const whole = grouped(digits.slice(0, -2));
  return `${hundredths < 0n ? '-' : ''}${whole}${fraction === '00' ? '' : `.${fraction}`}`;
}

/** Digits in groups of three. */
function grouped(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Reads the conditions of one path. */
export class ConditionReader {
  readonly #decimals: ReadonlySet<string>;

  constructor(facts: readonly FactDeclaration[]) {
    this.#decimals = new Set(
      facts.filter(({ type }) => type === 'decimal2').map(({ name }) => `facts.${name}`),
    );
  }

  /** A clause that follows "when". Throws a `TypeError` for a tree that the profile refuses. */
  read(node: ASTNode): string {
    const chain = this.#chain(node, '&&', 'and') ?? this.#chain(node, '||', 'or');
    return chain ?? this.#test(node);
  }

  #chain(node: ASTNode, operator: '&&' | '||', word: string): string | undefined {
    if (node.op !== operator) return undefined;
    const operands = operandsOf(node, operator);
    const told =
      operator === '&&' ? operands.filter((one) => !isSaidAnyway(one, operands)) : operands;
    const [only] = told;
    if (only !== undefined && told.length === 1) return this.read(only);
    return told.map((one, index) => this.#following(one, told[index - 1])).join(` ${word} `);
  }

  /** "the amount is more than 5 USD and is at most 9 USD": a repeated subject is said once. */
  #following(node: ASTNode, previous: ASTNode | undefined): string {
    const clause = this.#grouped(node);
    const subject = subjectOf(node);
    if (subject === undefined || previous === undefined || subjectOf(previous) !== subject) {
      return clause;
    }
    const words = `${this.#words(subject)} `;
    return clause.startsWith(`${words}is `) ? clause.slice(words.length) : clause;
  }

  /** Parentheses around whatever has an `and` or `or` of its own: nobody has to know which binds. */
  #grouped(node: ASTNode): string {
    const clause = this.read(node);
    return node.op === '&&' || node.op === '||' ? `(${clause})` : clause;
  }

  #test(node: ASTNode): string {
    const present = presenceOf(node);
    if (present !== undefined) return `${this.#words(present)} is given`;
    switch (node.op) {
      case '!_':
        return this.#negation(node.args);
      case 'in':
        return this.#membership(node.args, this.#unitOf(node));
      case 'rcall':
        return this.#textTest(node);
      case 'value':
        return node.args === true ? 'in every case' : 'never';
      case '.':
        return `${this.#value(node, 'number')} is true`;
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#comparison(node, node.op);
      default:
        throw new TypeError('A node of a condition is no test.');
    }
  }

  #negation(node: ASTNode): string {
    const absent = presenceOf(node);
    if (absent !== undefined) return `${this.#words(absent)} is not given`;
    if (memberOf(node) !== undefined) return `${this.#value(node, 'number')} is false`;
    return `it is not so that (${this.read(node)})`;
  }

  #comparison(node: ASTNode, operator: Comparator): string {
    const [left, right] = childrenOf(node);
    if (left === undefined || right === undefined)
      throw new TypeError('A comparison has two sides.');
    const unit = this.#unitOf(node);
    const words = isTime(left) || isTime(right) ? TIME_COMPARISONS : COMPARISONS;
    return `${this.#value(left, unit)} ${words[operator]} ${this.#value(right, unit)}`;
  }

  #membership([item, list]: readonly [ASTNode, ASTNode], unit: Unit): string {
    return `${this.#value(item, unit)} is one of ${this.#value(list, unit)}`;
  }

  #textTest(node: Extract<ASTNode, { op: 'rcall' }>): string {
    const [name, receiver, [part]] = node.args;
    const words = TEXT_TESTS[name];
    if (words === undefined || part === undefined) throw new TypeError('A method is no text test.');
    return `${this.#value(receiver, 'number')} ${words} ${this.#value(part, 'number')}`;
  }

  /** Literals have a unit only where everything else in the comparison has the same. */
  #unitOf(comparison: ASTNode): Unit {
    const others = childrenOf(comparison).filter(
      (side) => side.op !== 'list' && literalOf(side) === undefined,
    );
    const members = others.flatMap((side) => memberOf(side) ?? []);
    if (members.length === 0 || members.length < others.length) return 'number';
    if (members.every((member) => MONEY.has(member))) return 'usd';
    return members.every((member) => this.#decimals.has(member)) ? 'hundredths' : 'number';
  }

  #value(node: ASTNode, unit: Unit): string {
    const member = memberOf(node);
    if (member !== undefined) return this.#words(member) + this.#rawUnit(member, unit);
    const literal = literalOf(node);
    if (literal !== undefined) return literalWords(literal, unit);
    switch (node.op) {
      case 'id':
        return 'the time of the decision';
      case 'list':
        return node.args.map((item) => this.#value(item, unit)).join(', ');
      case 'call':
      case 'rcall':
        return this.#callValue(node);
      case '-':
        return `the time since ${this.#value(node.args[1], unit)}`;
      default:
        return `whether (${this.read(node)})`;
    }
  }

  #callValue(node: Extract<ASTNode, { op: 'call' | 'rcall' }>): string {
    const name = node.args[0];
    const [argument] = childrenOf(node);
    if (argument === undefined) throw new TypeError('A call has an argument.');
    if (name === 'size') return `the length of ${this.#value(argument, 'number')}`;
    const time = literalOf(argument);
    if (name === 'timestamp' || name === 'duration') return String(time);
    return `whether (${this.#test(node)})`;
  }

  /** Where an amount meets something that is none, the unit of the integer is said. */
  #rawUnit(member: string, unit: Unit): string {
    if (unit !== 'number') return '';
    if (MONEY.has(member)) return ' in cents';
    return this.#decimals.has(member) ? ' in hundredths' : '';
  }

  #words(member: string): string {
    return MEMBER_WORDS[member] ?? `the fact ${member.slice(member.indexOf('.') + 1)}`;
  }
}

/** `has(x)` beside a test that reads x adds nothing for a human reader. */
function isSaidAnyway(node: ASTNode, operands: readonly ASTNode[]): boolean {
  const member = presenceOf(node);
  if (member === undefined) return false;
  return operands.some((other) => presenceOf(other) === undefined && readsAlways(other, member));
}

/** Whether a test reads the member whatever else holds, so that its clause says it. */
function readsAlways(node: ASTNode, member: string): boolean {
  if (node.op === '&&' || node.op === '||' || node.op === '!_') {
    return node.op === '!_' && memberOf(node.args) === member;
  }
  return Array.from(nodesOf(node)).some((part) => memberOf(part) === member);
}

/** The member that a comparison begins with. */
function subjectOf(node: ASTNode): string | undefined {
  if (node.op === '&&' || node.op === '||') return undefined;
  const [left] = childrenOf(node);
  return left && memberOf(left);
}

function isTime(node: ASTNode): boolean {
  return node.op === 'id' || (node.op === 'call' && node.args[0] === 'timestamp');
}

function literalWords(literal: string | bigint | boolean, unit: Unit): string {
  if (typeof literal === 'string') return JSON.stringify(literal);
  if (typeof literal === 'boolean') return String(literal);
  if (unit === 'usd') return formatUsd(literal);
  return unit === 'hundredths' ? formatHundredths(literal) : grouped(literal.toString());
}
