/** The OpenAPI document of self-service, the same for every instance of this version. */
import { isJsonObject, type JsonObject } from '@craton/protocol';
import { buildOpenApi, ProblemSchema } from '@craton/service';
import { READINESS_DOCUMENTS } from '../readiness/routes.ts';
import { VERSION } from '../version.ts';
import { SELF_SERVICE_DOCUMENTS } from './documents.ts';

const INFO = {
  title: 'Craton self-service',
  version: VERSION,
  description:
    'Prepare one boundary path: compose, preview, save, request review. Nothing is live.',
} as const;

const SECURITY_SCHEMES = {
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description:
      'A key of a named person: `craton_ssv_...`; of the operator side: `craton_pull_...`.',
  },
} as const;

/** The document as plain JSON. */
export function selfServiceOpenApi(): JsonObject {
  const documents = [...SELF_SERVICE_DOCUMENTS, ...READINESS_DOCUMENTS];
  const document = parsePlain(buildOpenApi(INFO, documents, ProblemSchema));
  const components = document['components'];
  const known = isJsonObject(components) ? components : {};
  return { ...document, components: { ...known, securitySchemes: SECURITY_SCHEMES } };
}

/** Through text, which drops the marks that schema builders leave. */
function parsePlain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
