/** Reads the members of a request or an answer out of an OpenAPI document. */
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '@craton/protocol';

/** One member, with its place: `context.authorization_status`. */
export interface SchemaRow {
  readonly name: string;
  readonly required: boolean;
  /** Type and limits, in words. */
  readonly rule: string;
  /** What the document says about it; empty: nothing. */
  readonly description: string;
}

/** Nesting that is followed; requests are less deep. */
const DEPTH_MAX = 4;

/** Members of the JSON body that an operation accepts. */
export function requestRows(openapi: JsonObject, path: string): SchemaRow[] {
  const operation = at(openapi, 'paths', path, 'post');
  return rowsOf(openapi, at(operation, 'requestBody', 'content', 'application/json', 'schema'));
}

/** Members of the JSON body that an operation answers with status 200. */
export function answerRows(openapi: JsonObject, path: string): SchemaRow[] {
  const answer = at(openapi, 'paths', path, 'post', 'responses', '200');
  return rowsOf(openapi, at(answer, 'content', 'application/json', 'schema'), 1);
}

/** Error codes that the answers of an operation name, in the order of their statuses. */
export function errorCodesOf(openapi: JsonObject, path: string): string[] {
  const answers = at(openapi, 'paths', path, 'post', 'responses');
  if (!isJsonObject(answers)) return [];
  return Object.values(answers).flatMap((unresolved) => {
    const answer = resolve(openapi, unresolved);
    const text = isJsonObject(answer) ? textOf(answer, 'description') : '';
    return [...text.matchAll(/`(ERR_[A-Z_]+)`/g)].flatMap(([, code]) => code ?? []);
  });
}

function rowsOf(
  openapi: JsonObject,
  unresolved: JsonValue | undefined,
  depthMax = DEPTH_MAX,
  prefix = '',
): SchemaRow[] {
  const schema = resolve(openapi, unresolved);
  const properties = isJsonObject(schema) ? schema['properties'] : undefined;
  if (!isJsonObject(schema) || !isJsonObject(properties)) return [];
  const required = isJsonList(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).flatMap(([name, value]) => {
    const member = resolve(openapi, value);
    if (!isJsonObject(member)) return [];
    const row = {
      name: prefix + name,
      required: required.includes(name),
      rule: ruleOf(openapi, member),
      description: textOf(member, 'description'),
    };
    const isLeaf = depthMax <= 1 || !isJsonObject(member['properties']);
    return isLeaf ? [row] : rowsOf(openapi, member, depthMax - 1, `${prefix}${name}.`);
  });
}

/** Follows local references, as far as they are sane. */
function resolve(openapi: JsonObject, value: JsonValue | undefined): JsonValue | undefined {
  let current = value;
  for (let hops = 0; hops < 8; hops += 1) {
    const reference = isJsonObject(current) ? current['$ref'] : undefined;
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return current;
    current = at(openapi, ...reference.slice(2).split('/'));
  }
  return undefined;
}

function at(value: JsonValue | undefined, ...names: readonly string[]): JsonValue | undefined {
  return names.reduce<JsonValue | undefined>(
    (current, name) => (isJsonObject(current) ? current[name] : undefined),
    value,
  );
}

function ruleOf(openapi: JsonObject, schema: JsonObject): string {
  const alternatives = [schema['anyOf'], schema['oneOf']].find(isJsonList);
  if (alternatives) return alternativesOf(openapi, alternatives);
  if ('const' in schema) return JSON.stringify(schema['const']);
  const values = schema['enum'];
  if (isJsonList(values)) return values.map((value) => JSON.stringify(value)).join(', ');
  return [typeOf(schema), ...limitsOf(schema)].join(', ');
}

function alternativesOf(openapi: JsonObject, alternatives: readonly JsonValue[]): string {
  const words = alternatives.map((one) => {
    const schema = resolve(openapi, one);
    return isJsonObject(schema) ? ruleOf(openapi, schema) : 'any';
  });
  return [...new Set(words)].join(' or ');
}

function typeOf(schema: JsonObject): string {
  const type = schema['type'];
  const types = isJsonList(type) ? type : [type];
  return types.filter((name) => typeof name === 'string').join(' or ') || 'any';
}

/** Limits of a schema, in words. */
const LIMITS: readonly (readonly [string, (limit: string | number) => string])[] = [
  ['format', (format) => `${format}`],
  ['minimum', (least) => `from ${least}`],
  ['maximum', (most) => `up to ${most}`],
  ['maxLength', (most) => `at most ${most} characters`],
  ['maxProperties', (most) => `at most ${most} members`],
  ['maxItems', (most) => `at most ${most} entries`],
];

function limitsOf(schema: JsonObject): string[] {
  return LIMITS.flatMap(([name, words]) => {
    const limit = schema[name];
    return typeof limit === 'string' || typeof limit === 'number' ? [words(limit)] : [];
  });
}

function textOf(schema: JsonObject, name: string): string {
  const text = schema[name];
  return typeof text === 'string' ? text : '';
}
