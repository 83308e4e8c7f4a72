/** What changed between two versions of a draft, member by member. */
import { canonicalize, isJsonList, isJsonObject, type JsonValue } from '@craton/protocol';

/** One changed member; `before` absent: added, `after` absent: removed. */
export interface Change {
  /** Dotted, list items by their place: `expected_verdicts[0].verdict`. */
  readonly field: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** The changes from one JSON document to another, in the order of the members; equal: none. */
export function diffDocuments(before: JsonValue, after: JsonValue): readonly Change[] {
  return Array.from(changesOf(before, after, ''));
}

function* changesOf(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  field: string,
): Generator<Change> {
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const inner = field === '' ? name : `${field}.${name}`;
      yield* changesOf(own(before, name), own(after, name), inner);
    }
  } else if (isJsonList(before) && isJsonList(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      yield* changesOf(before[index], after[index], `${field}[${index}]`);
    }
  } else if (textOf(before) !== textOf(after)) {
    yield {
      field,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    };
  }
}

function own(object: Readonly<Record<string, JsonValue>>, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : canonicalize(value);
}
