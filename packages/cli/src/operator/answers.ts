/** Reads what the operator API answers. It is shown, so each text is made safe to show. */
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '@craton/protocol';
import { notOurs } from '../server/server-client.ts';
import { printable } from '../text.ts';

/** The objects of a list. Fails if the answer is not what it should be. */
export function objectsOf(answer: JsonObject, name: string): readonly JsonObject[] {
  const list = answer[name];
  if (isJsonList(list) && list.every(isJsonObject)) return list;
  throw notOurs(`the answer has no list ${name}`);
}

/** A value in one line; nothing for an absent one. */
export function shown(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  if (isJsonList(value)) return value.map(shown).join(' ');
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
