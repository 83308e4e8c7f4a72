/** Routes of drafts: what anybody may try, and what named people keep. */
import { diffDocuments, type Draft, previewBoundary, loadPath, type Packet } from '@craton/policy';
import { formatTime, type JsonValue } from '@craton/protocol';
import { bodyBytes, type Route } from '@craton/service';
import type { SiteModel } from '@craton/web';
import type { FastifyRequest } from 'fastify';
import { apiAccessContext, composeDraft, previewDraft } from '../commands/compose-draft.ts';
import type { DraftPorts } from '../commands/draft-ports.ts';
import { requestReview, withdrawReview } from '../commands/request-review.ts';
import { readSavedPacket, saveDraft, saveVersion } from '../commands/save-draft.ts';
import type { ReviewStatus } from '../review/ask-review-status.ts';
import { type KeyPorts, type PersonCall, personRoute } from './authenticate.ts';
import {
  BODY_BYTES_MAX,
  parseComposeBody,
  parseDraftBody,
  parseReviewBody,
  parseVersionBody,
} from './bodies.ts';
import { clientAddress } from './client-address.ts';
import { describeDraft, describeHead, NEVER_LIVE, versionOf } from './describe-draft.ts';
import {
  COMPOSE,
  DIFF_DRAFT,
  EXPORT_DRAFT,
  LIST_DRAFTS,
  PREVIEW,
  REQUEST_REVIEW,
  SAVE_DRAFT,
  SAVE_VERSION,
  SHOW_DRAFT,
  SHOW_REVIEW_STATUS,
  WITHDRAW,
} from './documents.ts';

export interface DraftRoutePorts extends DraftPorts, KeyPorts {
  readonly site: () => SiteModel;
  /** Where hosts call the boundary; absent: a placeholder is shown. */
  readonly boundaryUrl?: string | undefined;
  /** Asks the operator side about a packet; never throws. */
  readonly reviewStatus: (packetDigest: string) => Promise<ReviewStatus>;
}

const LIST_DEFAULT = 50;

// The routes' schemas have checked what these take.
const parseDraftId = (params: unknown) => (params as { draft_id: string }).draft_id;
const parseVersion = (query: unknown) => {
  const { version } = query as { version?: string };
  return version === undefined ? undefined : Number(version);
};
const parseFormat = (query: unknown) => (query as { format?: 'json' | 'html' }).format ?? 'json';
const parseRange = (query: unknown) => {
  const { from, to } = query as Record<'from' | 'to', string>;
  return { from: Number(from), to: Number(to) };
};
/** The page of a list that a query asks for. */
export const parsePage = (query: unknown) => {
  const { limit, after } = query as { limit?: string; after?: string };
  return { limit: Number(limit ?? LIST_DEFAULT), after };
};

export function draftRoutes(ports: DraftRoutePorts): readonly Route[] {
  return [...openRoutes(ports), ...readRoutes(ports), ...writeRoutes(ports)];
}

/** Anybody may compose and preview; nothing is written, so nothing but computing time is spent. */
function openRoutes(ports: DraftRoutePorts): readonly Route[] {
  const { sources } = ports;
  return [
    openRoute(ports, COMPOSE, (bytes) => {
      const { draft, recommendation, missing, boundary } = composeDraft(
        parseComposeBody(bytes),
        sources,
      );
      return {
        state: 'composed',
        ...NEVER_LIVE,
        draft,
        missing,
        ...(recommendation && { recommendation }),
        ...(boundary && {
          boundary_object: boundary.document,
          boundary_object_digest: boundary.digest,
        }),
        api_access_context: accessOf(ports, draft),
      };
    }),
    openRoute(ports, PREVIEW, (bytes) => {
      const draft = parseDraftBody(bytes);
      const { packet, coverage } = previewDraft(draft, sources);
      const access = accessOf(ports, draft);
      return { state: 'previewed', ...NEVER_LIVE, packet, coverage, api_access_context: access };
    }),
  ];
}

function openRoute(
  { limits, isBehindBoundary }: DraftRoutePorts,
  document: typeof COMPOSE | typeof PREVIEW,
  answer: (body: Uint8Array) => object,
): Route {
  return {
    ...document,
    bodyBytesMax: BODY_BYTES_MAX,
    authenticate: (request) => {
      const refusal = limits.refusePreview(clientAddress(request, isBehindBoundary));
      if (refusal !== undefined) throw refusal;
    },
    handle: (request) => answer(bodyBytes(request)),
  };
}

function accessOf({ site, boundaryUrl }: DraftRoutePorts, draft: Draft) {
  return apiAccessContext(draft, { boundaryUrl, environment: site().environment });
}

function readRoutes(ports: DraftRoutePorts): readonly Route[] {
  return [
    personRoute(ports, LIST_DRAFTS, async ({ actor, request }) => {
      const heads = await ports.store().listHeads(actor.organisation, parsePage(request.query));
      return { drafts: heads.map(describeHead) };
    }),
    personRoute(ports, SHOW_DRAFT, ({ actor, request }) =>
      describeDraft(ports, actor, {
        draftId: parseDraftId(request.params),
        version: parseVersion(request.query),
      }),
    ),
    personRoute(ports, SHOW_REVIEW_STATUS, async ({ actor, request }) => {
      const draftId = parseDraftId(request.params);
      const version = await versionOf(ports, actor, {
        draftId,
        version: parseVersion(request.query),
      });
      const owned = { organisation: actor.organisation, draftId };
      const { packet_digest } = await readSavedPacket(ports, owned, version);
      return {
        draft_id: draftId,
        version,
        packet_digest,
        ...(await ports.reviewStatus(packet_digest)),
      };
    }),
    personRoute(ports, DIFF_DRAFT, async ({ actor, request }) => {
      const draftId = parseDraftId(request.params);
      const { from, to } = parseRange(request.query);
      const owned = { organisation: actor.organisation, draftId };
      const [before, after] = [
        await readSavedPacket(ports, owned, from),
        await readSavedPacket(ports, owned, to),
      ];
      const changes = diffDocuments(parsePlain(before.draft), parsePlain(after.draft));
      return { draft_id: draftId, from, to, changes };
    }),
    exportRoute(ports),
  ];
}

function parsePlain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** A file to circulate: it opens without this server, and nothing in it is live. */
function exportRoute(ports: DraftRoutePorts): Route {
  return personRoute(ports, EXPORT_DRAFT, async ({ actor, request, reply }) => {
    const draftId = parseDraftId(request.params);
    const version = await versionOf(ports, actor, {
      draftId,
      version: parseVersion(request.query),
    });
    const owned = { organisation: actor.organisation, draftId };
    const packet = withPreview(
      await readSavedPacket(ports, owned, version),
      formatTime(ports.sources.nowMs()),
    );
    const format = parseFormat(request.query);
    const name = `${draftId}-v${version}.${format}`;
    void reply.header('Content-Disposition', `attachment; filename="${name}"`);
    if (format === 'json') return packet;
    // Loaded when somebody asks: the views are half of the time of a start.
    const { coveragePlanFile } = await import('@craton/web');
    const html = coveragePlanFile({ site: ports.site(), draftId, packet });
    return reply.type('text/html; charset=utf-8').send(html);
  });
}

/** A saved packet with its preview made again; no digest covers it. */
export function withPreview(packet: Packet, evaluatedAt: string): Packet {
  const { boundary_object: document, draft } = packet;
  if (document === undefined) return packet;
  const path = loadPath(parsePlain(document));
  return { ...packet, preview: previewBoundary(draft, path, evaluatedAt) };
}

function writeRoutes(ports: DraftRoutePorts): readonly Route[] {
  const idOf = (request: FastifyRequest) => parseDraftId(request.params);
  const routes = [
    personRoute(ports, SAVE_DRAFT, async ({ actor, request }) => {
      const draft = parseDraftBody(bodyBytes(request));
      return describeDraft(ports, actor, await saveDraft(ports, actor, draft));
    }),
    personRoute(ports, SAVE_VERSION, async ({ actor, request }) => {
      const sent = parseVersionBody(bodyBytes(request));
      const draftId = idOf(request);
      await saveVersion(ports, actor, { draftId, ...sent });
      return describeDraft(ports, actor, { draftId });
    }),
    personRoute(ports, REQUEST_REVIEW, (call) => review(ports, call, requestReview)),
    personRoute(ports, WITHDRAW, (call) => review(ports, call, withdrawReview)),
  ];
  return routes.map((route) => ({ ...route, bodyBytesMax: BODY_BYTES_MAX }));
}

async function review(
  ports: DraftRoutePorts,
  { actor, request }: PersonCall,
  act: typeof requestReview,
): Promise<object> {
  const sent = parseReviewBody(bodyBytes(request));
  const draftId = parseDraftId(request.params);
  await act(ports, actor, { draftId, ...sent });
  return describeDraft(ports, actor, { draftId, version: sent.version });
}
