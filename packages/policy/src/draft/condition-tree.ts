/** Walks over the syntax trees of conditions that the profile accepted. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { memberPath } from '../cel-profile.ts';
import { type RecordName, RECORDS } from '../schema.ts';

export type { ASTNode };

/** A value that stands in a condition. */
export type Literal = string | bigint | boolean;

/** The parts of a node, left to right. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
      return [node.args[0]];
    case '!_':
    case '-_':
      return [node.args];
    case 'list':
      return node.args;
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case '&&':
    case '||':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '-':
      return node.args;
    default:
      throw new TypeError('A node is outside the profile.');
  }
}

/** `request.decision_type` for the node that selects it; undefined for any other node. */
export function memberOf(node: ASTNode): string | undefined {
  if (node.op !== '.') return undefined;
  const [record, name] = node.args;
  if (record.op !== 'id') return undefined;
  const known: RecordName | undefined = RECORDS.find((candidate) => candidate === record.args);
  return known && memberPath(known, name);
}

/** The value of a literal, with its minus; undefined for any other node. */
export function literalOf(node: ASTNode): Literal | undefined {
  if (node.op === '-_') {
    const negated = literalOf(node.args);
    return typeof negated === 'bigint' ? -negated : undefined;
  }
  if (node.op !== 'value') return undefined;
  const { args } = node;
  const isLiteral =
    typeof args === 'string' || typeof args === 'bigint' || typeof args === 'boolean';
  return isLiteral ? args : undefined;
}

/** The member of `has(member)`. */
export function presenceOf(node: ASTNode): string | undefined {
  if (node.op !== 'call' || node.args[0] !== 'has') return undefined;
  const [field] = node.args[1];
  return field && memberOf(field);
}

/** The operands of a chain of one logical operator, left to right, however it is nested. */
export function operandsOf(node: ASTNode, operator: '&&' | '||'): readonly ASTNode[] {
  if (node.op !== operator) return [node];
  return node.args.flatMap((side) => operandsOf(side, operator));
}

/** Every node, the whole first. */
export function* nodesOf(node: ASTNode): Generator<ASTNode> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

/** What a member is compared with: literals, and other members. */
export interface Comparison {
  readonly member: string;
  readonly literals: readonly Literal[];
  readonly members: readonly string[];
}

/** Every comparison and text test in which a member takes part, one for each such member. */
export function* comparisonsOf(condition: ASTNode): Generator<Comparison> {
  for (const node of nodesOf(condition)) {
    // The operands of && are no partners of each other, and has() compares nothing.
    if (node.op === '&&' || node.op === '||' || presenceOf(node) !== undefined) continue;
    const parts = childrenOf(node);
    const members = parts.flatMap((part) => memberOf(part) ?? []);
    const literals = parts.flatMap(literalsIn);
    for (const member of members) {
      yield { member, literals, members: members.filter((other) => other !== member) };
    }
  }
}

function literalsIn(node: ASTNode): readonly Literal[] {
  const own = literalOf(node);
  if (own !== undefined) return [own];
  return node.op === 'list' ? node.args.flatMap((item) => literalOf(item) ?? []) : [];
}
