/** What conditions see of an opening. */
import type { Opening } from '@craton/protocol';
import { type CelValue, emptyInputs, type Inputs } from './condition.ts';
import type { LoadedPath } from './load-path.ts';
import type { MemberType, RecordName } from './schema.ts';

/**
 * The records of PROTOCOL section 8, with the members that the path's rules name. `nowMs` is the
 * opening's evaluated_at. Throws if a value has another type than the path declares or if one that
 * must be there is missing: an `||` in a rule could hide that, so it is found here.
 */
export function inputsOf(path: LoadedPath, opening: Opening, nowMs: number): Inputs {
  const inputs = emptyInputs(BigInt(nowMs));
  for (const { record, name, type, optional } of path.membersRead) {
    const value = valueOf(opening, record, name);
    if (value !== undefined) inputs[record].set(name, celValue(value, type));
    else if (!optional) throw new TypeError(`The opening lacks ${record}.${name}.`);
  }
  return inputs;
}

function valueOf(
  { request, facts, authority }: Opening,
  record: RecordName,
  name: string,
): unknown {
  switch (record) {
    case 'request':
      // Recorded among the facts, where no declared fact can have their names.
      if (name === 'decision_owner' || name === 'decision_size_usd_cents') return own(facts, name);
      return own(request, name);
    case 'facts':
      return own(facts, name);
    case 'authority':
      return own(authority, name);
  }
}

function own(record: object, name: string): unknown {
  const value: unknown = Object.hasOwn(record, name) ? Reflect.get(record, name) : undefined;
  return value;
}

function celValue(value: unknown, type: MemberType['type']): CelValue {
  switch (type) {
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'int':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
      break;
  }
  throw new TypeError(`A value is not a ${type}.`);
}
