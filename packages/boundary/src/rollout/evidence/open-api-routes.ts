/** Routes as an OpenAPI document lists them, and which of them could deploy. */
import type { DeployRouteEvidence } from '@craton/policy';
import { isJsonObject, type JsonObject, type JsonValue } from '@craton/protocol';

export interface OpenApiRoute {
  readonly method: 'GET' | 'POST';
  /** With its parameters in braces. */
  readonly path: string;
  readonly operationId: string;
}

/** Every operation of a document; empty for what is no OpenAPI document. */
export function openApiRoutes({ paths }: JsonObject): readonly OpenApiRoute[] {
  if (!isJsonObject(paths)) return [];
  return Object.entries(paths).flatMap(([path, operations]) =>
    isJsonObject(operations)
      ? Object.entries(operations).map(([method, operation]) => ({
          method: method === 'get' ? ('GET' as const) : ('POST' as const),
          path,
          operationId: operationIdOf(operation),
        }))
      : [],
  );
}

function operationIdOf(operation: JsonValue): string {
  const name = isJsonObject(operation) ? operation['operationId'] : undefined;
  return typeof name === 'string' ? name : '';
}

/** By the words of an address or a name; `activation`, a page about gates, is none of them. */
const DEPLOYING = /deploy(?!ment)|activate|promote|publish|go-?live|roll-?back|break-?_?glass/i;

/**
 * G4.4. `drafts`: the document that self-service serves now; without it nothing can be said, and
 * then no route is listed at all, which is inconclusive.
 */
export function deployRouteEvidence(
  operator: JsonObject,
  drafts: JsonObject | undefined,
): DeployRouteEvidence {
  const ofDrafts = drafts === undefined ? [] : openApiRoutes(drafts);
  if (ofDrafts.length === 0) return { operator_routes: [], self_service_routes: [] };
  return {
    operator_routes: openApiRoutes(operator)
      .filter(({ path, method }) => method === 'POST' && path.startsWith('/operator/'))
      .filter(canDeploy)
      .map(nameOf),
    self_service_routes: ofDrafts.filter(canDeploy).map(nameOf),
  };
}

function canDeploy({ path, operationId }: OpenApiRoute): boolean {
  return DEPLOYING.test(path) || DEPLOYING.test(operationId);
}

function nameOf({ method, path }: OpenApiRoute): string {
  return `${method} ${path}`;
}
