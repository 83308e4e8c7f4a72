/** What callers are told about each route of self-service. */
import { HEALTH_DOCUMENTS, type RouteDocument } from '@craton/service';
import type { TSchema } from 'typebox';
import type { KeyedDocument } from './authenticate.ts';
import {
  ComposeBody,
  Composed,
  DifferenceQuery,
  DigestParams,
  DraftBody,
  DraftDifference,
  DraftList,
  DraftParams,
  DraftReviewStatus,
  ExportQuery,
  ListQuery,
  NoParameters,
  Previewed,
  ReviewBody,
  ReviewedPacket,
  ReviewRequests,
  StoredDraft,
  VersionBody,
  VersionQuery,
} from './schemas.ts';

const BASE = '/self-service/api';

const BODY_ERRORS = [
  'ERR_REQUEST_TOO_LARGE',
  'ERR_CONTENT_TYPE',
  'ERR_ENCODING',
  'ERR_JSON_SYNTAX',
  'ERR_JSON_DUPLICATE_KEY',
  'ERR_JSON_NUMBER',
  'ERR_JSON_DEPTH',
  'ERR_JSON_UNICODE',
  'ERR_REQUEST_FIELD',
  'ERR_REQUEST_CONTENT_REFUSED',
] as const;
const KEY_ERRORS = ['ERR_UNAUTHENTICATED', 'ERR_FORBIDDEN', 'ERR_DRAFT_STORE_UNAVAILABLE'] as const;
const READ_ERRORS = [...KEY_ERRORS, 'ERR_REQUEST_FIELD'] as const;
const WRITE_ERRORS = [...KEY_ERRORS, ...BODY_ERRORS] as const;

const answer = (description: string, schema: TSchema): RouteDocument['answer'] => ({
  description,
  contentType: 'application/json',
  schema,
});

export const COMPOSE = {
  method: 'POST',
  path: `${BASE}/compose`,
  operationId: 'composeDraft',
  summary: 'From a few words, or a preset, to a draft with a starting policy',
  description: 'Needs no key and keeps nothing.',
  query: NoParameters,
  body: ComposeBody,
  answer: answer('The draft so far, and what is missing.', Composed),
  errors: [...BODY_ERRORS, 'ERR_DRAFT_FIELD'],
} as const satisfies RouteDocument;

export const PREVIEW = {
  method: 'POST',
  path: `${BASE}/preview`,
  operationId: 'previewDraft',
  summary: 'What a draft would decide: rules in sentences, verdict map, examples, unsigned',
  description: 'Needs no key and keeps nothing.',
  query: NoParameters,
  body: DraftBody,
  answer: answer('The packet as it would be saved, with its preview.', Previewed),
  errors: [...BODY_ERRORS, 'ERR_DRAFT_FIELD'],
} as const satisfies RouteDocument;

export const SAVE_DRAFT: KeyedDocument = {
  method: 'POST',
  path: `${BASE}/drafts`,
  operationId: 'saveDraft',
  summary: 'Save the first version of a draft',
  scope: 'draft',
  query: NoParameters,
  body: DraftBody,
  answer: answer('The draft with its id.', StoredDraft),
  errors: [...WRITE_ERRORS, 'ERR_DRAFT_FIELD'],
};
export const LIST_DRAFTS: KeyedDocument = {
  method: 'GET',
  path: `${BASE}/drafts`,
  operationId: 'listDrafts',
  summary: 'Drafts of the own organisation, the newest first',
  scope: 'read',
  query: ListQuery,
  answer: answer('The drafts.', DraftList),
  errors: READ_ERRORS,
};
export const SHOW_DRAFT: KeyedDocument = {
  method: 'GET',
  path: `${BASE}/drafts/{draft_id}`,
  operationId: 'showDraft',
  summary: 'One version of a draft, and what became of every version',
  scope: 'read',
  params: DraftParams,
  query: VersionQuery,
  answer: answer('The draft.', StoredDraft),
  errors: [...READ_ERRORS, 'ERR_NOT_FOUND'],
};
export const SAVE_VERSION: KeyedDocument = {
  method: 'POST',
  path: `${BASE}/drafts/{draft_id}/versions`,
  operationId: 'saveVersion',
  summary: 'Save another version; earlier ones stay as they are',
  description: 'The same content as the newest version again makes no other one.',
  scope: 'draft',
  params: DraftParams,
  query: NoParameters,
  body: VersionBody,
  answer: answer('The draft with its new version.', StoredDraft),
  errors: [
    ...WRITE_ERRORS,
    'ERR_DRAFT_FIELD',
    'ERR_NOT_FOUND',
    'ERR_DRAFT_CONFLICT',
    'ERR_DRAFT_STATE',
  ],
};
export const SHOW_REVIEW_STATUS: KeyedDocument = {
  method: 'GET',
  path: `${BASE}/drafts/{draft_id}/review-status`,
  operationId: 'showReviewStatus',
  summary: 'How far the review of a version is, asked of the operator side at this moment',
  description: 'Nothing of it is stored here.',
  scope: 'read',
  params: DraftParams,
  query: VersionQuery,
  answer: answer('What the operator side says.', DraftReviewStatus),
  errors: [...READ_ERRORS, 'ERR_NOT_FOUND'],
};
export const DIFF_DRAFT: KeyedDocument = {
  method: 'GET',
  path: `${BASE}/drafts/{draft_id}/diff`,
  operationId: 'diffDraft',
  summary: 'What changed between two versions',
  scope: 'read',
  params: DraftParams,
  query: DifferenceQuery,
  answer: answer('Each changed member.', DraftDifference),
  errors: [...READ_ERRORS, 'ERR_NOT_FOUND'],
};
export const EXPORT_DRAFT: KeyedDocument = {
  method: 'GET',
  path: `${BASE}/drafts/{draft_id}/export`,
  operationId: 'exportDraft',
  summary: 'The plan as one file that needs nothing else: JSON or HTML',
  scope: 'read',
  params: DraftParams,
  query: ExportQuery,
  answer: answer('The packet with its preview.', StoredDraft.properties['packet'] ?? NoParameters),
  errors: [...READ_ERRORS, 'ERR_NOT_FOUND'],
};
const REVIEW_ERRORS = [
  ...WRITE_ERRORS,
  'ERR_DRAFT_FIELD',
  'ERR_NOT_FOUND',
  'ERR_DRAFT_CONFLICT',
  'ERR_DRAFT_STATE',
] as const;
export const REQUEST_REVIEW: KeyedDocument = {
  method: 'POST',
  path: `${BASE}/drafts/{draft_id}/request-review`,
  operationId: 'requestReview',
  summary: 'Ask the operator side to review the newest version',
  description: 'Stores intent and nothing else; no path becomes live by it.',
  scope: 'request_review',
  params: DraftParams,
  query: NoParameters,
  body: ReviewBody,
  answer: answer('The draft, with its version under review.', StoredDraft),
  errors: REVIEW_ERRORS,
};
export const WITHDRAW: KeyedDocument = {
  method: 'POST',
  path: `${BASE}/drafts/{draft_id}/withdraw`,
  operationId: 'withdrawReview',
  summary: 'Take a version back from review',
  scope: 'request_review',
  params: DraftParams,
  query: NoParameters,
  body: ReviewBody,
  answer: answer('The draft, with nothing under review.', StoredDraft),
  errors: REVIEW_ERRORS,
};
export const LIST_REVIEW_REQUESTS: KeyedDocument = {
  method: 'GET',
  path: `${BASE}/review-requests`,
  operationId: 'listReviewRequests',
  summary: 'What is under review, for the operator side alone',
  scope: 'pull',
  query: ListQuery,
  answer: answer('Open requests of all organisations.', ReviewRequests),
  errors: READ_ERRORS,
};
export const SHOW_REVIEW_REQUEST: KeyedDocument = {
  method: 'GET',
  path: `${BASE}/review-requests/{packet_digest}`,
  operationId: 'showReviewRequest',
  summary: 'One packet and its state now, for the operator side alone',
  scope: 'pull',
  params: DigestParams,
  query: NoParameters,
  answer: answer('The request, also when it was withdrawn, with its packet.', ReviewedPacket),
  errors: [...READ_ERRORS, 'ERR_NOT_FOUND'],
};

/** Every route but the pages. */
export const SELF_SERVICE_DOCUMENTS: readonly RouteDocument[] = [
  COMPOSE,
  PREVIEW,
  SAVE_DRAFT,
  LIST_DRAFTS,
  SHOW_DRAFT,
  SHOW_REVIEW_STATUS,
  SAVE_VERSION,
  DIFF_DRAFT,
  EXPORT_DRAFT,
  REQUEST_REVIEW,
  WITHDRAW,
  LIST_REVIEW_REQUESTS,
  SHOW_REVIEW_REQUEST,
  ...HEALTH_DOCUMENTS,
];
