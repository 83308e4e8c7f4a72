/** What conditions see of an opening. */
import { type FactValue, type Opening, parseTime } from '@craton/protocol';
import { type CelValue, emptyInputs, type Inputs } from './condition.ts';
import type { LoadedPath } from './load-path.ts';
import type { MemberType, RecordType } from './schema.ts';

/**
 * The records of PROTOCOL section 8. Throws if a value has another type than the path declares or
 * if a ledger fact that a rule names is missing: `||` in a rule could hide that, so it is found here.
 */
export function inputsOf(path: LoadedPath, opening: Opening): Inputs {
  const inputs = emptyInputs(BigInt(parseTime(opening.evaluated_at)));
  const { facts, authority, request } = opening;
  // Picked by name: a declared fact may be called gate_type or decision_type.
  const { decision_owner, decision_size_usd_cents } = facts;
  fill(inputs.request, path.schema.request, {
    ...request,
    decision_owner,
    decision_size_usd_cents,
  });
  fill(inputs.facts, path.schema.facts, facts);
  fill(inputs.authority, path.schema.authority, { ...authority });
  const missing = path.windowFacts.find((name) => !inputs.facts.has(name));
  if (missing !== undefined) throw new TypeError(`The opening lacks ${missing}.`);
  return inputs;
}

function fill(
  record: Map<string, CelValue>,
  type: RecordType,
  values: Readonly<Record<string, FactValue | undefined>>,
): void {
  for (const [name, member] of type) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) record.set(name, celValue(value, member.type));
  }
}

function celValue(value: FactValue, type: MemberType['type']): CelValue {
  switch (type) {
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'int':
      if (Number.isSafeInteger(value)) return BigInt(value);
      break;
  }
  throw new TypeError(`A fact is not a ${type}.`);
}
