/** What operators are told about each route. */
import type { RouteDocument } from '@craton/service';
import Type, { type TSchema } from 'typebox';
import { EVENT_PAGE_MAX } from '../ledger/administration.ts';
import { KEY_ERRORS, type KeyedDocument } from './authenticate.ts';
import { BODY_ERRORS } from './error-lists.ts';
import {
  ApiKeyInfo,
  ApiKeys,
  AppliedPath,
  AuditEvents,
  IssuedApiKey,
  KeyId,
  NewApiKey,
  NewPartner,
  Nothing,
  Partner,
  PartnerId,
  Partners,
  PathVersions,
} from './operator-schemas.ts';
import { NoParameters, PathId } from './schemas.ts';

const BASE = '/operator/api';
const CHANGE_ERRORS = [
  ...KEY_ERRORS,
  ...BODY_ERRORS,
  'ERR_REQUEST_FIELD',
  'ERR_QUEUE_FULL',
] as const;
const READ_ERRORS = [...KEY_ERRORS, 'ERR_REQUEST_FIELD'] as const;

type Described = Pick<KeyedDocument, 'path' | 'operationId' | 'summary' | 'answer'> &
  Partial<KeyedDocument>;

/** A read; what is given replaces what reads have in common. */
function reading(document: Described): KeyedDocument {
  return {
    method: 'GET',
    scope: 'read',
    keyHolder: 'operator',
    query: NoParameters,
    errors: READ_ERRORS,
    ...document,
  };
}

/** A change of the production record. */
function changing(document: Described): KeyedDocument {
  return {
    method: 'POST',
    scope: 'admin',
    keyHolder: 'operator',
    query: NoParameters,
    errors: CHANGE_ERRORS,
    ...document,
  };
}

function answer(description: string, schema: TSchema): RouteDocument['answer'] {
  return { description, contentType: 'application/json', schema };
}

export const ADD_PARTNER = changing({
  path: `${BASE}/partners`,
  operationId: 'addPartner',
  summary: 'Add a partner, or units to one',
  description: 'What is there already stays; nothing is ever taken away.',
  body: NewPartner,
  answer: answer('The partner as it is now.', Partner),
});
export const LIST_PARTNERS = reading({
  path: `${BASE}/partners`,
  operationId: 'listPartners',
  summary: 'All partners and their units',
  answer: answer('The partners.', Partners),
});
export const APPLY_PATH = changing({
  path: `${BASE}/paths`,
  operationId: 'applyPath',
  summary: 'Make a path document live: in development only',
  description:
    'The body is the path document. Outside development the rollout gates deploy paths, and this answers 409.',
  body: Type.Object({}, { description: 'A path document, `craton.boundary.path.v1`.' }),
  answer: answer('What is live now.', AppliedPath),
  errors: [
    ...CHANGE_ERRORS,
    'ERR_PATH_APPLY_REFUSED',
    'ERR_PATH_DOCUMENT',
    'ERR_POLICY_RULE',
    'ERR_LEDGER_CHANGE',
  ],
});
export const LIST_PATHS = reading({
  path: `${BASE}/paths`,
  operationId: 'listPaths',
  summary: 'Every version of every path',
  answer: answer('The versions.', PathVersions),
});
export const SHOW_PATH = reading({
  path: `${BASE}/paths/{partner_id}/{path_id}`,
  operationId: 'showPath',
  summary: 'One path document',
  params: Type.Object({ partner_id: PartnerId, path_id: PathId }),
  query: Type.Object(
    {
      version: Type.Optional(
        Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'Without it, the live one.' }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: {
    description: 'The path document in canonical form.',
    contentType: 'application/json',
    headers: { 'Policy-Digest': 'Digest of the document, as in receipts.' },
  },
  errors: [...READ_ERRORS, 'ERR_NOT_FOUND'],
});
export const ISSUE_KEY = changing({
  path: `${BASE}/api-keys`,
  operationId: 'issueApiKey',
  summary: 'Issue an API key',
  description:
    'The key stands in this answer and nowhere else: the store keeps its SHA-256. If the answer is lost, revoke the key and issue another.',
  body: NewApiKey,
  answer: answer('The key.', IssuedApiKey),
  errors: [...CHANGE_ERRORS, 'ERR_LEDGER_CHANGE'],
});
export const LIST_KEYS = reading({
  path: `${BASE}/api-keys`,
  operationId: 'listApiKeys',
  summary: 'All API keys and their last use; never a key',
  answer: answer('What is known about the keys.', ApiKeys),
});
export const REVOKE_KEY = changing({
  path: `${BASE}/api-keys/{key_id}/revoke`,
  operationId: 'revokeApiKey',
  summary: 'End an API key',
  description:
    'No receipt is issued for it once this is answered; every node refuses it within a second. Revoking again changes nothing.',
  params: Type.Object({ key_id: KeyId }),
  body: Nothing,
  answer: answer('What is known about the key.', ApiKeyInfo),
  errors: [...CHANGE_ERRORS, 'ERR_NOT_FOUND'],
});
export const LIST_EVENTS = reading({
  path: `${BASE}/events`,
  operationId: 'listEvents',
  summary: 'Who changed what, and when',
  description:
    'In the order of the changes. Each event was stored in the transaction of its change; events are numbered without a gap and never changed.',
  query: Type.Object(
    {
      after: Type.Optional(
        Type.String({
          pattern: '^(?:0|[1-9][0-9]{0,14})$',
          description: 'The last `event_id` that you have; without it, 0.',
        }),
      ),
      limit: Type.Optional(
        Type.String({
          pattern: '^(?:[1-9][0-9]{0,2}|1000)$',
          description: `Events on a page, at most ${EVENT_PAGE_MAX}; without it, 100.`,
        }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: answer('The events.', AuditEvents),
});

/** Every route of the operator API. */
export const OPERATOR_DOCUMENTS: readonly RouteDocument[] = [
  ADD_PARTNER,
  LIST_PARTNERS,
  APPLY_PATH,
  LIST_PATHS,
  SHOW_PATH,
  ISSUE_KEY,
  LIST_KEYS,
  REVOKE_KEY,
  LIST_EVENTS,
];
