/** Builds an OpenAPI 3.1 document from what routes say about themselves. */
import type { ErrorCode } from '@craton/protocol';
import type { TSchema } from 'typebox';
import { ERROR_MEANINGS } from '../problem.ts';
import type { Route } from './route.ts';

export interface AnswerDocument {
  readonly description: string;
  readonly contentType: string;
  readonly schema?: TSchema;
  /** Names of headers and what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What callers are told about a route. */
export interface RouteDocument {
  readonly method: Route['method'];
  readonly path: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly restParameter?: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Absent: the route is public, or open to whoever has a key of `keyHolder`. */
  readonly scope?: string;
  /** Who has the key for this scope; callers if absent. */
  readonly keyHolder?: 'caller' | 'operator';
  readonly body?: TSchema;
  /** Request headers and what they do. */
  readonly headers?: Readonly<Record<string, TSchema>>;
  /** The answer 200. */
  readonly answer: AnswerDocument;
  /** What it refuses with, besides what every route does. */
  readonly errors: readonly ErrorCode[];
}

/** Every route can answer these. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  'ERR_HTTP',
  'ERR_METHOD_NOT_ALLOWED',
  'ERR_RATE_LIMITED',
  'ERR_SHUTTING_DOWN',
  'ERR_INTERNAL',
];

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

/** The document, ready to be serialised. Schemas with `$id` become components. */
export function buildOpenApi(
  info: ApiInfo,
  documents: readonly RouteDocument[],
  problem: TSchema,
): Record<string, unknown> {
  const components: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  const shared = (schema: unknown): unknown => shareComponents(schema, components);
  for (const route of documents) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = describeOperation(route, problem, shared);
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info,
    paths,
    components: {
      schemas: sortMembers(components),
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `craton_bnd_...`.' },
        ...(documents.some(isForOperators) && OPERATOR_SCHEMES),
      },
    },
  };
}

const OPERATOR_SCHEMES = {
  operatorToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'An operator’s token: `craton_ops_...`.',
  },
  operatorSession: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-craton_operator',
    description:
      'The session of a person who signed in with a browser. Changes need the header X-CSRF-Token, too.',
  },
} as const;

function isForOperators({ keyHolder }: RouteDocument): boolean {
  return keyHolder === 'operator';
}

/** The keys of which a route asks for one, and the scope. */
function securityOf(route: RouteDocument): object[] {
  const scopes = route.scope === undefined ? [] : [route.scope];
  if (isForOperators(route)) return [{ operatorToken: scopes }, { operatorSession: scopes }];
  return scopes.length === 0 ? [] : [{ apiKey: scopes }];
}

type Share = (schema: unknown) => unknown;

function describeOperation(route: RouteDocument, problem: TSchema, share: Share): unknown {
  const { operationId, summary, description, body } = route;
  const parameters = [
    ...parametersIn('path', route.params, share),
    ...parametersIn('query', route.query, share),
    ...Object.entries(route.headers ?? {}).map(([name, schema]) =>
      parameter('header', name, schema),
    ),
  ];
  return {
    operationId,
    summary,
    ...(description && { description }),
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: share(body) } } },
    }),
    responses: {
      200: describeAnswer(route.answer, share),
      ...describeErrors(route, problem, share),
    },
  };
}

function describeAnswer(answer: AnswerDocument, share: Share): unknown {
  const { description, contentType, schema, headers } = answer;
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: 'string' } },
        ]),
      ),
    }),
    content: { [contentType]: schema === undefined ? {} : { schema: share(schema) } },
  };
}

function describeErrors(route: RouteDocument, problem: TSchema, share: Share): object {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...route.errors, ...COMMON_ERRORS]) {
    const { status } = ERROR_MEANINGS[code];
    if (status !== null) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${ERROR_MEANINGS[code].sentence}`).join(' '),
      content: { 'application/problem+json': { schema: share(problem) } },
    },
  ]);
  return Object.fromEntries(entries) as object;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

function parametersIn(
  place: 'path' | 'query',
  schema: TSchema | undefined,
  share: Share,
): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as ObjectSchema;
  return Object.entries(properties).map(([name, property]) =>
    parameter(place, name, share(property), required.includes(name)),
  );
}

function parameter(place: string, name: string, schema: unknown, required = false): object {
  return { name, in: place, required, schema };
}

/** A copy in which every schema with `$id` is a reference to its one component. */
function shareComponents(schema: unknown, components: Record<string, unknown>): unknown {
  if (Array.isArray(schema)) return schema.map((item) => shareComponents(item, components));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $id: id, ...members } = schema as Record<string, unknown>;
  const copy = (): object =>
    Object.fromEntries(
      Object.entries(members).map(([name, value]) => [name, shareComponents(value, components)]),
    );
  if (typeof id !== 'string') return copy();
  components[id] ??= copy();
  return { $ref: `#/components/schemas/${id}` };
}

function sortMembers(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
