/** The OpenAPI document, the same for every instance of this version: `spec/openapi.json`. */
import type { JsonObject } from '@craton/protocol';
import { buildOpenApi, HEALTH_DOCUMENTS, type RouteDocument } from '@craton/service';
import { VERSION } from '../version.ts';
import { CHECK_DOCUMENT } from './check.ts';
import { EXECUTION_DOCUMENTS } from './execution.ts';
import { EXPORT_DOCUMENTS } from './export.ts';
import { GOVERNANCE_DOCUMENTS } from './governance.ts';
import { LEAK_SEARCH_DOCUMENTS } from './leak-searches.ts';
import { LOG_DOCUMENTS } from './log.ts';
import { METRICS_DOCUMENT } from './metrics.ts';
import { OPERATOR_DOCUMENTS } from './operator-documents.ts';
import { PEOPLE_DOCUMENTS } from './people.ts';
import { POSTURE_DOCUMENT } from './posture.ts';
import { PROTOCOL_DOCUMENTS } from './protocol.ts';
import { RECEIPT_DOCUMENTS } from './receipts.ts';
import { ROLLOUT_DOCUMENTS } from './rollout-documents.ts';
import { SAMPLE_RECEIPT_DOCUMENT } from './sample-receipt.ts';
import { Problem } from './schemas.ts';
import { SMOKE_RUN_DOCUMENTS } from './smoke-runs.ts';

/** Every route but the pages and those of rollouts, which need a rollout in the right state. */
export const API_DOCUMENTS: readonly RouteDocument[] = [
  CHECK_DOCUMENT,
  ...EXECUTION_DOCUMENTS,
  ...RECEIPT_DOCUMENTS,
  ...OPERATOR_DOCUMENTS,
  ...SMOKE_RUN_DOCUMENTS,
  ...PEOPLE_DOCUMENTS,
  ...GOVERNANCE_DOCUMENTS,
  ...LEAK_SEARCH_DOCUMENTS,
  ...EXPORT_DOCUMENTS,
  ...PROTOCOL_DOCUMENTS,
  POSTURE_DOCUMENT,
  SAMPLE_RECEIPT_DOCUMENT,
  ...LOG_DOCUMENTS,
  ...HEALTH_DOCUMENTS,
  METRICS_DOCUMENT,
];

/** Every route but the pages. */
export const ALL_DOCUMENTS: readonly RouteDocument[] = [...API_DOCUMENTS, ...ROLLOUT_DOCUMENTS];

const INFO = {
  title: 'Craton boundary',
  version: VERSION,
  description:
    'Ask before something irreversible; get a verdict and a signed receipt that anybody can check offline.',
} as const;

/** The document as plain JSON. */
export function openApiDocument(): JsonObject {
  // Through text, which drops the marks that schema builders leave.
  return JSON.parse(JSON.stringify(buildOpenApi(INFO, ALL_DOCUMENTS, Problem))) as JsonObject;
}
