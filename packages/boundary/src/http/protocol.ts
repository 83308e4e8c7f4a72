/** Public material: with it anybody checks receipts without asking us about one. */
import { ERROR_CODES } from '@craton/protocol';
import {
  buildOpenApi,
  type DocumentedRoute,
  ERROR_MEANINGS,
  PUBLIC_DOCUMENT_HEADERS,
} from '@craton/service';
import type { TSchema } from 'typebox';
import Type from 'typebox';
import type { VerificationMaterial } from '../verification-material.ts';
import { type CacheableDocument, jsonDocument, sendCacheable } from './cacheable.ts';
import { protocolSpec, type SpecScope } from './protocol-spec.ts';
import { ErrorCodes, KeySet, OfflineBundle, Problem } from './schemas.ts';
import { payloadSchema } from './spec-documents.ts';

export interface ProtocolPorts extends SpecScope {
  readonly material: VerificationMaterial;
}

/** Address of the list of error codes; the `type` of a problem points into it. */
export const PROBLEM_TYPE_BASE = '/protocol/v1/errors#';

export function protocolRoutes(ports: ProtocolPorts): readonly DocumentedRoute[] {
  const { keys } = ports.material;
  return [
    publicRoute({
      path: '/protocol/v1/spec',
      operationId: 'getSpec',
      summary: 'The protocol as data',
      value: protocolSpec(ports),
    }),
    publicRoute({
      path: '/protocol/v1/schema',
      operationId: 'getPayloadSchema',
      summary: 'JSON Schema of signed payloads, with the envelope among its definitions',
      value: payloadSchema(),
    }),
    publicRoute({
      path: '/protocol/v1/errors',
      operationId: 'getErrorCodes',
      summary: 'Every error code: status, who can fix it, whether to try again',
      value: errorCodeRows(),
      schema: ErrorCodes,
    }),
    publicRoute({
      path: '/protocol/v1/jwks.json',
      operationId: 'getKeys',
      summary: 'Public signing keys; retired ones stay',
      value: { keys },
      schema: KeySet,
    }),
    publicRoute({
      path: '/self-service/verify-keys/offline-bundle',
      operationId: 'getOfflineBundle',
      summary: 'Keys and root attestations in one file, for checking without a network',
      value: offlineBundle(ports),
      schema: OfflineBundle,
    }),
  ];
}

/** Keys and attestations in one document. It is no source of trust: a trust policy is. */
export function offlineBundle({ material, issuer, environment }: ProtocolPorts) {
  return {
    object: 'craton.receipt.offline_key_bundle.v1',
    issuer,
    environment,
    keys: material.keys,
    attestations: material.attestations,
  } as const;
}

/** The rows of `spec/error-codes.json`. */
export function errorCodeRows() {
  return ERROR_CODES.map((code) => ({ code, ...ERROR_MEANINGS[code] }));
}

/** Describes the routes given, and itself. The same document is `spec/openapi.json`. */
export function openApiRoute(version: string, routes: readonly DocumentedRoute[]): DocumentedRoute {
  const self = {
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This document',
    schema: Type.Object({}),
  };
  const described = [...routes, publicRoute({ ...self, value: {} })];
  return publicRoute({ ...self, value: openApiDocument(version, described) });
}

export function openApiDocument(version: string, routes: readonly DocumentedRoute[]) {
  const sorted = routes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return buildOpenApi(
    {
      title: 'Craton boundary',
      version,
      description:
        'Ask before something irreversible; get a verdict and a signed receipt that anybody can check offline.',
    },
    sorted,
    Problem,
  );
}

interface PublicRoute {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly value: unknown;
  readonly schema?: TSchema;
}

function publicRoute({ value, schema, ...route }: PublicRoute): DocumentedRoute {
  const document: CacheableDocument = jsonDocument(value);
  return {
    ...route,
    method: 'GET',
    answer: {
      description: 'The document.',
      contentType: 'application/json',
      ...(schema && { schema }),
      headers: { ETag: 'Send it back as `If-None-Match`; the answer is 304 if nothing changed.' },
    },
    errors: [],
    handle: (request, reply) =>
      sendCacheable(request, reply.headers(PUBLIC_DOCUMENT_HEADERS), document),
  };
}
