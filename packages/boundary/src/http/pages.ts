/** Pages for people, and what they load. They hold nothing that a caller sent. */
import { CratonError, type JsonObject } from '@craton/protocol';
import { errorCodeRows, type Route } from '@craton/service';
import {
  agentApiPage,
  type Asset,
  assets,
  CONTENT_SECURITY_POLICY,
  homePage,
  kitchenSinkPage,
  type LogFacts,
  logPage,
  protocolPage,
  type SiteModel,
  verifyHtmlFile,
  verifyPage,
} from '@craton/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type CacheableDocument, sendCacheable, textDocument } from './cacheable.ts';
import { HTML_TYPE } from './content-types.ts';

export interface PagePorts {
  /** Known once the server listens. */
  readonly site: () => SiteModel;
  readonly openapi: JsonObject;
  readonly offlineBundle: JsonObject;
  readonly log: () => LogFacts;
}

export function pageRoutes({ site, openapi, offlineBundle, log }: PagePorts): readonly Route[] {
  const errors = errorCodeRows();
  return [
    pageRoute('/', () => homePage({ site: site() })),
    pageRoute('/protocol', () => protocolPage({ site: site() })),
    pageRoute('/agent-api', () => agentApiPage({ site: site(), openapi, errors })),
    pageRoute('/verify', () => verifyPage({ site: site(), offlineBundle })),
    livePageRoute('/log', () => logPage({ site: site(), log: log() })),
    verifierFileRoute(),
    kitchenSinkRoute(site),
    ...[...assets()].map(([path, asset]) => assetRoute(path, asset)),
  ];
}

/** Rendered at the first request: nothing in a page changes while the server runs. */
function pageRoute(path: string, render: () => string): Route {
  let document: CacheableDocument | undefined;
  return {
    method: 'GET',
    path,
    handle: (request, reply) => {
      document ??= { ...textDocument(render(), HTML_TYPE), cacheControl: 'no-cache' };
      void reply.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      return sendCacheable(request, reply, document);
    },
  };
}

/** Rendered for each request: it shows what is true now. */
function livePageRoute(path: string, render: () => string): Route {
  return {
    method: 'GET',
    path,
    handle: (_request, reply) => {
      void reply.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      return reply.type(HTML_TYPE).send(render());
    },
  };
}

/** The verifier as a file to keep. Its own policy stands in the file. */
function verifierFileRoute(): Route {
  let document: CacheableDocument | undefined;
  return {
    method: 'GET',
    path: '/verify.html',
    handle: (request, reply) => {
      document ??= textDocument(verifyHtmlFile(), HTML_TYPE);
      void reply.header('Content-Disposition', 'attachment; filename="verify.html"');
      return sendCacheable(request, reply, document);
    },
  };
}

/** For whoever works on the pages; elsewhere there is nothing at this address. */
function kitchenSinkRoute(site: PagePorts['site']): Route {
  return {
    method: 'GET',
    path: '/kitchen-sink',
    handle: (_request, reply) => {
      if (site().environment !== 'development') {
        throw new CratonError('ERR_NOT_FOUND', 'There is nothing at this address.');
      }
      void reply.headers({
        'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        'X-Robots-Tag': 'noindex',
      });
      return reply.type(HTML_TYPE).send(kitchenSinkPage({ site: site() }));
    },
  };
}

function assetRoute(path: string, { contentType, body, brotli, etag, cacheControl }: Asset): Route {
  const document = { contentType, body, etag, cacheControl };
  return {
    method: 'GET',
    path,
    handle: (request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('Vary', 'Accept-Encoding');
      if (!acceptsBrotli(request)) return sendCacheable(request, reply, document);
      void reply.header('Content-Encoding', 'br');
      // Another representation of the same thing has a validator of its own (RFC 9110 8.8.3).
      const coded = { ...document, body: brotli, etag: etag.replace(/"$/, '-br"') };
      return sendCacheable(request, reply, coded);
    },
  };
}

function acceptsBrotli({ headers }: FastifyRequest): boolean {
  const accepted = headers['accept-encoding'] ?? '';
  return typeof accepted === 'string' && /(?:^|,)[ \t]*br[ \t]*(?:,|$)/.test(accepted);
}
