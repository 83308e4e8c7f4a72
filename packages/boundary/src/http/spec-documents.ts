/** Reads the schemas of `spec/`, which are the language-neutral truth, and bundles them. */
import { readFileSync } from 'node:fs';
import {
  isJsonList,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseStrict,
} from '@craton/protocol';

const SCHEMAS = new URL('../../../../spec/schemas/', import.meta.url);
const URN = 'urn:craton:spec:v1:';
/** Nesting of a schema file at most. */
const SCHEMA_DEPTH_MAX = 64;

/** The schema of signed payloads, with every schema that it refers to embedded under `$defs`. */
export function payloadSchema(): JsonObject {
  const embedded = new Map<string, JsonObject>();
  const root = readSchema('payload');
  const open = referencesOf(root);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === 'payload' || embedded.has(name)) continue;
    const schema = readSchema(name);
    embedded.set(name, schema);
    open.push(...referencesOf(schema));
  }
  const own = isJsonObject(root['$defs']) ? root['$defs'] : {};
  return { ...root, $defs: { ...own, ...Object.fromEntries(embedded) } };
}

function readSchema(name: string): JsonObject {
  const bytes = readFileSync(new URL(`${name}.schema.json`, SCHEMAS));
  const schema = parseStrict(bytes, { numbers: 'safe', depthMax: SCHEMA_DEPTH_MAX });
  if (isJsonObject(schema)) return schema;
  throw new TypeError(`spec/schemas/${name}.schema.json is not an object.`);
}

/** Names of the other schema files that a schema refers to. */
function referencesOf(value: JsonValue): string[] {
  if (isJsonList(value)) return value.flatMap(referencesOf);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([member, inner]) => {
    if (member !== '$ref' || typeof inner !== 'string') return referencesOf(inner);
    return inner.startsWith(URN) ? [inner.slice(URN.length).replace(/#.*$/, '')] : [];
  });
}
