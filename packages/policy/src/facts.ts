/** Declared facts of a request, read as their path declares them. */
import {
  type CheckRequest,
  CratonError,
  type Facts,
  type FactValue,
  isReference,
  parseHundredths,
  REFERENCE_CODE_POINTS_MAX,
  showableName,
  type SubmittedFact,
} from '@craton/protocol';
import type { LoadedPath } from './load-path.ts';
import { type FactDeclaration, hundredthsOf } from './path-document.ts';

/**
 * The declared facts that the request carries, with the values that are evaluated and recorded:
 * `decimal2` as integer hundredths. A required fact that is missing is no error here; the verdict
 * says so.
 *
 * Throws `ERR_REQUEST_FIELD` with the field `context.facts.NAME` for a fact that the path does not
 * declare, that has another type, or that is out of bounds. Source: PROTOCOL sections 2 and 8.
 */
export function readFacts(path: LoadedPath, request: CheckRequest): Facts {
  const facts: Record<string, FactValue> = {};
  for (const [name, submitted] of Object.entries(request.facts)) {
    const declaration = path.document.facts.find((fact) => fact.name === name);
    if (declaration === undefined)
      throw refused(name, 'is not declared by the path of this boundary');
    facts[name] = readFact(declaration, submitted);
  }
  return facts;
}

function readFact(fact: FactDeclaration, submitted: SubmittedFact): FactValue {
  const { value, numberText } = submitted;
  switch (fact.type) {
    case 'string':
      if (typeof value === 'string') return withinLength(value, fact);
      throw refused(fact.name, 'must be a string');
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw refused(fact.name, 'must be true or false');
    case 'integer':
      if (numberText !== undefined && /^-?[0-9]+$/.test(numberText)) {
        return withinBounds(Number(numberText), fact.name, fact);
      }
      throw refused(fact.name, 'must be an integer, written without a fraction');
    case 'decimal2':
      return withinBounds(readHundredths(fact.name, numberText), fact.name, {
        ...(fact.min !== undefined && { min: hundredthsOf(fact.min) }),
        ...(fact.max !== undefined && { max: hundredthsOf(fact.max) }),
      });
  }
}

function withinLength(value: string, fact: { name: string; max_length?: number }): string {
  const max = fact.max_length ?? REFERENCE_CODE_POINTS_MAX;
  if (isReference(value, max)) return value;
  throw refused(fact.name, `must have 1 to ${max} characters`);
}

function readHundredths(name: string, numberText: string | undefined): number {
  const hundredths = numberText === undefined ? undefined : parseHundredths(numberText);
  if (hundredths !== undefined) return hundredths;
  throw refused(
    name,
    'must be zero or positive, with at most 13 digits before the point and 2 after',
  );
}

function withinBounds(
  value: number,
  name: string,
  { min, max }: { min?: number | undefined; max?: number | undefined },
): number {
  const isWithin = (min === undefined || value >= min) && (max === undefined || value <= max);
  if (isWithin) return value;
  throw refused(name, 'is out of the bounds that the path declares');
}

function refused(name: string, problem: string): CratonError {
  const field = `context.facts.${showableName(name)}`;
  return new CratonError('ERR_REQUEST_FIELD', `${field} ${problem}.`, { field });
}
