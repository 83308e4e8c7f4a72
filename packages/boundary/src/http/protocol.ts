/** Public material: with it anybody checks receipts without asking us about one. */
import type { JsonObject } from '@craton/protocol';
import {
  errorCodeRows,
  PUBLIC_DOCUMENT_HEADERS,
  type Route,
  type RouteDocument,
} from '@craton/service';
import Type, { type TSchema } from 'typebox';
import type { VerificationMaterial } from '../verification-material.ts';
import { jsonDocument, sendCacheable } from './cacheable.ts';
import { protocolSpec, type SpecScope } from './protocol-spec.ts';
import { ErrorCodes, KeySet, OfflineBundle } from './schemas.ts';
import { payloadSchema } from './spec-documents.ts';

export interface ProtocolPorts extends SpecScope {
  readonly material: VerificationMaterial;
}

/** Address of the list of error codes; the `type` of a problem points into it. */
export const PROBLEM_TYPE_BASE = '/protocol/v1/errors#';

const SPEC = publicDocument('/protocol/v1/spec', 'getSpec', 'The protocol as data');
const SCHEMA = publicDocument(
  '/protocol/v1/schema',
  'getPayloadSchema',
  'JSON Schema of signed payloads, with the envelope among its definitions',
);
const ERRORS = publicDocument(
  '/protocol/v1/errors',
  'getErrorCodes',
  'Every error code: status, who can fix it, whether to try again',
  ErrorCodes,
);
const KEYS = publicDocument(
  '/protocol/v1/jwks.json',
  'getKeys',
  'Public signing keys; retired ones stay',
  KeySet,
);
const OFFLINE_BUNDLE = publicDocument(
  '/self-service/verify-keys/offline-bundle',
  'getOfflineBundle',
  'Keys and root attestations in one file, for checking without a network',
  OfflineBundle,
);
const OPENAPI = publicDocument('/openapi.json', 'getOpenApi', 'This document');

export const PROTOCOL_DOCUMENTS: readonly RouteDocument[] = [
  SPEC,
  SCHEMA,
  ERRORS,
  KEYS,
  OFFLINE_BUNDLE,
  OPENAPI,
];

export function protocolRoutes(ports: ProtocolPorts, openApi: unknown): readonly Route[] {
  return [
    publicRoute(SPEC, protocolSpec(ports)),
    publicRoute(SCHEMA, payloadSchema()),
    publicRoute(ERRORS, errorCodeRows()),
    publicRoute(KEYS, { keys: ports.material.keys }),
    publicRoute(OFFLINE_BUNDLE, offlineBundle(ports)),
    publicRoute(OPENAPI, openApi),
  ];
}

/** Keys, attestations and statements about compromised keys; no source of trust: a trust policy is. */
export function offlineBundle({ material, issuer, environment }: ProtocolPorts): JsonObject {
  const stated = material.keyCompromises.map(({ statement }) => ({ ...statement }));
  return {
    object: 'craton.receipt.offline_key_bundle.v1',
    issuer,
    environment,
    keys: material.keys.map((key) => ({ ...key })),
    attestations: material.attestations.map((attestation) => ({ ...attestation })),
    ...(stated.length > 0 && { key_compromises: stated }),
  };
}

function publicDocument(
  path: string,
  operationId: string,
  summary: string,
  schema: TSchema = Type.Object({}),
): RouteDocument {
  return {
    method: 'GET',
    path,
    operationId,
    summary,
    answer: {
      description: 'The document.',
      contentType: 'application/json',
      schema,
      headers: { ETag: 'Send it back as `If-None-Match`; the answer is 304 if nothing changed.' },
    },
    errors: [],
  };
}

function publicRoute(document: RouteDocument, value: unknown): Route {
  const json = jsonDocument(value);
  return {
    ...document,
    handle: (request, reply) =>
      sendCacheable(request, reply.headers(PUBLIC_DOCUMENT_HEADERS), json),
  };
}
