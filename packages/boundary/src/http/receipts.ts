/** The caller's own record: receipts, bundles, streams, live paths. */
import {
  CratonError,
  DEPTH_MAX,
  parseStrict,
  type ReceiptType,
  taggedDigest,
} from '@craton/protocol';
import type { Route, RouteDocument } from '@craton/service';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { BUNDLE_FORMS, type BundleForm, bundleText } from '../commands/compose-bundle.ts';
import { findReceipt, foundReceiptText } from '../commands/find-receipt.ts';
import { listReceipts } from '../commands/list-receipts.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { type LedgerReader, type Owner, RECEIPT_PAGE_MAX } from '../ledger/port.ts';
import { logOf, type ServedLogs } from '../staging.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import { authenticatedRoute, KEY_ERRORS, type KeyedDocument } from './authenticate.ts';
import { JSON_LINES_TYPE, JSON_TYPE } from './content-types.ts';
import {
  CommitmentId,
  FoundReceipt,
  NoParameters,
  PartnerStreams,
  PathId,
  ReceiptLine,
  RequestId,
  VerificationBundle,
} from './schemas.ts';

export interface ReceiptPorts extends ApiKeyPorts, ServedLogs {
  readonly reader: LedgerReader;
  readonly material: VerificationMaterial;
}

/** What this server issues about one path. */
const ISSUED_TYPES = [
  'boundary_decision',
  'execution_claim',
  'execution_confirmation',
] as const satisfies readonly ReceiptType[];

const ReceiptParams = Type.Object({ id: Type.Union([RequestId, CommitmentId]) });
const PathParams = Type.Object({ path_id: PathId });
const BundleQuery = Type.Object(
  {
    form: Type.Optional(
      Type.Union(
        BUNDLE_FORMS.map((form) => Type.Literal(form)),
        { description: 'Without it, `full`.' },
      ),
    ),
  },
  { additionalProperties: false },
);
const ListQuery = Type.Object(
  {
    path: PathId,
    receipt_type: Type.Optional(
      Type.Union(
        ISSUED_TYPES.map((type) => Type.Literal(type)),
        { description: 'Without it, `boundary_decision`: each type is a stream of its own.' },
      ),
    ),
    from_seq: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'Without it, 1.' }),
    ),
    limit: Type.Optional(
      Type.String({
        pattern: '^(?:[1-9][0-9]{0,2}|1000)$',
        description: `Receipts on a page, at most ${RECEIPT_PAGE_MAX}; without it, 100.`,
      }),
    ),
  },
  { additionalProperties: false },
);

const LIMIT_DEFAULT = 100;

interface ListParameters {
  readonly path: string;
  readonly receipt_type?: (typeof ISSUED_TYPES)[number];
  readonly from_seq?: string;
  readonly limit?: string;
}

// The route's schema has checked what these take; a schema and its type stand side by side above.
const parseReceiptId = (params: unknown) => (params as { id: string }).id;
const parsePathId = (params: unknown) => (params as { path_id: string }).path_id;
const parseForm = (query: unknown) => (query as { form?: BundleForm }).form ?? 'full';
const parseRange = (query: unknown) => {
  const { path, receipt_type, from_seq = '1', limit = LIMIT_DEFAULT } = query as ListParameters;
  const receiptType = receipt_type ?? 'boundary_decision';
  return { pathId: path, receiptType, fromSeq: Number(from_seq), limit: Number(limit) };
};

const FIND: KeyedDocument = {
  method: 'GET',
  path: '/v1/receipts/{id}',
  operationId: 'findReceipt',
  summary: 'One receipt, with its opening and what is linked to it',
  scope: 'read',
  params: ReceiptParams,
  query: NoParameters,
  answer: { description: 'The receipt.', contentType: 'application/json', schema: FoundReceipt },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_NOT_FOUND'],
};

/** Of the newest checkpoint that keeps the promise of the receipts below it. */
function coveredSize(ports: ReceiptPorts, owner: Owner): number {
  return logOf(ports, owner).view.covering?.treeSize ?? 0;
}

function findRoute(ports: ReceiptPorts): Route {
  return authenticatedRoute(ports, FIND, async ({ caller, request, reply }) => {
    const found = await findReceipt(ports.reader, caller.owner, parseReceiptId(request.params));
    return sendJson(reply, foundReceiptText(found, coveredSize(ports, caller.owner)));
  });
}

const BUNDLE: KeyedDocument = {
  method: 'GET',
  path: '/v1/receipts/{id}/bundle',
  operationId: 'getBundle',
  summary: 'Everything that a verifier needs, besides its trust policy',
  scope: 'read',
  params: ReceiptParams,
  query: BundleQuery,
  answer: {
    description: 'A verification bundle.',
    contentType: 'application/json',
    schema: VerificationBundle,
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_NOT_FOUND', 'ERR_NOT_READY'],
};

function bundleRoute(ports: ReceiptPorts): Route {
  return authenticatedRoute(ports, BUNDLE, async ({ caller, request, reply }) => {
    const found = await findReceipt(ports.reader, caller.owner, parseReceiptId(request.params));
    const { material, nowMs } = ports;
    const transparencyLog = logOf(ports, caller.owner);
    const form = parseForm(request.query);
    const bundle = await bundleText({ material, transparencyLog, nowMs }, found, form);
    return sendJson(reply, bundle);
  });
}

const LIST: KeyedDocument = {
  method: 'GET',
  path: '/v1/receipts',
  operationId: 'listReceipts',
  summary: 'The receipts of one type of one path, in the order of their sequence',
  description:
    'JSON Lines. A `Link` header with `rel="next"` names the next page; without it this was the last. The sequence has no gaps: compare it with `last_seq` of the stream.',
  scope: 'read',
  query: ListQuery,
  answer: {
    description: 'Receipts, one a line.',
    contentType: 'application/jsonl',
    schema: ReceiptLine,
    headers: { Link: 'Address of the next page, with `rel="next"`.' },
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

function listRoute(ports: ReceiptPorts): Route {
  return authenticatedRoute(ports, LIST, async ({ caller, request, reply }) => {
    const range = parseRange(request.query);
    const { reader } = ports;
    const { owner } = caller;
    const page = await listReceipts(reader, owner, range, coveredSize(ports, owner));
    const { text, nextSeq } = page;
    if (nextSeq !== undefined) {
      const { pathId, receiptType, limit } = range;
      const stream = `path=${pathId}&receipt_type=${receiptType}`;
      const next = `/v1/receipts?${stream}&from_seq=${nextSeq}&limit=${limit}`;
      void reply.header('Link', `<${next}>; rel="next"`);
    }
    return reply.type(JSON_LINES_TYPE).send(text);
  });
}

const STREAMS: KeyedDocument = {
  method: 'GET',
  path: '/v1/streams',
  operationId: 'listStreams',
  summary: 'Your streams, their length and their keys',
  description:
    'Keep the keys: with them you find your leaves in the log, and nobody else can link them.',
  scope: 'read',
  query: NoParameters,
  answer: {
    description: 'The streams.',
    contentType: 'application/json',
    schema: PartnerStreams,
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

function streamsRoute(ports: ReceiptPorts): Route {
  return authenticatedRoute(ports, STREAMS, async ({ caller }) => ({
    streams: await ports.reader.listStreams(caller.owner),
  }));
}

const PATH: KeyedDocument = {
  method: 'GET',
  path: '/v1/paths/{path_id}',
  operationId: 'getPath',
  summary: 'The live version of one of your paths',
  description: 'The path document in canonical form: its digest stands in every receipt of it.',
  scope: 'read',
  params: PathParams,
  query: NoParameters,
  answer: {
    description: 'The path document.',
    contentType: 'application/json',
    headers: { 'Policy-Digest': 'Digest of the document, as in receipts.' },
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD', 'ERR_NOT_FOUND'],
};

function pathRoute(ports: ReceiptPorts): Route {
  return authenticatedRoute(ports, PATH, async ({ caller, request, reply }) => {
    const pathId = parsePathId(request.params);
    const text = await ports.reader.findLivePath(caller.owner, pathId);
    if (text === undefined) throw new CratonError('ERR_NOT_FOUND', 'There is no such live path.');
    void reply.header('Policy-Digest', policyDigest(text));
    return sendJson(reply, text);
  });
}

/** Digest of a stored path document. */
export function policyDigest(documentText: string): string {
  const options = { numbers: 'safe', depthMax: DEPTH_MAX.pathDocument } as const;
  const document = parseStrict(Buffer.from(documentText), options);
  return taggedDigest('craton.path.v1', document, nodeSha256);
}

function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type(JSON_TYPE).send(text);
}

export const RECEIPT_DOCUMENTS: readonly RouteDocument[] = [FIND, BUNDLE, LIST, STREAMS, PATH];

export function receiptRoutes(ports: ReceiptPorts): readonly Route[] {
  return [
    findRoute(ports),
    bundleRoute(ports),
    listRoute(ports),
    streamsRoute(ports),
    pathRoute(ports),
  ];
}
