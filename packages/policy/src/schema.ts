/** What conditions can name: the records of PROTOCOL section 8 and the types of their members. */
import type { FactDeclaration, FactType } from './path-document.ts';

/** Static types of the profile. Milliseconds are the unit of times and durations. */
export type CelType =
  | 'string'
  | 'int'
  | 'bool'
  | 'timestamp'
  | 'duration'
  | 'list<string>'
  | 'list<int>'
  | 'list<bool>';

export const RECORDS = ['request', 'facts', 'authority'] as const;
export type RecordName = (typeof RECORDS)[number];

export interface MemberType {
  readonly type: 'string' | 'int' | 'bool';
  /** May be absent, so it is read only behind `has()`. */
  readonly optional: boolean;
}

export type RecordType = ReadonlyMap<string, MemberType>;
export type Schema = Readonly<Record<RecordName, RecordType>>;

/** Facts that the production ledger adds, over the 24 h before `evaluated_at`. */
export const WINDOW_FACTS = ['window_count_24h', 'window_sum_usd_cents_24h'] as const;
export type WindowFact = (typeof WINDOW_FACTS)[number];

const REQUEST: RecordType = new Map<string, MemberType>([
  ['gate_type', { type: 'string', optional: false }],
  ['system_scope', { type: 'string', optional: false }],
  ['decision_type', { type: 'string', optional: true }],
  ['decision_owner', { type: 'string', optional: true }],
  ['decision_size_usd_cents', { type: 'int', optional: true }],
]);

const AUTHORITY: RecordType = new Map<string, MemberType>(
  ['class', 'status', 'source', 'reference'].map((name) => [
    name,
    { type: 'string', optional: false },
  ]),
);

const CEL_TYPE_OF_FACT: Readonly<Record<FactType, MemberType['type']>> = {
  string: 'string',
  integer: 'int',
  boolean: 'bool',
  decimal2: 'int',
};

/** The static types of everything that a rule of a path with these facts may name. */
export function schemaOf(facts: readonly FactDeclaration[]): Schema {
  const declared = facts.map(({ name, type, required }): [string, MemberType] => [
    name,
    { type: CEL_TYPE_OF_FACT[type], optional: !required },
  ]);
  const windows = WINDOW_FACTS.map((name): [string, MemberType] => [
    name,
    { type: 'int', optional: false },
  ]);
  return { request: REQUEST, facts: new Map([...declared, ...windows]), authority: AUTHORITY };
}
